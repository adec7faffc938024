//! The names of everything that is defined, each with its length and the characters that it may not
//! have (`opcon-domain 1.3, 1.4, 1.8, 1.9, 1.11`).
//!
//! Names are compared as they are spelled. Two names of one kind that differ only in case are refused
//! where they are defined, so that no reference can be meant for the other one.

use std::borrow::Borrow;

use core_kit::text::is_invisible;

use crate::text_value::TextValue;

/// What the vendor refuses in a job name: signs that events, tokens and masks give a meaning to
/// (`opcon-domain 1.3`).
const JOB_FORBIDDEN: &str = "<>&'\"|;%()[]{}=\\!*?,";
/// What the vendor refuses in a machine name (`opcon-domain 1.11`).
const MACHINE_FORBIDDEN: &str = "()=|;',";
/// What the vendor refuses in a property's name (`opcon-domain 1.9`), and the signs that would end the
/// token that refers to it.
const PROPERTY_FORBIDDEN: &str = "'\"(),=;|[]{}\\";

/// Why `text` cannot be a name; empty for none.
fn fault(text: &str, chars_max: usize, forbidden: &str) -> Option<String> {
    if text.is_empty() {
        return Some("is empty".to_owned());
    }
    let chars = text.chars().count();
    if chars > chars_max {
        return Some(format!("has {chars} characters"));
    }
    if text.trim() != text {
        return Some("has a blank at one end".to_owned());
    }
    if let Some(sign) = text.chars().find(|&sign| forbidden.contains(sign)) {
        return Some(format!("has the character `{sign}`"));
    }
    if text.chars().any(char::is_control) {
        return Some("has a control character".to_owned());
    }
    text.chars().any(is_invisible).then(|| "has a character that cannot be seen".to_owned())
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $format:literal, $expected:literal, $max:literal, $forbidden:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(std::sync::Arc<str>);

            impl $name {
                /// Longest name, in characters.
                pub const CHARS_MAX: usize = $max;

                /// The name as it is written.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl TextValue for $name {
                const FORMAT: &'static str = $format;
                const EXPECTED: &'static str = $expected;

                fn parse(text: &str) -> Result<Self, String> {
                    match fault(text, Self::CHARS_MAX, $forbidden) {
                        None => Ok(Self(text.into())),
                        Some(why) => Err(why),
                    }
                }

                fn print(&self) -> String {
                    self.0.to_string()
                }
            }

            impl Borrow<str> for $name {
                fn borrow(&self) -> &str {
                    &self.0
                }
            }

            impl AsRef<str> for $name {
                fn as_ref(&self) -> &str {
                    &self.0
                }
            }
        )+

        $crate::text_value!($($name),+);
    };
}

names! {
    /// A schedule. Shorter than the 255 of a daily schedule, which may append its instance or its
    /// parent (`opcon-domain 1.2`).
    ScheduleName, "schedule-name", "1 to 128 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 128, JOB_FORBIDDEN;
    /// A job within its schedule.
    JobName, "job-name", "1 to 64 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 64, JOB_FORBIDDEN;
    /// A frequency.
    FrequencyName, "frequency-name", "1 to 20 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! ? ,", 20, "<>&'\"|;%()[]{}=\\!?,";
    /// A calendar.
    CalendarName, "calendar-name", "1 to 64 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 64, JOB_FORBIDDEN;
    /// An agent, which the vendor's API calls a machine.
    AgentName, "agent-name", "1 to 24 characters, none of ( ) = | ; ' ,", 24, MACHINE_FORBIDDEN;
    /// A group of agents of one type.
    MachineGroupName, "machine-group-name", "1 to 64 characters, none of ( ) = | ; ' ,", 64, MACHINE_FORBIDDEN;
    /// The user under which an integration runs a job.
    BatchUserName, "batch-user-name", "1 to 128 characters, none of | ; = ,", 128, "|;=,";
    /// A property, in any scope but the system's.
    PropertyName, "property-name", "1 to 64 characters, none of ' \" ( ) \\ , = ; | [ ] { }", 64, PROPERTY_FORBIDDEN;
    /// A threshold: a number that jobs wait for and change.
    ThresholdName, "threshold-name", "1 to 20 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 20, JOB_FORBIDDEN;
    /// A resource: units that jobs take while they run.
    ResourceName, "resource-name", "1 to 20 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 20, JOB_FORBIDDEN;
    /// A group of things that notifications are about.
    NotificationGroupName, "notification-group-name", "1 to 64 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 64, JOB_FORBIDDEN;
    /// A role.
    RoleName, "role-name", "1 to 64 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 64, JOB_FORBIDDEN;
    /// A department.
    DepartmentName, "department-name", "1 to 64 characters, none of & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 64, "&'\"|;%()[]{}=\\!*?,";
    /// An access code.
    AccessCodeName, "access-code-name", "1 to 64 characters, none of & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 64, "&'\"|;%()[]{}=\\!*?,";
    /// A tag of a job.
    Tag, "tag", "1 to 64 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 64, JOB_FORBIDDEN;
    /// A named instance of a schedule.
    InstanceName, "instance-name", "1 to 64 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,", 64, JOB_FORBIDDEN;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_length_and_no_sign_with_a_meaning() {
        let job = |text: &str| text.parse::<JobName>().map(|name| name.to_string());
        assert_eq!(
            job("Load GL (1)").unwrap_err().message,
            "`Load GL (1)` has the character `(`; expected 1 to 64 characters, none of < > & ' \" | ; % ( ) [ ] { } = \\ ! * ? ,"
        );
        assert_eq!(job(&"x".repeat(64)).unwrap().len(), 64);
        assert!(job(&"x".repeat(65)).unwrap_err().message.contains("has 65 characters"));
        assert!(job(" a").unwrap_err().message.contains("blank"));
        assert!(job("").unwrap_err().message.contains("is empty"));
        assert!(job("a\nb").unwrap_err().message.contains("control character"));
        assert_eq!(job("Übertrag №1").unwrap(), "Übertrag №1");
    }
}
