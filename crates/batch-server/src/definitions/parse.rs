//! What a definitions file says.

use std::path::Path;

use batch_core::names::key;
use toml::de::DeTable;

use super::doubles::refuse_doubles;
use super::parts::{Complete, Definitions};
use super::read::{self, Reader};
use super::section::{Mistakes, Section};
use super::{DefinitionsError, Summary};
use crate::catalog::Catalog;
use crate::options::Options;

/// Names that exist besides those of the file, as keys.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) applications: Vec<String>,
    /// Queues with the key of their application.
    pub(super) queues: Vec<(String, Option<String>)>,
    pub(super) users: Vec<String>,
    pub(super) controllers: Vec<String>,
}

impl Known {
    /// Those of the database.
    pub(super) fn of(catalog: &Catalog) -> Self {
        let owner = |id: Option<i64>| {
            id.and_then(|id| catalog.application_by_id(id)).map(|found| found.name_key.clone())
        };
        Self {
            applications: catalog.applications.iter().map(|found| found.name_key.clone()).collect(),
            queues: catalog
                .queues
                .iter()
                .map(|queue| (queue.name_key.clone(), owner(queue.application_id)))
                .collect(),
            users: catalog.user_keys().map(str::to_owned).collect(),
            controllers: catalog.controller_names().map(key).collect(),
        }
    }
}

impl Definitions {
    /// Reads a file; it may hold mistakes. Relative base paths start at `folder`.
    ///
    /// # Errors
    /// Every place that is no TOML. What it means for the rest is unknown, so nothing else is looked at.
    pub(super) fn parse(
        options: &Options,
        text: &str,
        path: &Path,
        folder: &Path,
    ) -> Result<Self, DefinitionsError> {
        let mistakes = Mistakes::new(path.to_owned(), text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            mistakes.add(error.span().map_or(0, |span| span.start), error.message());
        }
        if !errors.is_empty() {
            return Err(DefinitionsError::Mistakes(mistakes.lines()));
        }
        let reader = Reader { options, folder };
        let root = Section::root(&table, &mistakes);
        root.only(&["application", "queue", "user"]);
        // What stands under an unknown key can be a part of any kind.
        let is_known = mistakes.count() == 0;
        let (applications, has_all_applications) =
            all(&root, &mistakes, "application", |part| reader.application(part));
        let (queues, has_all_queues) = all(&root, &mistakes, "queue", |part| reader.queue(part));
        let (users, has_all_users) = all(&root, &mistakes, "user", read::user);
        let complete = Complete {
            applications: is_known && has_all_applications,
            queues: is_known && has_all_queues,
            users: is_known && has_all_users,
        };
        let mut definitions = Self { applications, queues, users, complete, mistakes };
        refuse_doubles(&definitions);
        definitions.set_default_queues();
        Ok(definitions)
    }

    /// A file without mistakes.
    ///
    /// # Errors
    /// Every mistake in it. `known` is what there is beside it.
    pub(super) fn sound(self, known: &Known) -> Result<Self, DefinitionsError> {
        self.check_references(known);
        let lines = self.mistakes.lines();
        if lines.is_empty() { Ok(self) } else { Err(DefinitionsError::Mistakes(lines)) }
    }

    /// How much is in it.
    pub(super) fn summary(&self) -> Summary {
        Summary {
            applications: self.applications.len(),
            jobs: self.applications.iter().map(|part| part.jobs.len()).sum(),
            queues: self.queues.len(),
            users: self.users.len(),
        }
    }
}

/// The parts of one kind, and whether that is all of them.
fn all<'a, T>(
    root: &Section<'a>,
    mistakes: &Mistakes,
    kind: &str,
    read: impl Fn(Section<'a>) -> Option<T>,
) -> (Vec<T>, bool) {
    let before = mistakes.count();
    let sections = root.sections(kind);
    let (count, are_sections) = (sections.len(), mistakes.count() == before);
    let parts: Vec<T> = sections.into_iter().filter_map(read).collect();
    let is_complete = are_sections && parts.len() == count;
    (parts, is_complete)
}
