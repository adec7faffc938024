//! Starting, watching and ending processes. Everything that is started is ended by its own id.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal};

use crate::interrupt;

/// How often a wait looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A command line to be completed and handed to one of the functions below.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place of xtask that makes processes")]
    Command::new(name)
}

/// The cargo that runs this command.
pub(crate) fn cargo() -> Command {
    let mut cargo = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set by `cargo run` for this package only; a build script of another one must not see them.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        cargo.env_remove(name);
    }
    cargo
}

/// Runs to the end with this command's own standard output.
///
/// # Errors
/// When it cannot be started or does not end with 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("while starting `{}`", shown(command)))?;
    succeeded(command, status)
}

/// Runs to the end and gives back what it printed.
///
/// # Errors
/// When it cannot be started, does not end with 0 or prints something else than UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("while starting `{}`", shown(command)))?;
    succeeded(command, output.status)?;
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` printed something that is not UTF-8", shown(command)))
}

/// Runs to the end with `text` on its standard input. What it prints goes to this command's own output.
///
/// # Errors
/// When it cannot be started, does not read the text or does not end with 0.
pub(crate) fn run_with_input(command: &mut Command, text: &str) -> Result<()> {
    let mut child = command
        .stdin(Stdio::piped())
        .spawn()
        .with_context(|| format!("while starting `{}`", shown(command)))?;
    let written = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(text.as_bytes()));
    let status = child.wait().with_context(|| format!("while waiting for `{}`", shown(command)))?;
    succeeded(command, status)?;
    written.with_context(|| format!("while writing to `{}`", shown(command)))
}

/// Whether it can be started and ends with 0. What it prints is not shown.
pub(crate) fn works(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Whether a program of this name is on the PATH.
pub(crate) fn is_on_path(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    interrupt::check()?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// The command line for people, without the environment, in which a secret may be.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// A process that runs beside this command and is ended with it.
#[derive(Debug)]
pub(crate) struct Running {
    name: &'static str,
    child: Child,
    grace: Duration,
}

impl Running {
    /// Starts it in a process group of its own, so that Ctrl-C reaches this command alone, which then ends it in
    /// order: asked to, and after `grace` forced to.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        grace: Duration,
    ) -> Result<Self> {
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("while starting {name}: `{}`", shown(command)))?;
        Ok(Self { name, child, grace })
    }

    /// How it ended, when it has.
    ///
    /// # Errors
    /// When the system cannot say.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("while looking at {}", self.name))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it takes longer than `limit` or this command is interrupted.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let mut status = None;
        let what = format!("{} to end", self.name);
        wait_until(&what, limit, || {
            status = self.ended()?;
            Ok(status.is_some())
        })?;
        status.with_context(|| format!("{} ended without a status", self.name))
    }

    /// Ends it: `SIGTERM`, and `SIGKILL` when the grace is over.
    pub(crate) fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        if let Ok(Some(pid)) = i32::try_from(self.child.id()).map(Pid::from_raw) {
            // It may have ended this moment.
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
        let until = Instant::now() + self.grace;
        while Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(LOOK_AGAIN);
        }
        eprintln!("{} did not end within {} s and is killed", self.name, self.grace.as_secs());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Looks again and again until it is so.
///
/// # Errors
/// When it is not so within `limit`, when looking fails, or when this command is interrupted.
pub(crate) fn wait_until(
    what: &str,
    limit: Duration,
    mut is_so: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let until = Instant::now() + limit;
    while !is_so()? {
        interrupt::check()?;
        if Instant::now() > until {
            bail!("waited {} s for {what}", limit.as_secs());
        }
        thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}
