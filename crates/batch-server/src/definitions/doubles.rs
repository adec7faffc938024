//! What a definitions file says twice.

use std::collections::HashMap;

use batch_core::names::key;

use super::parts::{Definitions, QueuePart};
use super::section::Mistakes;

/// Notes every part that there is already, and every default queue beside another one.
pub(super) fn refuse_doubles(definitions: &Definitions) {
    let mistakes = &definitions.mistakes;
    let mut applications = Names::new("application", mistakes);
    let mut queues = Names::new("queue", mistakes);
    let mut users = Names::new("user", mistakes);
    let mut jobs = HashMap::new();
    for part in &definitions.applications {
        applications.once(&part.new.name_key, &part.new.name, part.at);
        let jobs = jobs.entry(&part.new.name_key).or_insert_with(|| Names::new("job", mistakes));
        for job in &part.jobs {
            jobs.once(&job.new.name_key, &job.new.name, job.at);
        }
    }
    for part in &definitions.queues {
        queues.once(&part.new.name_key, &part.new.name, part.at);
    }
    for part in &definitions.users {
        users.once(&part.new.name_key, &part.new.name, part.at);
    }
    refuse_other_defaults(&definitions.queues, mistakes);
}

/// Names of one kind that have occurred.
struct Names<'a> {
    kind: &'static str,
    /// The place of each, by its key.
    places: HashMap<&'a str, usize>,
    mistakes: &'a Mistakes,
}

impl<'a> Names<'a> {
    fn new(kind: &'static str, mistakes: &'a Mistakes) -> Self {
        Self { kind, places: HashMap::new(), mistakes }
    }

    fn once(&mut self, name_key: &'a str, name: &str, at: usize) {
        let first = *self.places.entry(name_key).or_insert(at);
        if first != at {
            let (kind, line) = (self.kind, self.mistakes.line(first));
            let text = format!(
                "{kind} `{name}` is defined twice, first in line {line}; remove one of them"
            );
            self.mistakes.add(at, text);
        }
    }
}

fn refuse_other_defaults(queues: &[QueuePart], mistakes: &Mistakes) {
    let mut seen: HashMap<Option<String>, &QueuePart> = HashMap::new();
    for queue in queues.iter().filter(|queue| queue.new.is_default && queue.has_clear_owner) {
        let owner = queue.application.as_ref();
        let first = *seen.entry(owner.map(|owner| key(&owner.text))).or_insert(queue);
        if first.at == queue.at {
            continue;
        }
        let of = owner.map_or_else(
            || "every application".to_owned(),
            |owner| format!("application `{}`", owner.text),
        );
        let text = format!(
            "queue `{}`: {of} has another default queue already, `{}` in line {}; leave only one",
            queue.new.name,
            first.new.name,
            mistakes.line(first.at)
        );
        mistakes.add(queue.at, text);
    }
}
