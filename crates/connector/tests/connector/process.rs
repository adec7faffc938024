//! Plug-ins as real processes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use connector::fake::Fake;
use connector::plug_in::{Manifest, PlugIn};
use connector::{
    AttemptKey, BatchUser, Communication, Connector, Found, Heartbeat, StartTask, Started,
};
use kit::{Handle, Secret};
use serde_json::json;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(30);

/// The example `fake_plug_in`, which `cargo test` and `cargo nextest run` build with the tests.
pub(crate) fn example() -> PathBuf {
    let tests = std::env::current_exe().expect("a test knows its own path");
    let folder = tests.ancestors().nth(2).expect("tests lie in target/…/deps");
    let path =
        folder.join("examples").join(format!("fake_plug_in{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing: cargo build -p connector --examples", path.display());
    path
}

pub(crate) fn manifest(folder: &Path) -> Manifest {
    manifest_with(folder, "20s")
}

/// The same with another time for each call.
pub(crate) fn manifest_with(folder: &Path, timeout: &str) -> Manifest {
    let program = example();
    let program = json!(program.to_str().expect("a path in UTF-8"));
    let text = format!(
        "name = 'fake'\ncommand = {program}\narguments = ['target.txt']\ntimeout = '{timeout}'\n"
    );
    Manifest::parse(folder, &text).expect("a right manifest")
}

/// How often the target really ran a task, over all lives of the plug-in.
pub(crate) fn journal(folder: &Path) -> Vec<AttemptKey> {
    let text = std::fs::read_to_string(folder.join("target.txt")).unwrap_or_default();
    let started = text.lines().filter_map(|line| line.strip_prefix("started "));
    started.map(|key| key.parse().expect("the target writes keys")).collect()
}

/// A wish to the target.
pub(crate) fn wish(key: &AttemptKey, fields: &serde_json::Value) -> StartTask {
    let fields = fields.as_object().expect("fields").clone();
    StartTask { task_type: "control".into(), fields, ..Fake::task(key) }
}

pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("timed out until {what}"));
}

async fn open(folder: &Path) -> PlugIn {
    PlugIn::open(manifest(folder), Handle::default()).await.expect("the example starts")
}

fn key(text: &str) -> AttemptKey {
    text.parse().unwrap()
}

#[cfg(unix)]
fn kill_9(id: u32) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    kill(Pid::from_raw(i32::try_from(id).unwrap()), Signal::SIGKILL).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_plug_in_killed_between_accept_and_reply_leaves_a_start_unknown_that_is_found_and_ran_once()
 {
    let folder = TempDir::new().unwrap();
    let plug_in = open(folder.path()).await;
    let integration = plug_in.connect(Fake::target("A")).unwrap();
    let key = key("killed-1");
    let mut call = Fake::task(&key);
    call.fields.insert("hold".into(), json!(true));

    let killing = async {
        until("the target has the task", || !journal(folder.path()).is_empty()).await;
        kill_9(plug_in.process_id().await.expect("it runs"));
    };
    let (started, ()) = futures_util::future::join(integration.start(call.clone()), killing).await;
    assert!(matches!(&started, Started::Unknown { why } if why.contains("fake")), "{started:?}");

    let found = integration.find(call).await;
    assert!(matches!(found, Found::Running { .. }), "{found:?}");
    let again = integration.start(Fake::task(&key)).await;
    assert!(matches!(again, Started::Running { .. }), "{again:?}");
    assert_eq!(journal(folder.path()), [key]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_killed_plug_in_is_started_again_by_the_next_call_with_another_process() {
    let folder = TempDir::new().unwrap();
    let plug_in = open(folder.path()).await;
    let integration = plug_in.connect(Fake::target("A")).unwrap();
    let first = plug_in.process_id().await.expect("it runs");
    kill_9(first);
    // Until its end is noticed, a call may still go to the old life.
    loop {
        let beat = integration.heartbeat(Heartbeat { is_first: false }).await;
        if matches!(beat, Communication::Communicating { .. }) {
            break;
        }
    }
    let second = plug_in.process_id().await.expect("it runs again");
    assert_ne!(first, second);
}

#[cfg(unix)]
#[tokio::test]
async fn a_dropped_plug_in_ends_its_process() {
    use nix::sys::signal::kill;
    use nix::unistd::Pid;

    let folder = TempDir::new().unwrap();
    let plug_in = open(folder.path()).await;
    let id = plug_in.process_id().await.expect("it runs");
    drop(plug_in);
    let pid = Pid::from_raw(i32::try_from(id).unwrap());
    until("the process has ended", || kill(pid, None).is_err()).await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let folder = TempDir::new().unwrap();
    let text = "name = 'none'\ncommand = 'no-such-program-anywhere'\n";
    let manifest = Manifest::parse(folder.path(), text).unwrap();
    let error = PlugIn::open(manifest, Handle::default()).await.unwrap_err();
    assert!(error.message.contains("the plug-in none cannot be started"), "{error}");
}

#[tokio::test]
async fn garbage_on_standard_output_costs_calls_and_not_the_plug_in() {
    let folder = TempDir::new().unwrap();
    let plug_in = open(folder.path()).await;
    let integration = plug_in.connect(Fake::target("A")).unwrap();
    let id = plug_in.process_id().await;
    let garbage = wish(&key("wish"), &json!({"do": "garbage", "text": "hello, world"}));
    let started = integration.start(garbage).await;
    let Started::Unknown { why } = started else { panic!("{started:?}") };
    assert!(why.contains("is no JSON") && !why.contains("hello"), "{why}");
    let beat = integration.heartbeat(Heartbeat { is_first: false }).await;
    assert!(matches!(beat, Communication::Communicating { .. }), "{beat:?}");
    assert_eq!(plug_in.process_id().await, id);
}

mod log {
    use std::io;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    pub(super) struct Memory(pub(super) Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Memory {
        pub(super) fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
        }
    }
}

#[tokio::test]
async fn standard_error_goes_to_the_log_without_the_passwords_that_the_plug_in_got() {
    let memory = log::Memory::default();
    let writer = memory.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let folder = TempDir::new().unwrap();
    let plug_in = open(folder.path()).await;
    let mut target = Fake::target("A");
    let password = Secret::new("s3cr3t-of-the-user");
    target.batch_user = Some(BatchUser { identifier: "BATCH".into(), password });
    let integration = plug_in.connect(target).unwrap();
    let say = json!({"do": "say", "text": "logon of BATCH with s3cr3t-of-the-user failed"});
    let started = integration.start(wish(&key("wish"), &say)).await;
    assert!(matches!(started, Started::Ended { .. }), "{started:?}");
    until("the message is logged", || memory.text().contains("logon of BATCH")).await;
    let text = memory.text();
    assert!(text.contains("logon of BATCH with *** failed"), "{text}");
    assert!(!text.contains("s3cr3t"), "{text}");
}
