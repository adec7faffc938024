//! Options that count once: two different values contradict each other.

use super::parse::{UsageError, shown};
use super::table::Opt;

/// The options that join their values when they come again.
const LISTS: [&str; 2] = ["parameters", "task-value"];

/// What was given so far.
#[derive(Debug, Default)]
pub(super) struct Given(Vec<(&'static str, String)>);

impl Given {
    /// Notes a value.
    ///
    /// # Errors
    /// When the option has another value already.
    pub(super) fn note(&mut self, option: &Opt, value: &str) -> Result<(), UsageError> {
        if value.trim().is_empty() || LISTS.contains(&option.long) {
            return Ok(());
        }
        match self.0.iter().find(|(long, _)| *long == option.long) {
            Some((_, before)) if before != value => Err(UsageError(format!(
                "{} is given twice, as `{before}` and as `{value}`; leave one out",
                shown(option)
            ))),
            Some(_) => Ok(()),
            None => {
                self.0.push((option.long, value.to_owned()));
                Ok(())
            }
        }
    }
}
