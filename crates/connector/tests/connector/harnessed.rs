//! The harness of the fake, with another connector.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::call::CallKind;
use connector::conformance::{Harness, RULES, WayFault};
use connector::fake::Fake;
use connector::{AttemptKey, BoxFuture, Connector, StartTask, Target};

use super::fake_conformance::FakeHarness;

/// A harness with a connector that breaks rules, or one that does nothing when it is asked for a fault.
#[derive(Debug)]
pub(crate) struct Harnessed {
    inner: FakeHarness,
    connector: Arc<dyn Connector>,
    /// Whether it does what it is asked for.
    pub(crate) sets_faults: bool,
    /// What it was asked for.
    pub(crate) wanted: Mutex<Vec<(WayFault, CallKind)>>,
}

impl Harnessed {
    /// With what is made of the fake.
    pub(crate) fn new(around: impl FnOnce(Fake) -> Arc<dyn Connector>) -> Self {
        let inner = FakeHarness::default();
        let connector = around(inner.fake.clone());
        Self { inner, connector, sets_faults: true, wanted: Mutex::default() }
    }
}

impl Harness for Harnessed {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.connector)
    }

    fn target(&self) -> Target {
        self.inner.target()
    }

    fn key(&self, hint: &str) -> AttemptKey {
        self.inner.key(hint)
    }

    fn until_told(&self, key: &AttemptKey) -> StartTask {
        self.inner.until_told(key)
    }

    fn refused(&self, key: &AttemptKey) -> StartTask {
        self.inner.refused(key)
    }

    fn end<'a>(&'a self, key: &'a AttemptKey, code: i32, log: &'a str) -> BoxFuture<'a, ()> {
        self.inner.end(key, code, log)
    }

    fn starts<'a>(&'a self, key: &'a AttemptKey) -> BoxFuture<'a, u32> {
        self.inner.starts(key)
    }

    fn tasks(&self) -> BoxFuture<'_, Vec<AttemptKey>> {
        self.inner.tasks()
    }

    fn set_way(&self, is_whole: bool) -> BoxFuture<'_, ()> {
        self.inner.set_way(is_whole)
    }

    fn lose_reply(&self) -> BoxFuture<'_, ()> {
        self.inner.lose_reply()
    }

    fn can_suffer(&self, fault: WayFault, during: CallKind) -> Result<(), &'static str> {
        self.inner.can_suffer(fault, during)
    }

    fn set_fault(&self, fault: WayFault, during: CallKind) -> BoxFuture<'_, ()> {
        self.wanted.lock().unwrap().push((fault, during));
        if self.sets_faults { self.inner.set_fault(fault, during) } else { Box::pin(async {}) }
    }

    fn heal(&self) -> BoxFuture<'_, u32> {
        self.inner.heal()
    }

    fn limit(&self) -> Duration {
        // Reached by what hangs; the clock of these tests is held.
        Duration::from_mins(1)
    }
}

/// The rules that are broken, by name.
pub(crate) async fn broken(harness: &dyn Harness) -> Vec<&'static str> {
    let mut broken = Vec::new();
    for rule in RULES {
        if (rule.check)(harness).await.is_err() {
            broken.push(rule.name);
        }
    }
    broken
}
