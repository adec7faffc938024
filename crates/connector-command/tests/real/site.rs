//! A folder of jobs for one test, with a task that runs until the test ends it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use connector::call::CallKind;
use connector::conformance::{Harness, WayFault};
use connector::{
    AttemptKey, BoxFuture, Connector, End, Integration, LogRequest, StartTask, Started, State,
    Target, TaskRef, TaskStatus, Watch,
};
use connector_command::{APPLICATION, COMMAND, CommandConnector, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::way::{OnTheWay, Way};

/// How long a test waits for what must happen.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Runs until `end-<key>` is there, writes what `log-<key>` has and ends with the code in it. Ends too when the test's folder goes.
const WAITS: &str = r#"#!/bin/sh
key=$1
echo "$key" >> "@/ran"
until [ -f "@/end-$key" ]; do [ -d "@" ] || exit 3; sleep 0.02; done
cat "@/log-$key"
exit "$(cat "@/end-$key")"
"#;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) connector: CommandConnector,
    /// The same jobs, over a way that can be faulty.
    on_the_way: OnceLock<OnTheWay>,
    way: Arc<Way>,
    keys: AtomicU32,
}

impl Site {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let waits = folder.path().join("WAITS.sh");
        program(&waits, &WAITS.replace('@', folder.path().to_str().unwrap()));
        let connector = CommandConnector::new(options(folder.path())).unwrap();
        let way = Way::new(folder.path());
        Self { folder, connector, on_the_way: OnceLock::new(), way, keys: AtomicU32::new(0) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn on_the_way(&self) -> &OnTheWay {
        self.on_the_way.get_or_init(|| OnTheWay::new(self.way.clone()))
    }

    /// Where the jobs are.
    pub(crate) fn jobs(&self) -> PathBuf {
        self.path("jobs")
    }

    /// The connector of a scheduler that has just been started.
    pub(crate) fn restarted(&self) -> Arc<dyn Integration> {
        let connector = CommandConnector::new(options(self.folder.path())).unwrap();
        connector.connect(self.target()).unwrap()
    }

    pub(crate) fn agent(&self) -> Arc<dyn Integration> {
        self.agent_with(json!({}))
    }

    pub(crate) fn agent_with(&self, settings: Value) -> Arc<dyn Integration> {
        let settings = settings.as_object().unwrap().clone();
        self.connector.connect(Target { settings, ..self.target() }).unwrap()
    }

    /// A script of `/bin/sh`.
    pub(crate) fn script(&self, key: &AttemptKey, script: &str) -> StartTask {
        let line = format!("/bin/sh -c '{}'", script.replace('\'', r"'\''"));
        task(key, json!({"line": line, "working_directory": self.folder.path()}))
    }

    pub(crate) fn count(&self, key: &AttemptKey) -> usize {
        let ran = std::fs::read_to_string(self.path("ran")).unwrap_or_default();
        ran.lines().filter(|line| *line == key.as_str()).count()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        // Whole or not at all: the job looks for it all the time.
        let new = self.path(&format!("{name}~"));
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.path(name)).unwrap();
    }
}

impl Drop for Site {
    /// Jobs that wait end without their folder; others must not outlive the test.
    fn drop(&mut self) {
        let away = self.path("jobs-away");
        let _ = std::fs::rename(away, self.jobs());
        for shard in std::fs::read_dir(self.jobs().join("jobs")).into_iter().flatten().flatten() {
            for job in std::fs::read_dir(shard.path()).into_iter().flatten().flatten() {
                for _ in 0..2 {
                    let _ = batch_runner::signal(&job.path(), batch_runner::RunnerSignal::Kill);
                }
            }
        }
    }
}

pub(crate) fn program(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).unwrap();
}

pub(crate) fn task(key: &AttemptKey, fields: Value) -> StartTask {
    let variables = [
        ("SCHEDULE_DATE", "2017-05-18"),
        ("SCHEDULE_NAME", "TESTS"),
        ("JOB_NAME", "RUN_PARAMETERTESTA"),
        ("JOB_ID", "194"),
    ];
    StartTask {
        attempt: key.clone(),
        name: format!("TESTS/{key}"),
        task_type: COMMAND.into(),
        fields: fields.as_object().unwrap().clone(),
        secrets: Vec::new(),
        batch_user: None,
        variables: variables.map(|(n, v)| (n.to_owned(), v.to_owned())).into_iter().collect(),
    }
}

pub(crate) fn options(folder: &Path) -> Options {
    Options::new(folder.join("jobs"), binary("batch-runner"), binary("command-stage"))
}

/// A binary of this workspace, as built beside the tests.
pub(crate) fn binary(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let path = exe.ancestors().nth(2).unwrap().join(name);
    assert!(
        path.is_file(),
        "{} is not built; run `cargo build --workspace --bins`",
        path.display()
    );
    path
}

/// Asks until something is so.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < end, "waited {LIMIT:?} until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A start that must answer that the job runs.
pub(crate) async fn started(agent: &dyn Integration, call: StartTask) -> TaskRef {
    let attempt = call.attempt.clone();
    match agent.start(call).await {
        Started::Running { state } => TaskRef { attempt, state },
        other => panic!("it was answered with {other:?}"),
    }
}

/// What is told of a task until `is_last`, as the scheduler asks for it.
pub(crate) async fn told(
    agent: &dyn Integration,
    task: &TaskRef,
    mut is_last: impl FnMut(&TaskStatus) -> bool,
) -> Vec<TaskStatus> {
    let (mut task, mut cursor, mut all) = (task.clone(), None, Vec::new());
    let asking = async {
        loop {
            let wait = Duration::from_secs(10);
            let watch = Watch { tasks: vec![task.clone()], cursor: cursor.take(), wait };
            let reports = agent.watch(watch).await.unwrap();
            cursor = reports.cursor;
            for report in reports.reports {
                task.state = report.state.unwrap_or(State::default());
                all.push(report.status.clone());
                if is_last(&report.status) {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(LIMIT, asking).await.expect("it is told");
    all
}

pub(crate) async fn end_of(agent: &dyn Integration, task: &TaskRef) -> End {
    let all = told(agent, task, |status| {
        matches!(status, TaskStatus::Ended(_) | TaskStatus::Lost { .. })
    })
    .await;
    match all.into_iter().next_back() {
        Some(TaskStatus::Ended(end)) => end,
        other => panic!("its end was told as {other:?}"),
    }
}

/// Starts a job and follows it to its end.
pub(crate) async fn run(agent: &dyn Integration, call: StartTask) -> (TaskRef, End) {
    let task = started(agent, call).await;
    let end = end_of(agent, &task).await;
    (task, end)
}

/// A log from its beginning to its end.
pub(crate) async fn log(agent: &dyn Integration, task: &TaskRef, name: &str) -> String {
    let reading = async {
        let (mut text, mut from) = (String::new(), None);
        loop {
            let call = LogRequest {
                task: task.clone(),
                name: name.into(),
                from: from.take(),
                bytes_max: 1 << 16,
                wait: Duration::from_secs(1),
            };
            let part = agent.read_log(call).await.unwrap();
            text.push_str(&part.text);
            if part.is_end {
                return text;
            }
            from = Some(part.next);
        }
    };
    tokio::time::timeout(LIMIT, reading).await.expect("the log ends")
}

impl Harness for Site {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::new(self.on_the_way().clone())
    }

    fn target(&self) -> Target {
        Target {
            agent: "HERE".into(),
            application: APPLICATION.into(),
            settings: serde_json::Map::new(),
            batch_user: None,
        }
    }

    fn key(&self, hint: &str) -> AttemptKey {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        format!("{hint}.{number}").parse().unwrap()
    }

    fn until_told(&self, key: &AttemptKey) -> StartTask {
        let line = format!("{} {key}", self.path("WAITS.sh").display());
        task(key, json!({"line": line, "working_directory": null, "batch_user": null}))
    }

    fn refused(&self, key: &AttemptKey) -> StartTask {
        let mut call = self.until_told(key);
        call.fields.insert("line".into(), "/no/such/program".into());
        call
    }

    /// A process has codes from 0 to 255.
    fn code(&self, wish: i32) -> i32 {
        wish & 0xff
    }

    fn end<'a>(&'a self, key: &'a AttemptKey, code: i32, log: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.write(&format!("log-{key}"), log);
            self.write(&format!("end-{key}"), &self.code(code).to_string());
            let agent = self.agent();
            let task = TaskRef { attempt: key.clone(), state: State::default() };
            told(agent.as_ref(), &task, |status| !matches!(status, TaskStatus::Running { .. }))
                .await;
        })
    }

    fn starts<'a>(&'a self, key: &'a AttemptKey) -> BoxFuture<'a, u32> {
        Box::pin(async move {
            // What has a claim will run, or ends without.
            until("a job that was started runs", || {
                self.count(key) > 0 || !self.claimed().contains(key)
            })
            .await;
            u32::try_from(self.count(key)).unwrap()
        })
    }

    fn tasks(&self) -> BoxFuture<'_, Vec<AttemptKey>> {
        Box::pin(async move { self.claimed() })
    }

    fn set_way(&self, is_whole: bool) -> BoxFuture<'_, ()> {
        self.way.set_folder(is_whole);
        Box::pin(async {})
    }

    fn lose_reply(&self) -> BoxFuture<'_, ()> {
        self.way.lose_reply();
        Box::pin(async {})
    }

    fn can_suffer(&self, fault: WayFault, during: CallKind) -> Result<(), &'static str> {
        Way::can_suffer(fault, during)
    }

    fn set_fault(&self, fault: WayFault, during: CallKind) -> BoxFuture<'_, ()> {
        self.way.set_fault(fault, during);
        Box::pin(async {})
    }

    fn heal(&self) -> BoxFuture<'_, u32> {
        Box::pin(self.on_the_way().heal(self.target()))
    }

    /// A start waits for its runner by itself, and no longer than it wants.
    fn patience(&self) -> Duration {
        LIMIT
    }
}

impl Site {
    /// The keys of all jobs with a folder, by their descriptions.
    pub(crate) fn claimed(&self) -> Vec<AttemptKey> {
        let root = if self.jobs().exists() { self.jobs() } else { self.path("jobs-away") };
        let mut keys = Vec::new();
        for shard in std::fs::read_dir(root.join("jobs")).unwrap().flatten() {
            for job in std::fs::read_dir(shard.path()).unwrap().flatten() {
                let Ok(text) = std::fs::read_to_string(job.path().join("job.json")) else {
                    continue;
                };
                let note: Value = serde_json::from_str(&text).unwrap();
                let name = note["name"].as_str().unwrap().strip_prefix("TESTS/").unwrap();
                keys.push(name.parse().unwrap());
            }
        }
        keys
    }
}
