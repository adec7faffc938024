//! The fake keeps the rules; it is what other tests trust.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use connector::call::CallKind;
use connector::conformance::{CALLS, Coverage, Harness, WayFault};
use connector::fake::{Fake, ended};
use connector::{AttemptKey, BoxFuture, Connector, StartTask, Target};
use serde_json::json;

#[derive(Debug, Default)]
pub(crate) struct FakeHarness {
    pub(crate) fake: Fake,
    keys: AtomicU32,
}

impl Harness for FakeHarness {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::new(self.fake.clone())
    }

    fn target(&self) -> Target {
        Fake::target("A")
    }

    fn key(&self, hint: &str) -> AttemptKey {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        format!("{hint}.{number}").parse().unwrap()
    }

    fn until_told(&self, key: &AttemptKey) -> StartTask {
        Fake::task(key)
    }

    fn refused(&self, key: &AttemptKey) -> StartTask {
        let mut task = Fake::task(key);
        task.fields.insert("refuse".into(), json!("the test wants it"));
        task
    }

    fn end<'a>(&'a self, key: &'a AttemptKey, code: i32, log: &'a str) -> BoxFuture<'a, ()> {
        self.fake.write(key, log);
        self.fake.end(key, ended(code));
        Box::pin(async {})
    }

    fn starts<'a>(&'a self, key: &'a AttemptKey) -> BoxFuture<'a, u32> {
        Box::pin(async move { self.fake.starts(key) })
    }

    fn tasks(&self) -> BoxFuture<'_, Vec<AttemptKey>> {
        Box::pin(async move { self.fake.tasks() })
    }

    fn set_way(&self, is_whole: bool) -> BoxFuture<'_, ()> {
        self.fake.set_reachable(is_whole);
        Box::pin(async {})
    }

    fn lose_reply(&self) -> BoxFuture<'_, ()> {
        self.fake.lose_replies(1);
        Box::pin(async {})
    }

    fn can_suffer(&self, _: WayFault, _: CallKind) -> Result<(), &'static str> {
        Ok(())
    }

    fn set_fault(&self, fault: WayFault, during: CallKind) -> BoxFuture<'_, ()> {
        self.fake.set_fault(fault, during);
        Box::pin(async {})
    }

    fn heal(&self) -> BoxFuture<'_, u32> {
        let count = self.fake.heal();
        Box::pin(async move { count })
    }

    /// Nothing of the fake takes time.
    fn patience(&self) -> Duration {
        Duration::from_millis(50)
    }
}

#[test]
fn every_fault_of_the_way_is_exercised() {
    let coverage = Coverage::of(&FakeHarness::default());
    assert_eq!(coverage.exercised.len(), CALLS.len() * WayFault::ALL.len(), "{coverage}");
}

mod that_waits_for_news {
    use super::FakeHarness;

    connector::conformance_tests!(FakeHarness::default());
}

mod that_must_be_polled {
    use super::FakeHarness;

    connector::conformance_tests!({
        let harness = FakeHarness::default();
        harness.fake.set_again_after(Some(std::time::Duration::from_millis(1)));
        harness
    });
}

mod that_can_neither_find_nor_cancel {
    use super::FakeHarness;

    connector::conformance_tests!({
        let harness = FakeHarness::default();
        harness.fake.set_can_find(false);
        harness.fake.set_can_cancel(false);
        harness
    });
}
