//! Storing the outcomes of starts, together with their requests.

use std::time::Duration;

use amt_protocol::{Action, JobAction};
use jiff::Timestamp;

use super::decide::Outcome;
use crate::counted::counted;
use crate::server::Server;
use crate::store::alert;
use crate::store::schedule::{self, NewRun, Schedule};
use crate::submit::{self, Origin, Prepared, Refused};
use crate::windows::tell_others;

/// User and station of requests that a schedule makes.
const SUBMITTER: &str = "SCHEDULER";

/// One start with everything that its transaction needs.
#[derive(Debug, Clone)]
pub(super) struct Decided {
    pub(super) run: NewRun,
    /// The request to store with it.
    pub(super) request: Option<Box<Prepared>>,
    /// What to tell the operators.
    pub(super) alert: Option<String>,
}

/// Stores what was decided about the starts up to `until`, unless somebody else was faster.
pub(super) async fn store(
    server: &Server,
    schedule: &Schedule,
    decided: &[(Timestamp, Outcome)],
    within: Duration,
    until: Timestamp,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut starts = Vec::with_capacity(decided.len());
    for (due, outcome) in decided {
        starts.push(resolve(server, schedule, *due, *outcome, within, now, None).await);
    }
    let (id, version, from) = (schedule.id, schedule.version, schedule.planned_until);
    let until = sql::to_micros(until);
    let tells = server.has_peers();
    let requests = server
        .db
        .write(move |tx| {
            let starts = starts.clone();
            Box::pin(async move {
                if !schedule::advance(tx, id, version, from, until).await? {
                    return Ok(Vec::new());
                }
                let requests = insert(tx, id, &starts).await?;
                tell_others(tx, tells, &requests).await?;
                Ok::<_, crate::error::Error>(requests)
            })
        })
        .await?;
    announce(server, schedule, &requests);
    Ok(())
}

/// Stores starts that nobody has decided about; returns their requests.
pub(super) async fn insert(
    tx: &mut sql::Tx<'_>,
    schedule_id: i64,
    starts: &[Decided],
) -> crate::error::Result<Vec<i64>> {
    let mut requests = Vec::new();
    for start in starts {
        if !schedule::decide(tx, schedule_id, &start.run).await? {
            continue;
        }
        let mut request_id = None;
        if let Some(prepared) = &start.request {
            let id = submit::insert(tx, prepared).await?.id;
            schedule::set_request(tx, schedule_id, start.run.due_at, id).await?;
            requests.push(id);
            request_id = Some(id);
        }
        if let Some(text) = &start.alert {
            alert::raise(tx, "warning", text, request_id, start.run.decided_at).await?;
        }
    }
    Ok(requests)
}

/// Wakes who waits for new requests. Called after the commit.
pub(super) fn announce(server: &Server, schedule: &Schedule, requests: &[i64]) {
    if requests.is_empty() {
        return;
    }
    tracing::info!(
        schedule.name = schedule.name,
        ?requests,
        "schedule {} has made {}",
        schedule.name,
        counted(requests.len(), "request", "requests")
    );
    server.changed(requests.iter().copied());
    server.wakes.claim.wake();
    // It has to be suspended when its time to start passes.
    server.wakes.windows.wake();
}

/// Finds out what a decided start means: a request, or the reason why there is none.
pub(super) async fn resolve(
    server: &Server,
    schedule: &Schedule,
    due: Timestamp,
    outcome: Outcome,
    within: Duration,
    now: Timestamp,
    file: Option<&str>,
) -> Decided {
    let of = |outcome, reason: String, request, alert| Decided {
        run: NewRun {
            due_at: sql::to_micros(due),
            outcome,
            reason,
            decided_at: sql::to_micros(now),
        },
        request,
        alert,
    };
    let name = &schedule.name;
    if outcome == Outcome::Superseded {
        return of(
            "superseded",
            "missed, and a later missed start stands for it".to_owned(),
            None,
            None,
        );
    }
    if outcome == Outcome::Submit
        && let Some(waiting) = halted_with(server, schedule.id).await
    {
        let reason = format!("the job server is halted, and request {waiting} waits already");
        return of("superseded", reason, None, None);
    }
    let is_suspended = outcome == Outcome::Missed;
    // A file has no time at which it was to come, so its start is late when the request has waited for too long.
    let base = if file.is_some() { now } else { due };
    let start_by = base.checked_add(within).unwrap_or(Timestamp::MAX);
    match prepare(server, schedule, start_by, is_suspended, file).await {
        Ok(prepared) if is_suspended => {
            let reason = "not started in time: the server was not running, or too busy".to_owned();
            let alert = format!(
                "schedule {name}: the start of {due} was missed; start or skip the suspended request"
            );
            of("missed", reason, Some(Box::new(prepared)), Some(alert))
        }
        Ok(prepared) => of("submitted", String::new(), Some(Box::new(prepared)), None),
        Err(Refused(why)) => {
            let alert = format!("schedule {name}: the start of {due} was refused: {why}");
            of("refused", why, None, Some(alert))
        }
    }
}

/// The request of the schedule that waits while the job server is halted: one is enough.
async fn halted_with(server: &Server, schedule_id: i64) -> Option<i64> {
    if !server.catalog.get().is_halted {
        return None;
    }
    let waiting = server
        .db
        .read(move |tx| Box::pin(async move { schedule::waiting_request(tx, schedule_id).await }))
        .await;
    // When it cannot be read, the start is stored like any other.
    waiting.ok().flatten()
}

/// The request of one start.
async fn prepare(
    server: &Server,
    schedule: &Schedule,
    start_by: Timestamp,
    is_suspended: bool,
    file: Option<&str>,
) -> Result<Prepared, Refused> {
    let catalog = server.catalog.get();
    let job = catalog
        .job_by_id(schedule.job_id)
        .ok_or_else(|| Refused("its job does not exist any more".to_owned()))?;
    let application = catalog
        .application_by_id(job.application_id)
        .ok_or_else(|| Refused("the application of its job does not exist any more".to_owned()))?;
    let queue = schedule.queue_id.and_then(|id| catalog.queue_by_id(id));
    // Who may submit is about callers; the schedule was made by an administrator.
    let (user, station) = server.options.allowed_pairs.first().cloned().unwrap_or_default();
    let action = JobAction {
        application_name: Some(application.name.clone()),
        job_name: Some(job.name.clone()),
        submit_user: Some(user),
        station: Some(station),
        user: schedule.run_as.clone(),
        queue_name: queue.map(|queue| queue.name.clone()),
        report_parameter: schedule.report_parameter.clone(),
        global_parameter: schedule.global_parameter.clone(),
        task_values: file.map(|file| format!("TRIGGERFILE={file}")).into_iter().collect(),
        ..JobAction::new(Action::Start)
    };
    let origin =
        Origin { start_by: Some(sql::to_micros(start_by)), is_suspended, ..Origin::default() };
    let mut prepared = submit::prepare(server, &action, &origin, |_| true).await?;
    SUBMITTER.clone_into(&mut prepared.request.submit_user);
    SUBMITTER.clone_into(&mut prepared.request.station);
    Ok(prepared)
}
