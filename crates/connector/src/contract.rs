//! The two traits.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::{
    CallError, Cancelled, Communication, Form, FormRequest, Found, Heartbeat, Info, LogFile,
    LogPart, LogRequest, Reports, SettingsProblem, StartTask, Started, Target, TaskRef, Watch,
};

/// What [`Connector::call_limit`] is where a connector says nothing else.
const CALL_LIMIT: Duration = Duration::from_mins(5);

/// Knows one or more kinds of agents. Registers itself with what [`Connector::info`] says.
pub trait Connector: Debug + Send + Sync {
    /// What it is and what it can do.
    fn info(&self) -> Info;

    /// A form of an agent's settings or of a task.
    ///
    /// # Errors
    /// There is no such type, or a connector in another process did not answer.
    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>>;

    /// Everything that is wrong with an agent's settings, as far as that is seen without calling the agent; nothing
    /// where they are right. What [`Connector::connect`] says; a connector in another process must be asked here,
    /// since `connect` calls nobody.
    ///
    /// # Errors
    /// A connector in another process did not answer.
    fn check(&self, target: Target) -> BoxFuture<'_, Result<Vec<SettingsProblem>, CallError>> {
        let problems = self.connect(target).err().unwrap_or_default();
        Box::pin(async move { Ok(problems) })
    }

    /// Makes the connection for one agent. Calls nobody: whether the agent is there is asked with
    /// [`Integration::heartbeat`]. Made anew when the agent's settings or its batch user change.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>>;

    /// How long a call to one of its agents may take, beside the time that it may wait for news, before the scheduler gives up on it. Its
    /// integrations choose shorter times: what takes so long hangs.
    fn call_limit(&self) -> Duration {
        CALL_LIMIT
    }

    /// What is wrong with the connector itself at present, and not with one of its agents; none while all is well. A connector in
    /// another process has died, does not answer, or answers nonsense.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// Another connector takes its place. Calls that only wait for news fail at once, so that they are made to the new one; calls that
    /// act are finished.
    fn retire(&self) {}
}

/// The connection to one agent. Every call may be made at any time and from several tasks at once, and ends within a time
/// that the integration chooses; the scheduler gives up on one that does not, and counts it as failed.
pub trait Integration: Debug + Send + Sync {
    /// Whether the agent is there. Asked once when the agent is enabled and then regularly.
    fn heartbeat(&self, call: Heartbeat) -> BoxFuture<'_, Communication>;

    /// Starts a task. Never starts one for a key that it has seen. Dropping the call is no wish to stop the start: what became
    /// of it is then as unknown as after a lost answer.
    fn start(&self, call: StartTask) -> BoxFuture<'_, Started>;

    /// Looks for a task whose start had no certain answer; `call` is what was to be started.
    fn find(&self, call: StartTask) -> BoxFuture<'_, Found>;

    /// What has changed of many tasks.
    ///
    /// # Errors
    /// The agent could not be asked. That says nothing about the tasks.
    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>>;

    /// Ends a task by force. Asked only where the agent allows kills. The end itself is news of [`Integration::watch`].
    ///
    /// # Errors
    /// The agent could not be asked, or does not know the task.
    fn cancel(&self, task: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>>;

    /// The logs that a task has, the main one first.
    ///
    /// # Errors
    /// The agent could not be asked.
    fn logs(&self, task: TaskRef) -> BoxFuture<'_, Result<Vec<LogFile>, CallError>>;

    /// A part of a log, from a place on; waits for more of a log that still grows, if asked to.
    ///
    /// # Errors
    /// The agent could not be asked, or there is no such log.
    fn read_log(&self, call: LogRequest) -> BoxFuture<'_, Result<LogPart, CallError>>;

    /// Whether [`Integration::delete`] has something to do. Where not, the scheduler does not ask for it.
    fn keeps_tasks(&self) -> bool {
        true
    }

    /// Forgets what the integration keeps of a task that has ended; the scheduler has what it needs. Repeating it changes
    /// nothing.
    ///
    /// # Errors
    /// It could not be forgotten now.
    fn delete(&self, task: TaskRef) -> BoxFuture<'_, Result<(), CallError>>;
}
