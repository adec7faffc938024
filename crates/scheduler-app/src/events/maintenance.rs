//! Events of automatic work: when a build, check or deletion fails, the *Failed* events of a job of `AdHoc` take place that stands for
//! it and is never run (`opcon-domain 1.2`, `SMA_SKD_BUILD`).

use jiff::Timestamp;
use scheduler_core::definition::Job;
use scheduler_core::event::{
    self, Command, EventDefinition, JobStatusTrigger, Options, ScheduleCommand, Trigger,
};
use scheduler_core::schedule::ad_hoc::{self, Maintenance};
use scheduler_store::firing::{self, Firing};

use crate::definitions::body;
use crate::error::Result;
use crate::work::always;

/// What sort of automatic work an event is; none for any other.
pub(super) fn of_event(text: &str) -> Option<Maintenance> {
    match event::parse(text, Options::permissive()).ok()? {
        Command::Schedule(ScheduleCommand::Build(_)) => Some(Maintenance::Build),
        Command::Schedule(ScheduleCommand::Delete { .. }) => Some(Maintenance::Delete),
        Command::Schedule(ScheduleCommand::Check { .. } | ScheduleCommand::CheckAll { .. }) => {
            Some(Maintenance::Check)
        }
        _ => None,
    }
}

/// Some automatic work has failed: the events that are defined for that are triggered. Says whether there are any.
pub(crate) async fn failed(
    tx: &mut sql::Tx<'_>,
    what: Maintenance,
    now: Timestamp,
) -> Result<bool> {
    let name = what.job_name();
    let found = scheduler_store::definition::current_one(tx, "job", ad_hoc::NAME, name).await?;
    let Some(row) = found else { return Ok(false) };
    let job: Job = body(&row)?;
    let is_meant = |each: &&EventDefinition| {
        matches!(each.trigger, Trigger::JobStatus(JobStatusTrigger::Failed))
    };
    let events: Vec<_> =
        job.events.iter().filter(is_meant).map(|each| always(&each.event)).collect();
    if events.is_empty() {
        return Ok(false);
    }
    let new = Firing {
        id: 0,
        job_id: None,
        schedule_id: None,
        agent: None,
        maintenance: Some(name.to_owned()),
        reply: None,
        events: serde_json::to_string(&events).unwrap_or_default(),
        performed: 0,
        refused: 0,
        fired_at: sql::to_micros(now),
    };
    firing::insert(tx, &[new]).await?;
    Ok(true)
}
