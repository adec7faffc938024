//! Who asks for something.

use std::fmt;

use scheduler_core::action::Privilege;

use crate::error::{Error, Result};

/// Who asks: every use case takes one, so that nothing is done without somebody being allowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    name: String,
    rights: Rights,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rights {
    /// Everything.
    All,
    /// These, in all departments.
    Only(Vec<Privilege>),
}

impl Caller {
    /// A part of the scheduler itself, such as `build`.
    pub fn system(part: &str) -> Self {
        Self { name: format!("system:{part}"), rights: Rights::All }
    }

    /// Somebody who has opened the local socket, which only its owner can.
    pub fn local(user: &str) -> Self {
        Self { name: format!("local:{user}"), rights: Rights::All }
    }

    /// Somebody with these privileges.
    pub fn with(name: &str, privileges: Vec<Privilege>) -> Self {
        Self { name: name.to_owned(), rights: Rights::Only(privileges) }
    }

    /// How the audit names it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// That the caller has privileges.
    ///
    /// # Errors
    /// [`Error::Forbidden`] names the first that is missing.
    pub fn must(&self, what: impl fmt::Display, privileges: &[Privilege]) -> Result<()> {
        let Rights::Only(own) = &self.rights else { return Ok(()) };
        let has = |wanted: &Privilege| {
            own.contains(&Privilege::AllAdministrative) || own.contains(wanted)
        };
        match privileges.iter().find(|wanted| !has(wanted)) {
            None => Ok(()),
            Some(missing) => Err(Error::Forbidden {
                caller: self.name.clone(),
                what: what.to_string(),
                privilege: missing.name().to_owned(),
            }),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
