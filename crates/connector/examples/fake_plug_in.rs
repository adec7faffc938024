//! A plug-in that serves the fake connector: an example, and what the tests run as a real process.
//!
//! Its argument is a file in which its target keeps what it has started and what has ended, as a real target would in its own
//! database: so the target outlives the plug-in, which may be killed at any moment. Tasks of the type `control` are wishes of a test
//! to the target; see [`control`]. The way to it can be made faulty; see [`way`].

#[path = "fake_plug_in/way.rs"]
mod way;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use connector::fake::{Fake, Plan, ended};
use connector::plug_in::serve;
use connector::{
    AttemptKey, BoxFuture, CallError, Cancelled, Communication, Connector, End, Fault, Form,
    FormRequest, Found, Heartbeat, Info, Integration, LogFile, LogPart, LogRequest, Reports,
    SettingsProblem, StartTask, Started, State, Target, TaskRef, Watch,
};
use serde_json::{Value, json};

use crate::way::Way;

/// What fits into a pipe of this process with itself.
const PIPE_BYTES: usize = 64 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let path = std::env::args_os().nth(1).map(PathBuf::from);
    let path = path.ok_or_else(|| io::Error::other("usage: fake_plug_in FILE"))?;
    let fake = Fake::new();
    remember(&fake, &path)?;
    let file = OpenOptions::new().create(true).append(true).open(&path)?;
    let target = Arc::new(FakeTarget { fake, file: Mutex::new(file) });
    let (way, lines) = Way::new(&path);
    let (to, input) = tokio::io::duplex(PIPE_BYTES);
    let (output, from) = tokio::io::duplex(PIPE_BYTES);
    eprintln!("the fake plug-in is ready");
    // The scheduler is gone, or one of them has failed.
    tokio::select! {
        served = serve(input, output, Arc::new(FakePlugIn(target))) => served,
        came = Arc::clone(&way).there(tokio::io::stdin(), to) => came,
        went = way.back(from) => went,
        written = way::write(lines, tokio::io::stdout()) => written,
    }
}

/// The target's memory: lines `started KEY`, `ended KEY CODE`, `killed KEY` and `wrote KEY TEXT`, the text in JSON.
#[derive(Debug)]
struct FakeTarget {
    fake: Fake,
    file: Mutex<File>,
}

fn remember(fake: &Fake, path: &PathBuf) -> io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    for line in std::fs::read_to_string(path)?.lines() {
        let words: Vec<_> = line.splitn(3, ' ').collect();
        let key = words.get(1).and_then(|key| key.parse::<AttemptKey>().ok());
        match (words.as_slice(), key) {
            (["started", _], Some(key)) => fake.adopt(&key, Plan::until_told()),
            (["ended", _, code], Some(key)) => {
                fake.end(&key, ended(code.parse().map_err(io::Error::other)?));
            }
            (["killed", _], Some(key)) => drop(fake.end(&key, killed())),
            (["wrote", _, text], Some(key)) => {
                fake.write(&key, &serde_json::from_str::<String>(text)?);
            }
            _ => return Err(io::Error::other(format!("not understood: {line}"))),
        }
    }
    Ok(())
}

/// How a cancel ends a task.
fn killed() -> End {
    End { is_killed: true, ..End::without_code("KILLED") }
}

impl FakeTarget {
    fn write(&self, line: &str) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{line}\n").as_bytes())
    }
}

#[derive(Debug)]
struct FakePlugIn(Arc<FakeTarget>);

impl Connector for FakePlugIn {
    fn info(&self) -> Info {
        self.0.fake.info()
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        self.0.fake.form(request)
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        let inner = self.0.fake.connect(target)?;
        Ok(Arc::new(FakeConnection { target: Arc::clone(&self.0), inner }))
    }
}

#[derive(Debug)]
struct FakeConnection {
    target: Arc<FakeTarget>,
    inner: Arc<dyn Integration>,
}

/// What a test wants of the target, in the fields of a task of the type `control`: `do` is one of `end` (with `attempt`, `code`, `log`),
/// `way` (with `is_whole`), `lose_reply`, `say` (with `text`, to standard error) and `garbage` (with `text`, to standard output).
fn control(target: &FakeTarget, call: &StartTask) -> Option<()> {
    let fields = &call.fields;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    match text("do")? {
        "end" => {
            let key: AttemptKey = text("attempt")?.parse().ok()?;
            let code = i32::try_from(fields.get("code")?.as_i64()?).ok()?;
            let log = text("log")?;
            if target.fake.write(&key, log) {
                target.write(&format!("wrote {key} {}", json!(log))).ok()?;
            }
            if target.fake.end(&key, ended(code)) {
                target.write(&format!("ended {key} {code}")).ok()?;
            }
        }
        "way" => target.fake.set_reachable(fields.get("is_whole")?.as_bool()?),
        "lose_reply" => target.fake.lose_replies(1),
        "say" => eprintln!("{}", text("text")?),
        "garbage" => println!("{}", text("text")?),
        _ => return None,
    }
    Some(())
}

impl Integration for FakeConnection {
    fn start(&self, call: StartTask) -> BoxFuture<'_, Started> {
        Box::pin(async move {
            if call.task_type == "control" {
                return match control(&self.target, &call) {
                    Some(()) => Started::Ended { state: State::default(), end: ended(0) },
                    None => Started::Refused { why: "there is no such wish".into() },
                };
            }
            let key = call.attempt.clone();
            let is_held = call.fields.get("hold").is_some();
            let before = self.target.fake.starts(&key);
            let started = self.inner.start(call).await;
            if self.target.fake.starts(&key) > before
                && let Err(error) = self.target.write(&format!("started {key}"))
            {
                return Started::Unknown { why: format!("the target cannot remember: {error}") };
            }
            if is_held {
                // The target has it, and the answer never comes.
                std::future::pending::<()>().await;
            }
            started
        })
    }

    fn cancel(&self, task: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>> {
        Box::pin(async move {
            let key = task.attempt.clone();
            let cancelled = self.inner.cancel(task).await?;
            if cancelled == Cancelled::Sent
                && let Err(error) = self.target.write(&format!("killed {key}"))
            {
                let message = format!("the target cannot remember: {error}");
                return Err(CallError::new(Fault::Unreachable, message));
            }
            Ok(cancelled)
        })
    }

    fn heartbeat(&self, call: Heartbeat) -> BoxFuture<'_, Communication> {
        self.inner.heartbeat(call)
    }

    fn find(&self, call: StartTask) -> BoxFuture<'_, Found> {
        self.inner.find(call)
    }

    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>> {
        self.inner.watch(call)
    }

    fn logs(&self, task: TaskRef) -> BoxFuture<'_, Result<Vec<LogFile>, CallError>> {
        self.inner.logs(task)
    }

    fn read_log(&self, call: LogRequest) -> BoxFuture<'_, Result<LogPart, CallError>> {
        self.inner.read_log(call)
    }

    fn delete(&self, task: TaskRef) -> BoxFuture<'_, Result<(), CallError>> {
        self.inner.delete(task)
    }
}
