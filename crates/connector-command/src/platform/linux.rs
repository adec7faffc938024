//! Waiting for runners, and users, on Linux.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use batch_runner::{CLAIMED, Launched};
use nix::unistd::{self, Gid, Uid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Lets this process open as many files as it may at all: each job that runs costs some. What it could open before; 0 where
/// nothing was raised.
pub(crate) fn raise_open_files() -> u64 {
    static BEFORE: OnceLock<u64> = OnceLock::new();
    *BEFORE.get_or_init(|| {
        let mut limit = getrlimit(Resource::Nofile);
        let before = limit.current.unwrap_or(0);
        limit.current = limit.maximum;
        if setrlimit(Resource::Nofile, limit).is_ok() { before } else { 0 }
    })
}

/// What a runner that was started has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    Taken,
    /// It ended, or never was, without the claim.
    Left,
    /// Nothing is known yet.
    Late,
}

/// Waits until a runner has its claim, at most `limit`. Blocks.
pub(crate) fn claim(launched: &Launched, limit: Duration) -> io::Result<Claim> {
    let until = Instant::now() + limit;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).ok();
        match poll(&mut [PollFd::new(&launched.wake, PollFlags::IN)], timeout.as_ref()) {
            Ok(0) => return Ok(Claim::Late),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let mut byte = [0; 1];
        match rustix::io::read(launched.wake.as_fd(), &mut byte) {
            Ok(0) => return Ok(Claim::Left),
            Ok(_) if byte[0] == CLAIMED => return Ok(Claim::Taken),
            Ok(_) | Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A live runner, to be waited for.
pub(crate) struct Runner(AsyncFd<OwnedFd>);

/// The live runner of an attempt; none when there is none.
#[expect(unsafe_code, reason = "tokio asks for the promise that the descriptor stays open")]
pub(crate) fn runner(dir: &Path) -> io::Result<Option<Runner>> {
    let Some(fd) = batch_runner::watch(dir)? else { return Ok(None) };
    // SAFETY: `OwnedFd` owns an open descriptor, and nobody replaces or closes it while the `AsyncFd` has it.
    let fd = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) };
    Ok(Some(Runner(fd.map_err(io::Error::from)?)))
}

impl Runner {
    /// Done when it has ended.
    pub(crate) async fn ended(self) {
        // It is readable from its end on, and an error is no reason to wait for ever: who is woken looks for himself.
        let _ = self.0.readable().await;
    }
}

/// A user of this machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) home: String,
    pub(crate) shell: String,
    uid: u32,
    gid: u32,
}

impl User {
    /// The user of this name; what to do about it where there is none.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        match unistd::User::from_name(name) {
            Ok(Some(user)) => Ok(Self {
                home: user.dir.to_string_lossy().into_owned(),
                shell: user.shell.to_string_lossy().into_owned(),
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
                name: user.name,
            }),
            Ok(None) => Err(format!(
                "there is no user `{name}` on this machine; create it, or correct the batch user"
            )),
            Err(error) => Err(format!("the user `{name}` cannot be looked up: {error}")),
        }
    }

    pub(crate) fn is_superuser(&self) -> bool {
        self.uid == 0
    }

    /// Makes this process one of the user, for ever.
    pub(crate) fn assume(&self) -> io::Result<()> {
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        let name = CString::new(self.name.as_str())?;
        unistd::initgroups(&name, gid)?;
        unistd::setresgid(gid, gid, gid)?;
        unistd::setresuid(uid, uid, uid)?;
        Ok(())
    }
}

/// Why this process can start nothing as another user.
pub(crate) fn cannot_switch() -> Option<&'static str> {
    (!Uid::effective().is_root()).then_some("the scheduler does not run as root")
}

/// Whether a file may be run by somebody.
pub(crate) fn is_executable(path: &Path) -> io::Result<bool> {
    let meta = std::fs::metadata(path)?;
    Ok(meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether a process of an attempt is alive, by the marker in its environment.
pub(crate) fn has_processes(marker: &str) -> io::Result<bool> {
    batch_runner::has_processes(marker)
}
