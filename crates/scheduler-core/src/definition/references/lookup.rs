//! Looking names up, with one wording for what is not there.

use std::borrow::Borrow;
use std::hash::Hash;

use core_kit::text::shown;

use super::Hints;
use crate::definition::{Definitions, Named, Problem};
use crate::path::Path;

/// The definitions, and the problems found so far.
pub struct Lookup<'d> {
    /// What is looked into.
    pub definitions: &'d Definitions,
    /// What has been found.
    pub problems: Vec<Problem>,
    /// What may have been meant by wrong names.
    pub hints: Hints,
}

impl<'d> Lookup<'d> {
    /// Nothing found yet.
    pub fn new(definitions: &'d Definitions) -> Self {
        Self { definitions, problems: Vec::new(), hints: Hints::default() }
    }

    /// Notes a problem.
    pub fn problem(&mut self, path: Path, message: impl Into<String>) {
        self.problems.push(Problem { path, message: message.into(), missing: None });
    }

    /// Notes what a part of a definition has found wrong with itself.
    pub fn add(&mut self, problems: Vec<crate::problem::Problem>, path: &Path) {
        self.problems.extend(problems.iter().map(|problem| problem.at(path)));
    }

    /// The thing of that name. When there is none, that is a problem: `no calendar `Bank Holdays` is defined; did you
    /// mean `Bank Holidays`?`
    pub fn find<K, V>(
        &mut self,
        section: &'d Named<K, V>,
        kind: Kind,
        name: &str,
        path: &Path,
    ) -> Option<&'d V>
    where
        K: Eq + Hash + Borrow<str> + AsRef<str>,
    {
        let there = section.get(name);
        if there.is_none() {
            let near = self.hints.question(name, section.keys().map(AsRef::as_ref));
            self.problems.push(Problem {
                path: path.clone(),
                message: format!("no {} `{}` is defined{near}", kind.word(), shown(name)),
                missing: Some(Path::default().field(kind.section()).field(name)),
            });
        }
        there
    }
}

/// Kinds of things that are referred to by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    AccessCode,
    Agent,
    BatchUser,
    Calendar,
    Department,
    Frequency,
    MachineGroup,
    NotificationGroup,
    Property,
    Resource,
    Role,
    Schedule,
    Threshold,
}

impl Kind {
    /// What a message calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::AccessCode => "access code",
            Self::Agent => "agent",
            Self::BatchUser => "batch user",
            Self::Calendar => "calendar",
            Self::Department => "department",
            Self::Frequency => "frequency",
            Self::MachineGroup => "machine group",
            Self::NotificationGroup => "notification group",
            Self::Property => "property",
            Self::Resource => "resource",
            Self::Role => "role",
            Self::Schedule => "schedule",
            Self::Threshold => "threshold",
        }
    }

    /// Under which key of the definitions it stands.
    pub fn section(self) -> &'static str {
        match self {
            Self::AccessCode => "access_codes",
            Self::Agent => "agents",
            Self::BatchUser => "batch_users",
            Self::Calendar => "calendars",
            Self::Department => "departments",
            Self::Frequency => "frequencies",
            Self::MachineGroup => "machine_groups",
            Self::NotificationGroup => "notifications",
            Self::Property => "properties",
            Self::Resource => "resources",
            Self::Role => "roles",
            Self::Schedule => "schedules",
            Self::Threshold => "thresholds",
        }
    }
}
