//! `$PROPERTY:…`: properties of every scope.

use crate::action::Privilege;
use crate::event::field::{Field, Options, Text, Value, printed};
use crate::event::reader::{BadEvent, Reader};
use crate::event::spec::{Arg, Needs, Spec, needed, optional};

/// Longest reference to a property, in characters: a name, a date, a schedule and a job, each of which may
/// be quoted.
const REFERENCE_CHARS_MAX: usize = 512;

/// A property with its scope and its qualifiers, as written: `JI.FileName.2026-12-31.NIGHT.LOAD`. The module
/// of properties takes it apart. Of the system's names only those derived from dates and times can be set, such as
/// `$DATE yyyymmdd`, whose value is a format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyRef(pub String);

impl Value for PropertyRef {
    const EXPECTED: &'static str = "the name of a property, such as JI.FileName";

    fn read(text: &str, _: Options) -> Result<Self, String> {
        let chars = text.chars().count();
        if chars > REFERENCE_CHARS_MAX {
            return Err(format!("has {chars} characters, more than {REFERENCE_CHARS_MAX}"));
        }
        if text.starts_with('$') && crate::property::derived_from(text).is_none() {
            return Err(
                "is a system property, which cannot be set; a format of your own has a name such as \
                 `$DATE yyyymmdd`"
                    .to_owned(),
            );
        }
        Ok(Self(text.to_owned()))
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

/// A change of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertyCommand {
    /// `SET`: the value of one that exists. An encrypted one is stored in clear from then on.
    Set {
        /// Which.
        property: Field<PropertyRef>,
        /// The value; empty if left out.
        value: Option<Field<Text>>,
    },
    /// `ADD`: a new one, or the value of one that exists.
    Add {
        /// Which.
        property: Field<PropertyRef>,
        /// The value; empty if left out.
        value: Option<Field<Text>>,
    },
    /// `DELETE`.
    Delete {
        /// Which.
        property: Field<PropertyRef>,
    },
}

const NAME: Arg = needed("property name", "PROPNAME");
const WITH_VALUE: [Arg; 2] = [NAME, optional("value", Some("PROPVALUE"))];
const NEEDS: Needs = Needs::Privilege(Privilege::GlobalProperties);

pub(super) const SPECS: [Spec; 3] = [
    Spec {
        group: "PROPERTY",
        action: "SET",
        what: "sets a property",
        args: &WITH_VALUE,
        needs: NEEDS,
    },
    Spec {
        group: "PROPERTY",
        action: "ADD",
        what: "adds or sets a property",
        args: &WITH_VALUE,
        needs: NEEDS,
    },
    Spec {
        group: "PROPERTY",
        action: "DELETE",
        what: "deletes a property",
        args: &[NAME],
        needs: NEEDS,
    },
];

pub(super) fn read(reader: &mut Reader<'_>) -> Result<PropertyCommand, BadEvent> {
    let property = reader.needed()?;
    Ok(match reader.spec().action {
        "SET" => PropertyCommand::Set { property, value: reader.optional()? },
        "ADD" => PropertyCommand::Add { property, value: reader.optional()? },
        _ => PropertyCommand::Delete { property },
    })
}

impl PropertyCommand {
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Set { .. } => "SET",
            Self::Add { .. } => "ADD",
            Self::Delete { .. } => "DELETE",
        }
    }

    pub(super) fn fields(&self) -> Vec<String> {
        match self {
            Self::Set { property, value } | Self::Add { property, value } => {
                vec![property.print(), printed(value.as_ref())]
            }
            Self::Delete { property } => vec![property.print()],
        }
    }
}
