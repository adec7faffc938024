//! Events: what triggers them, and every command they can give (`opcon-domain 1.8`).
//!
//! A command is text, `$JOB:ADD,<date>,<schedule>,…`, or XML from outside. Both become fields, and fields
//! become a [`Command`] by one table per group. A field with a token (`[[…]]`) stays text until
//! [`Command::resolved`] has replaced it, and is checked then.

mod command;
mod date_ref;
mod field;
mod like;
mod password;
mod reader;
mod spec;
mod status_trigger;
mod table;
mod target;
mod text;
mod trigger;
mod xml;

pub use command::{
    Add, Build, CalendarCommand, CalendarOrder, Command, Email, JobCommand, JobMasterCommand,
    JobMasterOrder, JobOrder, MachineCommand, MachineOrder, Minutes, NotifyCommand,
    PropertyCommand, PropertyRef, Reschedule, ResourceCommand, ScheduleCommand, ThresholdCommand,
    specs,
};
pub use date_ref::{Among, DateRef, Dates, EventDay};
pub use field::{
    AlarmSeverity, BuildState, CheckMode, Field, List, LogSeverity, MachineStatus, Number, Options,
    RescheduleFrom, SlashDates, Text, Value, has_token,
};
pub use like::{is_like, is_wild};
pub use password::Password;
pub use reader::BadEvent;
pub use spec::{Arg, Needs, Spec};
pub use status_trigger::JobStatusTrigger;
pub use table::table;
pub use target::{
    Definition, JobRef, JobTarget, MachineRef, NamedInstance, ScheduleRef, ScheduleTarget,
};
pub use text::{
    EXTERNAL_CHARS_MAX, EventText, External, INTERNAL_CHARS_MAX, NotResolved, parse, parse_external,
};
pub use trigger::{
    AgentFeedback, EventDefinition, ExitDescription, ExitOperator, PATTERN_CHARS_MAX, Trigger,
};
pub use xml::{XML_BYTES_MAX, XML_EVENTS_MAX, parse_xml};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod xml_tests;
