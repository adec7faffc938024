//! A plug-in as a connector.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use kit::Handle;

use super::connection::{Payload, Wanted};
use super::host::Host;
use super::launch::Launch;
use super::manifest::Manifest;
use super::message::Request;
use super::messages::Held;
use crate::call::{Answer, Call, ConnectorAnswer, ConnectorCall};
use crate::limits::{PROBLEMS_MAX, check_info, shorten, within_limits};
use crate::{
    CallError, Carrier, Connector, Fault, Form, FormRequest, Info, Integration, SettingsProblem,
    Target,
};

/// A connector in a process of its own. The process is started when it is needed, and again when it has ended; dropping this and all its
/// integrations ends it.
#[derive(Debug)]
pub struct PlugIn {
    host: Arc<Host>,
    info: Info,
}

/// The plug-in's connection to one agent.
#[derive(Debug)]
struct PlugInIntegration {
    host: Arc<Host>,
    target: Target,
    _password: Option<Held>,
}

impl PlugIn {
    /// Starts the plug-in for the first time and asks what it is. Its tasks run under `handle`.
    ///
    /// # Errors
    /// It cannot be started, or does not say what it is.
    pub async fn open(manifest: Manifest, handle: Handle) -> Result<Self, CallError> {
        let (name, timeout) = (manifest.name.clone(), manifest.timeout);
        Self::open_at(&name, Box::new(manifest), timeout, handle).await
    }

    pub(super) async fn open_at(
        name: &str,
        launch: Box<dyn Launch>,
        timeout: Duration,
        handle: Handle,
    ) -> Result<Self, CallError> {
        Self::with(Host::new(name, launch, timeout, handle)).await
    }

    pub(super) async fn with(host: Host) -> Result<Self, CallError> {
        let host = Arc::new(host);
        match ask(&host, ConnectorCall::Info).await? {
            ConnectorAnswer::Info(info) => {
                check_info(&info).map_err(|what| {
                    let name = host.name();
                    let message = format!(
                        "the plug-in {name} says what it cannot be: {what}; its author must correct that"
                    );
                    CallError::new(Fault::Nonsense, message)
                })?;
                Ok(Self { host, info })
            }
            other => Err(odd(other, "info")),
        }
    }

    /// The id of its process; none while it has none.
    pub async fn process_id(&self) -> Option<u32> {
        self.host.process_id().await
    }
}

async fn ask(host: &Host, call: ConnectorCall) -> Result<ConnectorAnswer, CallError> {
    let request = |id| Request::Connector { id, connector: call };
    match host.ask(Wanted::Connector, Duration::ZERO, false, request).await? {
        Payload::Connector(answer) => Ok(answer),
        // Cannot be: the connection reads what was wanted.
        Payload::Agent(_) => Err(CallError::new(Fault::Nonsense, "an answer of another kind came")),
    }
}

fn odd(answer: ConnectorAnswer, wanted: &str) -> CallError {
    match answer {
        ConnectorAnswer::Failed(error) => error,
        _ => CallError::new(
            Fault::Nonsense,
            format!(
                "the plug-in answered something else than `{wanted}`; its author must correct that"
            ),
        ),
    }
}

impl Connector for PlugIn {
    fn info(&self) -> Info {
        self.info.clone()
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        Box::pin(async move {
            match ask(&self.host, ConnectorCall::Form(request.clone())).await? {
                ConnectorAnswer::Form(form) => Ok(form),
                other => Err(odd(other, "form")),
            }
        })
    }

    fn check(&self, target: Target) -> BoxFuture<'_, Result<Vec<SettingsProblem>, CallError>> {
        Box::pin(async move {
            let _password = self.host.masked.hold_of(target.batch_user.as_ref());
            match ask(&self.host, ConnectorCall::Check(target)).await? {
                ConnectorAnswer::Check(mut problems) => {
                    problems.truncate(PROBLEMS_MAX);
                    for problem in &mut problems {
                        shorten(&mut problem.field);
                        shorten(&mut problem.message);
                    }
                    Ok(problems)
                }
                other => Err(odd(other, "check")),
            }
        })
    }

    /// Its process is given its own time first.
    fn call_limit(&self) -> Duration {
        self.host.timeout().saturating_add(Duration::from_mins(1))
    }

    fn trouble(&self) -> Option<String> {
        self.host.trouble()
    }

    fn retire(&self) {
        self.host.retire();
    }

    /// Never refuses settings, since the process is not asked here; [`Connector::check`] does, and so does the first heartbeat.
    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        if !self.info.applications.contains(&target.application) {
            return Err(vec![SettingsProblem {
                field: "application".into(),
                message: format!(
                    "is `{}`; the plug-in {} knows {}",
                    target.application,
                    self.info.name,
                    self.info.applications.join(", ")
                ),
            }]);
        }
        let password = self.host.masked.hold_of(target.batch_user.as_ref());
        Ok(Arc::new(PlugInIntegration {
            host: Arc::clone(&self.host),
            target,
            _password: password,
        }))
    }
}

impl Carrier for PlugInIntegration {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
        Box::pin(async move {
            let wait = call.wait();
            let _secrets = self.host.masked.hold_of_call(&call);
            let is_waiting = matches!(call, Call::Watch(_) | Call::ReadLog(_));
            let target = Box::new(self.target.clone());
            let request = |id| Request::Agent { id, target, call };
            match self.host.ask(Wanted::Agent, wait, is_waiting, request).await? {
                Payload::Agent(answer) => within_limits(answer).map_err(|what| {
                    let message = format!(
                        "the plug-in {} answered {what}: the answer is lost; its author must correct that",
                        self.host.name()
                    );
                    self.host.note_trouble(&message);
                    CallError::new(Fault::Nonsense, message)
                }),
                Payload::Connector(_) => {
                    Err(CallError::new(Fault::Nonsense, "an answer of another kind came"))
                }
            }
        })
    }
}
