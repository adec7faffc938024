//! The logs of a job: the job log in the layout of the agents, and its output alone, which is there while it runs.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use connector::{CallError, Fault, LogFile, LogPart, LogRequest};
use tokio::time::Instant;

use crate::agent::{Machine, blocking};
use crate::output;
use crate::places::{Outcome, Place};
use crate::standing::{self, Standing, standing};

/// The job log. Its output comes last, and so after the end.
const JOB_LOG: &str = "job.log";
/// What the job wrote.
const OUTPUT: &str = "output.log";
/// How often a follower looks for more.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Most bytes of one answer.
const PART_BYTES_MAX: usize = 4 << 20;

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// So many bytes of what stands before the output.
    Head(usize),
    /// In the output.
    Output(u64, usize),
}

impl At {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let at = match (parts.next()?, parts.next()?, parts.next()) {
            ("h", count, None) => Self::Head(count.parse().ok()?),
            ("o", offset, Some(skip)) => Self::Output(offset.parse().ok()?, skip.parse().ok()?),
            _ => return None,
        };
        parts.next().is_none().then_some(at)
    }

    fn write(self) -> String {
        match self {
            Self::Head(count) => format!("h:{count}"),
            Self::Output(offset, skip) => format!("o:{offset}:{skip}"),
        }
    }
}

/// The logs of a job. The first is the one to read: the output while it runs, and the job log afterwards.
pub(crate) fn list(place: &Place) -> io::Result<Vec<LogFile>> {
    let file = |name: &str, is_complete| LogFile { name: name.to_owned(), is_complete };
    Ok(match standing(place)? {
        Standing::Alive => vec![file(OUTPUT, false), file(JOB_LOG, false)],
        Standing::Over(_) => vec![file(JOB_LOG, true), file(OUTPUT, true)],
        Standing::Nothing | Standing::Unclaimed | Standing::Void | Standing::Deleted(_) => {
            Vec::new()
        }
    })
}

/// A part of a log; waits for more of one that grows.
pub(crate) async fn read(machine: &Arc<Machine>, call: LogRequest) -> Result<LogPart, CallError> {
    let not_found = |what: &str| {
        let message = format!("{what}; the logs of a job are `{JOB_LOG}` and `{OUTPUT}`");
        Err(CallError::new(Fault::NotFound, message))
    };
    let is_job_log = call.name == JOB_LOG;
    if !is_job_log && call.name != OUTPUT {
        return not_found("there is no log of this name");
    }
    let first = if is_job_log { At::Head(0) } else { At::Output(0, 0) };
    let at = match call.from.as_deref().map(At::read) {
        None => first,
        Some(Some(at)) => at,
        Some(None) => return not_found("a log has no such place"),
    };
    let until = Instant::now() + call.wait;
    let bytes_max = call.bytes_max.max(LogRequest::BYTES_MIN) as usize;
    let bytes_max = bytes_max.min(PART_BYTES_MAX);
    let mut ends = machine.registry.ends();
    loop {
        ends.mark_unchanged();
        let place = machine.places.of(&call.task.attempt);
        let zone = machine.options.time_zone.clone();
        let machine_too = Arc::clone(machine);
        // A folder that goes away meanwhile must not look like a log that has ended or is gone: what was read so far would be kept
        // as the whole.
        let look = move || machine_too.places.while_there(|| part(&place, &zone, at, bytes_max));
        let look = blocking(look).await.and_then(|look| look);
        match look {
            Err(error) => return Err(CallError::new(Fault::Unreachable, error.to_string())),
            Ok(None) => return not_found("the job has no logs here"),
            Ok(Some(part)) if part.is_end || !part.text.is_empty() || Instant::now() >= until => {
                return Ok(part);
            }
            Ok(Some(_)) => {}
        }
        let next = (Instant::now() + LOOK_EVERY).min(until);
        let _ = tokio::time::timeout_at(next, ends.changed()).await;
    }
}

/// What is there of a log at a place now; none where the job has none.
fn part(
    place: &Place,
    zone: &jiff::tz::TimeZone,
    at: At,
    bytes_max: usize,
) -> io::Result<Option<LogPart>> {
    // First this, then the text: what was written before an end is there then.
    let outcome = match standing(place)? {
        Standing::Alive => None,
        Standing::Over(outcome) => Some(outcome),
        Standing::Nothing | Standing::Unclaimed | Standing::Void | Standing::Deleted(_) => {
            return Ok(None);
        }
    };
    let (text, next) = match at {
        At::Head(from) => {
            let head = head(place, zone, outcome.as_ref())?;
            let rest = head.get(from..).unwrap_or_default();
            let cut = rest.floor_char_boundary(bytes_max.min(rest.len()));
            let is_whole = cut == rest.len() && outcome.is_some();
            let next = if is_whole { At::Output(0, 0) } else { At::Head(from + cut) };
            (rest[..cut].to_owned(), next)
        }
        At::Output(offset, skip) => {
            let (text, next) = output::part(&place.output(), (offset, skip), bytes_max)?;
            (text, At::Output(next.0, next.1))
        }
    };
    let is_end =
        outcome.is_some() && text.is_empty() && matches!(next, At::Output(..)) && at == next;
    Ok(Some(LogPart { text, next: next.write(), is_end }))
}

/// What stands before the output; while the job runs, what is known of it.
fn head(place: &Place, zone: &jiff::tz::TimeZone, outcome: Option<&Outcome>) -> io::Result<String> {
    let Some(note) = place.note()? else { return Ok(String::new()) };
    let tail = match outcome {
        None => String::new(),
        Some(outcome) => standing::tail(place, &note, outcome, zone)?,
    };
    Ok(format!("{}{tail}", note.head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is() {
        for at in [At::Head(0), At::Head(70), At::Output(13, 4)] {
            assert_eq!(At::read(&at.write()), Some(at));
        }
        for text in ["", "h", "h:", "h:-1", "h:1:2", "o:1", "o:1:2:3", "x:1", "é:1"] {
            assert_eq!(At::read(text), None, "{text}");
        }
    }
}
