//! Cursors: which tasks an earlier question was about, and where the server's news ended then.
//!
//! A server's cursor tells what changed after it, of any request. A task that was not in the earlier question must be told in full, so
//! the tasks of the last questions are remembered here. A cursor that is not remembered, say after a restart, makes
//! the answer about all tasks.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use connector::{AttemptKey, TaskRef};

/// Most cursors that are remembered: one per question that is asked at a time would do.
const CURSORS_MAX: usize = 16;

/// The last answers.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    /// Makes 64 bits of a key, differently in each life of a process; ten thousand keys never collide in practice, and their
    /// texts would cost more than the rest of a question.
    hasher: RandomState,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    count: u64,
    answers: VecDeque<Answered>,
}

/// One answered question.
#[derive(Debug, Clone)]
struct Answered {
    name: String,
    tasks: Arc<HashSet<u64>>,
    /// Where the server's news ended.
    at: String,
}

/// What an earlier question knew.
#[derive(Debug, Clone, Default)]
pub(crate) struct Before {
    tasks: Arc<HashSet<u64>>,
    /// The server's cursor; none where nothing is known.
    pub(crate) at: Option<String>,
}

impl Cursors {
    /// What the question with this cursor's answer knew.
    pub(crate) fn before(&self, cursor: Option<&str>) -> Before {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let found = cursor.and_then(|name| inner.answers.iter().find(|one| one.name == name));
        found.map_or_else(Before::default, |one| Before {
            tasks: one.tasks.clone(),
            at: Some(one.at.clone()),
        })
    }

    /// Whether the answer before was about this task too.
    pub(crate) fn knows(&self, before: &Before, task: &TaskRef) -> bool {
        before.at.is_some() && before.tasks.contains(&self.hash(&task.attempt))
    }

    fn hash(&self, key: &AttemptKey) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The cursor of an answer about `tasks`, whose news ended at the server's cursor `at`.
    pub(crate) fn answered(&self, tasks: &[TaskRef], before: &Before, at: String) -> String {
        let is_same =
            before.tasks.len() == tasks.len() && tasks.iter().all(|task| self.knows(before, task));
        let tasks = if is_same {
            before.tasks.clone()
        } else {
            Arc::new(tasks.iter().map(|task| self.hash(&task.attempt)).collect())
        };
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count += 1;
        let name = format!("{:016x}.{}", self.hasher.hash_one("this life"), inner.count);
        inner.answers.push_back(Answered { name: name.clone(), tasks, at });
        if inner.answers.len() > CURSORS_MAX {
            inner.answers.pop_front();
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use connector::State;

    use super::*;

    fn task(key: &str) -> TaskRef {
        TaskRef { attempt: key.parse().unwrap(), state: State::default() }
    }

    #[test]
    fn a_cursor_knows_the_tasks_of_its_question_and_no_others() {
        let cursors = Cursors::default();
        let both = [task("A"), task("B")];
        let first = cursors.answered(&both, &Before::default(), "s:1".into());
        let before = cursors.before(Some(&first));
        assert_eq!(before.at.as_deref(), Some("s:1"));
        assert!(both.iter().all(|task| cursors.knows(&before, task)));
        assert!(!cursors.knows(&before, &task("C")));
        let fewer = cursors.answered(&both[..1], &before, "s:2".into());
        assert!(
            !cursors.knows(&cursors.before(Some(&fewer)), &both[1]),
            "it was not in the last question"
        );
    }

    #[test]
    fn a_cursor_that_is_not_remembered_knows_nobody() {
        let cursors = Cursors::default();
        let first = cursors.answered(&[task("A")], &Before::default(), "s:1".into());
        for _ in 0..CURSORS_MAX {
            cursors.answered(&[task("A")], &Before::default(), "s:1".into());
        }
        for cursor in [None, Some("nonsense"), Some(first.as_str())] {
            let before = cursors.before(cursor);
            assert!(before.at.is_none() && !cursors.knows(&before, &task("A")), "{cursor:?}");
        }
    }
}
