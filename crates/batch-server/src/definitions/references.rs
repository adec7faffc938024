//! Whether the queues and applications that a definitions file refers to are there.
//!
//! What is wrong itself is no second mistake of those that refer to it.

use std::collections::BTreeMap;

use batch_core::names::{key, nearest};

use super::parse::Known;
use super::parts::{ApplicationPart, Definitions, JobPart, QueuePart};
use super::section::Text;

/// What can be referred to, as keys.
struct There<'a> {
    applications: Vec<&'a str>,
    /// Queues with the key of their application.
    queues: BTreeMap<&'a str, Option<String>>,
}

impl<'a> There<'a> {
    fn new(definitions: &'a Definitions, known: &'a Known) -> Self {
        let mut applications: Vec<&str> = known.applications.iter().map(String::as_str).collect();
        applications.extend(definitions.applications.iter().map(|part| part.new.name_key.as_str()));
        let mut queues: BTreeMap<&str, Option<String>> =
            known.queues.iter().map(|(queue, owner)| (queue.as_str(), owner.clone())).collect();
        queues.extend(definitions.queues.iter().map(|queue| {
            let owner = queue.application.as_ref().map(|owner| key(&owner.text));
            (queue.new.name_key.as_str(), owner)
        }));
        Self { applications, queues }
    }

    fn has_application(&self, name_key: &str) -> bool {
        self.applications.contains(&name_key)
    }
}

impl Definitions {
    /// An application's `default_queue` makes that queue of its own the default.
    pub(super) fn set_default_queues(&mut self) {
        for application in &self.applications {
            let Some(wanted) = &application.default_queue else { continue };
            let mut queues = self.queues.iter_mut();
            let found = queues.find(|queue| queue.new.name_key == key(&wanted.text));
            if let Some(queue) = found.filter(|queue| is_of(queue, application)) {
                queue.new.is_default = true;
            }
        }
    }

    /// Notes every name of a queue or an application that is not there.
    pub(super) fn check_references(&self, known: &Known) {
        let there = There::new(self, known);
        for queue in &self.queues {
            self.check_owner(queue, &there);
        }
        for application in &self.applications {
            if let Some(wanted) = &application.default_queue {
                self.check_default_queue(application, wanted, &there);
            }
            for job in &application.jobs {
                if let Some(queue) = &job.queue {
                    self.check_queue(application, job, queue, &there);
                }
            }
        }
    }

    fn check_owner(&self, queue: &QueuePart, there: &There<'_>) {
        let Some(owner) = &queue.application else { return };
        if there.has_application(&key(&owner.text)) || !self.complete.applications {
            return;
        }
        let hint = hint(&owner.text, there.applications.iter().copied());
        let name = &queue.new.name;
        let text = format!("queue `{name}`: application `{}` does not exist; {hint}", owner.text);
        self.mistakes.add(owner.at, text);
    }

    fn check_default_queue(&self, application: &ApplicationPart, wanted: &Text, there: &There<'_>) {
        let found = self.queues.iter().find(|queue| queue.new.name_key == key(&wanted.text));
        let is_excused = match found {
            Some(queue) => {
                let owner = queue.application.as_ref().map(|owner| key(&owner.text));
                let is_wrong = owner.is_some_and(|owner| !there.has_application(&owner));
                is_of(queue, application) || is_wrong || !queue.has_clear_owner
            }
            None => !self.complete.queues,
        };
        if is_excused {
            return;
        }
        let (name, queue) = (&application.new.name, &wanted.text);
        let text = format!(
            "application `{name}`: default_queue `{queue}` is no queue of this application in this file; add `[[queue]]` with \
             `application = \"{name}\"`"
        );
        self.mistakes.add(wanted.at, text);
    }

    fn check_queue(
        &self,
        application: &ApplicationPart,
        job: &JobPart,
        queue: &Text,
        there: &There<'_>,
    ) {
        let (name, wanted) = (&job.new.name, &queue.text);
        let text = match there.queues.get(key(wanted).as_str()) {
            None if self.complete.queues => {
                let hint = hint(wanted, there.queues.keys().copied());
                format!("job `{name}`: queue `{wanted}` does not exist; {hint}")
            }
            Some(Some(owner))
                if *owner != application.new.name_key && there.has_application(owner) =>
            {
                format!("job `{name}`: queue `{wanted}` serves another application, `{owner}`")
            }
            _ => return,
        };
        self.mistakes.add(queue.at, text);
    }
}

fn is_of(queue: &QueuePart, application: &ApplicationPart) -> bool {
    let owner = queue.application.as_ref();
    owner.is_some_and(|owner| key(&owner.text) == application.new.name_key)
}

fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known)
        .map_or("define it, or name another".to_owned(), |near| format!("did you mean `{near}`?"))
}
