//! Runs command lines on this machine, as the agents for Windows and UNIX do (`opcon-domain 1.3`), and the older AMT connector as
//! one of them.
//!
//! Each attempt has a folder below [`Options::folder`] and a runner of `batch-runner` of its own, which outlives the scheduler. What
//! makes a start happen once:
//!
//! 1. The folder is made, with the description of the job in it, before a runner is asked for. Who finds it there starts nothing.
//! 2. The runner wins the claim file before it starts the process, and nobody else can then. Its lock is held while it lives.
//! 3. How the job ended is a line of that file. Without a reader of the runner's pipe, which is always so here, it is flushed to disk.
//! 4. A search takes the claim away from a runner that does not have it yet: then it is sure that nothing was started.
//! 5. When a task is deleted, a line about its end stays for [`Options::remember`].
//!
//! | seen | answer of a start |
//! |---|---|
//! | the runner has the claim | running, or ended |
//! | fields, batch user, program or folder are wrong; the runner could not be started | refused |
//! | the folder of all jobs is away, or the runner says nothing in time | unknown |

mod agent;
mod environment;
mod fields;
mod form;
mod job_log;
mod log;
mod options;
mod output;
mod places;
#[cfg_attr(target_os = "linux", path = "platform/linux.rs")]
#[cfg_attr(windows, path = "platform/windows.rs")]
#[cfg_attr(not(any(target_os = "linux", windows)), path = "platform/other.rs")]
mod platform;
mod registry;
mod secrets;
mod settings;
#[doc(hidden)]
pub mod stage;
mod standing;
mod start;
mod task;
mod watch;
mod words;

use std::io;
use std::sync::Arc;

use connector::{
    BoxFuture, CallError, Connector, Form, FormRequest, Info, Integration, SettingsProblem, Target,
    TaskType,
};

pub use crate::options::Options;

use crate::agent::{Agent, Machine};
use crate::settings::Settings;

/// The kind of agent that this connector knows.
pub const APPLICATION: &str = "Command";
/// The type of tasks that are command lines.
pub const COMMAND: &str = "command";
/// The type of tasks that start the older AMT connector.
pub const AMT_CONNECTOR: &str = "amt_connector";

/// Knows agents of the kind [`APPLICATION`]: this machine, with settings.
#[derive(Debug, Clone)]
pub struct CommandConnector {
    machine: Arc<Machine>,
}

impl CommandConnector {
    /// A connector whose jobs live below [`Options::folder`], which is made if it is missing. One process at a time uses a folder.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn new(options: Options) -> io::Result<Self> {
        Ok(Self { machine: Arc::new(Machine::open(options)?) })
    }
}

impl Connector for CommandConnector {
    fn info(&self) -> Info {
        let task_type =
            |name: &str, title: &str| TaskType { name: name.into(), title: title.into() };
        Info {
            name: "command".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            applications: vec![APPLICATION.into()],
            task_types: vec![task_type(COMMAND, "Command"), task_type(AMT_CONNECTOR, "Asysco AMT")],
            languages: vec!["en".into()],
            can_find: true,
            can_cancel: true,
            is_local: true,
        }
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        let form = form::form(request);
        Box::pin(async move { form })
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        let settings = Settings::of(&target)?;
        Ok(Arc::new(Agent::new(self.machine.clone(), settings)))
    }
}
