//! What has become of an attempt, concluded from its folder.

use std::io;

use batch_runner::spool::{self, Attempt, SpoolState};
use batch_runner::{End as RunnerEnd, ExitRecord};
use connector::End;

use crate::places::{Note, Outcome, Place};
use crate::stage::{Progress, progress};
use crate::{job_log, output};

/// How an attempt stands.
#[derive(Debug)]
pub(crate) enum Standing {
    /// There is nothing of it, and never was.
    Nothing,
    /// Its folder is there, and no runner has it; one may still come.
    Unclaimed,
    /// It was taken away from its runner: it never started and never will.
    Void,
    /// It runs.
    Alive,
    /// It is over.
    Over(Outcome),
    /// It is over and was deleted.
    Deleted(Outcome),
}

/// How an attempt stands. What a killed runner has left is ended here, which may take seconds.
pub(crate) fn standing(place: &Place) -> io::Result<Standing> {
    if let Some(outcome) = place.epitaph()? {
        return Ok(Standing::Deleted(outcome));
    }
    if let Some(why) = place.lost()? {
        return Ok(Standing::Over(Outcome::Lost(why)));
    }
    Ok(match spool::state(&place.dir)? {
        SpoolState::NeverStarted if place.dir.is_dir() => Standing::Unclaimed,
        SpoolState::NeverStarted => Standing::Nothing,
        SpoolState::Void => Standing::Void,
        SpoolState::Alive { .. } => Standing::Alive,
        SpoolState::Ended(exit) => Standing::Over(Outcome::Ended(end(place, &exit)?)),
        SpoolState::Gone { child } => {
            let ended = batch_runner::sweep(&place.marker, child.as_ref())?;
            let why = format!(
                "its runner was ended by force, and {ended} processes of the job that were left were ended; \
                 whether it had done its work is not known: look at its log, then mark the job"
            );
            place.set_lost(&why)?;
            Standing::Over(Outcome::Lost(why))
        }
    })
}

/// The end that the scheduler is told.
fn end(place: &Place, exit: &ExitRecord) -> io::Result<End> {
    let is_killed = exit.was_killed;
    let told =
        |code, description: String| End { code, is_killed, ..End::without_code(description) };
    let mut end = match &exit.end {
        RunnerEnd::StartFailed { message } => {
            return Ok(told(None, format!("could not be started: {message}")));
        }
        RunnerEnd::Exited { code } => told(Some(*code), String::new()),
        RunnerEnd::Signalled { signal } => {
            told(Some(128 + signal), format!("ended by signal {signal}"))
        }
    };
    if is_killed {
        "killed".clone_into(&mut end.description);
        return Ok(end);
    }
    let Some(note) = place.note()? else { return Ok(end) };
    if note.is_staged {
        match progress(&place.stage())? {
            Some(Progress::Main) => {}
            Some(Progress::Failed(why)) => {
                return Ok(told(None, format!("could not be started: {why}")));
            }
            Some(Progress::PreRunFailed(code, why)) => {
                let failed = told(Some(code), format!("the pre-run {why}"));
                return Ok(End { is_pre_run_failure: true, ..failed });
            }
            // Somebody else than the scheduler has ended it before the job's program.
            None | Some(Progress::PreRun) => {
                return Ok(told(None, "ended before its program was started".to_owned()));
            }
        }
    }
    if exit.is_over_process_limit {
        "ended because it had more processes than allowed".clone_into(&mut end.description);
    } else if let Some((number, rule)) = output::rule(&place.output(), &note.output_rules)? {
        let own = end.code.map_or_else(String::new, |code| format!(" instead of {code}"));
        end.description = format!("output rule {number} has set the code{own}");
        end.code = Some(rule.exit_code);
    }
    if let Some(error) = &exit.spool_error {
        let separator = if end.description.is_empty() { "" } else { "; " };
        end.description = format!("{}{separator}output was lost: {error}", end.description);
    }
    Ok(end)
}

/// The job log from the start on, without the output; none while the attempt is not over.
pub(crate) fn tail(
    place: &Place,
    note: &Note,
    outcome: &Outcome,
    zone: &jiff::tz::TimeZone,
) -> io::Result<String> {
    let attempt = Attempt::read(&place.dir)?.unwrap_or_default();
    Ok(job_log::tail(note, &attempt, outcome, zone))
}
