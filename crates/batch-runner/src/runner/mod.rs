//! What a runner does on every platform: takes its order, takes the claim, runs the job, writes down how it ended.
//!
//! The platform's part is in `linux/runner` and `windows/runner`: how a process is started, watched and ended.

pub(crate) mod claim;
pub(crate) mod demands;
pub(crate) mod desk;
mod exit;
pub(crate) mod keeper;
mod lines;
mod masks;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use jiff::Timestamp;

use crate::platform::runner::{Job, Prepared, prepare, wake};
use crate::spool::Spool;
use crate::{End, ExitRecord, Order};

/// The order could not be read, or the command line is wrong.
pub(crate) const EXIT_BAD_ORDER: u8 = 2;
/// Somebody else has the claim; nothing was started.
const EXIT_CLAIM_LOST: u8 = 3;
/// The claim could not be written; nothing was started.
const EXIT_NO_CLAIM: u8 = 4;
/// The job ran and its exit record could not be written.
const EXIT_NO_RECORD: u8 = 5;

/// The byte that a runner writes to its wake-up pipe once it has the claim. All others only say that there is something to read.
pub const CLAIMED: u8 = b'c';

/// What `--version` says.
pub(crate) const VERSION: &str = concat!("batch-runner ", env!("CARGO_PKG_VERSION"));
/// What somebody reads who starts it by hand.
pub(crate) const USAGE: &str = "batch-runner is started by the batch server; it takes an order on standard input and no arguments";

/// The server may be gone, and standard error with it: nothing to do about that.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Reads the order from standard input and sees it through.
pub(crate) fn run_order() -> ExitCode {
    let order = match read_order() {
        Ok(order) => order,
        Err(error) => {
            complain(&format!("batch-runner: reading the order: {error}"));
            return ExitCode::from(EXIT_BAD_ORDER);
        }
    };
    match run(&order) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("batch-runner: attempt {}: {error}", order.attempt));
            ExitCode::from(EXIT_NO_CLAIM)
        }
    }
}

fn read_order() -> io::Result<Order> {
    let mut json = Vec::new();
    io::stdin().read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

/// An error from here means that nothing was started.
fn run(order: &Order) -> io::Result<ExitCode> {
    // Before the claim: a signal may come as soon as others see it.
    let prepared: Prepared = prepare()?;
    let spool = Spool::at(&order.spool);
    let Some(mut claim) = claim::Claim::take(&spool, prepared.door(), order.is_synced)? else {
        return Ok(ExitCode::from(EXIT_CLAIM_LOST));
    };
    wake::tell_claimed();
    let started_at = now();
    let record = match Job::start(order, &spool, &mut claim, prepared, started_at) {
        Ok(job) => job.run(),
        Err(error) => failed_start(started_at, &error),
    };
    match exit::write(&mut claim, &spool, record) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            complain(&format!("batch-runner: attempt {}: exit record: {error}", order.attempt));
            Ok(ExitCode::from(EXIT_NO_RECORD))
        }
    }
}

fn failed_start(started_at: Timestamp, error: &io::Error) -> ExitRecord {
    ExitRecord {
        end: End::StartFailed { message: platform_text(error) },
        started_at,
        ended_at: now(),
        was_killed: false,
        stop: None,
        dropped_bytes: 0,
        escaped_ended: 0,
        is_over_process_limit: false,
        spool_error: None,
    }
}

/// The platform's words without the number that the standard library appends: they are shown to users
/// (amt-domain 8.4).
pub(crate) fn platform_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) if error.raw_os_error().is_some() => text[..end].to_owned(),
        _ => text,
    }
}

/// The time to the microsecond, which is what is stored.
#[expect(
    clippy::disallowed_methods,
    reason = "a runner stamps what really happens; kit would bring tokio into every job's process"
)]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
