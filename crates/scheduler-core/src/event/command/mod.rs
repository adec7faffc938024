//! Every command, one file per group.

mod calendar;
mod job;
mod job_master;
mod machine;
mod notify;
mod property;
mod schedule;
mod threshold;

pub use calendar::{CalendarCommand, CalendarOrder};
pub use job::{Add, JobCommand, JobOrder, Minutes, Reschedule};
pub use job_master::{JobMasterCommand, JobMasterOrder};
pub use machine::{MachineCommand, MachineOrder};
pub use notify::{Email, NotifyCommand};
pub use property::{PropertyCommand, PropertyRef};
pub use schedule::{Build, ScheduleCommand};
pub use threshold::{ResourceCommand, ThresholdCommand};

use super::field::{Field, Text};
use super::reader::{BadEvent, Reader};
use super::spec::{Needs, Spec, needed};

/// A command with its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `$CALENDAR:…`.
    Calendar(CalendarCommand),
    /// `$JOB:…`.
    Job(JobCommand),
    /// `$JOBMASTER:…`.
    JobMaster(JobMasterCommand),
    /// `$MACHINE:…`.
    Machine(MachineCommand),
    /// `$NOTIFY:…`.
    Notify(NotifyCommand),
    /// `$PROPERTY:…`.
    Property(PropertyCommand),
    /// `$CONSOLE:DISPLAY`: a message in the scheduler's log.
    Console(Field<Text>),
    /// `$SCHEDULE:…`.
    Schedule(ScheduleCommand),
    /// `$THRESHOLD:…`.
    Threshold(ThresholdCommand),
    /// `$RESOURCE:…`.
    Resource(ResourceCommand),
}

const CONSOLE: [Spec; 1] = [Spec {
    group: "CONSOLE",
    action: "DISPLAY",
    what: "writes a message into the scheduler's log",
    args: &[needed("message", "MSG")],
    needs: Needs::Nothing,
}];

/// The tables of all groups.
const GROUPS: [&[Spec]; 10] = [
    &calendar::SPECS,
    &job::SPECS,
    &job_master::SPECS,
    &machine::SPECS,
    &notify::SPECS,
    &property::SPECS,
    &CONSOLE,
    &schedule::SPECS,
    &threshold::THRESHOLD_SPECS,
    &threshold::RESOURCE_SPECS,
];

/// Every command.
pub fn specs() -> impl Iterator<Item = &'static Spec> {
    GROUPS.iter().flat_map(|group| group.iter())
}

pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Command, BadEvent> {
    let spec = reader.spec();
    match spec.group {
        "CALENDAR" => calendar::read(reader).map(Command::Calendar),
        "JOB" => job::read(reader).map(Command::Job),
        "JOBMASTER" => job_master::read(reader).map(Command::JobMaster),
        "MACHINE" => machine::read(reader).map(Command::Machine),
        "NOTIFY" => notify::read(reader).map(Command::Notify),
        "PROPERTY" => property::read(reader).map(Command::Property),
        "CONSOLE" => reader.needed().map(Command::Console),
        "SCHEDULE" => schedule::read(reader).map(Command::Schedule),
        "THRESHOLD" => threshold::read_threshold(reader).map(Command::Threshold),
        _ => threshold::read_resource(reader).map(Command::Resource),
    }
}

impl Command {
    /// Group and action of its name.
    fn key(&self) -> (&'static str, &'static str) {
        match self {
            Self::Calendar(command) => ("CALENDAR", command.action()),
            Self::Job(command) => ("JOB", command.order.action()),
            Self::JobMaster(command) => ("JOBMASTER", command.order.action()),
            Self::Machine(command) => ("MACHINE", command.order.action()),
            Self::Notify(command) => ("NOTIFY", command.action()),
            Self::Property(command) => ("PROPERTY", command.action()),
            Self::Console(_) => ("CONSOLE", "DISPLAY"),
            Self::Schedule(command) => ("SCHEDULE", command.action()),
            Self::Threshold(command) => ("THRESHOLD", command.action()),
            Self::Resource(command) => ("RESOURCE", command.action()),
        }
    }

    /// What it looks like and needs.
    pub fn spec(&self) -> &'static Spec {
        let (group, action) = self.key();
        specs()
            .find(|spec| spec.group == group && spec.action == action)
            .expect("a test reads every command of the tables back by its name")
    }

    /// What its user must be allowed.
    pub fn needs(&self) -> Needs {
        self.spec().needs
    }

    /// The texts of its fields, all of them.
    pub(crate) fn fields(&self) -> Vec<String> {
        match self {
            Self::Calendar(command) => command.fields(),
            Self::Job(command) => command.fields(),
            Self::JobMaster(command) => command.fields(),
            Self::Machine(command) => command.fields(),
            Self::Notify(command) => command.fields(),
            Self::Property(command) => command.fields(),
            Self::Console(message) => vec![message.print()],
            Self::Schedule(command) => command.fields(),
            Self::Threshold(command) => command.fields(),
            Self::Resource(command) => command.fields(),
        }
    }
}
