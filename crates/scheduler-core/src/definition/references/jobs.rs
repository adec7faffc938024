//! Jobs: what they refer to, and what does not go together.

use core_kit::text::shown;

use super::lookup::{Kind, Lookup};
use crate::definition::run::Run;
use crate::definition::{FrequencyUse, Job, Problem, RunsOn, Schedule};
use crate::dependency::Claim;
use crate::name::{AgentName, DepartmentName, FrequencyName, JobName, ScheduleName};
use crate::path::Path;

/// The department that every site has (`opcon-domain 1.3`).
pub(super) fn is_general(name: &DepartmentName) -> bool {
    name.as_str() == "<General>"
}

/// An agent and its alternates (`opcon-domain 1.3`).
const AGENTS_MAX: usize = 4;

pub(super) fn check(lookup: &mut Lookup<'_>, schedule: &Schedule, job: &Job, path: &Path) {
    let definitions = lookup.definitions;
    if let Some(name) = job.department.as_ref().filter(|name| !is_general(name)) {
        lookup.find(
            &definitions.departments,
            Kind::Department,
            name.as_str(),
            &path.field("department"),
        );
    }
    if let Some(name) = &job.access_code {
        lookup.find(
            &definitions.access_codes,
            Kind::AccessCode,
            name.as_str(),
            &path.field("access_code"),
        );
    }
    run(lookup, job, &path.field("run"));
    runs_on(lookup, schedule, job, path);
    super::instances::of_job(lookup, schedule, job, path);
    if let Some(criteria) = &job.failure_criteria {
        lookup.add(criteria.check(), &path.field("failure_criteria"));
    }
    if !job.frequencies.is_empty() && !schedule.frequencies.is_empty() {
        lookup.problem(path.field("frequencies"), "its schedule has frequencies for all jobs: give them to the schedule or to the jobs, not to both");
    }
    super::schedules::uses(lookup, schedule, &job.frequencies, &path.field("frequencies"));
    let uses = uses_of(schedule, job);
    thresholds(lookup, job, uses, path);
    resources(lookup, job, uses, path);
    for (index, event) in job.events.iter().enumerate() {
        let path = path.field("events").index(index);
        lookup.add(event.trigger.check(), &path.field("trigger"));
        frequency(lookup, uses, event.frequency.as_ref(), &path);
    }
    super::texts::of_job(lookup, job, path);
    super::properties::of_job(lookup, job, path);
}

fn run(lookup: &mut Lookup<'_>, job: &Job, path: &Path) {
    let definitions = lookup.definitions;
    match &job.run {
        Run::AmtConnector(run) => {
            let path = path.field("amt_connector");
            if let Some(user) = &run.user_id {
                super::agents::batch_user(lookup, user, "Command", &path.field("user_id"));
            }
            if run.job.is_none() && run.file.is_none() {
                lookup.problem(path, "a job or a file is needed: `job: NAME` or `file: PATH`");
            }
        }
        Run::Command(run) => {
            if let Some(user) = &run.batch_user {
                super::agents::batch_user(
                    lookup,
                    user,
                    "Command",
                    &path.field("command").field("batch_user"),
                );
            }
        }
        Run::Container(run) => {
            let path = path.field("container").field("schedule");
            let inner =
                lookup.find(&definitions.schedules, Kind::Schedule, run.schedule.as_str(), &path);
            if inner.is_some_and(|inner| !inner.subschedule) {
                lookup.problem(
                    path,
                    format!(
                        "`{}` is no subschedule: mark it with `subschedule: true`",
                        run.schedule.as_str()
                    ),
                );
            }
        }
        Run::NullJob | Run::AmtBatchJob(_) | Run::AmtScript(_) | Run::PlugIn(_) => {}
    }
}

fn runs_on(lookup: &mut Lookup<'_>, schedule: &Schedule, job: &Job, path: &Path) {
    let definitions = lookup.definitions;
    let wanted = agent_type(&job.run);
    let path = path.field("runs_on");
    match (&job.runs_on, wanted) {
        (None, None) => {}
        (None, Some(wanted)) => lookup.problem(
            path,
            format!("an agent of type {wanted} is needed: `runs_on: {{ agents: [NAME] }}`"),
        ),
        (Some(_), None) => lookup.problem(
            path,
            format!("a job of type {} needs no agent: leave `runs_on` out", job.run.job_type()),
        ),
        (Some(RunsOn::Agents(names)), Some(wanted)) => {
            if !(1..=AGENTS_MAX).contains(&names.len()) {
                lookup.problem(path.field("agents"), format!("{} agents are named; expected one and at most {} others that take its place", names.len(), AGENTS_MAX - 1));
            }
            for (index, name) in names.iter().enumerate() {
                agent(lookup, name, wanted, &path.field("agents").index(index));
            }
        }
        (Some(RunsOn::LeastTasked(group) | RunsOn::EachOf(group)), Some(wanted)) => {
            let field = if matches!(job.runs_on, Some(RunsOn::EachOf(_))) {
                "each_of"
            } else {
                "least_tasked"
            };
            let path = path.field(field);
            let group =
                lookup.find(&definitions.machine_groups, Kind::MachineGroup, group.as_str(), &path);
            // Members of other types than the first are a problem of the group.
            let first =
                group.and_then(|group| definitions.agents.get(group.agents.first()?.as_str()));
            if let Some(first) = first.filter(|first| first.connection.agent_type() != wanted) {
                let message = format!(
                    "the agents of this group are of type {}, the job needs {wanted}",
                    first.connection.agent_type()
                );
                lookup.problem(path, message);
            }
        }
        (Some(RunsOn::ScheduleInstance), Some(_)) => {
            if !matches!(schedule.instances, Some(crate::definition::Instances::MachineGroup(_))) {
                lookup.problem(path, "the schedule has no instances by machine group");
            }
        }
    }
}

fn agent(lookup: &mut Lookup<'_>, name: &AgentName, wanted: &str, path: &Path) {
    let definitions = lookup.definitions;
    let agent = lookup.find(&definitions.agents, Kind::Agent, name.as_str(), path);
    if let Some(found) =
        agent.map(|agent| agent.connection.agent_type()).filter(|found| *found != wanted)
    {
        lookup.problem(
            path.clone(),
            format!("`{}` is of type {found}, the job needs {wanted}", name.as_str()),
        );
    }
}

/// The type of agents that carries out a job; none for those that need none.
fn agent_type(run: &Run) -> Option<&str> {
    run.needs_agent().then(|| run.job_type())
}

/// A job of a schedule; a problem where there is none.
pub(super) fn find_job<'d>(
    lookup: &mut Lookup<'d>,
    schedule: &ScheduleName,
    job: &JobName,
    path: &Path,
) -> Option<&'d Job> {
    let definitions = lookup.definitions;
    let found = lookup.find(
        &definitions.schedules,
        Kind::Schedule,
        schedule.as_str(),
        &path.field("schedule"),
    )?;
    let there = found.jobs.get(job);
    if there.is_none() {
        no_job(lookup, schedule.as_str(), found, job.as_str(), path.field("job"));
    }
    there
}

/// A job that a schedule does not have.
pub(super) fn no_job(
    lookup: &mut Lookup<'_>,
    schedule: &str,
    definition: &Schedule,
    job: &str,
    path: Path,
) {
    let near = lookup.hints.question(job, definition.jobs.keys().map(AsRef::as_ref));
    let missing = Path::default().field("schedules").field(schedule).field("jobs").field(job);
    lookup.problems.push(Problem {
        path,
        message: format!("the schedule `{schedule}` has no job `{}`{near}", shown(job)),
        missing: Some(missing),
    });
}

/// The frequencies of a job: its own, or those of its schedule.
fn uses_of<'d>(schedule: &'d Schedule, job: &'d Job) -> &'d [FrequencyUse] {
    if job.frequencies.is_empty() { &schedule.frequencies } else { &job.frequencies }
}

/// A frequency that a part of a job names must be one of the job's.
fn frequency(
    lookup: &mut Lookup<'_>,
    uses: &[FrequencyUse],
    name: Option<&FrequencyName>,
    path: &Path,
) {
    let Some(name) = name else { return };
    if !uses.iter().any(|each| each.frequency == *name) {
        let known = uses.iter().map(|each| each.frequency.as_str());
        let near = lookup.hints.question(name.as_str(), known);
        lookup.problem(
            path.field("frequency"),
            format!("the job has no frequency `{}`{near}", name.as_str()),
        );
    }
}

fn thresholds(lookup: &mut Lookup<'_>, job: &Job, uses: &[FrequencyUse], path: &Path) {
    let definitions = lookup.definitions;
    for (index, each) in job.thresholds.iter().enumerate() {
        let path = path.field("thresholds").index(index);
        lookup.find(
            &definitions.thresholds,
            Kind::Threshold,
            each.threshold.as_str(),
            &path.field("threshold"),
        );
        frequency(lookup, uses, each.frequency.as_ref(), &path);
    }
    for (index, each) in job.threshold_updates.iter().enumerate() {
        let path = path.field("threshold_updates").index(index);
        lookup.find(
            &definitions.thresholds,
            Kind::Threshold,
            each.threshold.as_str(),
            &path.field("threshold"),
        );
        frequency(lookup, uses, each.frequency.as_ref(), &path);
    }
}

fn resources(lookup: &mut Lookup<'_>, job: &Job, uses: &[FrequencyUse], path: &Path) {
    let definitions = lookup.definitions;
    for (index, each) in job.resources.iter().enumerate() {
        let path = path.field("resources").index(index);
        let found = lookup.find(
            &definitions.resources,
            Kind::Resource,
            each.resource.as_str(),
            &path.field("resource"),
        );
        if let (Some(resource), Claim::Units(units)) = (found, each.take)
            && units > resource.units
        {
            let message = format!(
                "`{}` has {} units: the job would wait for ever",
                each.resource.as_str(),
                resource.units
            );
            lookup.problem(path.field("take"), message);
        }
        lookup.add(each.check(), &path);
        frequency(lookup, uses, each.frequency.as_ref(), &path);
    }
    for (index, each) in job.resource_updates.iter().enumerate() {
        let path = path.field("resource_updates").index(index);
        lookup.find(
            &definitions.resources,
            Kind::Resource,
            each.resource.as_str(),
            &path.field("resource"),
        );
        lookup.add(each.check(), &path);
        frequency(lookup, uses, each.frequency.as_ref(), &path);
    }
}
