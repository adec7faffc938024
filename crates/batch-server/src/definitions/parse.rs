//! What a definitions file says, and whether its parts fit together.

use std::collections::BTreeMap;
use std::path::Path;

use batch_core::names::{key, nearest};
use toml::de::DeTable;

use super::parts::{ApplicationPart, Definitions, QueuePart};
use super::read::{self, Reader};
use super::section::{Mistakes, Section, Text};
use super::{DefinitionsError, Summary};
use crate::catalog::Catalog;
use crate::options::Options;
use crate::store::application::NewApplication;
use crate::store::batch_user::NewUser;
use crate::store::job::NewJob;

/// Names that exist besides those of the file, as keys.
#[derive(Debug, Default)]
pub(super) struct Known {
    applications: Vec<String>,
    /// Queues with the key of their application.
    queues: Vec<(String, Option<String>)>,
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
    /// Reads a file. Relative base paths start at `folder`.
    ///
    /// # Errors
    /// Every mistake that can be seen without looking at other definitions.
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
        let mut applications: Vec<_> = root
            .sections("application")
            .into_iter()
            .filter_map(|part| reader.application(part))
            .collect();
        let mut queues: Vec<_> =
            root.sections("queue").into_iter().filter_map(|part| reader.queue(part)).collect();
        let users: Vec<_> = root.sections("user").into_iter().filter_map(read::user).collect();
        set_default_queues(&mut applications, &mut queues, &mistakes);
        refuse_doubles(&applications, &queues, &users, &mistakes);
        finished(Self { applications, queues, users, mistakes })
    }

    /// Checks the names of other things.
    pub(super) fn check_references(&self, known: &Known) -> Result<(), DefinitionsError> {
        let mut applications: Vec<&str> = known.applications.iter().map(String::as_str).collect();
        applications.extend(self.applications.iter().map(|part| part.new.name_key.as_str()));
        let mut queues: BTreeMap<&str, Option<String>> =
            known.queues.iter().map(|(queue, owner)| (queue.as_str(), owner.clone())).collect();
        for queue in &self.queues {
            let owner = queue.application.as_ref().map(|owner| key(&owner.text));
            queues.insert(&queue.new.name_key, owner);
            if let Some(owner) = &queue.application
                && !applications.contains(&key(&owner.text).as_str())
            {
                let hint = hint(&owner.text, applications.iter().copied());
                let text = format!(
                    "queue `{}`: application `{}` does not exist; {hint}",
                    queue.new.name, owner.text
                );
                self.mistakes.add(owner.at, text);
            }
        }
        for application in &self.applications {
            for job in &application.jobs {
                if let Some(queue) = &job.queue {
                    self.check_queue(&application.new, &job.new, queue, &queues);
                }
            }
        }
        let lines = self.mistakes.lines();
        if lines.is_empty() { Ok(()) } else { Err(DefinitionsError::Mistakes(lines)) }
    }

    fn check_queue(
        &self,
        application: &NewApplication,
        job: &NewJob,
        queue: &Text,
        queues: &BTreeMap<&str, Option<String>>,
    ) {
        let place = format!("job `{}`", job.name);
        match queues.get(key(&queue.text).as_str()) {
            None => {
                let hint = hint(&queue.text, queues.keys().copied());
                self.mistakes.add(
                    queue.at,
                    format!("{place}: queue `{}` does not exist; {hint}", queue.text),
                );
            }
            Some(Some(owner)) if *owner != application.name_key => {
                let text = format!(
                    "{place}: queue `{}` serves another application, `{owner}`",
                    queue.text
                );
                self.mistakes.add(queue.at, text);
            }
            Some(_) => {}
        }
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

fn finished(definitions: Definitions) -> Result<Definitions, DefinitionsError> {
    let lines = definitions.mistakes.lines();
    if lines.is_empty() { Ok(definitions) } else { Err(DefinitionsError::Mistakes(lines)) }
}

fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known)
        .map_or("define it, or name another".to_owned(), |near| format!("did you mean `{near}`?"))
}

/// An application's `default_queue` makes that queue of its own the default.
fn set_default_queues(
    applications: &mut [ApplicationPart],
    queues: &mut [QueuePart],
    mistakes: &Mistakes,
) {
    for application in applications {
        let Some(wanted) = &application.default_queue else { continue };
        let own = |queue: &QueuePart| {
            queue
                .application
                .as_ref()
                .is_some_and(|owner| key(&owner.text) == application.new.name_key)
        };
        match queues.iter_mut().find(|queue| queue.new.name_key == key(&wanted.text)) {
            Some(queue) if own(queue) => queue.new.is_default = true,
            _ => mistakes.add(
                wanted.at,
                format!(
                    "application `{}`: default_queue `{}` is no queue of this application in this file; add \
                     `[[queue]]` with `application = \"{}\"`",
                    application.new.name, wanted.text, application.new.name
                ),
            ),
        }
    }
}

fn refuse_doubles(
    applications: &[ApplicationPart],
    queues: &[QueuePart],
    users: &[NewUser],
    mistakes: &Mistakes,
) {
    let mut seen = std::collections::BTreeSet::new();
    let mut once = |at: usize, what: &'static str, of: &str, name_key: &str, name: &str| {
        if !seen.insert((what, of.to_owned(), name_key.to_owned())) {
            mistakes.add(at, format!("{what} `{name}` is defined twice; remove one of them"));
        }
    };
    for application in applications {
        let new = &application.new;
        once(0, "application", "", &new.name_key, &new.name);
        for job in &application.jobs {
            let at = job.queue.as_ref().map_or(0, |queue| queue.at);
            once(at, "job", &new.name_key, &job.new.name_key, &job.new.name);
        }
    }
    for queue in queues {
        once(queue.at, "queue", "", &queue.new.name_key, &queue.new.name);
    }
    for user in users {
        once(0, "user", "", &user.name_key, &user.name);
    }
    for queue in queues.iter().filter(|queue| queue.new.is_default) {
        let owner = queue.application.as_ref().map(|owner| key(&owner.text)).unwrap_or_default();
        let of = if owner.is_empty() {
            "every application".to_owned()
        } else {
            format!("application `{owner}`")
        };
        if !seen.insert(("default", owner, String::new())) {
            let name = &queue.new.name;
            mistakes.add(
                queue.at,
                format!("queue `{name}`: {of} has another default queue already; leave only one"),
            );
        }
    }
}
