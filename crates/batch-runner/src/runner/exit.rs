//! Writing the exit record, the one thing that must not be lost.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::claim::{Claim, sync_folder};
use crate::ExitRecord;
use crate::platform::runner::wake;
use crate::spool::{Entry, Spool};

/// First pause after a failure; it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// How long a disk that takes nothing is waited for. A waiting runner costs one small process, and a result that is lost costs the
/// job: an hour is the time in which somebody notices it.
const TRY_MAX: Duration = Duration::from_hours(1);

/// Writes the record so that it appears whole or not at all.
pub(super) fn write(claim: &mut Claim, spool: &Spool, record: ExitRecord) -> io::Result<()> {
    let entry = Entry::Exit(record);
    let until = Instant::now() + TRY_MAX;
    let mut pause = PAUSE_FIRST;
    while let Err(error) = claim.note(&entry) {
        if Instant::now() >= until {
            return Err(error);
        }
        sleep(pause);
        pause = (pause * 2).min(PAUSE_MAX);
    }
    // Nobody will read it soon: a controller that is there stores the end in its database within
    // milliseconds, and that is what makes it durable, without the cost of a flush for each job. With the
    // controller gone the record must itself survive until one comes back, a power cut included.
    if wake::is_abandoned() { flush(claim, spool) } else { Ok(()) }
}

fn flush(claim: &Claim, spool: &Spool) -> io::Result<()> {
    claim.file.sync_all()?;
    // Windows wants the right to write for it.
    match OpenOptions::new().write(true).open(spool.output()) {
        Ok(output) => output.sync_all()?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    sync_folder(spool)
}
