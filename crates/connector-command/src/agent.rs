//! One agent: this machine with settings.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use batch_runner::{Launcher, RunnerSignal, Sent};
use connector::{
    BoxFuture, CallError, Cancelled, Communication, Fault, Found, Heartbeat, Integration, LogFile,
    LogPart, LogRequest, Reports, StartTask, Started, TaskRef, Watch,
};

use crate::places::Places;
use crate::platform;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::standing::{Standing, standing};
use crate::{Options, log, start, watch};

/// This machine, which all agents share.
pub(crate) struct Machine {
    pub(crate) options: Options,
    pub(crate) places: Places,
    pub(crate) registry: Registry,
    pub(crate) launcher: Launcher,
    /// How many files a job may have open: as many as this process could.
    pub(crate) open_files_max: u64,
    /// What this process says to have answered a watch.
    pub(crate) cursor: String,
}

impl Machine {
    pub(crate) fn open(options: Options) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let places = Places::open(options.folder.clone())?;
        let now = options.clock.now();
        if places.is_there().is_ok() {
            places.prune(options.remember, SystemTime::from(now));
            places.clear();
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (pid, micros) = (std::process::id(), now.as_microsecond());
        Ok(Self {
            places,
            registry: Registry::new(),
            launcher: Launcher::new(&options.runner),
            open_files_max: platform::raise_open_files(),
            cursor: format!("command:{pid}:{micros}:{number}"),
            options,
        })
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Does what blocks where it may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| io::Error::other(format!("the work was given up: {error}")))
}

/// One agent.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    pub(crate) machine: Arc<Machine>,
    pub(crate) settings: Arc<Settings>,
}

impl Agent {
    pub(crate) fn new(machine: Arc<Machine>, settings: Settings) -> Self {
        Self { machine, settings: Arc::new(settings) }
    }

    fn beat(&self, is_first: bool) -> Result<Vec<String>, String> {
        let options = &self.machine.options;
        self.machine.places.is_there().map_err(|error| error.to_string())?;
        match platform::is_executable(&options.runner) {
            Ok(true) => {}
            Ok(false) => return Err(format!("{} is no program", options.runner.display())),
            Err(error) => {
                return Err(format!("the program {}: {error}", options.runner.display()));
            }
        }
        let mut warnings = Vec::new();
        if is_first {
            let now = SystemTime::from(options.clock.now());
            self.machine.places.prune(options.remember, now);
            self.machine.places.clear();
        }
        if (self.settings.allow_batch_users || self.settings.user.is_some())
            && let Some(why) = platform::cannot_switch()
        {
            warnings.push(format!("jobs with a batch user are refused: {why}"));
        }
        if !platform::is_executable(&options.stage).unwrap_or_default() {
            let stage = options.stage.display();
            warnings.push(format!("jobs with a pre-run or a batch user fail: there is no {stage}"));
        }
        if let Some(folder) = &self.settings.working_directory
            && !std::path::Path::new(folder).is_dir()
        {
            warnings.push(format!("the working directory {folder} is not there"));
        }
        Ok(warnings)
    }

    fn cancel_now(&self, task: &TaskRef) -> io::Result<Option<Cancelled>> {
        let _decision = self.machine.registry.decide(&task.attempt);
        let place = self.machine.places.of(&task.attempt);
        match self.machine.places.while_there(|| standing(&place))? {
            Standing::Alive => {}
            Standing::Over(_) | Standing::Deleted(_) => return Ok(Some(Cancelled::TooLate)),
            Standing::Nothing | Standing::Unclaimed | Standing::Void => return Ok(None),
        }
        let live = self.machine.registry.live(&task.attempt);
        // Said once more, it would be taken as the wish to end it at once.
        if live.as_ref().is_some_and(|live| live.is_killed.load(Ordering::Relaxed)) {
            return Ok(Some(Cancelled::Sent));
        }
        Ok(Some(match batch_runner::signal(&place.dir, RunnerSignal::Kill)? {
            Sent::Delivered => {
                if let Some(live) = live {
                    live.is_killed.store(true, Ordering::Relaxed);
                }
                Cancelled::Sent
            }
            Sent::NotRunning => Cancelled::TooLate,
        }))
    }

    fn delete_now(&self, task: &TaskRef) -> io::Result<bool> {
        let _decision = self.machine.registry.decide(&task.attempt);
        let place = self.machine.places.of(&task.attempt);
        match self.machine.places.while_there(|| standing(&place))? {
            Standing::Over(outcome) => {
                place.set_epitaph(&outcome)?;
                place.remove()?;
            }
            // It may have been stopped between the two.
            Standing::Deleted(_) => place.remove()?,
            Standing::Alive => return Ok(false),
            Standing::Nothing | Standing::Unclaimed | Standing::Void => {}
        }
        Ok(true)
    }
}

fn unreachable(error: impl fmt::Display) -> CallError {
    CallError::new(Fault::Unreachable, error.to_string())
}

impl Integration for Agent {
    fn heartbeat(&self, call: Heartbeat) -> BoxFuture<'_, Communication> {
        let agent = self.clone();
        Box::pin(async move {
            let beat = blocking(move || agent.beat(call.is_first)).await;
            match beat.unwrap_or_else(|error| Err(error.to_string())) {
                Ok(warnings) => Communication::Communicating {
                    version: format!("Ringmaster command agent {}", env!("CARGO_PKG_VERSION")),
                    warnings,
                },
                Err(why) => Communication::NotCommunicating { why },
            }
        })
    }

    fn start(&self, call: StartTask) -> BoxFuture<'_, Started> {
        let agent = self.clone();
        Box::pin(async move {
            let started = blocking(move || start::start(&agent, &call)).await;
            started.unwrap_or_else(|error| Started::Unknown { why: error.to_string() })
        })
    }

    fn find(&self, call: StartTask) -> BoxFuture<'_, Found> {
        let agent = self.clone();
        Box::pin(async move {
            let found = blocking(move || start::find(&agent, &call)).await;
            found.unwrap_or_else(|error| Found::NotNow { why: error.to_string() })
        })
    }

    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>> {
        Box::pin(watch::watch(&self.machine, call))
    }

    fn cancel(&self, task: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>> {
        let agent = self.clone();
        Box::pin(async move {
            let key = task.attempt.clone();
            let done = blocking(move || agent.cancel_now(&task)).await.and_then(|done| done);
            done.map_err(unreachable)?.ok_or_else(|| {
                CallError::new(Fault::NotFound, format!("the attempt {key} is not known here"))
            })
        })
    }

    fn logs(&self, task: TaskRef) -> BoxFuture<'_, Result<Vec<LogFile>, CallError>> {
        let machine = Arc::clone(&self.machine);
        Box::pin(async move {
            let list = move || {
                let place = machine.places.of(&task.attempt);
                machine.places.while_there(|| log::list(&place))
            };
            blocking(list).await.and_then(|list| list).map_err(unreachable)
        })
    }

    fn read_log(&self, call: LogRequest) -> BoxFuture<'_, Result<LogPart, CallError>> {
        Box::pin(log::read(&self.machine, call))
    }

    fn delete(&self, task: TaskRef) -> BoxFuture<'_, Result<(), CallError>> {
        let agent = self.clone();
        Box::pin(async move {
            let key = task.attempt.clone();
            let done = blocking(move || agent.delete_now(&task)).await.and_then(|done| done);
            if done.map_err(unreachable)? {
                return Ok(());
            }
            let message = format!("the job of {key} still runs; end it first");
            Err(CallError::new(Fault::Refused, message))
        })
    }
}
