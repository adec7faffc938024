//! The fake's connection to one agent.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::world::{World, state};
use super::{Fake, LOG};
use crate::call::Call;
use crate::{
    CallError, Cancelled, Communication, End, Fault, Found, Heartbeat, Integration, LogFile,
    LogPart, LogRequest, Reports, StartTask, Started, TaskRef, TaskStatus, Watch,
};

/// Longest wait for news, whatever a question asks for.
const WAIT_MAX: Duration = Duration::from_mins(10);

#[derive(Debug)]
pub(super) struct FakeIntegration {
    fake: Fake,
    agent: String,
}

impl FakeIntegration {
    pub(super) fn new(fake: Fake, agent: String) -> Self {
        Self { fake, agent }
    }

    /// Looks at once and after each change, until `look` finds something or the time is over.
    async fn wait_for<T>(
        &self,
        wait: Duration,
        mut look: impl FnMut(&mut World) -> Option<T>,
    ) -> Option<T> {
        let until = (!wait.is_zero()).then(|| Instant::now() + wait.min(WAIT_MAX));
        loop {
            let news = self.fake.inner.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if let Some(found) = look(&mut self.fake.world()) {
                return Some(found);
            }
            let until = until?;
            tokio::select! {
                () = news => {}
                () = tokio::time::sleep_until(until) => return None,
            }
        }
    }

    async fn news(&self, call: Watch) -> Result<Reports, CallError> {
        let wait = {
            let mut world = self.fake.world();
            world.reach(&self.agent)?;
            world.step(&call.tasks);
            // Who moves by being watched must be watched again.
            let is_waiting =
                world.manners.again_after.is_none() && !world.moves_by_watching(&call.tasks);
            if is_waiting { call.wait } else { Duration::ZERO }
        };
        self.fake.inner.called.notify_waiters();
        let found = self.wait_for(wait, |world| match world.reach(&self.agent) {
            Err(error) => Some(Err(error)),
            Ok(()) => {
                let news = world.news(&call);
                (!news.reports.is_empty()).then_some(Ok(news))
            }
        });
        match found.await {
            Some(found) => found,
            None => Ok(self.fake.world().news(&call)),
        }
    }

    async fn part(&self, call: LogRequest) -> Result<LogPart, CallError> {
        let wait = match self.fake.world().manners.again_after {
            Some(_) => Duration::ZERO,
            None => call.wait,
        };
        let found = self.wait_for(wait, |world| match part(world, &self.agent, &call) {
            Ok(part) if part.text.is_empty() && !part.is_end => None,
            found => Some(found),
        });
        match found.await {
            Some(found) => found,
            None => part(&self.fake.world(), &self.agent, &call),
        }
    }
}

fn not_found(what: &str) -> CallError {
    CallError::new(Fault::NotFound, format!("the fake has no {what}"))
}

fn part(world: &World, agent: &str, call: &LogRequest) -> Result<LogPart, CallError> {
    world.reach(agent)?;
    let key = &call.task.attempt;
    let task = world
        .tasks
        .get(key)
        .filter(|task| !task.is_deleted && call.name == LOG)
        .ok_or_else(|| not_found(&format!("log `{}` of a task `{key}`", call.name)))?;
    let from = match &call.from {
        None => 0,
        Some(from) => from
            .parse()
            .ok()
            .filter(|from| task.log.is_char_boundary(*from))
            .ok_or_else(|| not_found(&format!("place `{from}` in the log of `{key}`")))?,
    };
    let bytes_max = call.bytes_max.max(LogRequest::BYTES_MIN) as usize;
    let mut to = task.log.len().min(from.saturating_add(bytes_max));
    while !task.log.is_char_boundary(to) {
        to -= 1;
    }
    Ok(LogPart {
        text: task.log[from..to].to_owned(),
        next: to.to_string(),
        is_end: to == task.log.len() && world.end_of(key).is_some() && !world.manners.are_logs_late,
    })
}

impl Integration for FakeIntegration {
    fn heartbeat(&self, call: Heartbeat) -> BoxFuture<'_, Communication> {
        self.fake.record(&self.agent, &Call::Heartbeat(call));
        let world = self.fake.world();
        let answer = match world.reach(&self.agent) {
            Ok(()) => world.manners.communication.clone(),
            Err(error) => Communication::NotCommunicating { why: error.message },
        };
        Box::pin(async move { answer })
    }

    fn start(&self, call: StartTask) -> BoxFuture<'_, Started> {
        Box::pin(async move {
            self.fake.record(&self.agent, &Call::Start(call.clone()));
            self.fake.change(|world| world.start(&self.agent, &call))
        })
    }

    fn find(&self, call: StartTask) -> BoxFuture<'_, Found> {
        Box::pin(async move {
            self.fake.record(&self.agent, &Call::Find(call.clone()));
            let world = self.fake.world();
            if !world.manners.can_find {
                return Found::Cannot {
                    why: "this agent finds no tasks; look at its screen".into(),
                };
            }
            match (world.reach(&self.agent), world.tasks.contains_key(&call.attempt)) {
                (Err(error), _) => Found::NotNow { why: error.message },
                (Ok(()), true) => Found::Running { state: state(0) },
                (Ok(()), false) => Found::Never,
            }
        })
    }

    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>> {
        Box::pin(async move {
            self.fake.record(&self.agent, &Call::Watch(call.clone()));
            self.news(call).await
        })
    }

    fn cancel(&self, task: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>> {
        Box::pin(async move {
            self.fake.record(&self.agent, &Call::Cancel(task.clone()));
            let key = &task.attempt;
            self.fake.change(|world| {
                world.reach(&self.agent)?;
                let Some(found) = world.tasks.get(key) else {
                    return Err(not_found(&format!("task `{key}`")));
                };
                if matches!(found.status, TaskStatus::Ended(_)) {
                    return Ok(Cancelled::TooLate);
                }
                if !world.manners.can_cancel {
                    return Ok(Cancelled::Refused { why: "this agent ends no tasks".into() });
                }
                if !found.is_deaf {
                    let end = End { is_killed: true, ..End::without_code("KILLED") };
                    world.become_status(key, TaskStatus::Ended(end));
                }
                Ok(Cancelled::Sent)
            })
        })
    }

    fn logs(&self, task: TaskRef) -> BoxFuture<'_, Result<Vec<LogFile>, CallError>> {
        Box::pin(async move {
            self.fake.record(&self.agent, &Call::Logs(task.clone()));
            let world = self.fake.world();
            world.reach(&self.agent)?;
            let kept = world.tasks.get(&task.attempt).filter(|task| !task.is_deleted);
            let is_complete = world.end_of(&task.attempt).is_some();
            Ok(kept.map(|_| LogFile { name: LOG.into(), is_complete }).into_iter().collect())
        })
    }

    fn read_log(&self, call: LogRequest) -> BoxFuture<'_, Result<LogPart, CallError>> {
        Box::pin(async move {
            self.fake.record(&self.agent, &Call::ReadLog(call.clone()));
            self.part(call).await
        })
    }

    fn delete(&self, task: TaskRef) -> BoxFuture<'_, Result<(), CallError>> {
        Box::pin(async move {
            self.fake.record(&self.agent, &Call::Delete(task.clone()));
            self.fake.change(|world| {
                world.reach(&self.agent)?;
                let key = &task.attempt;
                if world.tasks.contains_key(key) && world.end_of(key).is_none() {
                    let why = format!("the task `{key}` still runs; delete it after its end");
                    return Err(CallError::new(Fault::Refused, why));
                }
                // The key stays known: a late repetition of its start must start nothing.
                if let Some(task) = world.tasks.get_mut(key) {
                    task.is_deleted = true;
                    task.log = String::new();
                }
                Ok(())
            })
        })
    }
}
