//! What plug-ins may do wrong, played by the tests at the other end of the pipes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join, join_all};
use kit::{Handle, Supervisor};
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex, empty};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::host::Host;
use super::launch::{Launch, Pipes, Running};
use super::lines::{Line, Lines};
use super::{PlugIn, serve};
use crate::fake::{Fake, Plan};
use crate::{
    AttemptKey, CallError, Communication, Connector, Fault, Heartbeat, Integration, Started, Watch,
};

mod harm;

/// Longer than an ending plug-in is given, so that its calls fail by its end.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a test waits for what must come.
const LIMIT: Duration = Duration::from_mins(5);

/// One life of a plug-in, played by a test.
struct Life {
    requests: Lines<DuplexStream>,
    answers: DuplexStream,
    ended: CancellationToken,
}

#[derive(Debug)]
struct Played(mpsc::UnboundedSender<Life>);

impl std::fmt::Debug for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Life")
    }
}

impl Launch for Played {
    fn launch(&self) -> io::Result<Pipes> {
        let (to, requests) = duplex(1 << 16);
        let (answers, from) = duplex(1 << 16);
        let ended = CancellationToken::new();
        let requests = Lines::new(requests, 1 << 20);
        let life = Life { requests, answers, ended: ended.clone() };
        self.0.send(life).map_err(io::Error::other)?;
        let process = Box::new(PlayedProcess(ended));
        Ok(Pipes { to: Box::new(to), from: Box::new(from), messages: Box::new(empty()), process })
    }
}

struct PlayedProcess(CancellationToken);

impl Running for PlayedProcess {
    fn id(&self) -> Option<u32> {
        None
    }

    fn wait(&mut self) -> BoxFuture<'_, String> {
        Box::pin(async {
            self.0.cancelled().await;
            "played".into()
        })
    }

    fn kill(&mut self) {
        self.0.cancel();
    }
}

impl Life {
    /// The next request; none when the scheduler has closed the pipe.
    async fn request(&mut self) -> Option<Value> {
        let next = tokio::time::timeout(LIMIT, self.requests.next());
        match next.await.expect("a request comes in time").unwrap()? {
            Line::Whole(line) => Some(serde_json::from_slice(&line).unwrap()),
            Line::TooLong(_) => panic!("a request is too long"),
        }
    }

    async fn id(&mut self) -> u64 {
        self.request().await.expect("a request").get("id").and_then(Value::as_u64).expect("an id")
    }

    async fn say(&mut self, line: &str) {
        self.answers.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn answer(&mut self, id: u64, answer: Value) {
        self.say(&json!({"id": id, "answer": answer}).to_string()).await;
    }

    async fn answer_info(&mut self) {
        let id = self.id().await;
        let info = serde_json::to_value(Fake::new().info()).unwrap();
        self.answer(id, json!({"info": info})).await;
    }
}

struct Stage {
    plug_in: PlugIn,
    integration: Arc<dyn Integration>,
    life: Life,
    lives: mpsc::UnboundedReceiver<Life>,
}

impl Stage {
    async fn new(handle: Handle) -> Self {
        let (send, mut lives) = mpsc::unbounded_channel();
        let mut host = Host::new("played", Box::new(Played(send)), TIMEOUT, handle);
        host.set_line_bytes_max(4096);
        let playing = async {
            let mut life = lives.recv().await.expect("it is started");
            life.answer_info().await;
            life
        };
        let (plug_in, life) = join(PlugIn::with(host), playing).await;
        let plug_in = plug_in.unwrap();
        let integration = plug_in.connect(Fake::target("A")).unwrap();
        Self { plug_in, integration, life, lives }
    }

    fn start(&self, key: &str) -> BoxFuture<'static, Started> {
        let (integration, call) = (Arc::clone(&self.integration), Fake::task(&key_of(key)));
        Box::pin(async move { integration.start(call).await })
    }

    fn beat(&self) -> BoxFuture<'static, Communication> {
        let integration = Arc::clone(&self.integration);
        Box::pin(async move { integration.heartbeat(Heartbeat { is_first: false }).await })
    }

    /// A heartbeat is answered: this life goes on.
    async fn lives_on(&mut self) {
        let beat = self.beat();
        let playing = async {
            let id = self.life.id().await;
            let beat = json!({"communication": "communicating", "version": "1", "warnings": []});
            self.life.answer(id, json!({"heartbeat": beat})).await;
        };
        let (beat, ()) = join(beat, playing).await;
        assert!(matches!(beat, Communication::Communicating { .. }), "{beat:?}");
    }
}

fn key_of(key: &str) -> AttemptKey {
    key.parse().unwrap()
}

fn why(started: &Started) -> &str {
    match started {
        Started::Unknown { why } => why,
        other => panic!("{other:?}"),
    }
}

fn running() -> Value {
    json!({"start": {"start": "running", "state": "7"}})
}

#[tokio::test(start_paused = true)]
async fn many_calls_are_under_way_and_answered_in_any_order() {
    let mut stage = Stage::new(Handle::default()).await;
    let keys: Vec<_> = (0..500).map(|number| format!("K{number}")).collect();
    let starts = join_all(keys.iter().map(|key| stage.start(key)));
    let playing = async {
        let mut calls = Vec::new();
        for _ in 0..500 {
            let request = stage.life.request().await.unwrap();
            let key = request["call"]["start"]["attempt"].as_str().unwrap().to_owned();
            calls.push((request["id"].as_u64().unwrap(), key));
        }
        for (id, key) in calls.into_iter().rev() {
            stage.life.answer(id, json!({"start": {"start": "running", "state": key}})).await;
        }
    };
    let (started, ()) = join(starts, playing).await;
    for (key, started) in keys.into_iter().zip(started) {
        assert_eq!(started, Started::Running { state: crate::State(key) });
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_no_json_fails_the_open_calls_and_is_not_repeated() {
    let mut stage = Stage::new(Handle::default()).await;
    let calls = join(stage.start("K1"), stage.beat());
    let playing = async {
        stage.life.id().await;
        stage.life.id().await;
        stage.life.say("s3cr3t is no JSON").await;
    };
    let ((started, beat), ()) = join(calls, playing).await;
    assert!(why(&started).contains("is no JSON"), "{started:?}");
    let beat = format!("{beat:?}");
    assert!(beat.contains("NotCommunicating") && !beat.contains("s3cr3t"), "{beat}");
    stage.lives_on().await;
}

#[tokio::test(start_paused = true)]
async fn a_line_whose_beginning_names_a_call_fails_that_call_only() {
    let too_long = "x".repeat(10_000);
    for (rest, expected) in [
        (",\"answer\":{\"start\":{oops", "is no JSON"),
        (",\"answer\":{\"start\":7}}", "is no message"),
        (",\"answer\":{\"no_such_answer\":7}}", "is no message"),
        (&format!(",\"answer\":\"{too_long}\"}}"), "is longer than"),
        (",\"answer\":\"delete\"}", "answered another call"),
    ] {
        let mut stage = Stage::new(Handle::default()).await;
        let calls = join(stage.start("K1"), stage.start("K2"));
        let playing = async {
            let (first, second) = (stage.life.id().await, stage.life.id().await);
            stage.life.say(&format!("{{\"id\":{first}{rest}")).await;
            stage.life.answer(second, running()).await;
        };
        let ((first, second), ()) = join(calls, playing).await;
        assert!(why(&first).contains(expected), "{rest}: {first:?}");
        assert!(matches!(second, Started::Running { .. }), "{rest}: {second:?}");
        stage.lives_on().await;
    }
}

#[tokio::test(start_paused = true)]
async fn answers_for_which_nobody_waits_and_empty_lines_do_no_harm() {
    let mut stage = Stage::new(Handle::default()).await;
    for line in
        ["", "  ", "{\"id\":4711,\"answer\":\"delete\"}", "{\"id\":1,\"answer\":{\"info\":0}}"]
    {
        stage.life.say(line).await;
    }
    stage.lives_on().await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_told_to_the_plug_in_and_its_late_answer_is_ignored() {
    let mut stage = Stage::new(Handle::default()).await;
    let watch = Watch { tasks: Vec::new(), cursor: None, wait: Duration::from_secs(60) };
    let integration = Arc::clone(&stage.integration);
    let mut watching = integration.watch(watch);
    let id = tokio::select! {
        told = &mut watching => panic!("{told:?}"),
        id = stage.life.id() => id,
    };
    drop(watching);
    assert_eq!(stage.life.request().await, Some(json!({"drop": id})));
    stage
        .life
        .answer(id, json!({"watch": {"reports": [], "cursor": null, "again_after": 0}}))
        .await;
    stage.lives_on().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_fails_after_its_time_and_others_do_not() {
    let mut stage = Stage::new(Handle::default()).await;
    let before = tokio::time::Instant::now();
    let hanging = stage.start("K1");
    let playing = async {
        stage.life.id().await;
        stage.lives_on().await;
    };
    let (started, ()) = join(hanging, playing).await;
    assert!(why(&started).contains("did not answer within 10s"), "{started:?}");
    assert_eq!(before.elapsed(), TIMEOUT);
    // The plug-in learns that nobody waits any more.
    assert!(stage.life.request().await.is_some_and(|request| request.get("drop").is_some()));
    stage.lives_on().await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_may_take_its_wait_beside_the_time_of_a_call() {
    let stage = Stage::new(Handle::default()).await;
    let before = tokio::time::Instant::now();
    let wait = Duration::from_secs(30);
    let told = stage.integration.watch(Watch { tasks: Vec::new(), cursor: None, wait }).await;
    assert_eq!(told.unwrap_err().fault, Fault::Unreachable);
    assert_eq!(before.elapsed(), TIMEOUT + wait);
    // The longest wait that a message can carry is no reason to panic.
    let wait = Duration::from_millis(u64::MAX);
    let watch = stage.integration.watch(Watch { tasks: Vec::new(), cursor: None, wait });
    assert!(tokio::time::timeout(Duration::from_hours(1), watch).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_plug_in_that_answers_nothing_at_all_is_ended_and_started_again() {
    let mut stage = Stage::new(Handle::default()).await;
    for _ in 0..3 {
        assert!(matches!(stage.beat().await, Communication::NotCommunicating { .. }));
    }
    stage.life.ended.cancelled().await;
    let start = stage.start("K1");
    let playing = async {
        let mut life = stage.lives.recv().await.expect("it is started again");
        let id = life.id().await;
        life.answer(id, running()).await;
        life
    };
    let (started, _life) = join(start, playing).await;
    assert!(matches!(started, Started::Running { .. }), "{started:?}");
}

#[tokio::test(start_paused = true)]
async fn a_death_fails_all_open_calls_and_leaves_starts_unknown() {
    let mut stage = Stage::new(Handle::default()).await;
    let integration = Arc::clone(&stage.integration);
    let watch = Watch { tasks: Vec::new(), cursor: None, wait: Duration::from_secs(60) };
    let calls = join(stage.start("K1"), integration.watch(watch));
    let playing = async {
        stage.life.id().await;
        stage.life.id().await;
        stage.life.ended.cancel();
    };
    let before = tokio::time::Instant::now();
    let ((started, told), ()) = join(calls, playing).await;
    assert!(why(&started).contains("has ended (played)"), "{started:?}");
    assert!(matches!(told, Err(CallError { fault: Fault::Unreachable, .. })), "{told:?}");
    assert!(before.elapsed() < TIMEOUT, "they waited for their time instead");
}

#[tokio::test(start_paused = true)]
async fn what_a_dying_plug_in_still_said_counts() {
    let mut stage = Stage::new(Handle::default()).await;
    let start = stage.start("K1");
    let playing = async {
        let id = stage.life.id().await;
        stage.life.answer(id, running()).await;
        stage.life.ended.cancel();
    };
    let (started, ()) = join(start, playing).await;
    assert!(matches!(started, Started::Running { .. }), "{started:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plug_in_that_dies_again_and_again_is_started_after_growing_pauses() {
    let Stage { integration, life, mut lives, .. } = Stage::new(Handle::default()).await;
    life.ended.cancel();
    drop(life);
    let mut pauses = Vec::new();
    for _ in 0..4 {
        // Asks until it is started once more; then it dies at once.
        let before = tokio::time::Instant::now();
        let asking = async {
            loop {
                integration.heartbeat(Heartbeat { is_first: false }).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let life = tokio::select! {
            () = asking => unreachable!(),
            life = lives.recv() => life.expect("it is started again"),
        };
        pauses.push(before.elapsed());
        life.ended.cancel();
    }
    assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_too_long_is_refused_and_not_sent() {
    let mut stage = Stage::new(Handle::default()).await;
    let mut call = Fake::task(&key_of("K1"));
    call.name = "x".repeat(5000);
    let started = stage.integration.start(call).await;
    assert!(why(&started).contains("a plug-in takes 4096"), "{started:?}");
    stage.lives_on().await;
}

#[tokio::test(start_paused = true)]
async fn an_ending_scheduler_lets_open_calls_finish_and_then_closes_the_pipe() {
    let supervisor = Supervisor::new();
    let mut stage = Stage::new(supervisor.handle()).await;
    let start = stage.start("K1");
    let soft = supervisor.soft();
    let playing = async {
        let id = stage.life.id().await;
        soft.cancel();
        stage.life.answer(id, running()).await;
        assert_eq!(stage.life.request().await, None);
    };
    let (started, ()) = join(start, playing).await;
    assert!(matches!(started, Started::Running { .. }), "{started:?}");
    assert!(matches!(stage.beat().await, Communication::NotCommunicating { .. }));
    stage.life.ended.cancel();
    assert!(supervisor.run(std::future::ready(()), Duration::from_secs(60)).await);
}

#[tokio::test(start_paused = true)]
async fn a_plug_in_that_nobody_holds_any_more_sees_the_end_of_its_input() {
    let Stage { plug_in, integration, mut life, .. } = Stage::new(Handle::default()).await;
    drop(plug_in);
    drop(integration);
    assert_eq!(life.request().await, None);
}

#[tokio::test(start_paused = true)]
async fn settings_of_a_foreign_kind_are_refused_and_check_asks_the_plug_in() {
    let mut stage = Stage::new(Handle::default()).await;
    let mut target = Fake::target("A");
    let playing = async {
        let id = stage.life.id().await;
        let problem = json!({"field": "url", "message": "is missing"});
        stage.life.answer(id, json!({"check": [problem]})).await;
    };
    let (problems, ()) = join(stage.plug_in.check(target.clone()), playing).await;
    assert_eq!(problems.unwrap()[0].to_string(), "url: is missing");
    target.application = "Other".into();
    assert_eq!(stage.plug_in.connect(target).unwrap_err()[0].field, "application");
}

#[tokio::test]
async fn a_served_connector_stops_waiting_for_whom_nobody_waits_and_finishes_what_acts() {
    let fake = Fake::new();
    let key = key_of("K1");
    fake.plan(&key, Plan::until_told());
    let (requests, input) = duplex(1 << 16);
    let (output, answers) = duplex(1 << 16);
    let mut life = Life {
        requests: Lines::new(answers, 1 << 20),
        answers: requests,
        ended: CancellationToken::new(),
    };
    let serving = serve(input, output, Arc::new(fake.clone()));
    let target = serde_json::to_value(Fake::target("A")).unwrap();
    let playing = async {
        let watch = json!({"tasks": [], "cursor": "fake:1", "wait": 600_000});
        let call = json!({"id": 1, "target": target, "call": {"watch": watch}});
        life.say(&call.to_string()).await;
        let called = fake.until(|fake| fake.calls_count() == 1);
        tokio::time::timeout(LIMIT, called).await.expect("the call arrives");
        life.say("{\"drop\":1}").await;
        life.say("this is no call").await;
        life.say("").await;
        let start = serde_json::to_value(Fake::task(&key)).unwrap();
        let call = json!({"id": 2, "target": target, "call": {"start": start}});
        life.say(&call.to_string()).await;
        life.say("{\"drop\":2}").await;
        // The answer to the watch never comes, that to the start does.
        let answer = life.request().await.unwrap();
        assert_eq!(
            (&answer["id"], &answer["answer"]["start"]["start"]),
            (&json!(2), &json!("running"))
        );
        let mut wrong = target.clone();
        wrong["application"] = json!("Other");
        let call = json!({"id": 3, "target": wrong, "call": {"heartbeat": {"is_first": true}}});
        life.say(&call.to_string()).await;
        let answer = life.request().await.unwrap();
        assert_eq!(answer["answer"]["failed"]["fault"], json!("refused"), "{answer}");
        drop(life);
    };
    let (served, ()) = join(serving, playing).await;
    served.unwrap();
    assert_eq!(fake.starts(&key), 1);
}
