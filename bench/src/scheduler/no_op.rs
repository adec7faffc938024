//! A connector that does nothing, at once: what the scheduler itself costs is what is left.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use connector::{
    BoxFuture, CallError, Cancelled, Communication, Connector, End, Fault, Form, FormRequest,
    Found, Heartbeat, Info, Integration, LogFile, LogPart, LogRequest, Report, Reports,
    SettingsProblem, StartTask, Started, State, Target, TaskRef, TaskStatus, TaskType, Watch,
};

/// The kind of its agents, and the name of its tasks' type.
pub(super) const APPLICATION: &str = "NoOp";
const TASK_TYPE: &str = "no_op";
const LOG: &str = "job.log";

/// The log of each of its tasks.
const TEXT: &str = "no-op task\nit was started\nit did nothing\nit ended with 0\n";

/// Tasks end when they are first asked for, with code 0. Clones are the same connector.
#[derive(Debug, Clone, Default)]
pub(super) struct NoOp(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    started: AtomicUsize,
    /// Tasks that are forgotten: their logs are in the archive, and the database says so.
    forgotten: AtomicUsize,
    last_start: Mutex<Option<Instant>>,
}

impl NoOp {
    /// How many tasks were started.
    pub(super) fn started(&self) -> usize {
        self.0.started.load(Ordering::Relaxed)
    }

    /// How many tasks have ended with their logs in the archive.
    pub(super) fn forgotten(&self) -> usize {
        self.0.forgotten.load(Ordering::Relaxed)
    }

    /// When the last task was started.
    pub(super) fn last_start(&self) -> Option<Instant> {
        *self.0.last_start.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connector for NoOp {
    fn info(&self) -> Info {
        Info {
            name: "no-op".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            applications: vec![APPLICATION.into()],
            task_types: vec![TaskType { name: TASK_TYPE.into(), title: "Nothing".into() }],
            languages: vec!["en".into()],
            can_find: true,
            can_cancel: false,
            is_local: true,
        }
    }

    fn form<'a>(&'a self, _: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        let empty = serde_json::json!({});
        let form = Form {
            schema: empty.clone(),
            ui: empty.clone(),
            extra_errors: empty,
            may_change: false,
        };
        Box::pin(async move { Ok(form) })
    }

    fn connect(&self, _: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        Ok(Arc::new(self.clone()))
    }
}

impl Integration for NoOp {
    fn heartbeat(&self, _: Heartbeat) -> BoxFuture<'_, Communication> {
        Box::pin(async {
            Communication::Communicating { version: "1".into(), warnings: Vec::new() }
        })
    }

    fn start(&self, _: StartTask) -> BoxFuture<'_, Started> {
        self.0.started.fetch_add(1, Ordering::Relaxed);
        *self.0.last_start.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Box::pin(async { Started::Running { state: State("started".to_owned()) } })
    }

    fn find(&self, _: StartTask) -> BoxFuture<'_, Found> {
        Box::pin(async { Found::Never })
    }

    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>> {
        let ended = |task: TaskRef| Report {
            attempt: task.attempt,
            state: None,
            status: TaskStatus::Ended(End::with_code(0, "")),
        };
        let reports = call.tasks.into_iter().map(ended).collect();
        let again_after = std::time::Duration::ZERO;
        Box::pin(async move { Ok(Reports { reports, cursor: None, again_after }) })
    }

    fn cancel(&self, _: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>> {
        Box::pin(async { Ok(Cancelled::TooLate) })
    }

    fn logs(&self, _: TaskRef) -> BoxFuture<'_, Result<Vec<LogFile>, CallError>> {
        Box::pin(async { Ok(vec![LogFile { name: LOG.into(), is_complete: true }]) })
    }

    fn read_log(&self, call: LogRequest) -> BoxFuture<'_, Result<LogPart, CallError>> {
        Box::pin(async move {
            if call.name != LOG {
                return Err(CallError::new(Fault::NotFound, "there is no such log"));
            }
            let text = if call.from.is_some() { "" } else { TEXT };
            Ok(LogPart { text: text.to_owned(), next: TEXT.len().to_string(), is_end: true })
        })
    }

    fn delete(&self, _: TaskRef) -> BoxFuture<'_, Result<(), CallError>> {
        self.0.forgotten.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
}
