//! Who asks for something.

use std::fmt;

/// Who asks: every use case takes one, so that nothing is done without somebody being allowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    name: String,
    may_everything: bool,
}

impl Caller {
    /// A part of the scheduler itself, such as `build`.
    pub fn system(part: &str) -> Self {
        Self { name: format!("system:{part}"), may_everything: true }
    }

    /// Somebody who has opened the local socket, which only its owner can.
    pub fn local(user: &str) -> Self {
        Self { name: format!("local:{user}"), may_everything: true }
    }

    /// How the audit names it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it may do everything that operators and administrators may.
    pub fn is_administrator(&self) -> bool {
        self.may_everything
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
