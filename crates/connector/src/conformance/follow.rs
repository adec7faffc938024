//! What several rules do.

use std::sync::Arc;
use std::time::Duration;

use super::suffering::says_nothing;
use super::{Broken, Harness, ensure};
use crate::{
    AttemptKey, BoxFuture, CallError, End, Found, Integration, LogRequest, Report, Reports,
    StartTask, Started, State, TaskRef, TaskStatus, Watch,
};

/// How long one question may wait for news.
pub(super) const WAIT: Duration = Duration::from_millis(200);

pub(super) fn connect(harness: &dyn Harness) -> Result<Arc<dyn Integration>, Broken> {
    harness
        .connector()
        .connect(harness.target())
        .map_err(|problems| Broken(format!("the harness's own target is refused: {problems:?}")))
}

/// What must come before the harness's limit.
pub(super) async fn soon<T>(
    harness: &dyn Harness,
    what: &str,
    future: impl Future<Output = T>,
) -> Result<T, Broken> {
    let limit = harness.limit();
    tokio::time::timeout(limit, future)
        .await
        .map_err(|_| Broken(format!("waited {limit:?} until {what}")))
}

/// Starts a task that runs until told.
pub(super) async fn start(
    harness: &dyn Harness,
    integration: &dyn Integration,
    hint: &str,
) -> Result<TaskRef, Broken> {
    let key = harness.key(hint);
    let call = harness.until_told(&key);
    task_of(&key, soon(harness, "a start is answered", integration.start(call)).await?)
}

pub(super) fn task_of(key: &AttemptKey, started: Started) -> Result<TaskRef, Broken> {
    match started {
        Started::Running { state } => Ok(TaskRef { attempt: key.clone(), state }),
        other => Err(Broken(format!("the start of `{key}` over a whole way answered {other:?}"))),
    }
}

/// A start of a key that is there already.
pub(super) async fn start_again(
    harness: &dyn Harness,
    integration: &dyn Integration,
    call: StartTask,
) -> Result<Started, Broken> {
    soon(harness, "a repeated start is answered", integration.start(call)).await
}

/// What a search says when it is asked until it has an answer: a start may still be on its way for a while.
pub(super) async fn found_at_last(
    harness: &dyn Harness,
    integration: &dyn Integration,
    call: &StartTask,
) -> Result<Found, Broken> {
    let asking = async {
        loop {
            match integration.find(call.clone()).await {
                Found::NotNow { .. } => tokio::time::sleep(harness.limit() / 100).await,
                found => return found,
            }
        }
    };
    soon(harness, "a search over a whole way has an answer", asking).await
}

/// Asks for news as the scheduler does.
pub(super) struct Follower<'a> {
    harness: &'a dyn Harness,
    integration: &'a dyn Integration,
    pub(super) tasks: Vec<TaskRef>,
    pub(super) cursor: Option<String>,
    /// How long a question may wait for news.
    pub(super) wait: Duration,
    forgives: bool,
}

impl<'a> Follower<'a> {
    pub(super) fn new(
        harness: &'a dyn Harness,
        integration: &'a dyn Integration,
        tasks: Vec<TaskRef>,
    ) -> Self {
        Self { harness, integration, tasks, cursor: None, wait: WAIT, forgives: false }
    }

    /// One that asks again after a failure that says nothing about the tasks: a way that was faulty may need a while.
    pub(super) fn forgiving(self) -> Self {
        Self { forgives: true, ..self }
    }

    pub(super) fn question(&self) -> Watch {
        Watch { tasks: self.tasks.clone(), cursor: self.cursor.clone(), wait: self.wait }
    }

    /// Asks one question, whose answer is not yet heard.
    pub(super) fn watch(&self) -> BoxFuture<'a, Result<Reports, CallError>> {
        self.integration.watch(self.question())
    }

    /// One question; remembers what its answer says to remember.
    pub(super) async fn ask(&mut self) -> Result<Reports, Broken> {
        let told = soon(self.harness, "a watch is answered", self.watch()).await?;
        match told {
            Ok(told) => self.hear(told),
            Err(error) if self.forgives => {
                says_nothing(&error)?;
                self.cursor = None;
                let again_after = self.harness.limit() / 100;
                Ok(Reports { again_after, ..Reports::default() })
            }
            Err(error) => Err(Broken(format!("a watch failed: {error}"))),
        }
    }

    /// Remembers what an answer says to remember.
    pub(super) fn hear(&mut self, told: Reports) -> Result<Reports, Broken> {
        for report in &told.reports {
            let Some(task) = self.tasks.iter_mut().find(|task| task.attempt == report.attempt)
            else {
                let strange = &report.attempt;
                return Err(Broken(format!(
                    "a watch told of `{strange}`, which was not asked for"
                )));
            };
            if let Some(state) = &report.state {
                task.state = state.clone();
            }
        }
        self.cursor.clone_from(&told.cursor);
        Ok(told)
    }

    /// Asks until `find` finds something in a report.
    pub(super) async fn until<T>(
        &mut self,
        what: &str,
        mut find: impl FnMut(&Report) -> Option<T>,
    ) -> Result<T, Broken> {
        let (harness, limit) = (self.harness, self.harness.limit());
        let asking = async {
            loop {
                let told = self.ask().await?;
                if let Some(found) = told.reports.iter().find_map(&mut find) {
                    return Ok(found);
                }
                // What must be polled is polled no faster than it wants, and no slower than a test can bear.
                tokio::time::sleep(told.again_after.min(limit / 100)).await;
            }
        };
        soon(harness, what, asking).await?
    }

    /// Asks until a task has ended.
    pub(super) async fn until_end(&mut self, key: &AttemptKey) -> Result<End, Broken> {
        self.until(&format!("the end of `{key}` is told"), |report| match &report.status {
            TaskStatus::Ended(end) if report.attempt == *key => Some(end.clone()),
            _ => None,
        })
        .await
    }
}

/// Reads a whole log in parts of `bytes_max`, following it to its end.
pub(super) async fn read(
    harness: &dyn Harness,
    integration: &dyn Integration,
    task: &TaskRef,
    name: &str,
    bytes_max: u32,
) -> Result<String, Broken> {
    let reading = async {
        let (mut text, mut from) = (String::new(), None);
        loop {
            let (task, name) = (task.clone(), name.to_owned());
            let call = LogRequest { task, name, from, bytes_max, wait: WAIT };
            let part = integration.read_log(call).await;
            let part = part.map_err(|error| Broken(format!("a part of a log failed: {error}")))?;
            let bytes = part.text.len();
            ensure!(
                bytes <= bytes_max as usize,
                "a part of {bytes} bytes came where {bytes_max} were asked for"
            );
            text.push_str(&part.text);
            if part.is_end {
                return Ok(text);
            }
            from = Some(part.next);
        }
    };
    soon(harness, "a log is read to its end", reading).await?
}

/// Reads a log from a place on to its end, over a way that was faulty: what fails and says nothing about the task is asked again.
pub(super) async fn read_on(
    harness: &dyn Harness,
    integration: &dyn Integration,
    task: &TaskRef,
    name: &str,
    mut from: Option<String>,
) -> Result<String, Broken> {
    let reading = async {
        let mut text = String::new();
        loop {
            let (task, name) = (task.clone(), name.to_owned());
            let call =
                LogRequest { task, name, from: from.clone(), bytes_max: 1 << 20, wait: WAIT };
            match integration.read_log(call).await {
                Ok(part) => {
                    text += &part.text;
                    if part.is_end {
                        return Ok(text);
                    }
                    from = Some(part.next);
                }
                Err(error) => {
                    says_nothing(&error)?;
                    tokio::time::sleep(harness.limit() / 100).await;
                }
            }
        }
    };
    soon(harness, "a log is read to its end", reading).await?
}

/// A state that only this crate can have written.
pub(super) fn strange_state() -> State {
    State("conformance: no such state".into())
}
