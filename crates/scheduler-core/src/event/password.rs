//! The password of an external event.

use std::fmt;

/// A password that does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Box<str>);

impl Password {
    /// Keeps it.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The password itself, to compare it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
