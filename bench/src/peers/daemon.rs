//! A process of a peer, ended by its id whatever happens to the harness's own work.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal};

/// How long it may take to end when asked to.
const GRACE: Duration = Duration::from_secs(10);
/// How often a wait looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A running process; dropped, it is ended, and waited for.
pub(crate) struct Daemon {
    name: String,
    child: Child,
}

impl Daemon {
    /// Starts it in a process group of its own, so that Ctrl-C leaves it to the harness to end the daemons in order. What it prints
    /// goes to `log`.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let output =
            File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .process_group(0)
            // Nothing is ever written to it: who reads it sees its end when the harness is gone, even after a `kill -9`.
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name: name.to_owned(), child })
    }

    /// How it ended, when it has.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("cannot look at {}", self.name))
    }

    /// An error when it has ended already.
    pub(crate) fn is_alive(&mut self) -> anyhow::Result<()> {
        match self.ended()? {
            Some(status) => anyhow::bail!("{} ended with {status}", self.name),
            None => Ok(()),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended this moment.
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
        let until = Instant::now() + GRACE;
        while Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(LOOK_AGAIN);
        }
        eprintln!("{} did not end within {} s and is killed", self.name, GRACE.as_secs());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
