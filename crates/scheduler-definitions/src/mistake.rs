//! Mistakes: what is wrong, where it stands, and how it is shown.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use scheduler_core::path::Path;

use crate::yaml::Place;
use crate::yaml::limits::MISTAKES_MAX;

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

/// The mistakes of one file. Beyond the limit they are only counted: a file in which everything is wrong costs no more
/// messages and paths than are shown.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    found: Vec<Found>,
    more: usize,
}

impl Collector {
    /// Adds one. The path and the message are made only when there is room for it.
    pub(crate) fn add(
        &mut self,
        place: Place,
        path: impl FnOnce() -> Path,
        message: impl FnOnce() -> String,
    ) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.found.push(Found { place, path: path(), message: message() });
        }
    }

    /// Whether further ones are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= MISTAKES_MAX
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Those that are shown, in the order of the file, and the number of the others.
    pub(crate) fn finish(mut self) -> (Vec<Found>, usize) {
        self.found.sort_by_key(|found| found.place);
        (self.found, self.more)
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
    /// The thing that was referred to and is not there, by the path that it would have.
    pub missing: Option<Path>,
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_is_not_shown_is_counted_and_costs_no_message() {
        let mut collector = Collector::default();
        let (messages, paths) = (Cell::new(0), Cell::new(0));
        for _ in 0..MISTAKES_MAX + 500 {
            let path = || {
                paths.set(paths.get() + 1);
                Path::default()
            };
            collector.add(Place::default(), path, || {
                messages.set(messages.get() + 1);
                "wrong".to_owned()
            });
        }
        assert_eq!((messages.get(), paths.get()), (MISTAKES_MAX, MISTAKES_MAX));
        let (found, more) = collector.finish();
        assert_eq!((found.len(), more), (MISTAKES_MAX, 500));
    }
}
