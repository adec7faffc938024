//! What is wrong with a parameter.

use std::fmt;

use amt_protocol::LIST_ITEMS_MAX;

use super::{FILE_ID_CHARS_MAX, ITEM_CHARS_MAX, KEY_CHARS_MAX};

/// The member of a start that holds the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `TaskValues`.
    TaskValue,
    /// `ScriptParameters`.
    ScriptParameter,
    /// `ReportParameter`.
    ReportParameter,
    /// `GlobalParameter`.
    GlobalParameter,
    /// `FileId` of `ExtractFiles`.
    FileId,
    /// `FileName` of `ExtractFiles`.
    FileName,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TaskValue => "task value",
            Self::ScriptParameter => "script parameter",
            Self::ReportParameter => "report parameter",
            Self::GlobalParameter => "global parameter",
            Self::FileId => "extract file id",
            Self::FileName => "extract file name",
        })
    }
}

/// The fault, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// More than [`LIST_ITEMS_MAX`] items.
    TooMany,
    /// More than [`ITEM_CHARS_MAX`] characters.
    TooLong,
    /// A zero byte or a line break.
    LineBreak,
    /// Nothing where something is needed.
    Empty,
    /// A name before the equals sign that cannot be one.
    Key,
    /// An id that cannot be part of the name of an environment variable.
    FileId,
    /// The same id twice; ids differ by more than case.
    Twice,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(f, "is too many: give at most {LIST_ITEMS_MAX}"),
            Self::TooLong => write!(f, "is too long: use at most {ITEM_CHARS_MAX} characters"),
            Self::LineBreak => f.write_str("holds a line break or zero byte: remove it"),
            Self::Empty => f.write_str("is empty: give a value or leave it out"),
            Self::Key => write!(
                f,
                "has no usable name before `=`: begin with a letter or `_`, go on with letters, digits, `_`, `-` or `.`, at most {KEY_CHARS_MAX} characters"
            ),
            Self::FileId => write!(
                f,
                "cannot be part of a variable's name: use 1 to {FILE_ID_CHARS_MAX} letters (A to Z), digits and underscores"
            ),
            Self::Twice => f.write_str("is given twice: remove one of them"),
        }
    }
}

/// A parameter that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}{} `{value}` {fault}", index.map_or(String::new(), |index| format!(" {index}")))]
pub struct ParameterError {
    /// Where.
    pub field: Field,
    /// Which one of a list, from 1.
    pub index: Option<usize>,
    /// The beginning of its value.
    pub value: String,
    /// Why.
    pub fault: Fault,
}
