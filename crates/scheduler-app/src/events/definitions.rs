//! Events that change definitions: `$CALENDAR:…`, `$JOBMASTER:…`, and what belongs to no day of thresholds, resources and
//! agents.

use scheduler_core::definition::Definitions;
use scheduler_core::event::{
    BuildState, CalendarOrder, Command, JobMasterCommand, JobMasterOrder, MachineOrder,
    ResourceCommand, ThresholdCommand,
};
use scheduler_core::frequency::BuildStatus;

use super::find::known;
use super::ready::{Prepared, Ready};
use crate::App;
use crate::definitions::{NewDefinitions, export_revision};
use crate::error::{Error, Result};
use crate::work::Work;

/// Definitions with the change of an event.
pub(super) type Edited = NewDefinitions;

/// Whether an event changes definitions.
pub(super) fn changes_definitions(command: &Command) -> bool {
    match command {
        Command::Calendar(_) | Command::JobMaster(_) => true,
        Command::Machine(command) => matches!(command.order, MachineOrder::MaxJobs(_)),
        Command::Threshold(command) => !matches!(command, ThresholdCommand::Set { .. }),
        Command::Resource(command) => !matches!(command, ResourceCommand::Set { .. }),
        _ => false,
    }
}

/// The definitions with the change of an event, checked.
pub(super) async fn edit(app: &App, command: &Command) -> Result<Edited> {
    let (revision, mut all) = export_revision(app).await?;
    change(&mut all, command)?;
    NewDefinitions::new(all, Some(revision))
}

/// Stores the definitions that were edited.
pub(super) async fn store(work: &mut Work<'_, '_>, ready: &Ready) -> Result<String> {
    let Prepared::Definitions(edited) = &ready.prepared else {
        return Err(Error::Refused("the definitions were not read".to_owned()));
    };
    let at = sql::to_micros(work.now());
    let applied = edited.store(work.tx(), "event", Some(&ready.text), at).await?;
    Ok(format!("revision {}", applied.revision))
}

fn change(all: &mut Definitions, command: &Command) -> Result<()> {
    match command {
        Command::Calendar(command) => {
            let name = known(&command.calendar)?;
            let calendar =
                all.calendars.get_mut(name).ok_or_else(|| unknown("calendar", name.as_str()))?;
            let dates = known(&command.dates)?.0.iter().map(|day| day.0);
            for date in dates {
                match command.order {
                    CalendarOrder::Add => calendar.add(date),
                    CalendarOrder::Delete => calendar.remove(date),
                }
            }
            Ok(())
        }
        Command::JobMaster(command) => job_master(all, command),
        Command::Machine(command) => {
            let name = &known(&command.machine)?.0;
            let agent = all.agents.get_mut(name.as_str()).ok_or_else(|| unknown("agent", name))?;
            if let MachineOrder::MaxJobs(jobs) = &command.order {
                agent.max_jobs = u32::try_from(known(jobs)?.get()).unwrap_or(0);
            }
            Ok(())
        }
        _ => Err(Error::Refused(format!("{} is not supported", command.spec().name()))),
    }
}

fn job_master(all: &mut Definitions, command: &JobMasterCommand) -> Result<()> {
    let (schedule, job) = (known(&command.schedule)?, known(&command.job)?);
    let of = all
        .schedules
        .get_mut(schedule)
        .and_then(|schedule| schedule.jobs.get_mut(job))
        .ok_or_else(|| unknown("job", &format!("{}/{}", schedule.as_str(), job.as_str())))?;
    match &command.order {
        JobMasterOrder::BuildState { frequency, state } => {
            let frequency = known(frequency)?;
            let uses = of.frequencies.iter_mut().filter(|each| each.frequency == *frequency);
            let mut found = false;
            for each in uses {
                (each.build, found) = (status(*known(state)?), true);
            }
            if found { Ok(()) } else { Err(unknown("frequency of the job", frequency.as_str())) }
        }
        JobMasterOrder::TagAdd { frequency: None, tags } => {
            for tag in &known(tags)?.0 {
                if !of.tags.contains(tag) {
                    of.tags.push(tag.clone());
                }
            }
            Ok(())
        }
        JobMasterOrder::TagDelete { frequency: None, tags } => {
            let gone = &known(tags)?.0;
            of.tags.retain(|tag| !gone.contains(tag));
            Ok(())
        }
        JobMasterOrder::TagAdd { .. } | JobMasterOrder::TagDelete { .. } => {
            Err(Error::Refused("tags of a frequency are not supported".to_owned()))
        }
    }
}

fn status(state: BuildState) -> BuildStatus {
    match state {
        BuildState::Disabled => BuildStatus::DisableFrequency,
        BuildState::Released => BuildStatus::Released,
        BuildState::ToBeSkipped => BuildStatus::ToBeSkipped,
        BuildState::DoNotSchedule => BuildStatus::DoNotSchedule,
        BuildState::OnHold => BuildStatus::OnHold,
    }
}

fn unknown(what: &'static str, name: &str) -> Error {
    Error::Unknown { what, name: name.to_owned(), hint: String::new() }
}
