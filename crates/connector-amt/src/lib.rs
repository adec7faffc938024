//! The AsyscoAMT integration: runs the scheduler's jobs on an AMT Batch Server (`amt-domain 13.2`).
//!
//! [`AmtConnector`] implements the contract of the crate `connector` on `amt-client`, which owns the wire. Here is what lies
//! between: forms and settings, what a start's outcome means to the scheduler, one question for all tasks of an agent, and
//! the job log.
//!
//! What became of a start, in one table; the rule for *unknown* is [`amt_client::settle`]:
//!
//! | seen | answer |
//! |---|---|
//! | accepted | running, whatever its state is; the first watch tells it |
//! | nothing was sent: refused connection, name, TLS, logon answered 5xx, after retries | ended, 23 (`WEB_SERVER_ERROR`) |
//! | logon refused, or 401 again after one new logon | ended, 24 (`AUTHENTICATION_ERROR`) |
//! | refused by the server, and nothing is stored under the key | ended, with the server's code (11) and words |
//! | the fields are wrong | refused |
//! | anything else, and 23 or 24 for a key that was sent before | unknown, never 23 or 24 |

mod connection;
mod cursors;
mod form;
mod job_log;
mod keys;
mod options;
mod settings;
mod start;
mod state;
mod task;
mod watch;

use std::sync::Arc;

use connector::{
    BoxFuture, CallError, Connector, Form, FormRequest, Info, Integration, SettingsProblem, Target,
    TaskType,
};

pub use crate::options::Options;

use crate::connection::Connection;
use crate::keys::Keys;
use crate::settings::Settings;

/// The kind of agent that this connector knows.
pub const APPLICATION: &str = "AsyscoAMT";
/// The type of tasks that are jobs the batch server has under a name.
pub const BATCH_JOB: &str = "batch_job";
/// The type of tasks that are scripts on the batch server.
pub const SCRIPT: &str = "script";

/// Knows agents of the kind [`APPLICATION`], each of which is one AMT Batch Server.
#[derive(Debug, Clone, Default)]
pub struct AmtConnector {
    options: Options,
    /// Shared by all connections, so that a key is known after the settings of its agent have changed.
    keys: Arc<Keys>,
}

impl AmtConnector {
    /// A connector with the time limits and the wire profile of `options`; they hold for all agents.
    pub fn new(options: Options) -> Self {
        Self { options, keys: Arc::default() }
    }
}

impl Connector for AmtConnector {
    fn info(&self) -> Info {
        let task_type =
            |name: &str, title: &str| TaskType { name: name.into(), title: title.into() };
        Info {
            name: "asysco-amt".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            applications: vec![APPLICATION.into()],
            task_types: vec![task_type(BATCH_JOB, "Batch Job"), task_type(SCRIPT, "Script")],
            languages: vec!["en".into()],
            can_find: self.options.profile.features.request_keys,
            can_cancel: true,
            is_local: false,
        }
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        let form = form::form(request);
        Box::pin(async move { form })
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        let settings = Settings::of(target)?;
        Ok(Arc::new(Connection::new(&self.options, settings, self.keys.clone())?))
    }
}
