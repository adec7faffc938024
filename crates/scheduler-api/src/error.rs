//! Answers that say why something was not done.

use serde::{Deserialize, Serialize};

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    /// What kind of reason it is.
    pub kind: Kind,
    /// The reason, and what to do.
    pub message: String,
    /// Further lines, such as each mistake of definitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// A kind of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request cannot be read: a field, a value.
    BadRequest,
    /// A right is missing.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// Not possible now.
    Refused,
    /// The definitions have mistakes.
    Definitions,
    /// Somebody else was faster.
    Conflict,
    /// The server cannot do it now, such as when its database is away.
    Unavailable,
    /// The server has a fault.
    Internal,
}
