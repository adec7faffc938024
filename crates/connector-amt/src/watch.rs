//! One question for all tasks of an agent.
//!
//! Where the server takes many requests in one question, that question is a long poll. Otherwise requests are asked one by one, in
//! an interval that grows while nothing happens.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::PoisonError;
use std::time::Duration;

use amt_client::Error;
use amt_protocol::{
    CodeClass, CompletionCode, JobStatus, MONITOR_IDS_MAX, MonitorAnswer, MonitorRequest,
    WAIT_SECONDS_MAX,
};
use connector::{CallError, Fault, Report, Reports, TaskRef, TaskStatus, Watch};
use futures_util::{StreamExt, stream};

use crate::connection::{Connection, call_error};
use crate::start::end;
use crate::state;

/// Requests that are asked for at the same time, where the server must be asked one by one.
const AT_ONCE: usize = 8;
/// Longest wait for a server that must be asked one by one; who has not been asked by then is asked next time.
const ROUND_MAX: Duration = Duration::from_secs(45);

/// The interval of polling: short after news, longer and longer without.
#[derive(Debug)]
pub(crate) struct Polling {
    shortest: Duration,
    longest: Duration,
    now: Duration,
    /// What was seen last.
    seen: u64,
    /// With which request the next round begins, if the last one took too long.
    first: usize,
}

impl Polling {
    pub(crate) fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest, now: shortest, seen: 0, first: 0 }
    }

    /// How long to wait after this was seen.
    fn after(&mut self, items: &[JobStatus]) -> Duration {
        let mut hasher = DefaultHasher::new();
        for item in items {
            (item.batch_request_id, item.code, item.version).hash(&mut hasher);
        }
        let seen = hasher.finish();
        self.now = if seen == self.seen { (self.now * 2).min(self.longest) } else { self.shortest };
        self.seen = seen;
        self.now
    }
}

/// The tasks of a question: those that the server is asked for, and reports of those that it cannot be.
struct Asked<'a> {
    by_id: HashMap<i64, Vec<&'a TaskRef>>,
    reports: Vec<Report>,
}

impl<'a> Asked<'a> {
    fn of(tasks: impl Iterator<Item = &'a TaskRef>) -> Self {
        let mut asked = Self { by_id: HashMap::new(), reports: Vec::new() };
        for task in tasks {
            match state::id_of(&task.state) {
                Some(id) if id > 0 => asked.by_id.entry(id).or_default().push(task),
                _ => asked.reports.push(without_request(task)),
            }
        }
        asked
    }

    fn ids(&self) -> Vec<i64> {
        let mut ids: Vec<_> = self.by_id.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Reports of what the server has answered.
    fn tell(&mut self, items: &[JobStatus]) {
        for item in items {
            for task in self.by_id.get(&item.batch_request_id).into_iter().flatten() {
                self.reports.push(report(task, item));
            }
        }
    }

    /// Reports of all that a full answer does not have.
    fn tell_lost(&mut self, is_lost: impl Fn(i64) -> bool) {
        for (id, tasks) in self.by_id.iter().filter(|(id, _)| is_lost(**id)) {
            let why = format!(
                "the server has no request {id}, or none that the batch user may see; was it deleted, or does the agent \
                 lead to another server now?"
            );
            let lost = |task: &&TaskRef| Report {
                attempt: task.attempt.clone(),
                state: None,
                status: TaskStatus::Lost { why: why.clone() },
            };
            self.reports.extend(tasks.iter().map(lost));
        }
    }
}

/// A task that ended before it had a request, or one that this connector does not know.
fn without_request(task: &TaskRef) -> Report {
    let status = match state::read(&task.state).map(|kept| kept.about) {
        Some(about) if about.code.is_some() => {
            TaskStatus::Ended(end(about.code.unwrap_or_default(), &about.description))
        }
        _ => TaskStatus::Lost {
            why: "what is stored of it was not written by this connector".to_owned(),
        },
    };
    Report { attempt: task.attempt.clone(), state: None, status }
}

/// What to say where the key of a request is not that of the task: it is another one under the same number.
pub(crate) fn another(task: &TaskRef, item: &JobStatus) -> Option<String> {
    let is_another = item.request_key.as_ref().is_some_and(|key| key != task.attempt.as_str());
    is_another.then(|| {
        format!(
            "the server has another request under the number {}; does the agent lead to another server now?",
            item.batch_request_id
        )
    })
}

fn report(task: &TaskRef, item: &JobStatus) -> Report {
    if let Some(why) = another(task, item) {
        let status = TaskStatus::Lost { why };
        return Report { attempt: task.attempt.clone(), state: None, status };
    }
    let status = status(item);
    let mut state = None;
    // With the code in it, the log's head needs no server.
    if let (TaskStatus::Ended(_), Some(mut kept)) = (&status, state::read(&task.state))
        && kept.about.code.is_none()
    {
        kept.about.code = Some(item.code);
        kept.about.description.clone_from(&item.description);
        state = Some(kept.about.state(kept.id));
    }
    Report { attempt: task.attempt.clone(), state, status }
}

/// How a request is. 19 and numbers that nobody has assigned say that it goes on.
fn status(item: &JobStatus) -> TaskStatus {
    use CompletionCode as C;
    let (phase, code) = (item.status.clone(), Some(i32::from(item.code)));
    match item.completion() {
        C::Idle | C::Queued | C::Suspended | C::WaitForQueue => TaskStatus::Waiting { phase, code },
        completion => match completion.class() {
            CodeClass::Final | CodeClass::Client => {
                TaskStatus::Ended(end(item.code, &item.description))
            }
            CodeClass::Live | CodeClass::Undefined => TaskStatus::Running { phase, code },
        },
    }
}

impl Connection {
    /// What has changed of many tasks.
    pub(crate) async fn news(&self, call: &Watch) -> Result<Reports, CallError> {
        if call.tasks.len() > MONITOR_IDS_MAX {
            let message = format!(
                "{} tasks were asked for; at most {MONITOR_IDS_MAX} are possible",
                call.tasks.len()
            );
            return Err(CallError::new(Fault::Refused, message));
        }
        if call.tasks.is_empty() {
            return Ok(Reports::default());
        }
        if self.client.profile().features.monitor_many {
            self.news_of_many(call).await
        } else {
            self.news_of_each(call).await
        }
    }

    /// One question for all. Those that the question before did not have are asked for without cursor, after the others: so the
    /// cursor that comes back is older than all that was told.
    async fn news_of_many(&self, call: &Watch) -> Result<Reports, CallError> {
        let before = self.cursors.before(call.cursor.as_deref());
        let is_old = |task: &&TaskRef| self.cursors.knows(&before, task);
        let mut old = Asked::of(call.tasks.iter().filter(is_old));
        let mut fresh = Asked::of(call.tasks.iter().filter(|task| !is_old(task)));
        // They were told in the answer before.
        old.reports.clear();
        let waits = self.client.profile().features.long_poll;
        let has_fresh = !fresh.by_id.is_empty() || !fresh.reports.is_empty();
        let wait = if has_fresh || !waits { Duration::ZERO } else { call.wait };
        let mut at = before.at.clone();
        let mut items = Vec::new();
        if !old.by_id.is_empty() {
            let answer = self.monitor(old.ids(), before.at.clone(), wait).await?;
            if let Some(answer) = answer {
                old.tell(&answer.items);
                at = Some(answer.cursor);
                items = answer.items;
            }
        } else if !has_fresh && !wait.is_zero() {
            // All have ended without a request, and that was told.
            tokio::time::sleep(wait.min(Duration::from_secs(WAIT_SECONDS_MAX.into()))).await;
        }
        if !fresh.by_id.is_empty() {
            let answer =
                self.monitor(fresh.ids(), None, Duration::ZERO).await?.unwrap_or_else(nothing);
            fresh.tell(&answer.items);
            let told: HashSet<_> = answer.items.iter().map(|item| item.batch_request_id).collect();
            fresh.tell_lost(|id| !told.contains(&id));
            at = at.or(Some(answer.cursor));
            items.extend(answer.items);
        }
        let mut reports = old.reports;
        reports.extend(fresh.reports);
        // An empty cursor is no place: the next answer is about all tasks.
        let at = at.unwrap_or_default();
        let cursor = (!at.is_empty()).then(|| self.cursors.answered(&call.tasks, &before, at));
        let is_waiting = waits && cursor.is_some();
        let again_after = if is_waiting { Duration::ZERO } else { self.pause(&items) };
        Ok(Reports { reports, cursor, again_after })
    }

    fn pause(&self, items: &[JobStatus]) -> Duration {
        self.polling.lock().unwrap_or_else(PoisonError::into_inner).after(items)
    }

    /// The question; none when the time is over.
    async fn monitor(
        &self,
        batch_request_ids: Vec<i64>,
        cursor: Option<String>,
        wait: Duration,
    ) -> Result<Option<MonitorAnswer>, CallError> {
        let wait = wait.min(Duration::from_secs(WAIT_SECONDS_MAX.into()));
        let is_whole = wait.subsec_nanos() == 0;
        let seconds = wait.as_secs() + u64::from(!is_whole);
        let wait_seconds = u32::try_from(seconds).unwrap_or(WAIT_SECONDS_MAX).min(WAIT_SECONDS_MAX);
        let request = MonitorRequest { batch_request_ids, cursor, wait_seconds };
        let asking = self.client.monitor_many(&request);
        // The server counts in seconds.
        let answer = if is_whole {
            asking.await
        } else {
            match tokio::time::timeout(wait, asking).await {
                Ok(answer) => answer,
                Err(_) => return Ok(None),
            }
        };
        answer.map(Some).map_err(|error| call_error(&error))
    }

    /// Each request by itself. What fails of one says nothing about the others; only when all fail, the question has failed.
    async fn news_of_each(&self, call: &Watch) -> Result<Reports, CallError> {
        let mut asked = Asked::of(call.tasks.iter());
        let mut ids = asked.ids();
        if ids.is_empty() {
            return Ok(Reports {
                reports: asked.reports,
                cursor: None,
                again_after: self.longest(),
            });
        }
        let first = self.polling.lock().unwrap_or_else(PoisonError::into_inner).first % ids.len();
        ids.rotate_left(first);
        let until = tokio::time::Instant::now() + ROUND_MAX;
        let mut answers = stream::iter(ids.clone())
            .map(|id| async move { (id, self.client.monitor(id, None).await) })
            .buffered(AT_ONCE);
        let (mut items, mut lost, mut failed) = (Vec::new(), Vec::new(), None);
        let mut count = 0;
        while let Ok(Some((id, answer))) = tokio::time::timeout_at(until, answers.next()).await {
            count += 1;
            match answer {
                Ok(item) => items.push(item),
                Err(Error::Refused { status: 404, problem, .. }) if !problem.code.is_empty() => {
                    lost.push(id);
                }
                Err(error) => failed = Some(error),
            }
        }
        drop(answers);
        if items.is_empty() && lost.is_empty() {
            return Err(failed.as_ref().map_or_else(
                || CallError::new(Fault::Unreachable, format!("no answer within {ROUND_MAX:?}")),
                call_error,
            ));
        }
        if let Some(error) = failed {
            tracing::warn!(%error, "some requests could not be asked for; they are asked for again");
        }
        asked.tell(&items);
        asked.tell_lost(|id| lost.contains(&id));
        items.sort_by_key(|item| item.batch_request_id);
        let mut polling = self.polling.lock().unwrap_or_else(PoisonError::into_inner);
        polling.first = if count < ids.len() { first + count } else { 0 };
        Ok(Reports { reports: asked.reports, cursor: None, again_after: polling.after(&items) })
    }

    fn longest(&self) -> Duration {
        self.polling.lock().unwrap_or_else(PoisonError::into_inner).longest
    }
}

fn nothing() -> MonitorAnswer {
    MonitorAnswer { items: Vec::new(), cursor: String::new() }
}
