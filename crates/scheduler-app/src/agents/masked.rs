//! What agents say may repeat what was sent to them. All that the scheduler hears from them comes through here, so that no secret
//! is stored, logged or matched with events; and no sign that a database refuses.

use std::sync::Arc;

use connector::{
    CallError, Cancelled, Communication, End, Found, Heartbeat, Integration, LogFile, LogPart,
    LogRequest, Reports, StartTask, Started, TaskRef, TaskStatus, Watch,
};
use futures_util::future::BoxFuture;

use crate::body::Bodies;

/// A connection whose words are free of secrets. What it remembers of a task, and the logs, are what they are.
#[derive(Debug)]
pub(super) struct Masked {
    pub(super) integration: Arc<dyn Integration>,
    pub(super) bodies: Arc<Bodies>,
}

impl Masked {
    fn hide(&self, text: &mut String) {
        self.bodies.masks.apply(text);
    }

    fn answer<T>(&self, answer: Result<T, CallError>) -> Result<T, CallError> {
        answer.map_err(|mut error| {
            self.hide(&mut error.message);
            error
        })
    }

    fn end(&self, end: &mut End) {
        self.hide(&mut end.description);
    }

    fn status(&self, status: &mut TaskStatus) {
        match status {
            TaskStatus::Waiting { phase, .. } | TaskStatus::Running { phase, .. } => {
                self.hide(phase);
            }
            TaskStatus::PreRun => {}
            TaskStatus::Ended(end) => self.end(end),
            TaskStatus::Lost { why } => self.hide(why),
        }
    }
}

impl Integration for Masked {
    fn heartbeat(&self, call: Heartbeat) -> BoxFuture<'_, Communication> {
        Box::pin(async move {
            let mut answer = self.integration.heartbeat(call).await;
            match &mut answer {
                Communication::Communicating { version, warnings } => {
                    self.hide(version);
                    for warning in warnings {
                        self.hide(warning);
                    }
                }
                Communication::NotCommunicating { why } => self.hide(why),
            }
            answer
        })
    }

    fn start(&self, call: StartTask) -> BoxFuture<'_, Started> {
        Box::pin(async move {
            let mut answer = self.integration.start(call).await;
            match &mut answer {
                Started::Running { .. } => {}
                Started::Ended { end, .. } => self.end(end),
                Started::Refused { why } | Started::NotSent { why } | Started::Unknown { why } => {
                    self.hide(why);
                }
            }
            answer
        })
    }

    fn find(&self, call: StartTask) -> BoxFuture<'_, Found> {
        Box::pin(async move {
            let mut answer = self.integration.find(call).await;
            match &mut answer {
                Found::Running { .. } | Found::Never => {}
                Found::NotNow { why } | Found::Cannot { why } => self.hide(why),
            }
            answer
        })
    }

    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>> {
        Box::pin(async move {
            let mut answer = self.answer(self.integration.watch(call).await)?;
            for report in &mut answer.reports {
                self.status(&mut report.status);
            }
            Ok(answer)
        })
    }

    fn cancel(&self, task: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>> {
        Box::pin(async move {
            let mut answer = self.answer(self.integration.cancel(task).await)?;
            match &mut answer {
                Cancelled::Sent | Cancelled::TooLate => {}
                Cancelled::Refused { why } => self.hide(why),
            }
            Ok(answer)
        })
    }

    fn logs(&self, task: TaskRef) -> BoxFuture<'_, Result<Vec<LogFile>, CallError>> {
        Box::pin(async move { self.answer(self.integration.logs(task).await) })
    }

    fn read_log(&self, call: LogRequest) -> BoxFuture<'_, Result<LogPart, CallError>> {
        Box::pin(async move { self.answer(self.integration.read_log(call).await) })
    }

    fn keeps_tasks(&self) -> bool {
        self.integration.keeps_tasks()
    }

    fn delete(&self, task: TaskRef) -> BoxFuture<'_, Result<(), CallError>> {
        Box::pin(async move { self.answer(self.integration.delete(task).await) })
    }
}
