//! Every text with a rule of its own, by the `format` that the JSON Schema gives it.

use crate::calendar::DateSpan;
use crate::dependency::InstanceRef;
use crate::event::EventText;
use crate::expression::ExpressionText;
use crate::frequency::Cron;
use crate::name::{
    AccessCodeName, AgentName, BatchUserName, CalendarName, DepartmentName, FrequencyName,
    InstanceName, JobName, MachineGroupName, NotificationGroupName, PropertyName, ResourceName,
    RoleName, ScheduleName, Tag, ThresholdName,
};
use crate::property::given::Instant;
use crate::property::{PropertyValue, TokenText};
use crate::text_value::{TextValue, read};
use crate::time::{Day, Offset, TimeOfDay, ZoneName};

/// The rule of a text.
#[derive(Debug)]
pub struct Format {
    /// Its name in the JSON Schema.
    pub name: &'static str,
    /// What is expected, for messages.
    pub expected: &'static str,
    /// Tries a text. The error is the whole sentence.
    pub check: fn(&str) -> Result<(), String>,
}

const fn of<T: TextValue>() -> Format {
    Format {
        name: T::FORMAT,
        expected: T::EXPECTED,
        check: |text| read::<T>(text).map(drop).map_err(|error| error.message),
    }
}

/// All of them.
pub static FORMATS: &[Format] = &[
    of::<AccessCodeName>(),
    of::<AgentName>(),
    of::<BatchUserName>(),
    of::<CalendarName>(),
    of::<Cron>(),
    of::<DateSpan>(),
    of::<Day>(),
    of::<DepartmentName>(),
    of::<EventText>(),
    of::<ExpressionText>(),
    of::<FrequencyName>(),
    of::<InstanceName>(),
    of::<InstanceRef>(),
    of::<Instant>(),
    of::<JobName>(),
    of::<MachineGroupName>(),
    of::<NotificationGroupName>(),
    of::<Offset>(),
    of::<PropertyName>(),
    of::<PropertyValue>(),
    of::<ResourceName>(),
    of::<RoleName>(),
    of::<ScheduleName>(),
    of::<Tag>(),
    of::<ThresholdName>(),
    of::<TimeOfDay>(),
    of::<TokenText>(),
    of::<ZoneName>(),
];

/// The rule with that name.
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
