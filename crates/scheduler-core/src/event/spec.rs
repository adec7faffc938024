//! What every command looks like: its fields, their XML tags, and what its user must be allowed.

use std::fmt;

use crate::action::Privilege;

/// A field of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arg {
    /// What it is called in messages and in the reference.
    pub name: &'static str,
    /// Its XML tag; none where the vendor has none, so that the XML form cannot say it.
    pub xml: Option<&'static str>,
    /// For a list: the XML tag of its parts, and the sign between them in the text form.
    pub parts: Option<(&'static str, char)>,
    /// Whether it may be left out.
    pub is_optional: bool,
}

/// A field that must be there; for some a blank one has a meaning.
pub(crate) const fn needed(name: &'static str, xml: &'static str) -> Arg {
    Arg { name, xml: Some(xml), parts: None, is_optional: false }
}

/// A field that may be left out.
pub(crate) const fn optional(name: &'static str, xml: Option<&'static str>) -> Arg {
    Arg { name, xml, parts: None, is_optional: true }
}

impl Arg {
    /// The same with parts.
    pub(crate) const fn of(self, part: &'static str, sign: char) -> Self {
        Self { parts: Some((part, sign)), ..self }
    }
}

pub(crate) const DATE: Arg = needed("schedule date", "SKDDATE");
pub(crate) const SCHEDULE: Arg = needed("schedule name", "SKDNAME");
pub(crate) const JOB: Arg = needed("job name", "JOBNAME");

/// What the user of an event must be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needs {
    /// No privilege of its own.
    Nothing,
    /// A privilege.
    Privilege(Privilege),
    /// To be the built-in user `ocadm`, or to have its role.
    Ocadm,
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.pad("nothing"),
            Self::Privilege(privilege) => f.pad(privilege.name()),
            Self::Ocadm => f.pad("the role ocadm"),
        }
    }
}

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Before the colon: `JOB` of `$JOB:ADD`.
    pub group: &'static str,
    /// After the colon: `ADD` of `$JOB:ADD`.
    pub action: &'static str,
    /// What it does, for the reference.
    pub what: &'static str,
    /// Its fields, those that may be left out at the end or between.
    pub args: &'static [Arg],
    /// What its user must be allowed.
    pub needs: Needs,
}

impl Spec {
    /// `$JOB:ADD`.
    pub fn name(&self) -> String {
        format!("${}:{}", self.group, self.action)
    }

    /// `$JOB:ADD,<schedule date>,…`, with brackets around what may be left out.
    pub fn syntax(&self) -> String {
        let args = self.args.iter().map(|arg| {
            let (open, close) = if arg.is_optional { ('[', ']') } else { ('<', '>') };
            format!(",{open}{}{close}", arg.name)
        });
        format!("{}{}", self.name(), args.collect::<String>())
    }
}

/// Names that older versions and other documents use, and what they are now.
pub(crate) const ALIASES: [(&str, &str); 4] = [
    ("$JOB:REVIEW", "$JOB:UNDERREVIEW"),
    ("$TOKEN:ADD", "$PROPERTY:ADD"),
    ("$TOKEN:DELETE", "$PROPERTY:DELETE"),
    ("$TOKEN:SET", "$PROPERTY:SET"),
];
