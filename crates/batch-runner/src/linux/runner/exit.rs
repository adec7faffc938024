//! Writing the exit record, the one file that must not be lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::ExitRecord;
use crate::spool::Spool;

use super::wake;

/// First pause after a failure; it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// How long a full disk is waited for. A waiting runner costs one small process, and a result that is lost costs the
/// job: an hour is the time in which somebody notices a full disk.
const TRY_MAX: Duration = Duration::from_hours(1);

/// Writes the record so that it appears whole or not at all.
pub(super) fn write(spool: &Spool, record: &ExitRecord) -> io::Result<()> {
    let json = serde_json::to_vec(record)?;
    // Nobody will read it soon: a controller that is there stores the end in its database within
    // milliseconds, and that is what makes it durable, without the cost of a flush for each job. With the
    // controller gone the record must itself survive until one comes back, a power cut included.
    let is_durable = wake::is_abandoned();
    let until = Instant::now() + TRY_MAX;
    let mut pause = PAUSE_FIRST;
    loop {
        let error = match write_new(spool, &json, is_durable) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if is_full(&error) && reuse_child(spool, &json, is_durable).is_ok() {
            return Ok(());
        }
        if !may_pass(&error) || Instant::now() >= until {
            return Err(error);
        }
        sleep(pause);
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn write_new(spool: &Spool, json: &[u8], is_durable: bool) -> io::Result<()> {
    let temporary = spool.dir().join("exit.new");
    let mut file = File::create(&temporary)?;
    file.write_all(json)?;
    finish(spool, &file, &temporary, is_durable)
}

/// On a full disk the child's note, which has a block already, becomes the exit record: it is of no more
/// use, since nothing of the job is left to be swept. A runner that is killed in the middle of this leaves a note that cannot be read, and
/// the sweep does without it.
fn reuse_child(spool: &Spool, json: &[u8], is_durable: bool) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(spool.child())?;
    file.write_all(json)?;
    file.set_len(json.len() as u64)?;
    finish(spool, &file, &spool.child(), is_durable)
}

fn finish(
    spool: &Spool,
    file: &File,
    temporary: &std::path::Path,
    is_durable: bool,
) -> io::Result<()> {
    if is_durable {
        file.sync_all()?;
        match File::open(spool.output()) {
            Ok(output) => output.sync_all()?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    fs::rename(temporary, spool.exit())?;
    if is_durable {
        File::open(spool.dir())?.sync_all()?;
    }
    Ok(())
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Whether a later try can succeed; a folder that was removed does not come back.
fn may_pass(error: &io::Error) -> bool {
    !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied)
}
