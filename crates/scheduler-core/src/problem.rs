//! A mistake in a definition that serde cannot find: a number out of its range, two fields that do not
//! go together.

use std::fmt;

/// A mistake: the field, relative to the definition that was checked, and the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, such as `restart_offset.minutes`.
    pub field: String,
    /// What is wrong with which value, and what was expected. Lower case, no full stop.
    pub message: String,
}

impl Problem {
    /// A mistake in `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The problem of a definition that stands at a path.
    pub fn at(&self, path: &crate::path::Path) -> crate::definition::Problem {
        let mut path = path.clone();
        for step in self.field.split('.').filter(|step| !step.is_empty()) {
            path = match step.split_once('[') {
                None => path.field(step),
                Some((name, index)) => match index.trim_end_matches(']').parse() {
                    Ok(index) => path.field(name).index(index),
                    Err(_) => path.field(name),
                },
            };
        }
        crate::definition::Problem { path, message: self.message.clone(), missing: None }
    }

    /// A number outside of its range; nothing for one inside.
    pub fn range(field: &str, value: i64, min: i64, max: i64) -> Option<Self> {
        (!(min..=max).contains(&value))
            .then(|| Self::new(field, format!("{value} is not in the range {min} to {max}")))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}
