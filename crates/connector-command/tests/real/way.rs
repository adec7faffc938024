//! The way between the connector and its runners, which can be faulty. Two things are on it: the program that makes runners, which a script
//! stands in for, and the folder of all jobs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use connector::call::{Answer, Call, CallKind, answer};
use connector::conformance::WayFault;
use connector::{
    AttemptKey, BoxFuture, CallError, Carrier, Connector, Fault, Form, FormRequest, Info,
    Integration, SettingsProblem, Target,
};
use connector_command::{CommandConnector, Options};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::site::{binary, options, program, task, until};

/// Becomes `batch-runner`, as the file `mood` says: at once, later, not before that file is gone, or not at all. Its process is in `launchers`.
const RUNNER: &str = r#"#!/bin/sh
echo > "FOLDER/launchers/$$"
read -r mood 2> /dev/null < "FOLDER/mood"
case "$mood" in
    slow) sleep 0.1 ;;
    late) sleep 0.4 ;;
    error) exit 1 ;;
    hang) while [ -f "FOLDER/mood" ]; do sleep 0.02; done ;;
esac
exec "PROGRAM" "$@"
"#;
/// How long the hasty connector waits for a runner.
const HASTE: Duration = Duration::from_millis(200);

#[derive(Debug, Default)]
struct State {
    /// The answer to the next start is lost.
    loses: bool,
    fault: Option<(WayFault, CallKind)>,
    /// How many calls have suffered it.
    count: u32,
    /// How often the way was healed of what hangs.
    healed: u32,
}

/// The way.
#[derive(Debug)]
pub(crate) struct Way {
    folder: PathBuf,
    state: Mutex<State>,
}

impl Way {
    /// A way whose files are in the folder of a test.
    pub(crate) fn new(folder: &Path) -> Arc<Self> {
        let runner = binary("batch-runner");
        let script = RUNNER.replace("FOLDER", folder.to_str().unwrap());
        let script = script.replace("PROGRAM", runner.to_str().unwrap());
        let way = Self { folder: folder.to_owned(), state: Mutex::default() };
        std::fs::create_dir(way.path("launchers")).unwrap();
        program(&way.path("runner"), &script);
        Arc::new(way)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn lose_reply(&self) {
        self.state().loses = true;
    }

    pub(crate) fn set_fault(&self, fault: WayFault, during: CallKind) {
        let mut state = self.state();
        (state.fault, state.count) = (Some((fault, during)), 0);
    }

    /// Whether this can be done to such a call.
    pub(crate) fn can_suffer(fault: WayFault, during: CallKind) -> Result<(), &'static str> {
        match (during, fault) {
            (_, WayFault::ServerError | WayFault::Flapping)
            | (CallKind::Start, WayFault::Slow | WayFault::LostReply | WayFault::HangBefore) => {
                Ok(())
            }
            (CallKind::Start, WayFault::Twice) => {
                Err("an order goes through a socket of the launcher's own, once")
            }
            (CallKind::Start, WayFault::ErrorAfter) => {
                Err("a runner that has a job cannot say that it has none")
            }
            (CallKind::Start, WayFault::HangAfter) => Err(
                "a runner says that it has a job, or dies; that it says so too late is LostReply",
            ),
            _ => Err("a folder of this machine is there or not, and answers at once"),
        }
    }

    /// What happens to a call, and how many have suffered it with this one.
    fn suffer(&self, kind: CallKind) -> Option<(WayFault, u32)> {
        let kind = if kind == CallKind::Logs { CallKind::ReadLog } else { kind };
        let mut state = self.state();
        let (fault, _) = state.fault.filter(|(_, during)| *during == kind)?;
        state.count += 1;
        Some((fault, state.count))
    }

    fn set_mood(&self, mood: &str) {
        std::fs::write(self.path("mood~"), format!("{mood}\n")).unwrap();
        std::fs::rename(self.path("mood~"), self.path("mood")).unwrap();
    }

    fn clear_mood(&self) {
        let _ = std::fs::remove_file(self.path("mood"));
    }

    /// The next start makes a new launcher.
    async fn end_launchers(&self) {
        for entry in std::fs::read_dir(self.path("launchers")).unwrap().flatten() {
            let pid: i32 = entry.file_name().to_str().unwrap().parse().unwrap();
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            // Its end of the socket is closed when it is gone, or waits for its parent.
            let stat = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            until("the launcher is gone", || {
                stat()
                    .rsplit(')')
                    .next()
                    .is_none_or(|rest| !rest.starts_with([' ']) || rest.starts_with(" Z"))
            })
            .await;
            std::fs::remove_file(entry.path()).unwrap();
        }
    }

    /// Whether the folder of all jobs is where it belongs.
    pub(crate) fn set_folder(&self, is_there: bool) {
        let (there, away) = (self.path("jobs"), self.path("jobs-away"));
        let (from, to) = if is_there { (away, there) } else { (there, away) };
        if from.exists() {
            std::fs::rename(from, to).unwrap();
        }
    }

    fn has_run(&self, key: &AttemptKey) -> bool {
        let ran = std::fs::read_to_string(self.path("ran")).unwrap_or_default();
        ran.lines().any(|line| line == key.as_str())
    }
}

/// The connector on that way.
#[derive(Debug, Clone)]
pub(crate) struct OnTheWay {
    way: Arc<Way>,
    patient: CommandConnector,
    hasty: CommandConnector,
}

impl OnTheWay {
    pub(crate) fn new(way: Arc<Way>) -> Self {
        let options = Options { runner: way.path("runner"), ..options(&way.folder) };
        let patient = CommandConnector::new(options.clone()).unwrap();
        let hasty = CommandConnector::new(Options { start_wait: HASTE, ..options }).unwrap();
        Self { way, patient, hasty }
    }

    /// Done when what was held has become runners, which end at once or have the job.
    pub(crate) async fn heal(&self, target: Target) -> u32 {
        let (count, number, hung) = {
            let mut state = self.way.state();
            state.healed += 1;
            let hung = matches!(state.fault, Some((WayFault::HangBefore, _)));
            state.fault = None;
            (state.count, state.healed, hung)
        };
        self.way.clear_mood();
        if hung {
            // Behind those that were held: the launcher takes one after the other.
            let done = self.way.path(&format!("healed-{number}"));
            let line = format!("/bin/sh -c 'echo > {}'", done.display());
            let key = format!("after-{number}").parse().unwrap();
            let fields = serde_json::json!({"line": line, "working_directory": self.way.folder});
            self.hasty.connect(target).unwrap().start(task(&key, fields)).await;
            until("the launcher takes orders again", || done.exists()).await;
        }
        count
    }
}

impl Connector for OnTheWay {
    fn info(&self) -> Info {
        self.patient.info()
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        self.patient.form(request)
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        let patient = self.patient.connect(target.clone())?;
        let hasty = self.hasty.connect(target)?;
        Ok(Arc::new(Connected { way: self.way.clone(), patient, hasty }))
    }
}

#[derive(Debug)]
struct Connected {
    way: Arc<Way>,
    patient: Arc<dyn Integration>,
    hasty: Arc<dyn Integration>,
}

fn lost() -> CallError {
    CallError::new(Fault::Unreachable, "the answer was lost (injected)")
}

impl Connected {
    /// A start whose runner comes as the mood says.
    async fn start(&self, call: Call, mood: &str) -> Answer {
        // What hangs holds all that comes later.
        if mood != "hang" || !self.way.path("mood").exists() {
            self.way.end_launchers().await;
        }
        self.way.set_mood(mood);
        let integration =
            if mood == "hang" || mood == "late" { &self.hasty } else { &self.patient };
        let answer = answer(integration.as_ref(), call).await;
        if mood != "hang" {
            self.way.clear_mood();
        }
        answer
    }

    /// A call while the folder is away.
    async fn without_folder(&self, call: Call) -> Answer {
        self.way.set_folder(false);
        let answer = answer(self.patient.as_ref(), call).await;
        self.way.set_folder(true);
        answer
    }

    async fn suffer(&self, call: Call, fault: WayFault, number: u32) -> Result<Answer, CallError> {
        let is_up = fault == WayFault::Flapping && number.is_multiple_of(2);
        let key = match &call {
            Call::Start(start) => start.attempt.clone(),
            _ if is_up => return Ok(answer(self.patient.as_ref(), call).await),
            _ => return Ok(self.without_folder(call).await),
        };
        Ok(match fault {
            WayFault::Slow => self.start(call, "slow").await,
            WayFault::HangBefore => self.start(call, "hang").await,
            WayFault::LostReply => {
                let answer = self.start(call, "late").await;
                until("the job runs", || self.way.has_run(&key)).await;
                answer
            }
            _ if is_up => self.start(call, "well").await,
            _ => self.start(call, "error").await,
        })
    }
}

impl Carrier for Connected {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
        Box::pin(async move {
            if let Some((fault, number)) = self.way.suffer(call.kind()) {
                return self.suffer(call, fault, number).await;
            }
            let is_start = call.kind() == CallKind::Start;
            let answer = answer(self.patient.as_ref(), call).await;
            if is_start && std::mem::take(&mut self.way.state().loses) {
                return Err(lost());
            }
            Ok(answer)
        })
    }
}
