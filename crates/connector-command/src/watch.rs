//! News of many jobs.
//!
//! What was told is known from the states that a question brings: each names what was told last. So nothing must be remembered here,
//! and a question that is dropped loses nothing. The cursor only says that the question comes from somebody to whom this process
//! has answered before.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use connector::{CallError, Fault, Report, Reports, State, TaskRef, TaskStatus, Watch};
use tokio::time::Instant;

use crate::agent::{Machine, blocking};
use crate::places::{Outcome, Place};
use crate::platform;
use crate::registry::Live;
use crate::stage::{Progress, progress};
use crate::standing::{Standing, standing};

/// What stands before what was told: the version of this format.
const MARK: &str = "command1 ";
/// How long after the first look at pre-runs the second one is; the time doubles up to the longest.
const LOOK_FIRST: Duration = Duration::from_millis(20);
const LOOK_MAX: Duration = Duration::from_secs(1);

/// The state of a job of which nothing was told.
pub(crate) fn new_state() -> State {
    State(format!("{MARK}new"))
}

/// What one look has brought.
struct Look {
    reports: Vec<Report>,
    /// There are jobs whose news nothing wakes for.
    is_again: bool,
}

/// Answers a question for news.
pub(crate) async fn watch(machine: &Arc<Machine>, call: Watch) -> Result<Reports, CallError> {
    let until = Instant::now() + call.wait;
    let is_known = call.cursor.as_deref() == Some(machine.cursor.as_str());
    let tasks = Arc::new(call.tasks);
    let mut pause = LOOK_FIRST;
    let mut ends = machine.registry.ends();
    loop {
        ends.mark_unchanged();
        let (machine_too, tasks_too) = (Arc::clone(machine), Arc::clone(&tasks));
        let look =
            move || machine_too.places.while_there(|| Ok(look(&machine_too, &tasks_too, is_known)));
        let look = blocking(look).await;
        let look = look
            .and_then(|look| look)
            .map_err(|error| CallError::new(Fault::Unreachable, error.to_string()))?;
        if !look.reports.is_empty() || Instant::now() >= until {
            let cursor = Some(machine.cursor.clone());
            return Ok(Reports { reports: look.reports, cursor, again_after: Duration::ZERO });
        }
        let next = if look.is_again { (Instant::now() + pause).min(until) } else { until };
        pause = (pause * 2).min(LOOK_MAX);
        // Only ends wake; the sender lives as long as the machine.
        let _ = tokio::time::timeout_at(next, ends.changed()).await;
    }
}

fn look(machine: &Machine, tasks: &[TaskRef], is_known: bool) -> Look {
    let mut look = Look { reports: Vec::new(), is_again: false };
    for task in tasks {
        let told = task.state.0.strip_prefix(MARK).filter(|_| is_known);
        if matches!(told, Some("ended" | "lost")) {
            continue;
        }
        match status(machine, task, &mut look.is_again) {
            Ok((tag, _)) if told == Some(tag.as_str()) => {}
            Ok((tag, status)) => look.reports.push(Report {
                attempt: task.attempt.clone(),
                state: Some(State(format!("{MARK}{tag}"))),
                status,
            }),
            // The others have news all the same.
            Err(error) => {
                tracing::warn!("the job of {} cannot be looked at now: {error}", task.attempt);
                look.is_again = true;
            }
        }
    }
    look
}

/// How a job is, and what is remembered of that.
fn status(
    machine: &Machine,
    task: &TaskRef,
    is_again: &mut bool,
) -> io::Result<(String, TaskStatus)> {
    let place = machine.places.of(&task.attempt);
    if let Some(live) = machine.registry.live(&task.attempt) {
        return running(&place, Some(&live), is_again);
    }
    let lost = |why: String| ("lost".to_owned(), TaskStatus::Lost { why });
    Ok(match standing(&place)? {
        Standing::Alive => {
            let is_staged = place.note()?.is_some_and(|note| note.is_staged);
            if !machine.registry.follow(&task.attempt, &place.dir, is_staged)? {
                // It has ended since.
                *is_again = true;
            }
            let live = machine.registry.live(&task.attempt);
            return running(&place, live.as_deref(), is_again);
        }
        Standing::Over(Outcome::Ended(end)) | Standing::Deleted(Outcome::Ended(end)) => {
            ("ended".to_owned(), TaskStatus::Ended(end))
        }
        Standing::Over(Outcome::Lost(why)) | Standing::Deleted(Outcome::Lost(why)) => lost(why),
        Standing::Nothing if platform::has_processes(&place.marker)? => lost(format!(
            "the folder of the attempt {} is gone, and processes of it run still: bring the folder back, or end them",
            task.attempt
        )),
        Standing::Nothing => lost(format!(
            "the folder of the attempt {} is gone, and nothing of it runs: whether it has ended well only its work can tell",
            task.attempt
        )),
        Standing::Unclaimed | Standing::Void => {
            lost(format!("nothing of the attempt {} was started on this machine", task.attempt))
        }
    })
}

fn running(
    place: &Place,
    live: Option<&Live>,
    is_again: &mut bool,
) -> io::Result<(String, TaskStatus)> {
    if live.is_some_and(Live::is_staged) {
        match progress(&place.stage())? {
            // One that has failed ends the job in a moment.
            Some(Progress::PreRun | Progress::PreRunFailed(..)) => {
                *is_again = true;
                return Ok(("prerun".to_owned(), TaskStatus::PreRun));
            }
            None => *is_again = true,
            Some(Progress::Main | Progress::Failed(_)) => {
                if let Some(live) = live {
                    live.is_staged.store(false, Ordering::Relaxed);
                }
            }
        }
    }
    let status = TaskStatus::Running { phase: "Job Running".to_owned(), code: None };
    Ok(("running".to_owned(), status))
}
