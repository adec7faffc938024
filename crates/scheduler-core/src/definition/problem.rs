//! What is wrong with definitions that can be read.

use crate::path::Path;

/// Something that is wrong although every value is well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which value.
    pub path: Path,
    /// What is wrong, what was expected, what may have been meant.
    pub message: String,
    /// The thing that was referred to and is not there, by the path that it would have.
    pub missing: Option<Path>,
}
