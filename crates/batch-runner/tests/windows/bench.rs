//! A job in a folder of its own, run by the real runner.

use std::fs::OpenOptions;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use batch_runner::spool::{Attempt, OutputReader, Record, RecordKind, Spool, SpoolState, state};
use batch_runner::{ExitRecord, Launched, Launcher, Order, RunnerSignal, signal};
use tempfile::TempDir;

pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The runner. Wine gives its path without a drive.
pub(crate) fn runner() -> PathBuf {
    std::path::absolute(env!("CARGO_BIN_EXE_batch-runner")).unwrap()
}

/// What jobs run (`examples/windows_actor.rs`).
pub(crate) fn actor() -> String {
    let programs = runner();
    let path = programs.parent().unwrap().join("examples").join("windows_actor.exe");
    assert!(path.is_file(), "{} is built with the tests", path.display());
    path.to_str().unwrap().to_owned()
}

/// A temporary folder, an order for the actor in it, and the runner that was started with it.
pub(crate) struct Bench {
    pub(crate) order: Order,
    pub(crate) launched: Option<Launched>,
    pub(crate) dir: TempDir,
}

impl Bench {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let dir = tempfile::tempdir().unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let spool = Spool::new(&dir.path().join("spool"), 17, 1);
        let order = serde_json::json!({
            "spool": spool.dir(),
            "attempt": format!("test-{}-{number}:17:1", std::process::id()),
            "program": actor(),
            "arguments": arguments,
            "working_directory": dir.path(),
            "environment": [],
            "output_cap_bytes": 8 << 20,
            "line_cap_bytes": 4096,
            "processes_max": 0,
            "kill_grace_ms": 100,
            "stop_grace_ms": 60_000,
            "token": "let-me-in",
            "message_socket": "",
            "is_stopped_for_debugger": false,
            "umask": null,
        });
        let order: Order = serde_json::from_value(order).unwrap();
        Self { order, launched: None, dir }
    }

    pub(crate) fn shell(line: &str) -> Self {
        Self::new(&["/d", "/c", line]).with(|order| order.program = "cmd.exe".to_owned())
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Order)) -> Self {
        change(&mut self.order);
        self
    }

    pub(crate) fn start(mut self) -> Self {
        self.launched = Some(Launcher::new(&runner()).launch(&self.order).unwrap());
        self
    }

    /// Waits for the file that an actor writes when it is there, and gives back its process id.
    pub(crate) fn mark(&self, name: &str) -> u32 {
        let path = self.dir.path().join(name);
        until(name, || std::fs::read_to_string(&path).ok()?.strip_suffix('\n')?.parse().ok())
    }

    /// Whether the actor of a mark is there: it holds its file open, and shares it with nobody who writes.
    pub(crate) fn is_running(&self, mark: &str) -> bool {
        const ERROR_SHARING_VIOLATION: i32 = 32;
        match OpenOptions::new().write(true).open(self.dir.path().join(mark)) {
            Ok(_) => false,
            Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => true,
            Err(error) => panic!("{mark}: {error}"),
        }
    }

    /// Waits for the end of the runner.
    pub(crate) fn wait(&mut self) {
        wait_for_end(self.launched.take().unwrap());
        until("the lock is free", || {
            (!matches!(self.state(), SpoolState::Alive { .. })).then_some(())
        });
    }

    /// Waits for the runner and returns what it left.
    pub(crate) fn finish(&mut self) -> ExitRecord {
        self.wait();
        match self.state() {
            SpoolState::Ended(record) => record,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn state(&self) -> SpoolState {
        state(&self.order.spool).unwrap()
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        let path = Spool::at(&self.order.spool).output();
        OutputReader::read_from(&path, 0, 1 << 30).unwrap().0
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let output = self.records().into_iter().filter(|r| r.kind == RecordKind::Output);
        output.map(|record| record.text.trim_end().to_owned()).collect()
    }

    pub(crate) fn attempt(&self) -> Attempt {
        until("the claim", || Attempt::read(&self.order.spool).unwrap())
    }
}

/// Ends what a failed test would leave.
impl Drop for Bench {
    fn drop(&mut self) {
        if matches!(state(&self.order.spool), Ok(SpoolState::Alive { .. })) {
            for _ in 0..2 {
                let _ = signal(&self.order.spool, RunnerSignal::Kill);
            }
        }
    }
}

/// Whether a job can be sent `CTRL_BREAK`. Wine 8 refuses it in a console without a window (`docs/developer/windows.md`).
pub(crate) fn hears_ctrl_break(test: &str) -> bool {
    let is_wine = std::env::var_os("WINEPREFIX").is_some();
    if is_wine {
        println!("SKIPPED under wine, which sends no CTRL_BREAK: {test}");
    }
    !is_wine
}

/// Reads the wake-up pipe to its end, which is the runner's. Returns what it said.
pub(crate) fn wait_for_end(launched: Launched) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::PipeReader::from(launched.wake).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Waits until `condition` gives something; panics after a while.
pub(crate) fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed() < LIMIT, "waited too long until: {what}");
        sleep(Duration::from_millis(5));
    }
}
