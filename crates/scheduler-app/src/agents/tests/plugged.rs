//! Connectors that come and go while their jobs run, and agents that hang.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connector::fake::Fake;
use connector::{
    BoxFuture, CallError, Cancelled, Communication, Connector, Form, FormRequest, Found, Heartbeat,
    Info, Integration, LogFile, LogPart, LogRequest, Reports, SettingsProblem, Started, Target,
    TaskRef, Watch,
};

use super::*;
use crate::agents::{Asker, IntegrationStatus, Plugged, plug, unplug};
use crate::testing::World;

/// A plug-in before the target that the fake plays. It may hang.
#[derive(Debug, Clone)]
struct Plug {
    target: Fake,
    version: &'static str,
    hangs: Arc<AtomicBool>,
}

impl Plug {
    fn new(target: &Fake, version: &'static str) -> Self {
        Self { target: target.clone(), version, hangs: Arc::default() }
    }
}

impl Connector for Plug {
    fn info(&self) -> Info {
        Info {
            name: "plug".into(),
            version: self.version.into(),
            applications: vec!["Plug".into()],
            ..self.target.info()
        }
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        self.target.form(request)
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        let inner = self.target.connect(target)?;
        Ok(Arc::new(Link { inner, hangs: Arc::clone(&self.hangs) }))
    }
}

#[derive(Debug)]
struct Link {
    inner: Arc<dyn Integration>,
    hangs: Arc<AtomicBool>,
}

impl Link {
    async fn hang(&self) {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

impl Integration for Link {
    fn heartbeat(&self, call: Heartbeat) -> BoxFuture<'_, Communication> {
        Box::pin(async move {
            self.hang().await;
            self.inner.heartbeat(call).await
        })
    }

    fn start(&self, call: StartTask) -> BoxFuture<'_, Started> {
        Box::pin(async move {
            self.hang().await;
            self.inner.start(call).await
        })
    }

    fn find(&self, call: StartTask) -> BoxFuture<'_, Found> {
        self.inner.find(call)
    }

    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>> {
        self.inner.watch(call)
    }

    fn cancel(&self, task: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>> {
        self.inner.cancel(task)
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

/// A day with the agent `A` of the built-in fake, and `P`, whose connector is plugged in or is not.
async fn day(world: World, jobs: &str) -> Day {
    let agent =
        |kind: &str| format!(r#"{{"connection": {{"plug_in": {{"integration": "{kind}"}}}}}}"#);
    world
        .build(&format!(
            r#""agents": {{"A": {}, "P": {}}}, "schedules": {{"S": {{"jobs": {jobs}}}}}"#,
            agent("Fake"),
            agent("Plug")
        ))
        .await;
    Day::of(world)
}

/// A job of the agent `P`.
fn on_plug() -> String {
    task("", "")
        .replace(r#""integration": "Fake""#, r#""integration": "Plug""#)
        .replace(r#""agents": ["A"]"#, r#""agents": ["P"]"#)
}

fn listed(day: &Day) -> Vec<String> {
    let all = integrations(&day.world.app, &anna()).unwrap();
    let shown = all.into_iter().filter(|each| each.place.is_some()).map(|each| {
        format!("{:?} {} {:?} {}", each.place.unwrap(), each.version, each.status, each.why)
    });
    shown.collect()
}

fn target() -> Fake {
    let target = Fake::new();
    target.stand_for("Plug");
    target.plan_all(|_: &StartTask| Plan::until_told());
    target
}

async fn set(day: &Day, place: &str, plugged: Plugged) {
    plug(&day.world.app, place, plugged).await.unwrap();
}

fn ready(target: &Fake, version: &'static str) -> Plugged {
    Plugged::Ready(Arc::new(Plug::new(target, version)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_wait_for_a_connector_run_on_through_its_successors_and_are_started_once() {
    for world in worlds().await {
        let target = target();
        let mut day = day(world, &format!(r#"{{"J": {}}}"#, on_plug())).await;
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Wait Machine");
        let why = agents(&day).await.remove(1);
        assert!(why.contains("no integration for agents of the type Plug is installed"), "{why}");
        set(&day, "p", Plugged::Starting).await;
        assert_eq!(listed(&day), [r#""p"  Starting "#]);
        set(&day, "p", ready(&target, "1")).await;
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Job Running (RUNNING)");

        // Replaced; a version that is no good; taken away; put back elsewhere.
        set(&day, "p", ready(&target, "2")).await;
        day.settle().await;
        set(&day, "p", Plugged::Faulty("it does not start".to_owned())).await;
        day.settle().await;
        assert_eq!(
            listed(&day),
            [r#""p" 2 Faulty the one before it is used still, for it does not start"#]
        );
        assert!(agents(&day).await[1].contains(" communicating "));
        unplug(&day.world.app, "p").await.unwrap();
        day.settle().await;
        assert!(agents(&day).await[1].contains(" not_responding "));
        let key = day.key(1, 1).await;
        target.end(&key, ended(3));
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Job Running (RUNNING)", "nobody knows better");
        set(&day, "q", ready(&target, "3")).await;
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Failed");
        assert_eq!(target.starts(&key), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_speak_to_the_same_agents_the_one_that_was_there_first_does() {
    for world in worlds().await {
        let (first, second) = (target(), target());
        let mut day = day(world, &format!(r#"{{"J": {}}}"#, on_plug())).await;
        set(&day, "z", ready(&first, "1")).await;
        set(&day, "a", ready(&second, "1")).await;
        day.settle().await;
        let key = day.key(1, 1).await;
        assert_eq!((first.starts(&key), second.starts(&key)), (1, 0));
        let all = integrations(&day.world.app, &anna()).unwrap();
        let status = |place: &str| {
            let found = all.iter().find(|each| each.place.as_deref() == Some(place));
            found.map(|each| (each.status, each.why.clone())).unwrap()
        };
        assert_eq!(status("z"), (IntegrationStatus::Ready, String::new()));
        let (status, why) = status("a");
        assert_eq!(status, IntegrationStatus::Faulty);
        assert!(why.contains("are those of the plug-in `z`"), "{why}");
        unplug(&day.world.app, "z").await.unwrap();
        assert_eq!(listed(&day), [r#""a" 1 Ready "#]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_hangs_keeps_no_other_waiting() {
    for world in worlds().await {
        let jobs = format!(r#"{{"J": {}, "K": {}}}"#, on_plug(), task("", ""));
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let plugged = Plug::new(&target(), "1");
        let mut day = day(world, &jobs).await;
        set(&day, "p", Plugged::Ready(Arc::new(plugged.clone()))).await;
        plugged.hangs.store(true, Ordering::Relaxed);
        let mut asker = Asker::new(day.world.app.clone());
        let done = asker.pass().await.unwrap();
        assert_eq!((done.asked, done.is_waiting), (1, true));
        let states = agents(&day).await;
        assert!(states[0].contains(" communicating ") && states[1].contains(" waiting "));
        // It answers once, and hangs at the start of its job.
        plugged.hangs.store(false, Ordering::Relaxed);
        drop(asker);
        heartbeat(&day.world.app).await.unwrap();
        plugged.hangs.store(true, Ordering::Relaxed);
        let limit = std::time::Duration::from_secs(60);
        let finished = async {
            while day.statuses().await[2] != "K: Finished OK" {
                crate::advance::advance(&day.world.app).await.unwrap();
                day.start_and_watch().await;
            }
        };
        tokio::time::timeout(limit, finished).await.expect("the other agent goes on");
        assert_eq!(day.statuses().await[1], "J: Start Attempted");
    }
}
