//! The fake keeps the rules behind the host of plug-ins too, in a process of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use connector::call::CallKind;
use connector::conformance::{CALLS, Coverage, Harness, WayFault};
use connector::fake::Fake;
use connector::plug_in::PlugIn;
use connector::{
    AttemptKey, BoxFuture, Communication, Connector, Heartbeat, Integration, StartTask, Started,
    Target,
};
use kit::Handle;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{journal, manifest_with, wish};

/// How long the harness waits for what must happen.
const LIMIT: Duration = Duration::from_secs(30);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
struct PlugInHarness {
    folder: TempDir,
    plug_in: Arc<PlugIn>,
    wishes: Arc<dyn Integration>,
    keys: AtomicU32,
    patience: Duration,
}

impl PlugInHarness {
    async fn new() -> Self {
        Self::with("20s", Duration::from_millis(500)).await
    }

    /// With the time that the scheduler gives the plug-in for each call, and how long a rule waits for one that hangs.
    async fn with(timeout: &str, patience: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let manifest = manifest_with(folder.path(), timeout);
        let plug_in = PlugIn::open(manifest, Handle::default()).await.unwrap();
        let wishes = plug_in.connect(Fake::target("wishes")).unwrap();
        Self { folder, plug_in: Arc::new(plug_in), wishes, keys: AtomicU32::new(0), patience }
    }

    /// Fulfilled at last: a plug-in that has died again and again is started again after a pause.
    async fn wish(&self, fields: Value) {
        let wishing = async {
            loop {
                let started = self.wishes.start(wish(&self.key("wish"), &fields)).await;
                match started {
                    Started::Ended { .. } => return,
                    Started::NotSent { .. } | Started::Unknown { .. } => {
                        tokio::time::sleep(PAUSE).await;
                    }
                    other => panic!("{fields} is not fulfilled: {other:?}"),
                }
            }
        };
        tokio::time::timeout(LIMIT, wishing).await.expect("the wish is fulfilled");
    }

    fn file(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("target.txt.{end}"))
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

    fn can_suffer(&self, _: WayFault, _: CallKind) -> Result<(), &'static str> {
        Ok(())
    }

    /// See `examples/fake_plug_in/way.rs`.
    fn set_fault(&self, fault: WayFault, during: CallKind) -> BoxFuture<'_, ()> {
        let during = serde_json::to_value(during).unwrap();
        let _ = std::fs::remove_file(self.file("suffered"));
        let new = self.file("new");
        std::fs::write(&new, format!("{fault:?} {}", during.as_str().unwrap())).unwrap();
        // Whole or not at all: the plug-in looks for it with each line.
        std::fs::rename(new, self.file("fault")).unwrap();
        Box::pin(async {})
    }

    fn heal(&self) -> BoxFuture<'_, u32> {
        let _ = std::fs::remove_file(self.file("fault"));
        Box::pin(async move {
            // Behind all that was held: none overtakes another one.
            let beating = async {
                let beat = Heartbeat { is_first: false };
                while let Communication::NotCommunicating { .. } = self.wishes.heartbeat(beat).await
                {
                    tokio::time::sleep(PAUSE).await;
                }
            };
            tokio::time::timeout(LIMIT, beating).await.expect("the plug-in is there again");
            let suffered = std::fs::read(self.file("suffered")).unwrap_or_default();
            u32::try_from(suffered.len()).unwrap()
        })
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}

connector::conformance_tests!(PlugInHarness::new().await);

#[tokio::test]
async fn every_fault_of_the_way_is_exercised() {
    let coverage = Coverage::of(&PlugInHarness::new().await);
    assert_eq!(coverage.exercised.len(), CALLS.len() * WayFault::ALL.len(), "{coverage}");
}

/// The rules of what hangs, where the calls end by the limit of the plug-in and not by that of their caller. After three of them in a row
/// the plug-in is killed and started again.
#[tokio::test]
async fn calls_that_hang_end_by_the_time_of_the_plug_in() {
    let harness = PlugInHarness::with("1s", LIMIT).await;
    for rule in [
        "a_start_that_hangs_runs_once_or_never",
        "a_watch_that_hangs_is_given_up_and_loses_no_news",
    ] {
        connector::conformance::check(&harness, rule).await;
    }
}
