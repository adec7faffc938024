//! `$THRESHOLD:…` and `$RESOURCE:…`.

use crate::action::Privilege;
use crate::dependency::Change;
use crate::event::field::{Field, Options, Value, whole};
use crate::event::reader::{BadEvent, Reader};
use crate::event::spec::{Arg, Needs, Spec, needed};
use crate::name::{ResourceName, ThresholdName};

impl Value for Change {
    const EXPECTED: &'static str = "a number such as 5, or +1 or -1 for a change by it";

    fn read(text: &str, _: Options) -> Result<Self, String> {
        let digits = text.trim_start_matches(['+', '-']);
        let is_signed = digits.len() + 1 == text.len();
        let number = whole(digits)
            .filter(|_| is_signed || digits.len() == text.len())
            .ok_or_else(String::new)?;
        let number =
            i32::try_from(number).map_err(|_| format!("is not in the range 0 to {}", i32::MAX))?;
        Ok(match (is_signed, text.starts_with('-')) {
            (true, true) => Self::Add(-number),
            (true, false) => Self::Add(number),
            (false, _) => Self::Set(number),
        })
    }

    fn print(&self) -> String {
        match self {
            Self::Set(value) => value.to_string(),
            Self::Add(by) => format!("{by:+}"),
        }
    }
}

/// A change of a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThresholdCommand {
    /// `SET`: its value.
    Set {
        /// Which.
        threshold: Field<ThresholdName>,
        /// The value, or a change of it.
        change: Field<Change>,
    },
    /// `DEL`: refused while a job refers to it.
    Delete {
        /// Which.
        threshold: Field<ThresholdName>,
    },
    /// `RENAME`.
    Rename {
        /// Which.
        threshold: Field<ThresholdName>,
        /// The new name.
        to: Field<ThresholdName>,
    },
}

/// A change of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceCommand {
    /// `SET`: how many units there are.
    Set {
        /// Which.
        resource: Field<ResourceName>,
        /// The number, or a change of it.
        change: Field<Change>,
    },
    /// `DEL`: refused while a job refers to it.
    Delete {
        /// Which.
        resource: Field<ResourceName>,
    },
    /// `RENAME`.
    Rename {
        /// Which.
        resource: Field<ResourceName>,
        /// The new name.
        to: Field<ResourceName>,
    },
}

const RENAME: [Arg; 2] = [needed("old name", "OLDNAME"), needed("new name", "NEWNAME")];
const SET_NEEDS: Needs = Needs::Privilege(Privilege::ThresholdsResources);
const NEEDS: Needs = Needs::Privilege(Privilege::AllAdministrative);

pub(super) const THRESHOLD_SPECS: [Spec; 3] = [
    Spec {
        group: "THRESHOLD",
        action: "SET",
        what: "sets or changes a threshold",
        args: &[needed("threshold name", "THRESHNAME"), needed("value", "THRESHVALUE")],
        needs: SET_NEEDS,
    },
    Spec {
        group: "THRESHOLD",
        action: "DEL",
        what: "deletes a threshold that no job uses",
        args: &[needed("threshold name", "THRESHNAME")],
        needs: NEEDS,
    },
    Spec {
        group: "THRESHOLD",
        action: "RENAME",
        what: "renames a threshold",
        args: &RENAME,
        needs: NEEDS,
    },
];

pub(super) const RESOURCE_SPECS: [Spec; 3] = [
    Spec {
        group: "RESOURCE",
        action: "SET",
        what: "sets or changes the units of a resource",
        args: &[needed("resource name", "RESOURCENAME"), needed("value", "RESOURCEVALUE")],
        needs: SET_NEEDS,
    },
    Spec {
        group: "RESOURCE",
        action: "DEL",
        what: "deletes a resource that no job uses",
        args: &[needed("resource name", "RESOURCENAME")],
        needs: NEEDS,
    },
    Spec {
        group: "RESOURCE",
        action: "RENAME",
        what: "renames a resource",
        args: &RENAME,
        needs: NEEDS,
    },
];

pub(super) fn read_threshold(reader: &mut Reader<'_>) -> Result<ThresholdCommand, BadEvent> {
    let threshold = reader.needed()?;
    Ok(match reader.spec().action {
        "SET" => ThresholdCommand::Set { threshold, change: reader.needed()? },
        "DEL" => ThresholdCommand::Delete { threshold },
        _ => ThresholdCommand::Rename { threshold, to: reader.needed()? },
    })
}

pub(super) fn read_resource(reader: &mut Reader<'_>) -> Result<ResourceCommand, BadEvent> {
    let resource = reader.needed()?;
    Ok(match reader.spec().action {
        "SET" => ResourceCommand::Set { resource, change: reader.needed()? },
        "DEL" => ResourceCommand::Delete { resource },
        _ => ResourceCommand::Rename { resource, to: reader.needed()? },
    })
}

impl ThresholdCommand {
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Set { .. } => "SET",
            Self::Delete { .. } => "DEL",
            Self::Rename { .. } => "RENAME",
        }
    }

    pub(super) fn fields(&self) -> Vec<String> {
        match self {
            Self::Set { threshold, change } => vec![threshold.print(), change.print()],
            Self::Delete { threshold } => vec![threshold.print()],
            Self::Rename { threshold, to } => vec![threshold.print(), to.print()],
        }
    }
}

impl ResourceCommand {
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Set { .. } => "SET",
            Self::Delete { .. } => "DEL",
            Self::Rename { .. } => "RENAME",
        }
    }

    pub(super) fn fields(&self) -> Vec<String> {
        match self {
            Self::Set { resource, change } => vec![resource.print(), change.print()],
            Self::Delete { resource } => vec![resource.print()],
            Self::Rename { resource, to } => vec![resource.print(), to.print()],
        }
    }
}
