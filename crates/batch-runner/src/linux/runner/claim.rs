//! Taking the attempt, and noting in its file what comes of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use crate::spool::{Entry, Spool};

/// The open file of the claim. The lock on it ends with this process, whatever ends it.
pub(super) struct Claim {
    pub(super) file: File,
    /// Length of the whole lines in the file.
    len: u64,
}

impl Claim {
    /// Links the claim into place, locked already. `None` when somebody else has it, or the folder is gone:
    /// then the attempt was settled without this runner. The runner must never create the folder, or a late
    /// one could start an attempt whose folder was removed.
    pub(super) fn take(spool: &Spool) -> io::Result<Option<Self>> {
        let runner_pid = rustix::process::getpid().as_raw_nonzero().get();
        let temporary = spool.dir().join(format!("claim.{runner_pid}"));
        let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(&temporary);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        file.lock()?;
        file.set_len(0)?;
        let mut claim = Self { file, len: 0 };
        claim.note(&Entry::Runner(runner_pid))?;
        let linked = fs::hard_link(&temporary, spool.claim());
        // What is left of it goes with the folder.
        let _ = fs::remove_file(&temporary);
        match linked {
            Ok(()) => Ok(Some(claim)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Appends an entry so that it counts whole or not at all.
    pub(super) fn note(&mut self, entry: &Entry) -> io::Result<()> {
        let line = entry.line()?;
        let written = self.file.write_all(&line);
        if written.is_err() && self.file.set_len(self.len).is_err() {
            // A piece of it stays: ended here, it is not taken for the beginning of the next try.
            let _ = self.file.write_all(b"\n");
        }
        written?;
        self.len += line.len() as u64;
        Ok(())
    }
}
