//! Taking the attempt.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use crate::Claim;
use crate::spool::Spool;

/// The open file of the claim. The lock on it ends with this process, whatever ends it.
pub(super) struct Held {
    _file: File,
}

/// Links the claim into place, locked already. `None` when somebody else has it, or the folder is gone:
/// then the attempt was settled without this runner. The runner must never create the folder, or a late
/// one could start an attempt whose folder was removed.
pub(super) fn take(spool: &Spool) -> io::Result<Option<Held>> {
    let runner_pid = rustix::process::getpid().as_raw_nonzero().get();
    let temporary = spool.dir().join(format!("claim.{runner_pid}"));
    let opened =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    file.lock()?;
    file.write_all(&serde_json::to_vec(&Claim::Runner { runner_pid })?)?;
    let linked = fs::hard_link(&temporary, spool.claim());
    // What is left of it goes with the folder.
    let _ = fs::remove_file(&temporary);
    match linked {
        Ok(()) => Ok(Some(Held { _file: file })),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
