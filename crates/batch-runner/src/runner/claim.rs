//! Taking the attempt, and noting in its file what comes of it.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use crate::spool::{Entry, Spool, create_locked, lock_blank};

/// The open file of the claim. The lock on it ends with this process, whatever ends it.
pub(crate) struct Claim {
    pub(crate) file: File,
    /// Length of the whole lines in the file.
    len: u64,
}

impl Claim {
    /// Links the claim into place, locked already; `door` is where the runner takes signals, if it is to be noted. Where it
    /// `is_synced`, it is on disk when this returns. `None` when somebody else has it, or the folder is gone:
    /// then the attempt was settled without this runner. The runner must never create the folder, or a late
    /// one could start an attempt whose folder was removed.
    pub(crate) fn take(
        spool: &Spool,
        door: Option<&str>,
        is_synced: bool,
    ) -> io::Result<Option<Self>> {
        let runner_pid = i32::try_from(std::process::id()).map_err(io::Error::other)?;
        let (file, temporary) = match prepared(spool, runner_pid) {
            Ok(prepared) => prepared,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut claim = Self { file, len: 0 };
        claim.note(&Entry::Runner(runner_pid))?;
        if let Some(name) = door {
            claim.note(&Entry::Door(name.to_owned()))?;
        }
        if is_synced {
            claim.file.sync_all()?;
        }
        let linked = fs::hard_link(&temporary, spool.claim());
        // What is left of it goes with the folder.
        let _ = fs::remove_file(&temporary);
        match linked {
            Ok(()) => {
                if is_synced {
                    sync_folder(spool)?;
                }
                Ok(Some(claim))
            }
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
    pub(crate) fn note(&mut self, entry: &Entry) -> io::Result<()> {
        let line = entry.line()?;
        let written = self.file.write_all(&line);
        if written.is_err() && self.cut_off().is_err() {
            // A piece of it stays: ended here, it is not taken for the beginning of the next try.
            let _ = self.file.write_all(b"\n");
        }
        written?;
        self.len += line.len() as u64;
        Ok(())
    }

    fn cut_off(&mut self) -> io::Result<()> {
        self.file.set_len(self.len)?;
        self.file.seek(SeekFrom::Start(self.len)).map(|_| ())
    }
}

/// Windows has no such thing as a folder that is flushed.
pub(super) fn sync_folder(spool: &Spool) -> io::Result<()> {
    #[cfg(unix)]
    File::open(spool.dir())?.sync_all()?;
    let _ = spool;
    Ok(())
}

/// The file that becomes the claim, empty and locked, and its name until then: the one of a folder that is used again, or a new one.
fn prepared(spool: &Spool, runner_pid: i32) -> io::Result<(File, PathBuf)> {
    if let Some(file) = lock_blank(&spool.blank())? {
        return Ok((file, spool.blank()));
    }
    let temporary = spool.dir().join(format!("claim.{runner_pid}"));
    Ok((create_locked(&temporary)?, temporary))
}
