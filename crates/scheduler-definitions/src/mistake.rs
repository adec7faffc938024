//! Mistakes: what is wrong, where it stands, and how it is shown.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use scheduler_core::path::Path;

use crate::yaml::Place;

/// Something wrong in one file, before it is known which file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where.
    pub place: Place,
    /// Which value, from the top of the file; empty when it is not about one.
    pub path: Path,
    /// The whole sentence.
    pub message: String,
}

impl Found {
    /// Wrong at a place.
    pub(crate) fn at(place: Place, message: String) -> Self {
        Self { place, path: Path::default(), message }
    }
}

/// Something wrong in a definition file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: Arc<PathBuf>,
    /// Where in the file.
    pub place: Place,
    /// Which value: `schedules.Nightly.jobs.Load.depends_on[0].job`.
    pub path: Path,
    /// What is wrong, what was expected, what may have been meant.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file.display(), self.place.line, self.place.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}
