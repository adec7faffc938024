//! What a request to add a job means in the definitions: which job, which use of a frequency, which of its copies.

use core_kit::nearest;
use scheduler_core::definition::{Job, RunsOn};
use scheduler_core::model::{Instance, JobId, Model, ScheduleId};
use scheduler_core::plan::is_present;
use scheduler_core::schedule::event_properties::Set;

use super::{Request, instance_of};
use crate::build::given::{merge, take_machine};
use crate::definitions::Loaded;
use crate::error::{Error, Result};

/// What is added.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) job: JobId,
    /// The instance of its schedule; none for one that the definition has not.
    pub(super) instance: Option<u32>,
    /// The use of a frequency, by its place in the job's list.
    pub(super) use_index: u16,
    /// Which of its copies; none for all.
    pub(super) copy: Option<u32>,
    /// Its properties over those of the definition, and of the set that they are merged with; empty where nothing is given.
    pub(super) given: Set,
    /// Whether what is given stands for none of the sets that the definition has.
    pub(super) is_alone: bool,
}

/// Looks everything up.
///
/// # Errors
/// [`Error::Unknown`] with the nearest name, [`Error::Refused`] with what to do.
pub(super) fn choose(loaded: &Loaded, request: &Request, schedule: &str) -> Result<Chosen> {
    let model = &loaded.model;
    let id = model.schedule_named(schedule).ok_or_else(|| Error::Unknown {
        what: "schedule",
        name: schedule.to_owned(),
        hint: "; it is not defined any more".to_owned(),
    })?;
    let job = job_named(model, id, &request.job)?;
    let instance = instance_of(model, id, &request.schedule);
    check_presence(model, job, id, instance, request)?;
    let use_index = use_of(model, job, request)?;
    let definition = loaded.job(job).ok_or_else(|| Error::Stored {
        what: format!("the job `{schedule}/{}`", request.job),
        why: "it has no definition".to_owned(),
    })?;
    let (copy, given, is_alone) = copy(loaded, definition, request.properties.clone())?;
    Ok(Chosen { job, instance, use_index, copy, given, is_alone })
}

fn job_named(model: &Model, schedule: ScheduleId, name: &str) -> Result<JobId> {
    let of = model.schedule(schedule);
    let all = || of.jobs.clone().map(JobId);
    all().find(|job| model.job_name(*job).as_str() == name).ok_or_else(|| Error::Unknown {
        what: "job",
        name: format!("{}/{name}", of.name.as_str()),
        hint: nearest(name, all().map(|job| model.job_name(job).as_str())).map_or_else(
            || "; define it in that schedule first".to_owned(),
            |near| format!("; did you mean `{near}`?"),
        ),
    })
}

/// The exceptions of named instances, where they are to be applied.
fn check_presence(
    model: &Model,
    job: JobId,
    schedule: ScheduleId,
    instance: Option<u32>,
    request: &Request,
) -> Result<()> {
    let instances = &model.schedule(schedule).instances;
    let instance: Option<&Instance> = instance.and_then(|number| instances.get(number as usize));
    if !request.apply_exceptions || is_present(model.job(job), instance) {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "`{}` is not in the instance `{}` by its definition; leave the exceptions out to add it all the same",
        request.job, request.schedule
    )))
}

/// The use of a frequency: the one that is named, or the first one.
fn use_of(model: &Model, job: JobId, request: &Request) -> Result<u16> {
    let all = model.frequencies(job);
    if all.is_empty() {
        return Err(Error::Refused(format!(
            "`{}` has no frequency, so nothing says how it is to run; give it one in its definition, which needs not \
             qualify on any date",
            request.job
        )));
    }
    let place = match &request.frequency {
        None => Some(0),
        Some(name) => all.iter().position(|each| each.as_str() == name),
    };
    place.and_then(|place| u16::try_from(place).ok()).ok_or_else(|| {
        let name = request.frequency.clone().unwrap_or_default();
        let uses: Vec<String> = all.iter().map(|each| format!("`{}`", each.as_str())).collect();
        Error::Unknown {
            what: "frequency",
            hint: format!(" of the job `{}`; it has {}", request.job, uses.join(", ")),
            name,
        }
    })
}

/// Which of the copies of a job is meant by properties, and what these are then.
fn copy(loaded: &Loaded, job: &Job, mut given: Set) -> Result<(Option<u32>, Set, bool)> {
    if let Some(RunsOn::EachOf(group)) = &job.runs_on {
        let Some(agent) = take_machine(&mut given) else { return Ok((None, given, false)) };
        let members = loaded.definitions.machine_groups.get(group.as_str());
        let place = members
            .and_then(|group| group.agents.iter().position(|each| each.as_str() == agent))
            .and_then(|place| u32::try_from(place).ok());
        return match place {
            Some(place) => Ok((Some(place), given, false)),
            None => Err(Error::Unknown {
                what: "agent",
                name: agent,
                hint: format!(" of the group `{}`, on each of which the job runs", group.as_str()),
            }),
        };
    }
    if given.is_empty() || job.instances.is_empty() {
        return Ok((None, given, false));
    }
    let (place, merged) = merge(&job.instances, &given);
    Ok((Some(place.unwrap_or(0)), merged, place.is_none()))
}
