//! Command lines that a notification runs on an agent: started once under a key of their own, followed to their end, and forgotten.

use std::time::Duration;

use connector::{
    AttemptKey, End, Found, Integration, StartTask, Started, State, TaskRef, TaskStatus, Watch,
};
use indexmap::IndexMap;
use scheduler_store::message::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Fate, lasting};
use crate::App;

/// How long to wait before a command that runs is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What is to be run, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    agent: String,
    line: String,
    /// Whether a start was sent; it is looked for before another one is.
    #[serde(default)]
    is_sent: bool,
    /// Whether it was sent to the machine of the process that sent it: nobody else finds it there.
    #[serde(default)]
    is_own: bool,
    /// What the agent said to remember, once it has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

impl Order {
    pub(crate) fn new(agent: &str, line: &str) -> Self {
        Self {
            agent: agent.to_owned(),
            line: line.to_owned(),
            is_sent: false,
            is_own: false,
            state: None,
        }
    }
}

/// Takes the next step with a command. `wait` is how long to wait after one that did not succeed.
pub(super) async fn send(app: &App, instance: &str, message: &Message, wait: Duration) -> Fate {
    let (Ok(order), Ok(key)) = (
        serde_json::from_str::<Order>(&message.body),
        AttemptKey::try_from(format!("rm-{instance}-message-{}", lasting(message))),
    ) else {
        tracing::error!(message = message.id, "what is stored of it is no command");
        return Fate::Over;
    };
    let later = |why: String| Fate::Again { wait, why, only: Vec::new() };
    let integration = match app.integration(&order.agent).await {
        Ok(Ok(integration)) => integration,
        Ok(Err(none)) => return later(none.to_string()),
        Err(error) => return later(error.to_string()),
    };
    let about = message.subject.as_str();
    match &order.state {
        Some(state) => {
            let task = TaskRef { attempt: key, state: State(state.clone()) };
            follow(integration.as_ref(), about, order, task, wait).await
        }
        // Its intent is stored before it is sent: a start whose answer is lost is looked for.
        None if !order.is_sent => match app.runs_here(&order.agent).await {
            Ok(is_own) => goes_on(
                Order { is_sent: true, is_own, ..order.clone() },
                Duration::ZERO,
                format!("it is sent to the agent `{}`", order.agent),
            ),
            Err(error) => later(error.to_string()),
        },
        None => begin(integration.as_ref(), about, order, key, wait).await,
    }
}

/// Starts a command that the agent does not have.
async fn begin(
    integration: &dyn Integration,
    about: &str,
    order: Order,
    key: AttemptKey,
    wait: Duration,
) -> Fate {
    let later = |why: String| Fate::Again { wait, why, only: Vec::new() };
    let task = task(about, &order, key.clone());
    match integration.find(task.clone()).await {
        Found::Running { state } => return runs(order, state),
        Found::Never => {}
        Found::NotNow { why } => return later(why),
        Found::Cannot { why } => {
            tracing::error!(about, "nobody knows whether the command was run: {why}");
            return Fate::Over;
        }
    }
    match integration.start(task).await {
        Started::Running { state } => runs(order, state),
        Started::Ended { state, end } => {
            over(integration, about, &end, TaskRef { attempt: key, state }).await
        }
        Started::Refused { why } => {
            tracing::error!(about, "the command cannot be run: {why}");
            Fate::Over
        }
        Started::NotSent { why } | Started::Unknown { why } => later(why),
    }
}

fn task(about: &str, order: &Order, attempt: AttemptKey) -> StartTask {
    let line = Value::String(order.line.clone());
    StartTask {
        attempt,
        name: about.to_owned(),
        task_type: "command".to_owned(),
        fields: Map::from_iter([("line".to_owned(), line)]),
        secrets: Vec::new(),
        batch_user: None,
        variables: IndexMap::new(),
    }
}

/// The agent has it.
fn runs(order: Order, state: State) -> Fate {
    let why = format!("it runs on the agent `{}`", order.agent);
    goes_on(Order { state: Some(state.0), ..order }, LOOK_AGAIN, why)
}

fn goes_on(order: Order, wait: Duration, why: String) -> Fate {
    let body = serde_json::to_string(&order).unwrap_or_default();
    Fate::GoesOn { wait, why, body, is_own: order.is_own }
}

/// Looks whether it has ended.
async fn follow(
    integration: &dyn Integration,
    about: &str,
    order: Order,
    task: TaskRef,
    wait: Duration,
) -> Fate {
    let question = Watch { tasks: vec![task.clone()], cursor: None, wait: Duration::ZERO };
    let reports = match integration.watch(question).await {
        Ok(reports) => reports.reports,
        Err(error) => return Fate::Again { wait, why: error.to_string(), only: Vec::new() },
    };
    let told = reports.into_iter().find(|report| report.attempt == task.attempt);
    let state = told.as_ref().and_then(|report| report.state.clone()).unwrap_or(task.state);
    let task = TaskRef { state, ..task };
    match told.map(|report| report.status) {
        Some(TaskStatus::Ended(end)) => over(integration, about, &end, task).await,
        Some(TaskStatus::Lost { why }) => {
            tracing::error!(about, "nobody knows what became of the command: {why}");
            Fate::Over
        }
        Some(_) | None => runs(order, task.state),
    }
}

/// It has ended: how is said in the log, and the agent forgets it.
async fn over(integration: &dyn Integration, about: &str, end: &End, task: TaskRef) -> Fate {
    match end.code {
        Some(0) => tracing::info!(about, "the command of the notification has ended"),
        code => tracing::warn!(
            about,
            code,
            "the command of the notification has failed: {}",
            end.description
        ),
    }
    if let Err(error) = integration.delete(task).await {
        tracing::warn!(about, "what is left of the command could not be removed: {error}");
    }
    Fate::Over
}
