//! The fake keeps the rules behind the host of plug-ins too, in a process of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use connector::conformance::Harness;
use connector::fake::Fake;
use connector::plug_in::PlugIn;
use connector::{AttemptKey, BoxFuture, Connector, Integration, StartTask, Started, Target};
use kit::Handle;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{journal, manifest, wish};

#[derive(Debug)]
struct PlugInHarness {
    folder: TempDir,
    plug_in: Arc<PlugIn>,
    wishes: Arc<dyn Integration>,
    keys: AtomicU32,
}

impl PlugInHarness {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let plug_in = PlugIn::open(manifest(folder.path()), Handle::default()).await.unwrap();
        let wishes = plug_in.connect(Fake::target("wishes")).unwrap();
        Self { folder, plug_in: Arc::new(plug_in), wishes, keys: AtomicU32::new(0) }
    }

    async fn wish(&self, fields: Value) {
        let started = self.wishes.start(wish(&self.key("wish"), &fields)).await;
        assert!(matches!(started, Started::Ended { .. }), "{fields} is not fulfilled: {started:?}");
    }
}

impl Harness for PlugInHarness {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.plug_in) as _
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
        Box::pin(self.wish(json!({"do": "end", "attempt": key, "code": code, "log": log})))
    }

    fn starts<'a>(&'a self, key: &'a AttemptKey) -> BoxFuture<'a, u32> {
        Box::pin(async move {
            let count =
                journal(self.folder.path()).iter().filter(|started| *started == key).count();
            u32::try_from(count).unwrap()
        })
    }

    fn tasks(&self) -> BoxFuture<'_, Vec<AttemptKey>> {
        Box::pin(async move { journal(self.folder.path()) })
    }

    fn set_way(&self, is_whole: bool) -> BoxFuture<'_, ()> {
        Box::pin(self.wish(json!({"do": "way", "is_whole": is_whole})))
    }

    fn lose_reply(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.wish(json!({"do": "lose_reply"})))
    }
}

connector::conformance_tests!(PlugInHarness::new().await);
