//! How a plug-in is started: as a process, or in tests as anything with two ends.

use std::fmt::Debug;
use std::io;
use std::process::Stdio;

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::process::{Child, Command};

use super::manifest::Manifest;

/// Variables that begin so are the scheduler's own, some of them secret.
const OWN_VARIABLES: &str = "RINGMASTER_";

/// Starts plug-ins.
pub(super) trait Launch: Debug + Send + Sync {
    /// Starts one more. Does not wait for anything.
    fn launch(&self) -> io::Result<Pipes>;
}

/// A plug-in that was started.
pub(super) struct Pipes {
    /// What it reads.
    pub(super) to: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it writes.
    pub(super) from: Box<dyn AsyncRead + Send + Unpin>,
    /// Its messages for people.
    pub(super) messages: Box<dyn AsyncRead + Send + Unpin>,
    /// It itself. Dropping it ends it.
    pub(super) process: Box<dyn Running>,
}

/// A running plug-in.
pub(super) trait Running: Send {
    /// Its process id, if it has one.
    fn id(&self) -> Option<u32>;
    /// Waits until it has ended; says how. May be dropped and asked again.
    fn wait(&mut self) -> BoxFuture<'_, String>;
    /// Ends it by force, with what it has started beside it.
    fn kill(&mut self);
}

impl Launch for Manifest {
    fn launch(&self) -> io::Result<Pipes> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a plug-in is no job: it serves the scheduler"
        )]
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().to_ascii_uppercase().starts_with(OWN_VARIABLES) {
                command.env_remove(name);
            }
        }
        command.envs(&self.environment);
        apart(&mut command);
        let mut child = command.spawn()?;
        let gone = || io::Error::other("a pipe to the new process is missing");
        Ok(Pipes {
            to: Box::new(child.stdin.take().ok_or_else(gone)?),
            from: Box::new(child.stdout.take().ok_or_else(gone)?),
            messages: Box::new(child.stderr.take().ok_or_else(gone)?),
            process: Box::new(PlugInProcess(child)),
        })
    }
}

/// Ctrl-C at the scheduler's terminal must not end plug-ins before the scheduler has finished with them.
#[cfg(unix)]
fn apart(command: &mut Command) {
    command.process_group(0);
}

#[cfg(windows)]
fn apart(command: &mut Command) {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

/// A process with those that it has started in its group. Dropping it ends them all.
struct PlugInProcess(Child);

impl PlugInProcess {
    /// Ends the group, as long as its leader keeps its number from being given away.
    fn kill_group(&self) {
        #[cfg(unix)]
        if let Some(id) = self.0.id().and_then(|id| i32::try_from(id).ok()) {
            use nix::sys::signal::{Signal, killpg};
            // Fails only where all have ended.
            let _ = killpg(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

impl Drop for PlugInProcess {
    fn drop(&mut self) {
        self.kill_group();
    }
}

impl Running for PlugInProcess {
    fn id(&self) -> Option<u32> {
        self.0.id()
    }

    fn wait(&mut self) -> BoxFuture<'_, String> {
        Box::pin(async move {
            match self.0.wait().await {
                Ok(status) => status.to_string(),
                Err(error) => format!("an end that the system does not tell ({error})"),
            }
        })
    }

    fn kill(&mut self) {
        self.kill_group();
        // Fails only where it has ended.
        let _ = self.0.start_kill();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

    use super::*;

    #[tokio::test]
    async fn what_a_plug_in_has_started_in_its_group_ends_with_it() {
        for is_dropped in [false, true] {
            // It has no time to end by itself.
            let script = "sleep 1000 & echo started; wait";
            let manifest = Manifest {
                name: "parent".into(),
                program: "/bin/sh".into(),
                arguments: vec!["-c".into(), script.into()],
                folder: "/".into(),
                environment: indexmap::IndexMap::new(),
                timeout: Duration::from_secs(1),
            };
            let mut pipes = manifest.launch().unwrap();
            let mut said = BufReader::new(pipes.from);
            said.read_line(&mut String::new()).await.unwrap();
            if is_dropped {
                drop(pipes.process);
            } else {
                pipes.process.kill();
                pipes.process.wait().await;
            }
            // The pipe ends when nobody holds it any more.
            let mut rest = Vec::new();
            let ended = said.read_to_end(&mut rest);
            let ended = tokio::time::timeout(Duration::from_secs(30), ended).await;
            assert!(ended.is_ok(), "its child lives on");
        }
    }
}
