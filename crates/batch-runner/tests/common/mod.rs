//! A job in a folder of its own, run by the real runner.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test binary uses its own part, and a test may panic"
)]

use std::io::{BufRead, BufReader, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use batch_runner::spool::{Attempt, OutputReader, Record, RecordKind, Spool, SpoolState, state};
use batch_runner::{ChildRecord, ExitRecord, Launched, Launcher, Order, sweep};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tempfile::TempDir;

pub const TOKEN: &str = "let-me-in";
pub const LIMIT: Duration = Duration::from_secs(20);

pub fn runner() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_batch-runner"))
}

/// A temporary folder, an order for a shell script in it, and the runner that was started with it.
pub struct Bench {
    pub order: Order,
    pub launched: Option<Launched>,
    pub launcher: Option<Launcher>,
    pub dir: TempDir,
}

impl Bench {
    pub fn script(script: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let dir = tempfile::tempdir().unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test-{}-{number}", std::process::id());
        let order = Order {
            spool: Spool::new(&dir.path().join("spool"), 17, 1).dir().to_owned(),
            attempt: format!("{name}:17:1"),
            program: "/bin/sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            working_directory: dir.path().to_owned(),
            environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            output_cap_bytes: 1 << 20,
            line_cap_bytes: 4096,
            processes_max: 0,
            kill_grace_ms: 100,
            stop_grace_ms: 20_000,
            token: TOKEN.to_owned(),
            message_socket: format!("@batch-runner-{name}"),
            is_stopped_for_debugger: false,
            prelude: Vec::new(),
            masks: Vec::new(),
            open_files_max: 0,
            umask: None,
            is_synced: false,
        };
        Self { order, launched: None, launcher: None, dir }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Order)) -> Self {
        change(&mut self.order);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn start(mut self) -> Self {
        self.start_with(runner());
        self
    }

    pub fn start_with(&mut self, program: &Path) {
        let launcher = Launcher::new(program);
        self.launched = Some(launcher.launch(&self.order).unwrap());
        self.launcher = Some(launcher);
    }

    /// The runner's process, once it has the claim.
    pub fn runner_pid(&self) -> i32 {
        until("the claim", || runner_pid(&self.order.spool))
    }

    /// Ends the runner alone, as an operator or the kernel might.
    pub fn kill_runner(&mut self) {
        let pid = rustix::process::Pid::from_raw(self.runner_pid()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        self.wait();
    }

    /// Whether the runner has ended.
    pub fn has_ended(&self) -> bool {
        // Its pipe is closed a moment before the lock of its claim.
        has_hung_up(self.launched.as_ref().unwrap())
            && !matches!(self.state(), SpoolState::Alive { .. })
    }

    /// Waits for the end of the runner.
    pub fn wait(&mut self) {
        until("the runner ends", || self.has_ended().then_some(()));
    }

    /// Waits for the runner and returns what it left.
    pub fn finish(&mut self) -> ExitRecord {
        self.wait();
        match self.state() {
            SpoolState::Ended(record) => record,
            other => panic!("{other:?}"),
        }
    }

    pub fn state(&self) -> SpoolState {
        state(&self.order.spool).unwrap()
    }

    pub fn records(&self) -> Vec<Record> {
        let path = Spool::at(&self.order.spool).output();
        OutputReader::read_from(&path, 0, 1 << 30).unwrap().0
    }

    pub fn lines(&self) -> Vec<String> {
        let output = self.records().into_iter().filter(|r| r.kind == RecordKind::Output);
        output.map(|record| record.text).collect()
    }

    pub fn wait_for_line(&self, text: &str) {
        until(text, || self.records().iter().any(|record| record.text == text).then_some(()));
    }

    pub fn child(&self) -> ChildRecord {
        until("the child's note", || Attempt::read(&self.order.spool).unwrap()?.child)
    }

    pub fn connect(&self) -> Client {
        let name = self.order.message_socket.trim_start_matches('@');
        let address = SocketAddr::from_abstract_name(name).unwrap();
        let stream = until("the socket", || UnixStream::connect_addr(&address).ok());
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Client { reader: BufReader::new(stream) }
    }
}

/// Ends what a failed test would leave: the runner by its id, the job by its marker.
impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(pid) = runner_pid(&self.order.spool).and_then(rustix::process::Pid::from_raw)
            && matches!(self.state(), SpoolState::Alive { .. })
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        let _ = sweep(&self.order.attempt, None);
    }
}

fn runner_pid(spool: &Path) -> Option<i32> {
    Attempt::read(spool).ok()??.runner_pid
}

/// Whether the runner's pipe is closed.
pub fn has_hung_up(launched: &Launched) -> bool {
    let mut fds = [PollFd::new(&launched.wake, PollFlags::empty())];
    poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap();
    fds[0].revents().contains(PollFlags::HUP)
}

pub struct Client {
    reader: BufReader<UnixStream>,
}

impl Client {
    pub fn send(&mut self, line: &str) {
        self.reader.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    pub fn message(&mut self, kind: &str, text: &str) -> String {
        self.send(&format!(r#"{{"token":"{TOKEN}","kind":"{kind}","text":"{text}"}}"#));
        self.answer()
    }

    pub fn flush(&mut self) -> String {
        self.send(&format!(r#"{{"token":"{TOKEN}","flush":true}}"#));
        self.answer()
    }

    pub fn answer(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

/// Waits until `condition` gives something; panics after a while.
pub fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed() < LIMIT, "waited too long until: {what}");
        sleep(Duration::from_millis(2));
    }
}

pub fn is_running(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

/// The process ids a script wrote into a file, one per line; waits for `count` of them.
pub fn pids(path: &Path, count: usize) -> Vec<i32> {
    until("the pids", || {
        let content = std::fs::read_to_string(path).ok()?;
        let pids: Vec<i32> = content.lines().filter_map(|line| line.parse().ok()).collect();
        (pids.len() >= count && content.ends_with('\n')).then_some(pids)
    })
}

pub fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A named pipe, through which a script and a test wait for each other.
pub fn fifo(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}
