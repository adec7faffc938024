//! Waiting for runners on Windows. Jobs run as the agent's own user there.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::windows::io::OwnedHandle;
use std::path::Path;
use std::time::Duration;

use batch_runner::{CLAIMED, Launched};
use serde::{Deserialize, Serialize};

/// How often it is looked whether a runner has ended: a process cannot be waited for with the pipes of tokio.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Nothing has to be raised here.
pub(crate) fn raise_open_files() -> u64 {
    0
}

/// What a runner that was started has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    Taken,
    /// It ended, or never was, without the claim.
    Left,
    /// Nothing is known yet. Never seen here: the pipe of a runner is read until it says something or ends.
    #[allow(dead_code, reason = "other systems have it")]
    Late,
}

/// Waits until a runner has its claim. Blocks.
pub(crate) fn claim(launched: &Launched, _limit: Duration) -> io::Result<Claim> {
    let mut pipe = File::from(launched.wake.try_clone()?);
    let mut byte = [0; 1];
    loop {
        match pipe.read(&mut byte) {
            Ok(0) => return Ok(Claim::Left),
            Ok(_) if byte[0] == CLAIMED => return Ok(Claim::Taken),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Claim::Left),
            Err(error) => return Err(error),
        }
    }
}

/// A live runner, to be waited for.
pub(crate) struct Runner(OwnedHandle);

/// The live runner of an attempt; none when there is none.
pub(crate) fn runner(dir: &Path) -> io::Result<Option<Runner>> {
    Ok(batch_runner::watch(dir)?.map(Runner))
}

impl Runner {
    /// Done when it has ended.
    pub(crate) async fn ended(self) {
        while matches!(batch_runner::has_ended(&self.0, Duration::ZERO), Ok(false)) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// A user of this machine. None can be had here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) home: String,
    pub(crate) shell: String,
}

impl User {
    /// Says that there is none.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        Err(format!("a job cannot run as the user `{name}` on Windows"))
    }

    pub(crate) fn is_superuser(&self) -> bool {
        false
    }

    /// Fails.
    pub(crate) fn assume(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Why this process can start nothing as another user.
pub(crate) fn cannot_switch() -> Option<&'static str> {
    Some("this is not possible on Windows yet")
}

/// Whether a file may be run by somebody.
pub(crate) fn is_executable(path: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(path)?.is_file())
}

/// No environment of another process can be read here: its folder alone says whether it runs.
#[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
pub(crate) fn has_processes(_marker: &str) -> io::Result<bool> {
    Ok(false)
}
