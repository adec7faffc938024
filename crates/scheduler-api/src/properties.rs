//! Properties and the keys that seal their values.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Whose properties are meant: those of the installation where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyPlace {
    /// Of this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Of this daily schedule, or of its job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Of this daily job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The date of the daily schedule; today if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Why, where one is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the answer")]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its value; none for an encrypted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
    /// Whether there is a value.
    pub has_value: bool,
    /// Whether the definitions have it.
    pub is_defined: bool,
    /// Whether its value was set here.
    pub is_set: bool,
}

/// A value that a property gets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetProperty {
    /// The value. That of an encrypted property is never given back.
    pub value: String,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

impl std::fmt::Debug for SetProperty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetProperty").finish_non_exhaustive()
    }
}

/// A key that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotated {
    /// Its id.
    pub key: String,
    /// How many secrets were sealed anew.
    pub secrets: usize,
    /// Keys that nothing in the database needs any more; backups of it may.
    pub unused: Vec<String>,
}
