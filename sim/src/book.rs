//! The witness's book: what agents were asked to start, by whom nothing of the scheduler's own can be overlooked.

use std::collections::{BTreeMap, BTreeSet};

use connector::AttemptKey;

/// What was asked, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// The agent that was asked to start a task, by its key.
    asked: BTreeMap<AttemptKey, String>,
    /// Tasks that somebody has declared over while they ran: their jobs may run again beside them.
    declared: BTreeSet<AttemptKey>,
    wrong: Vec<String>,
}

impl Book {
    /// An agent is asked to start a task. `runs` says whether a task runs now.
    pub(crate) fn asked_to_start(
        &mut self,
        agent: &str,
        key: &AttemptKey,
        runs: impl Fn(&AttemptKey) -> bool,
    ) {
        if let Some(before) = self.asked.insert(key.clone(), agent.to_owned()) {
            self.wrong.push(format!(
                "double start: the attempt {key} was sent to {before}, and again to {agent}"
            ));
        }
        for earlier in earlier(key) {
            if self.asked.contains_key(&earlier)
                && !self.declared.contains(&earlier)
                && runs(&earlier)
            {
                self.wrong.push(format!(
                    "double start: the attempt {key} was sent while {earlier} of the same job runs"
                ));
            }
        }
    }

    /// Somebody says that a task is over, though it may run on.
    pub(crate) fn declare(&mut self, key: AttemptKey) {
        self.declared.insert(key);
    }

    /// How many starts were asked for.
    pub(crate) fn starts(&self) -> usize {
        self.asked.len()
    }

    /// What is wrong, and has not been told yet.
    pub(crate) fn take_wrong(&mut self) -> Option<String> {
        (!self.wrong.is_empty()).then(|| self.wrong.remove(0))
    }
}

/// The keys of earlier attempts of the same job.
fn earlier(key: &AttemptKey) -> Vec<AttemptKey> {
    let Some((job, number)) = key.as_str().rsplit_once('-') else { return Vec::new() };
    let number: u32 = number.parse().unwrap_or(1);
    (1..number).filter_map(|earlier| format!("{job}-{earlier}").parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::Book;

    #[test]
    fn a_key_that_is_sent_twice_is_noticed() {
        let mut book = Book::default();
        let key = "rm-x-7-1".parse().unwrap();
        book.asked_to_start("A", &key, |_| false);
        assert_eq!(book.take_wrong(), None);
        book.asked_to_start("A", &key, |_| false);
        assert!(book.take_wrong().unwrap().contains("double start"));
    }

    #[test]
    fn two_attempts_of_a_job_at_once_are_noticed_unless_somebody_has_declared_the_first_one_over() {
        let mut book = Book::default();
        let [first, second, third] = [1, 2, 3].map(|n| format!("rm-x-7-{n}").parse().unwrap());
        book.asked_to_start("A", &first, |_| true);
        book.asked_to_start("A", &second, |key| *key == first);
        assert!(book.take_wrong().unwrap().contains("of the same job"));
        book.declare(first.clone());
        book.asked_to_start("A", &third, |key| *key == first);
        assert_eq!(book.take_wrong(), None);
    }
}
