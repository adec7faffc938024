//! Starting a task, and looking for one whose start had no certain answer.

use std::time::Duration;

use amt_client::{Error, Outcome, Progress, Words};
use amt_protocol::CompletionCode;
use connector::{End, Found, StartTask, Started};

use crate::connection::Connection;
use crate::keys::Sending;
use crate::state::About;
use crate::task::{Runs, Task};

/// Longest start, whatever its single calls may take. After it nothing is known.
const START_MAX: Duration = Duration::from_secs(55);
/// Most bytes of a description.
const DESCRIPTION_BYTES_MAX: usize = 400;

/// What the server has said to a start that it refuses.
struct Refusal<'a> {
    code: CompletionCode,
    description: &'a str,
    /// Another copy of the start may be on its way.
    may_arrive: bool,
}

impl Connection {
    /// Starts a task, with the attempt as its request key.
    pub(crate) async fn begin(&self, call: &StartTask) -> Started {
        let task = match Task::of(call) {
            Ok(task) => task,
            Err(why) => return Started::Refused { why },
        };
        let about = About::of(&task, &self.user, &call.secrets);
        let action = task.action(&call.attempt);
        let sending = self.keys.send(&call.attempt);
        let mut progress = |progress: Progress<'_>| match progress {
            Progress::Retrying(error, wait) => {
                tracing::debug!(attempt = %call.attempt, %error, ?wait, "a start was not sent; trying again");
            }
            Progress::Settling(error, wait) => {
                tracing::warn!(attempt = %call.attempt, %error, ?wait, "a start is in doubt; settling it");
            }
        };
        let is_repeated = sending.is_repeated;
        let submit = self.client.submit(&action, self.options.patience, is_repeated, &mut progress);
        let Ok(outcome) = tokio::time::timeout(START_MAX, submit).await else {
            return Started::Unknown { why: format!("the start took longer than {START_MAX:?}") };
        };
        self.judged(call, &about, &sending, outcome).await
    }

    async fn judged(
        &self,
        call: &StartTask,
        about: &About,
        sending: &Sending<'_>,
        outcome: Outcome,
    ) -> Started {
        match outcome {
            Outcome::Started { batch_request_id } => {
                Started::Running { state: about.state(batch_request_id) }
            }
            // Of a key that was sent before, this says nothing.
            Outcome::NotSent(error) | Outcome::Denied(error) if sending.is_repeated => {
                let error = error.text(Words::Agent);
                Started::Unknown { why: format!("{error}; it was sent before") }
            }
            Outcome::NotSent(error) => {
                sending.left_nothing();
                ended(about, CompletionCode::WebServerError, &error.text(Words::Agent))
            }
            Outcome::Denied(error) => {
                sending.left_nothing();
                ended(about, CompletionCode::AuthenticationError, &error.text(Words::Agent))
            }
            Outcome::InDoubt { error, has_key } => {
                let advice = if has_key {
                    "it is looked for under its request key"
                } else {
                    "this server knows no request keys: look at its requests whether the task is among them"
                };
                Started::Unknown { why: format!("{}; {advice}", error.text(Words::Agent)) }
            }
            Outcome::Refused { code, description, was_in_doubt } => {
                let refusal = Refusal {
                    code,
                    description: &description,
                    may_arrive: was_in_doubt || sending.is_repeated,
                };
                self.refused(call, about, sending, &refusal).await
            }
        }
    }

    /// A refusal ends the task, unless something lies under its key: the server refuses a known key with other
    /// content too, and what it refuses now it may have accepted before. Where a copy may be on its way, the key is voided.
    async fn refused(
        &self,
        call: &StartTask,
        about: &About,
        sending: &Sending<'_>,
        refusal: &Refusal<'_>,
    ) -> Started {
        let Refusal { code, description, may_arrive } = *refusal;
        if !self.client.profile().features.request_keys {
            if sending.is_repeated {
                return Started::Unknown { why: format!("{description}; it was sent before") };
            }
            sending.left_nothing();
            return ended(about, code, description);
        }
        let key = call.attempt.as_str();
        let found = if may_arrive {
            self.client.void_key(key).await
        } else {
            self.client.find_job(key).await
        };
        match found {
            Ok(Some(status)) => Started::Running { state: about.state(status.batch_request_id) },
            Ok(None) => {
                sending.left_nothing();
                ended(about, code, description)
            }
            Err(error) => {
                let error = error.text(Words::Agent);
                Started::Unknown { why: format!("refused: {description}; and {error}") }
            }
        }
    }

    /// Looks for a task by its key. Where the server has none, the key is voided: whoever has sent a start with it, and however long
    /// that has been on its way, it is refused when it arrives.
    pub(crate) async fn search(&self, call: &StartTask) -> Found {
        if !self.client.profile().features.request_keys {
            return Found::Cannot { why: where_to_look(call) };
        }
        match self.client.void_key(call.attempt.as_str()).await {
            Ok(Some(status)) => {
                let about = Task::of(call).map(|task| About::of(&task, &self.user, &call.secrets));
                Found::Running { state: about.unwrap_or_default().state(status.batch_request_id) }
            }
            Ok(None) => Found::Never,
            Err(error) => Found::NotNow { why: unfound(&error) },
        }
    }
}

/// What an operator can do where the server knows no request keys.
fn where_to_look(call: &StartTask) -> String {
    let what = match Task::of(call) {
        Ok(task) => {
            let (kind, name) = match &task.runs {
                Runs::Job(name) => ("job", name),
                Runs::Script(name) => ("script", name),
            };
            format!("{} has the {kind} `{name}` from station {}", task.application, task.station)
        }
        Err(_) => format!("it has `{}`", call.name),
    };
    format!(
        "the server knows no request keys: look in its Control Center whether {what} about the time of the start"
    )
}

fn unfound(error: &Error) -> String {
    match error {
        // Only a problem document says that nothing is stored under the key.
        Error::Refused { status: 404, .. } => {
            format!("{error}; this does not look like an AMTOpCon server that knows request keys")
        }
        other => other.to_string(),
    }
}

/// An end without a request: nothing runs, and the reason has a code.
fn ended(about: &About, code: CompletionCode, why: &str) -> Started {
    let mut about = about.clone();
    about.code = Some(code.number());
    let mut bytes = why.len().min(DESCRIPTION_BYTES_MAX);
    while !why.is_char_boundary(bytes) {
        bytes -= 1;
    }
    why[..bytes].clone_into(&mut about.description);
    let end = end(code.number(), &about.description);
    Started::Ended { state: about.state(0), end }
}

/// How a task ended, for the failure criteria and for people.
pub(crate) fn end(code: u16, description: &str) -> End {
    let name = CompletionCode::try_from(code).unwrap_or(CompletionCode::Undefined).name();
    let shown = match description {
        "" => name.to_owned(),
        said => format!("{name}: {said}"),
    };
    let is_killed = code == CompletionCode::Killed.number();
    End { is_killed, ..End::with_code(code.into(), shown) }
}
