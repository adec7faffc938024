//! What a start hands to a job: task values, script parameters, report and global parameter,
//! extract files.

mod error;
mod given;
mod limits;

pub use error::{Fault, Field, ParameterError};
pub use given::{Parameters, TaskValue};
pub use limits::{FILE_ID_CHARS_MAX, ITEM_CHARS_MAX, KEY_CHARS_MAX};
