//! Why a daily job is as it is: the chain of reasons down to where somebody can do something.

mod needs;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use scheduler_core::job::{Category as JobCategory, Job, Reason, State, Status as JobStatus};
use scheduler_core::schedule::{Category, Status};
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::edge::{self, Edge};
use scheduler_store::{WaitKey, daily_job, daily_schedule, server_state};

use super::JobView;
use super::job::view;
use crate::changes::changes;
use crate::error::{Error, Result};
use crate::instants;

/// How many jobs behind each other a chain of reasons follows.
const DEPTH_MAX: usize = 20;
/// Predecessors that are named of one job at most.
const NAMED_MAX: usize = 10;
/// Jobs whose reasons one answer gives at most: many may wait for the same ones.
const JOBS_MAX: usize = 100;

/// A reason, with the reasons for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The reason in words.
    pub text: String,
    /// Why that is so.
    pub because: Vec<Why>,
}

impl Why {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), because: Vec::new() }
    }
}

/// What one answer has gone through.
struct Walk {
    now: Timestamp,
    /// Jobs whose reasons stand in it.
    told: BTreeSet<i64>,
}

impl Walk {
    /// Whether the reasons of a job are given, which happens once.
    fn enters(&mut self, job: i64, depth: usize) -> bool {
        depth < DEPTH_MAX && self.told.len() < JOBS_MAX && self.told.insert(job)
    }
}

/// The reasons of a job.
pub(super) async fn why(
    tx: &mut sql::Tx<'_>,
    of: &JobView,
    attempts: &[Attempt],
    now: Timestamp,
) -> Result<Vec<Why>> {
    let mut walk = Walk { now, told: BTreeSet::from([of.job.id]) };
    let mut found = Box::pin(reasons(tx, &mut walk, of, attempts, 0)).await?;
    found.extend(added(of));
    found.extend(changed(of)?);
    Ok(found)
}

/// What events have made other of it on this day.
fn changed(of: &JobView) -> Result<Vec<Why>> {
    let own = changes(&of.job)?;
    let max_run = own.max_run_minutes.map(|minutes| {
        Why::new(format!("on this day it may run for {minutes} minutes, as an event says"))
    });
    let user = own.batch_user.map(|user| {
        Why::new(format!("on this day it runs under the batch user `{user}`, as an event says"))
    });
    Ok(max_run.into_iter().chain(user).collect())
}

/// By whom a job was added that was not built with its schedule.
fn added(of: &JobView) -> Option<Why> {
    let when = at(of, of.job.added_at?);
    let by = of.job.added_by.as_deref().unwrap_or("somebody");
    Some(Why::new(match by.strip_prefix("event:") {
        Some(origin) => format!("it was added to its schedule at {when} by an event of `{origin}`"),
        None => format!("it was added to its schedule at {when} by {by}"),
    }))
}

async fn reasons(
    tx: &mut sql::Tx<'_>,
    walk: &mut Walk,
    of: &JobView,
    attempts: &[Attempt],
    depth: usize,
) -> Result<Vec<Why>> {
    let life = life_of(of)?;
    let mut found = Vec::new();
    if let Some(WaitKey::Fault(fault)) = &of.job.waits_for {
        found.push(Why::new(format!(
            "it could not be moved on, which is tried again each minute: {fault}"
        )));
    }
    match life.state {
        State::UnderConstruction => found.push(Why::new("its schedule is being built")),
        State::Held { since } => found.push(Why {
            text: format!(
                "it is held since {}; release it to let it go on",
                at(of, sql::to_micros(since))
            ),
            because: asked(of.job.asked.as_deref()).collect(),
        }),
        State::Live(_) => found.push(running(of, attempts.last())),
        State::Ended { .. } => {
            found.extend(ended(of, attempts));
            if depth < DEPTH_MAX && life.status().category() == JobCategory::Failed {
                inside(tx, walk, of, depth, &mut found).await?;
            }
        }
        State::Waiting { .. } | State::Ready => {
            waiting(tx, walk, of, &life, depth, &mut found).await?;
            if life.not_before.is_some() {
                found.extend(ended_attempts(of, attempts));
            }
        }
        State::ToBeSkipped => {
            found.push(Why {
                text: "it is skipped as soon as it could start".to_owned(),
                because: asked(of.job.asked.as_deref()).collect(),
            });
            waiting(tx, walk, of, &life, depth, &mut found).await?;
        }
    }
    Ok(found)
}

/// What a job waits for.
async fn waiting(
    tx: &mut sql::Tx<'_>,
    walk: &mut Walk,
    of: &JobView,
    life: &Job,
    depth: usize,
    found: &mut Vec<Why>,
) -> Result<()> {
    let server = server_state::read(tx).await?;
    if server.is_paused {
        let (by, why) =
            (server.paused_by.unwrap_or_default(), server.pause_reason.unwrap_or_default());
        found.push(Why::new(format!(
            "every start is stopped by {by}: {why}; `ringmaster resume` lets jobs start again"
        )));
    }
    found.extend(of_schedule(of));
    found.extend(not_yet(walk, of, life)?);
    // One that is started by force waits neither for its time nor for others.
    if of.job.open_edges > 0 && !life.is_forced {
        let open: Vec<Edge> = edge::of(tx, of.job.id)
            .await?
            .into_iter()
            .filter(|edge| edge.is_open && edge.kind != "conflict")
            .collect();
        for each in open.iter().take(NAMED_MAX) {
            found.push(predecessor(tx, walk, each, depth).await?);
        }
        if open.len() > NAMED_MAX {
            found.push(Why::new(format!("and {} more jobs", open.len() - NAMED_MAX)));
        }
    }
    let reason = match life.state {
        State::Waiting { reason } => reason,
        _ => Reason::Qualifying,
    };
    match reason {
        Reason::JobConflict => {
            for other in edge::conflicts(tx, of.job.id).await? {
                let other = view(tx, other).await?;
                if matches!(life_of(&other)?.state, State::Live(_)) {
                    found.push(Why::new(format!(
                        "it may not run beside `{}`, which runs",
                        name(&other)
                    )));
                }
            }
        }
        Reason::ThresholdOrResource | Reason::Machine => {
            let key = of.job.waits_for.as_ref().unwrap_or(&WaitKey::NoAgent);
            found.push(needs::key(tx, of, key).await?);
        }
        Reason::Expression => found.push(Why {
            text: "its expression is not true".to_owned(),
            because: needs::expressions(tx, of).await?,
        }),
        Reason::PrerunFailed => found.push(Why::new("its pre-run has failed; it is tried again")),
        Reason::Qualifying | Reason::Released | Reason::StartTime | Reason::JobDependency => {
            found.extend(needs::agent_of(tx, of).await?);
        }
    }
    if found.is_empty() {
        found.push(Why::new("nothing holds it up; it is taken up within a moment"));
    }
    Ok(())
}

/// The time that has not come: that of its next try or run, or its start.
fn not_yet(walk: &Walk, of: &JobView, life: &Job) -> Result<Option<Why>> {
    let start = sql::from_micros("daily_job", "start_at", of.job.start_at)?;
    let (time, what) = match life.not_before {
        Some(time) if life.retries > 0 => (time, "it has failed and is tried again at"),
        Some(time) if life.runs > 0 => (time, "its next run is at"),
        Some(time) => (time, "its time has not come: it starts at"),
        None if life.is_forced => return Ok(None),
        None => (start, "its time has not come: it starts at"),
    };
    let text = || Why::new(format!("{what} {}", at(of, sql::to_micros(time))));
    Ok((time > walk.now).then(text))
}

/// Why a job waits for its schedule; none where that goes on.
pub(super) fn of_schedule(of: &JobView) -> Option<Why> {
    let category = category(of);
    if category == Some(Category::Running) {
        return None;
    }
    let (name, status) = (of.schedule.name.as_str(), of.schedule.status.as_str());
    let mut why = Why::new(format!("its schedule `{name}` is `{status}`"));
    why.because.extend(match category {
        Some(Category::Waiting) if of.schedule.parent_job_id.is_some() => {
            Some(Why::new("the container job that runs it has not started"))
        }
        Some(Category::Waiting) => {
            Some(Why::new(format!(
                "it starts at {}; `ringmaster schedule start {}` starts it now",
                at(of, of.schedule.start_at),
                quoted(name)
            )))
        }
        Some(Category::Held) => {
            let held = "it is held, or what it is in is held; release that";
            Some(asked(of.schedule.asked.as_deref()).next().unwrap_or_else(|| Why::new(held)))
        }
        Some(Category::FinishedOk) if of.job.added_at.is_some() => Some(Why::new(
            "it was added by an event that may not open a completed schedule; restart another job of the schedule to open \
             it, or cancel this one",
        )),
        Some(Category::Running | Category::FinishedOk) | None => None,
    });
    Some(why)
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    if name.contains(' ') { format!("'{name}'") } else { name.to_owned() }
}

/// The group of statuses that the schedule of a job has; none for one that this program does not know.
fn category(of: &JobView) -> Option<Category> {
    Status::from_description(&of.schedule.status).map(Status::category)
}

/// A job that another one waits for.
async fn predecessor(
    tx: &mut sql::Tx<'_>,
    walk: &mut Walk,
    edge: &Edge,
    depth: usize,
) -> Result<Why> {
    let wanted = match edge.condition.as_str() {
        "failed" => "to fail",
        "ignore_exit_code" => "to end",
        _ => "to finish OK",
    };
    let Some(id) = edge.predecessor_id else {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        return Ok(Why::new(format!(
            "it waits for `{}/{}` of {}, which is not built",
            text(&edge.wanted_schedule),
            text(&edge.wanted_job),
            text(&edge.wanted_date)
        )));
    };
    let other = view(tx, id).await?;
    let text = format!("it waits for `{}` {wanted}, which is `{}`", name(&other), other.job.status);
    let mut why = Why::new(text);
    if walk.enters(id, depth) {
        let attempts = attempt::of_jobs(tx, &sql::id_list([id])).await?;
        why.because = Box::pin(reasons(tx, walk, &other, &attempts, depth + 1)).await?;
    } else if walk.told.contains(&id) {
        why.text.push_str("; see above");
    } else {
        why.text.push_str("; ask for its own reasons");
    }
    Ok(why)
}

/// How a job stands.
fn life_of(of: &JobView) -> Result<Job> {
    serde_json::from_str(&of.job.life).map_err(|why| Error::Stored {
        what: format!("daily job {}", of.job.id),
        why: why.to_string(),
    })
}

/// What is known of a job that runs.
fn running(of: &JobView, last: Option<&Attempt>) -> Why {
    let Some(last) = last else { return Why::new("it is being started") };
    let said = match (&of.job.phase, last.description.as_str()) {
        (Some(phase), "") => format!("; its agent says {phase}"),
        (Some(phase), why) => format!("; its agent says {phase}: {why}"),
        (None, "") => String::new(),
        (None, why) => format!(": {why}"),
    };
    let number = last.number;
    Why::new(match last.wanted.as_deref() {
        Some("prepare") => {
            format!("before attempt {number} is sent, its events are performed{said}")
        }
        Some("start") => {
            format!("attempt {number} is being sent to the agent `{}`{said}", last.agent)
        }
        Some("find") => format!(
            "nobody knows whether attempt {number} arrived at the agent `{}`, which is asked for it{said}",
            last.agent
        ),
        // A container is sent to no agent.
        None if last.agent.is_empty() => "its subschedule runs".to_owned(),
        None => format!(
            "nobody knows what has become of attempt {number} on the agent `{}`{said}; look there, then mark the job as \
             finished OK or failed",
            last.agent
        ),
        Some(_) => format!(
            "attempt {number} runs on the agent `{}` since {}{said}",
            last.agent,
            last.started_at.map_or_else(|| "a moment ago".to_owned(), |started| at(of, started))
        ),
    })
}

/// How a job has ended: what became of each of its attempts.
fn ended(of: &JobView, attempts: &[Attempt]) -> Vec<Why> {
    let mut found = ended_attempts(of, attempts);
    if found.is_empty() {
        found.push(Why::new(format!("it ended as `{}` without a run", of.job.status)));
    }
    found.extend(asked(of.job.asked.as_deref()));
    found
}

fn ended_attempts(of: &JobView, attempts: &[Attempt]) -> Vec<Why> {
    attempts
        .iter()
        .map(|attempt| {
            let code = attempt.code.map_or_else(String::new, |code| format!(" with code {code}"));
            let ending = attempt.ending.as_deref().unwrap_or("has not ended");
            let said = if attempt.description.is_empty() {
                String::new()
            } else {
                format!(": {}", attempt.description)
            };
            let when =
                attempt.ended_at.map_or_else(String::new, |ended| format!(" at {}", at(of, ended)));
            // A container is sent to no agent.
            let on = match attempt.agent.as_str() {
                "" => String::new(),
                agent => format!(" on the agent `{agent}`"),
            };
            Why::new(format!("attempt {}{on}: {ending}{code}{when}{said}", attempt.number))
        })
        .collect()
}

/// Who wanted it so.
fn asked(by: Option<&str>) -> impl Iterator<Item = Why> {
    by.map(|by| Why::new(format!("it was {by}"))).into_iter()
}

/// The jobs for which a container has failed.
async fn inside(
    tx: &mut sql::Tx<'_>,
    walk: &mut Walk,
    of: &JobView,
    depth: usize,
    found: &mut Vec<Why>,
) -> Result<()> {
    let mut failed = Vec::new();
    for schedule in daily_schedule::inside(tx, of.job.id).await? {
        for job in daily_job::of_schedule(tx, schedule.id).await? {
            let status = JobStatus::from_description(&job.status);
            if status.is_some_and(|status| status.category() == JobCategory::Failed) {
                let schedule = schedule.clone();
                failed.push(JobView { job, schedule, last: None, tags: Vec::new() });
            }
        }
    }
    for other in failed.iter().take(NAMED_MAX) {
        let mut why = Why::new(format!("`{}` in it is `{}`", name(other), other.job.status));
        if walk.enters(other.job.id, depth) {
            let attempts = attempt::of_jobs(tx, &sql::id_list([other.job.id])).await?;
            why.because = Box::pin(reasons(tx, walk, other, &attempts, depth + 1)).await?;
        }
        found.push(why);
    }
    if failed.len() > NAMED_MAX {
        found.push(Why::new(format!(
            "and {} more jobs in it have failed",
            failed.len() - NAMED_MAX
        )));
    }
    Ok(())
}

pub(super) fn name(of: &JobView) -> String {
    format!("{}/{}", of.schedule.name, of.job.name)
}

/// An instant in the zone of a job's schedule.
fn at(of: &JobView, micros: i64) -> String {
    instants::shown(&of.schedule.time_zone, micros)
}
