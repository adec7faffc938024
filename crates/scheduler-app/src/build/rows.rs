//! The rows of daily jobs.

use indexmap::IndexMap;
use jiff::Timestamp;
use scheduler_core::definition::{Job as Definition, RunsOn};
use scheduler_core::frequency::BuildStatus;
use scheduler_core::job::{BuiltAs, Context, Event, Job, Policy, Verdict};
use scheduler_core::model::Instance;
use scheduler_core::name::AgentName;
use scheduler_core::plan::{DailyJob, DailyJobId, Other, Plan, Wait};
use scheduler_store::{WaitKey, daily_job};

use super::place::Places;
use crate::definitions::Loaded;
use crate::error::{Error, Result};
use crate::policy::policy;

/// Daily jobs that are made and stored at a time, so that those of a large day are never in memory together.
const JOBS_AT_ONCE: usize = 2_000;

/// Stores the daily jobs that are made.
pub(super) async fn store(
    tx: &mut sql::Tx<'_>,
    (loaded, plan): (&Loaded, &Plan),
    places: &Places,
    open: &[i64],
    now: Timestamp,
) -> Result<()> {
    let mut all = rows(loaded, plan, places, open, now);
    loop {
        let rows = all.by_ref().take(JOBS_AT_ONCE).collect::<Result<Vec<_>>>()?;
        if rows.is_empty() {
            return Ok(());
        }
        daily_job::insert(tx, &rows).await?;
    }
}

/// The rows of all daily jobs that are made, in the order of the plan.
pub(super) fn rows(
    loaded: &Loaded,
    plan: &Plan,
    places: &Places,
    open: &[i64],
    now: Timestamp,
) -> impl Iterator<Item = Result<daily_job::DailyJob>> {
    let made = plan.jobs().filter_map(|(id, job)| Some((id, job, places.job(plan, id.0)?)));
    made.map(move |(id, job, number)| {
        let row = row(loaded, plan, (id, job), number, places, now)?;
        Ok(daily_job::DailyJob { open_edges: open[id.0 as usize], ..row })
    })
}

fn row(
    loaded: &Loaded,
    plan: &Plan,
    (id, job): (DailyJobId, &DailyJob),
    number: i64,
    places: &Places,
    now: Timestamp,
) -> Result<daily_job::DailyJob> {
    let planned = loaded.model.job(job.job);
    let schedule = loaded.model.schedule(planned.schedule).name.as_str();
    let name = loaded.model.job_name(job.job).as_str();
    let missing = || Error::Stored {
        what: format!("the job `{schedule}/{name}`"),
        why: "it has no definition".to_owned(),
    };
    let definition = loaded.job(job.job).ok_or_else(missing)?;
    let of = &loaded.model.uses(job.job)[usize::from(job.use_index)];
    let life = built(job.status, definition, now);
    let instants = plan.instants(&loaded.model, id);
    let further: Vec<i64> = instants.into_iter().skip(1).map(sql::to_micros).collect();
    Ok(daily_job::DailyJob {
        id: number,
        schedule_id: places.schedules[job.schedule as usize].map_or(0, |place| place.id),
        job: name.to_owned(),
        name: plan.job_name(&loaded.model, job).to_owned(),
        definition_id: loaded.job_id(schedule, name).ok_or_else(missing)?,
        copy: i64::from(job.copy),
        use_index: Some(i64::from(job.use_index)),
        start_at: sql::to_micros(plan.start(job)),
        latest_start: plan.latest_start(job).map(sql::to_micros),
        life: serde_json::to_string(&life).unwrap_or_default(),
        status: life.status().description().to_owned(),
        due_at: None,
        waits_for: Some(WaitKey::Schedule),
        open_edges: 0,
        // Those that others name are marked with the edges.
        has_conflicts: plan.edges(id).iter().any(|edge| edge.wait == Wait::Conflict),
        priority: i64::from(of.priority),
        further_runs: (!further.is_empty())
            .then(|| serde_json::to_string(&further).unwrap_or_default()),
        runs_on: runs_on(loaded, plan, job, definition),
        agent: None,
        phase: None,
        phase_code: None,
        properties: serde_json::to_string(&properties(definition, job.copy)).unwrap_or_default(),
        added_at: None,
        added_by: None,
        changes: None,
        asked: None,
        version: 1,
    })
}

/// The agents on which a daily job may run, as JSON; a copy for each agent of a group runs on its own.
fn runs_on(
    loaded: &Loaded,
    plan: &Plan,
    job: &DailyJob,
    definition: &Definition,
) -> Option<String> {
    let only = |agent: Option<AgentName>| RunsOn::Agents(agent.into_iter().collect());
    let on = match definition.runs_on.as_ref()? {
        RunsOn::EachOf(group) => only(
            loaded
                .definitions
                .machine_groups
                .get(group.as_str())
                .and_then(|group| group.agents.get(job.copy as usize).cloned()),
        ),
        RunsOn::ScheduleInstance => match plan.instance(&loaded.model, plan.schedule_of(job)) {
            Some(Instance::Agent(agent)) => only(Some(agent.clone())),
            Some(Instance::Properties(_) | Instance::Named(_)) | None => only(None),
        },
        other @ (RunsOn::Agents(_) | RunsOn::LeastTasked(_)) => other.clone(),
    };
    serde_json::to_string(&on).ok()
}

/// The properties of the definition, and those of one of its copies.
pub(super) fn properties(definition: &Definition, copy: u32) -> IndexMap<&str, &str> {
    let own = definition.instances.get(copy as usize);
    let all = definition.properties.iter().chain(own.into_iter().flatten());
    all.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// A job as it comes out of its build.
fn built(status: BuildStatus, definition: &Definition, now: Timestamp) -> Job {
    let built_as = match status {
        BuildStatus::OnHold => BuiltAs::OnHold,
        BuildStatus::ToBeSkipped => BuiltAs::ToBeSkipped,
        BuildStatus::Released | BuildStatus::DoNotSchedule | BuildStatus::DisableFrequency => {
            BuiltAs::Released
        }
    };
    let policy: Policy = policy(definition, None, scheduler_core::job::Repeat::None);
    let cx = Context { policy: &policy, start_machine: None, now };
    let new = Job::new();
    match new.on(&Event::Built(built_as), &cx) {
        Verdict::Advance { next, .. } => next,
        Verdict::Stale | Verdict::Illegal { .. } => new,
    }
}

/// Whether an edge leads to a job of the plan that is made.
pub(super) fn here(plan: &Plan, places: &Places, other: Other) -> Option<(u32, i64)> {
    match other {
        Other::Here(DailyJobId(number)) => places.job(plan, number).map(|id| (number, id)),
        Other::Elsewhere { .. } => None,
    }
}
