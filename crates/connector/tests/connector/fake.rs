//! What the fake does beyond the contract.

use std::time::Duration;

use connector::call::{Call, CallKind};
use connector::fake::{AtStart, Fake, Plan, ended};
use connector::{
    AttemptKey, Cancelled, Connector, Found, Heartbeat, Integration, Reports, Started, State,
    TaskRef, TaskStatus, Watch,
};
use proptest::prelude::*;
use serde_json::json;

fn key(text: &str) -> AttemptKey {
    text.parse().unwrap()
}

fn task(key: &AttemptKey) -> TaskRef {
    TaskRef { attempt: key.clone(), state: State::default() }
}

fn question(keys: &[&AttemptKey], cursor: Option<String>, wait: Duration) -> Watch {
    Watch { tasks: keys.iter().map(|key| task(key)).collect(), cursor, wait }
}

/// The phases and codes that single questions tell.
async fn told(integration: &dyn Integration, key: &AttemptKey, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..count {
        let told = integration.watch(question(&[key], None, Duration::ZERO)).await.unwrap();
        all.extend(told.reports.into_iter().map(|report| match report.status {
            TaskStatus::Waiting { phase, .. } | TaskStatus::Running { phase, .. } => phase,
            TaskStatus::PreRun => "pre-run".to_owned(),
            TaskStatus::Ended(end) => format!("{:?}", end.code),
            TaskStatus::Lost { why } => why,
        }));
    }
    all
}

#[tokio::test]
async fn a_task_moves_on_by_being_watched_so_many_times() {
    let fake = Fake::new();
    let integration = fake.connect(Fake::target("A")).unwrap();
    let key = key("K");
    let asks = TaskStatus::Running { phase: "WAIT FOR INPUT REQUEST".into(), code: Some(14) };
    let plan = Plan::until_told().waiting("QUEUED", Some(1));
    fake.plan(&key, plan.then(2, asks).then(3, TaskStatus::Ended(ended(4))));
    integration.start(Fake::task(&key)).await;
    let expected = [
        "QUEUED",
        "WAIT FOR INPUT REQUEST",
        "WAIT FOR INPUT REQUEST",
        "WAIT FOR INPUT REQUEST",
        "Some(4)",
        "Some(4)",
    ];
    assert_eq!(told(integration.as_ref(), &key, 6).await, expected);
}

#[tokio::test]
async fn the_fields_of_a_task_say_how_it_goes() {
    let fake = Fake::new();
    let integration = fake.connect(Fake::target("A")).unwrap();
    let start = |name: &str, fields: serde_json::Value| {
        let mut call = Fake::task(&key(name));
        call.fields = fields.as_object().unwrap().clone();
        integration.start(call)
    };
    let phases =
        json!([{"phase": "QUEUED", "is_waiting": true, "watches": 2}, {"phase": "RUNNING"}]);
    start("phases", json!({"phases": phases, "code": 11, "watches": 1})).await;
    let expected = ["QUEUED", "RUNNING", "Some(11)"];
    assert_eq!(told(integration.as_ref(), &key("phases"), 3).await, expected);
    let at_once = start("at-once", json!({"code": 7, "at_once": true})).await;
    assert!(matches!(at_once, Started::Ended { end, .. } if end.code == Some(7)));
    let wrong = start("wrong", json!({"code": "seven"})).await;
    assert!(matches!(&wrong, Started::Refused { why } if why.contains("seven")), "{wrong:?}");
    assert_eq!(fake.tasks(), [key("phases"), key("at-once")]);
}

#[tokio::test]
async fn calls_are_recorded_in_order_and_the_newest_are_kept() {
    let fake = Fake::new();
    let integration = fake.connect(Fake::target("A")).unwrap();
    integration.heartbeat(Heartbeat { is_first: true }).await;
    integration.start(Fake::task(&key("K"))).await;
    integration.find(Fake::task(&key("K"))).await;
    let kinds = || fake.calls().iter().map(|recorded| recorded.call.kind()).collect::<Vec<_>>();
    assert_eq!(kinds(), [CallKind::Heartbeat, CallKind::Start, CallKind::Find]);
    assert!(matches!(&fake.calls()[1].call, Call::Start(start) if start.attempt == key("K")));
    fake.set_calls_max(2);
    integration.heartbeat(Heartbeat { is_first: false }).await;
    assert_eq!(kinds(), [CallKind::Find, CallKind::Heartbeat]);
    fake.set_calls_max(0);
    integration.heartbeat(Heartbeat { is_first: false }).await;
    assert_eq!((kinds().len(), fake.calls_count()), (0, 5));
}

#[tokio::test]
async fn a_call_lost_on_the_way_starts_nothing_and_its_repetition_does() {
    let fake = Fake::new();
    let integration = fake.connect(Fake::target("A")).unwrap();
    let key = key("K");
    fake.plan(&key, Plan::ends_after(1, 0).at_start(AtStart::NeverArrives));
    assert!(matches!(integration.start(Fake::task(&key)).await, Started::Unknown { .. }));
    assert_eq!((fake.starts(&key), integration.find(Fake::task(&key)).await), (0, Found::Never));
    assert!(matches!(integration.start(Fake::task(&key)).await, Started::Running { .. }));
    assert_eq!(fake.starts(&key), 1);
}

#[tokio::test]
async fn an_agent_without_memory_of_keys_shows_who_starts_twice() {
    let fake = Fake::new();
    fake.set_keeps_keys(false);
    let integration = fake.connect(Fake::target("A")).unwrap();
    for name in ["twice", "once", "twice"] {
        integration.start(Fake::task(&key(name))).await;
    }
    assert_eq!(fake.started_twice(), [key("twice")]);
}

#[tokio::test(start_paused = true)]
async fn a_question_waits_for_news_and_is_woken_by_it() {
    let fake = Fake::new();
    let integration = fake.connect(Fake::target("A")).unwrap();
    let key = key("K");
    let Started::Running { .. } = integration.start(Fake::task(&key)).await else { panic!() };
    let told = integration.watch(question(&[&key], None, Duration::ZERO)).await.unwrap();
    let seen = TaskRef { attempt: key.clone(), state: told.reports[0].state.clone().unwrap() };
    let ask = |cursor: &Reports| Watch {
        tasks: vec![seen.clone()],
        cursor: cursor.cursor.clone(),
        wait: Duration::from_secs(30),
    };
    let before = tokio::time::Instant::now();
    let quiet = integration.watch(ask(&told)).await.unwrap();
    assert_eq!((quiet.reports.len(), before.elapsed()), (0, Duration::from_secs(30)));

    let before = tokio::time::Instant::now();
    let ending = async {
        let called = fake.until(|fake| fake.count_calls(CallKind::Watch) == 3);
        tokio::time::timeout(Duration::from_mins(5), called).await.expect("the call arrives");
        assert!(fake.end(&key, ended(0)));
    };
    let (news, ()) = futures_util::future::join(integration.watch(ask(&quiet)), ending).await;
    assert_eq!((news.unwrap().reports.len(), before.elapsed()), (1, Duration::ZERO));

    // A way that breaks ends the wait too.
    let breaking = async {
        let called = fake.until(|fake| fake.count_calls(CallKind::Heartbeat) == 1);
        tokio::time::timeout(Duration::from_mins(5), called).await.expect("the call arrives");
        fake.set_agent_reachable("A", false);
    };
    let other = self::key("L");
    fake.adopt(&other, Plan::until_told());
    let waiting = async {
        let told = integration.watch(question(&[&other], None, Duration::ZERO)).await.unwrap();
        let state = told.reports[0].state.clone().unwrap();
        let tasks = vec![TaskRef { attempt: other.clone(), state }];
        let wait = Duration::from_secs(30);
        integration.heartbeat(Heartbeat { is_first: false }).await;
        integration.watch(Watch { tasks, cursor: told.cursor, wait }).await
    };
    let (failed, ()) = futures_util::future::join(waiting, breaking).await;
    assert!(failed.is_err());
}

#[tokio::test]
async fn a_deaf_task_takes_a_cancel_and_runs_on() {
    let fake = Fake::new();
    let integration = fake.connect(Fake::target("A")).unwrap();
    let key = key("K");
    fake.plan(&key, Plan::until_told().deaf());
    integration.start(Fake::task(&key)).await;
    assert_eq!(integration.cancel(task(&key)).await, Ok(Cancelled::Sent));
    assert!(matches!(fake.status(&key), Some(TaskStatus::Running { .. })));
}

#[tokio::test]
async fn the_same_planner_and_calls_make_the_same_world() {
    let run = || async {
        let fake = Fake::new();
        fake.set_again_after(Some(Duration::from_secs(1)));
        fake.plan_all(|start| {
            let sum: u32 = start.attempt.as_str().bytes().map(u32::from).sum();
            Plan::ends_after(sum % 5, i32::try_from(sum % 7).unwrap())
        });
        let integration = fake.connect(Fake::target("A")).unwrap();
        let keys: Vec<_> = (0..20).map(|number| key(&format!("K{number}"))).collect();
        let mut all = Vec::new();
        for key in &keys {
            all.push(format!("{:?}", integration.start(Fake::task(key)).await));
        }
        for _ in 0..6 {
            let keys: Vec<_> = keys.iter().collect();
            let told = integration.watch(question(&keys, None, Duration::from_secs(9))).await;
            all.push(format!("{told:?}"));
        }
        all
    };
    assert_eq!(run().await, run().await);
}

proptest! {
    #[test]
    fn what_calls_carry_from_outside_makes_no_panic(
        cursor in ".{0,12}", state in ".{0,12}", from in "[0-9]{0,20}|.{0,4}",
        wait in any::<u64>(), bytes_max in any::<u32>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let fake = Fake::new();
            let integration = fake.connect(Fake::target("A")).unwrap();
            let key = key("K");
            fake.plan(&key, Plan::until_told().log("äöü🦀"));
            integration.start(Fake::task(&key)).await;
            let task = TaskRef { attempt: key.clone(), state: State(state) };
            let wait = Duration::from_millis(wait);
            let watch = Watch { tasks: vec![task.clone()], cursor: Some(cursor), wait };
            prop_assert!(integration.watch(watch).await.is_ok());
            let name = connector::fake::LOG.to_owned();
            let call = connector::LogRequest { task, name, from: Some(from), bytes_max, wait };
            if let Ok(part) = integration.read_log(call).await {
                prop_assert!("äöü🦀".contains(&part.text));
            }
            Ok(())
        })?;
    }
}
