//! The connection to one agent: one logon for all its calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use amt_client::{BadOptions, Client, Error, Words, read_profile};
use amt_protocol::{Action, CompletionCode, JobAction};
use connector::{
    BatchUser, BoxFuture, CallError, Cancelled, Communication, Fault, Found, Heartbeat,
    Integration, LogFile, LogPart, LogRequest, Reports, SettingsProblem, StartTask, Started,
    TaskRef, Watch,
};
use serde_json::Value;

use crate::cursors::Cursors;
use crate::job_log;
use crate::keys::Keys;
use crate::options::Options;
use crate::settings::{CA_FILES, Settings, WIRE_PROFILE};
use crate::state;
use crate::watch::Polling;

/// How often a call that may be repeated without harm is sent before its failure is told.
pub(crate) const TRIES: u32 = 3;
/// The pause between two of them.
pub(crate) const PAUSE: Duration = Duration::from_millis(300);
/// Most characters of a version that is shown.
const VERSION_CHARS_MAX: usize = 200;

/// What is wrong with settings that name files or an address, in the words of the form.
fn problem(error: BadOptions) -> SettingsProblem {
    let (field, message) = match error {
        BadOptions::CaFile { path, source } => (
            CA_FILES,
            format!(
                "cannot read {}: {source}; the scheduler's user must be able to",
                path.display()
            ),
        ),
        BadOptions::NotPem(path) => (
            CA_FILES,
            format!(
                "{} holds no certificate: it must be PEM text with BEGIN CERTIFICATE",
                path.display()
            ),
        ),
        BadOptions::ProfileFile { path, source } => (
            WIRE_PROFILE,
            format!(
                "cannot read {}: {source}; the scheduler's user must be able to",
                path.display()
            ),
        ),
        BadOptions::Profile { path, source } => {
            (WIRE_PROFILE, format!("cannot use {}: {source}", path.display()))
        }
        BadOptions::Tls(why) => (
            CA_FILES,
            format!(
                "cannot set up TLS: {why}; install the system's CA certificates or name a PEM file"
            ),
        ),
        BadOptions::Address(_) => {
            ("batch_server_url", "cannot be used: it is no http or https address".to_owned())
        }
    };
    SettingsProblem { field: field.to_owned(), message }
}

/// The connection to one agent.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) options: Options,
    pub(crate) user: BatchUser,
    pub(crate) keys: Arc<Keys>,
    pub(crate) cursors: Cursors,
    pub(crate) polling: Mutex<Polling>,
    warnings: Vec<String>,
}

impl Connection {
    pub(crate) fn new(
        options: &Options,
        settings: Settings,
        keys: Arc<Keys>,
    ) -> Result<Self, Vec<SettingsProblem>> {
        let mut options = options.clone();
        if let Some(file) = &settings.wire_profile {
            options.profile = read_profile(file).map_err(|error| vec![problem(error)])?;
        }
        options.trust.extra_ca_files.extend(settings.ca_files);
        let password = settings.user.password.expose().to_owned().into();
        let client = Client::new(&amt_client::Options {
            profile: options.profile.clone(),
            timeouts: options.timeouts,
            trust: options.trust.clone(),
            ..amt_client::Options::new(&settings.url, &settings.user.identifier, password)
        });
        let client = client.map_err(|error| vec![problem(error)])?;
        Ok(Self {
            client,
            options,
            user: settings.user,
            keys,
            cursors: Cursors::default(),
            polling: Mutex::new(Polling::new(settings.poll_min, settings.poll_max)),
            warnings: settings.warnings,
        })
    }

    async fn is_there(&self, call: Heartbeat) -> Result<Communication, Error> {
        let body = self.client.heartbeat().await?;
        if call.is_first {
            self.client.logon().await?;
        }
        let (version, is_halted) = introduced(&body);
        let mut warnings = self.warnings.clone();
        if is_halted {
            warnings.push("the batch server is halted: what is started waits there".to_owned());
        }
        Ok(Communication::Communicating { version, warnings })
    }

    /// What to say where the server has another request under the number of a task: the agent leads to another server now.
    async fn another_under(&self, id: i64, task: &TaskRef) -> Result<Option<String>, CallError> {
        if !self.client.profile().features.request_keys {
            return Ok(None);
        }
        let status = self.client.monitor(id, None).await.map_err(|error| call_error(&error))?;
        Ok(crate::watch::another(task, &status))
    }

    /// Ends a request by force. Sent again after a lost answer: a second kill changes nothing.
    async fn kill(&self, task: &TaskRef) -> Result<Cancelled, CallError> {
        let kept = known(task)?;
        if kept.id == 0 || kept.about.code.is_some() {
            return Ok(Cancelled::TooLate);
        }
        if let Some(why) = self.another_under(kept.id, task).await? {
            return Ok(Cancelled::Refused { why });
        }
        let mut action = JobAction::new(Action::Kill);
        action.batch_request_id = Some(kept.id);
        let answer = repeated(|| Box::pin(self.client.job_action(&action))).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(Error::Refused { status: 403, problem, .. }) => {
                let why = format!("{} may not kill: {}", self.user.identifier, problem.detail);
                return Ok(Cancelled::Refused { why });
            }
            Err(error) => return Err(call_error(&error)),
        };
        if answer.batch_request_id == Some(0) {
            let why = answer.description.filter(|why| !why.is_empty());
            let why =
                why.unwrap_or_else(|| format!("the server refuses to kill request {}", kept.id));
            return Ok(Cancelled::Refused { why });
        }
        let code = answer.code.and_then(|code| CompletionCode::try_from(code).ok());
        // Killed may be the work of this very call.
        let is_too_late =
            code.is_some_and(|code| code.is_final() && code != CompletionCode::Killed);
        Ok(if is_too_late { Cancelled::TooLate } else { Cancelled::Sent })
    }
}

/// Version and whether it is halted, as far as a heartbeat says so.
fn introduced(body: &str) -> (String, bool) {
    let text = |value: &Value, name: &str| {
        let members = value.as_object()?;
        let (_, value) = members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(is_so) => Some(is_so.to_string()),
            _ => None,
        }
    };
    let value: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let parts = ["Service", "Version"].map(|name| text(&value, name));
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let version = match (parts.as_slice(), &value) {
        ([], Value::String(said)) => said.clone(),
        ([], _) => body.trim().to_owned(),
        (parts, _) => parts.join(" "),
    };
    let version = version.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
    (version.take(VERSION_CHARS_MAX).collect(), text(&value, "Halted").as_deref() == Some("true"))
}

/// The state of a task that this connector started.
pub(crate) fn known(task: &TaskRef) -> Result<state::Kept, CallError> {
    state::read(&task.state).ok_or_else(|| {
        let message = format!(
            "what is stored of the task `{}` was not written by this connector",
            task.attempt
        );
        CallError::new(Fault::NotFound, message)
    })
}

/// A failed call, as the contract sorts failures.
pub(crate) fn call_error(error: &Error) -> CallError {
    let fault = match error {
        Error::NotSent { .. } | Error::Unknown { .. } | Error::Refused { status: 429, .. } => {
            Fault::Unreachable
        }
        Error::Refused { status: 404, .. } => Fault::NotFound,
        Error::Refused { .. } | Error::Authentication { .. } => Fault::Refused,
        Error::Malformed { .. } => Fault::Nonsense,
    };
    CallError::new(fault, error.text(Words::Agent))
}

/// Makes a call that does no harm when it arrives twice, until it has an answer or a few tries have failed.
pub(crate) async fn repeated<'a, T>(
    mut call: impl FnMut() -> BoxFuture<'a, Result<T, Error>> + Send,
) -> Result<T, Error> {
    let mut tries = 1;
    loop {
        match call().await {
            Err(error) if error.is_passing() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

impl Integration for Connection {
    fn heartbeat(&self, call: Heartbeat) -> BoxFuture<'_, Communication> {
        Box::pin(async move {
            self.is_there(call).await.unwrap_or_else(|error| Communication::NotCommunicating {
                why: error.text(Words::Agent),
            })
        })
    }

    fn start(&self, call: StartTask) -> BoxFuture<'_, Started> {
        Box::pin(async move { self.begin(&call).await })
    }

    fn find(&self, call: StartTask) -> BoxFuture<'_, Found> {
        Box::pin(async move { self.search(&call).await })
    }

    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>> {
        Box::pin(async move { self.news(&call).await })
    }

    fn cancel(&self, task: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>> {
        Box::pin(async move { self.kill(&task).await })
    }

    fn logs(&self, task: TaskRef) -> BoxFuture<'_, Result<Vec<LogFile>, CallError>> {
        Box::pin(async move { Ok(vec![job_log::file(self, &task).await?]) })
    }

    fn read_log(&self, call: LogRequest) -> BoxFuture<'_, Result<LogPart, CallError>> {
        Box::pin(async move { job_log::part(self, &call).await })
    }

    fn keeps_tasks(&self) -> bool {
        false
    }

    /// The batch server keeps requests as long as its own settings say, and nothing is kept here.
    fn delete(&self, _: TaskRef) -> BoxFuture<'_, Result<(), CallError>> {
        Box::pin(async move { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_of_any_kind_introduces_the_server() {
        for (body, version, is_halted) in [
            (r#"{"Service":"AMTOpCon","Version":"1.2","Halted":false}"#, "AMTOpCon 1.2", false),
            (r#"{"service":"AMTOpCon","version":"1.2","halted":true}"#, "AMTOpCon 1.2", true),
            ("\"alive\"", "alive", false),
            ("alive\n", "alive", false),
            ("[1]", "[1]", false),
        ] {
            assert_eq!(introduced(body), (version.to_owned(), is_halted));
        }
    }
}
