//! Systems on which no job can be run: everything says so.

use std::io;
use std::path::Path;
use std::time::Duration;

use batch_runner::Launched;
use serde::{Deserialize, Serialize};

/// Nothing has to be raised here.
pub(crate) fn raise_open_files() -> u64 {
    0
}

/// What a runner that was started has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "other systems have them")]
pub(crate) enum Claim {
    Taken,
    Left,
    Late,
}

pub(crate) fn claim(_launched: &Launched, _limit: Duration) -> io::Result<Claim> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) enum Runner {}

pub(crate) fn runner(_dir: &Path) -> io::Result<Option<Runner>> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Runner {
    pub(crate) async fn ended(self) {
        match self {}
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) home: String,
    pub(crate) shell: String,
}

impl User {
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        Err(format!("a job cannot run as the user `{name}` on this system"))
    }

    pub(crate) fn is_superuser(&self) -> bool {
        false
    }

    pub(crate) fn assume(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub(crate) fn cannot_switch() -> Option<&'static str> {
    Some("no job runs on this system")
}

pub(crate) fn is_executable(path: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(path)?.is_file())
}

#[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
pub(crate) fn has_processes(_marker: &str) -> io::Result<bool> {
    Ok(false)
}
