//! The connector against a server that does as it is told.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "scripted/flood.rs"]
mod flood;
#[path = "scripted/number.rs"]
mod number;
#[path = "scripted/server.rs"]
mod server;

use std::sync::Arc;
use std::time::Duration;

use amt_protocol::{Features, WireProfile};
use connector::{
    AttemptKey, BatchUser, CallError, Cancelled, Communication, Connector, Fault, Found, Heartbeat,
    Integration, LogPart, LogRequest, Reports, StartTask, Started, State, Target, TaskRef,
    TaskStatus, Watch,
};
use connector_amt::{APPLICATION, AmtConnector, BATCH_JOB, Options, SCRIPT};
use kit::Secret;
use serde_json::{Value, json};

use server::{Reply, Server};

const SECRET: &str = "hush-hush";

fn options(features: Features) -> Options {
    let mut options = Options {
        profile: WireProfile { features, ..WireProfile::default() },
        ..Options::default()
    };
    options.timeouts.answer = Duration::from_secs(1);
    options.patience.first = Duration::from_millis(10);
    options.patience.ceiling = Duration::from_millis(50);
    options.patience.unsent = Duration::from_millis(200);
    options.patience.doubtful = Some(Duration::from_millis(200));
    options
}

fn connect(server: &Server, features: Features) -> Arc<dyn Integration> {
    connect_with(server, options(features))
}

fn connect_with(server: &Server, options: Options) -> Arc<dyn Integration> {
    let settings = json!({"batch_server_url": server.url, "poll_seconds_max": 0.8});
    AmtConnector::new(options)
        .connect(Target {
            agent: "AMT".into(),
            application: APPLICATION.into(),
            settings: settings.as_object().unwrap().clone(),
            batch_user: Some(BatchUser { identifier: "API".into(), password: Secret::new(SECRET) }),
        })
        .unwrap()
}

fn key() -> AttemptKey {
    "17.NIGHTLY.1".parse().unwrap()
}

fn start(task_type: &str, fields: Value) -> StartTask {
    StartTask {
        attempt: key(),
        name: "NIGHTLY/REPORT".into(),
        task_type: task_type.into(),
        fields: fields.as_object().unwrap().clone(),
        secrets: Vec::new(),
        batch_user: None,
        variables: indexmap::IndexMap::new(),
    }
}

fn report() -> StartTask {
    start(BATCH_JOB, json!({"application": "DEMO2", "job": "REPORTTEST01"}))
}

fn accepted() -> Reply {
    Reply::Json(200, json!({"BatchRequestId": 7, "Code": 1, "Status": "QUEUED", "Description": ""}))
}

fn status(code: u16) -> Reply {
    Reply::Json(200, json!({"BatchRequestId": 7, "Code": code, "Version": i64::from(code) + 1}))
}

fn absent() -> Reply {
    Reply::Json(404, json!({"code": "unknown_key", "detail": "nothing is stored under the key"}))
}

async fn started(amt: &dyn Integration, call: StartTask) -> TaskRef {
    match amt.start(call).await {
        Started::Running { state } => TaskRef { attempt: key(), state },
        other => panic!("{other:?}"),
    }
}

async fn watch(amt: &dyn Integration, task: &TaskRef) -> Result<Reports, CallError> {
    amt.watch(Watch { tasks: vec![task.clone()], cursor: None, wait: Duration::ZERO }).await
}

async fn read(amt: &dyn Integration, task: &TaskRef, from: Option<String>) -> LogPart {
    let name = "AsyscoAmt-17.NIGHTLY.1.log".to_owned();
    let (task, wait) = (task.clone(), Duration::ZERO);
    amt.read_log(LogRequest { task, name, from, bytes_max: 1 << 20, wait }).await.unwrap()
}

const ONE_BY_ONE: Features =
    Features { request_keys: false, long_poll: false, monitor_many: false, message_paging: false };

#[tokio::test]
async fn one_logon_is_shared_and_renewed_once_when_its_token_is_refused() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.always("OpConJobAction", accepted());
    let calls = (0..8).map(|_| amt.start(report()));
    for one in futures_util::future::join_all(calls).await {
        assert!(matches!(one, Started::Running { .. }), "{one:?}");
    }
    assert_eq!(server.count("Logon"), 1);
    server.forget_tokens();
    started(amt.as_ref(), report()).await;
    assert_eq!(server.count("Logon"), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_again_after_a_new_logon_ends_a_start_with_24() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.always("OpConJobAction", Reply::Json(401, json!({"code": "no_token"})));
    let one = amt.start(report()).await;
    let Started::Ended { end, .. } = one else { panic!("{one:?}") };
    assert_eq!((end.code, server.count("OpConJobAction")), (Some(24), 2));
    assert!(end.description.starts_with("AUTHENTICATION_ERROR: "), "{end:?}");
}

#[tokio::test]
async fn a_logon_that_fails_at_the_server_ends_a_start_with_23() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.always("Logon", Reply::Json(503, json!({"detail": "no database"})));
    let one = amt.start(report()).await;
    let Started::Ended { end, .. } = one else { panic!("{one:?}") };
    assert_eq!((end.code, server.count("OpConJobAction")), (Some(23), 0));
    assert!(server.count("Logon") > 1, "it is tried again");
}

#[tokio::test]
async fn a_start_that_was_sent_without_a_definite_answer_is_unknown_and_never_23() {
    for reply in [
        Reply::Json(500, json!({"detail": "oops"})),
        Reply::Text("<html>Welcome to the proxy</html>"),
        Reply::Cut,
        Reply::Slow(Duration::from_secs(3)),
    ] {
        let server = Server::start().await;
        let amt = connect(&server, Features::default());
        server.always("OpConJobAction", reply.clone());
        server.always("FindJob", absent());
        let one = amt.start(report()).await;
        assert!(matches!(one, Started::Unknown { .. }), "{reply:?}: {one:?}");
        server.always("VoidKey", Reply::Json(503, json!({"detail": "no database"})));
        let found = amt.find(report()).await;
        assert!(matches!(found, Found::NotNow { .. }), "it may still arrive: {found:?}");
        server.always("VoidKey", absent());
        assert_eq!(amt.find(report()).await, Found::Never);
        // Refused credentials say nothing about what was sent before.
        server.always("OpConJobAction", Reply::Json(401, json!({"code": "no_token"})));
        let again = amt.start(report()).await;
        assert!(matches!(again, Started::Unknown { .. }), "{again:?}");
    }
}

#[tokio::test]
async fn a_refusal_ends_with_the_servers_code_unless_the_key_is_known() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    let refusal = json!({"BatchRequestId": 0, "Code": 11, "Status": "ERROR", "Description": "unknown queue X"});
    server.always("OpConJobAction", Reply::Json(200, refusal));
    server.always("FindJob", absent());
    let one = amt.start(report()).await;
    let Started::Ended { end, .. } = one else { panic!("{one:?}") };
    assert_eq!((end.code, end.description.as_str()), (Some(11), "ERROR: unknown queue X"));
    assert_eq!(server.count("VoidKey"), 0, "nothing of it is on its way");
    server.always("OpConJobAction", Reply::Json(409, json!({"code": "key_conflict"})));
    server.always("FindJob", status(2));
    started(amt.as_ref(), report()).await;
}

#[tokio::test]
async fn a_refusal_after_doubt_ends_a_task_once_its_key_is_void() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.next("OpConJobAction", [Reply::Cut]);
    server.always("OpConJobAction", Reply::Json(403, json!({"code": "no_right", "detail": "no"})));
    server.always("FindJob", absent());
    server.always("VoidKey", Reply::Json(503, json!({"detail": "no database"})));
    let one = amt.start(report()).await;
    assert!(matches!(one, Started::Unknown { .. }), "{one:?}");
    server.always("VoidKey", absent());
    let one = amt.start(report()).await;
    assert!(matches!(&one, Started::Ended { end, .. } if end.code == Some(11)), "{one:?}");
}

#[tokio::test]
async fn a_task_is_found_by_its_key_when_its_fields_have_no_value_any_more() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.always("VoidKey", status(2));
    let found = amt.find(start(BATCH_JOB, json!({}))).await;
    let Found::Running { state } = found else { panic!("{found:?}") };
    server.always(
        "MonitorJob",
        Reply::Json(200, json!({"Items": [{"BatchRequestId": 7, "Code": 4}], "Cursor": "c:1"})),
    );
    let told = watch(amt.as_ref(), &TaskRef { attempt: key(), state }).await.unwrap();
    assert!(matches!(told.reports[0].status, TaskStatus::Ended(_)), "{told:?}");
    server.always("VoidKey", absent());
    assert_eq!(amt.find(start(BATCH_JOB, json!({}))).await, Found::Never);
    let amt = connect(&server, ONE_BY_ONE);
    let found = amt.find(start(BATCH_JOB, json!({}))).await;
    assert!(matches!(&found, Found::Cannot { why } if why.contains("NIGHTLY/REPORT")), "{found:?}");
}

#[tokio::test]
async fn an_endless_answer_to_a_start_is_a_lost_one_and_of_a_refusal_only_its_beginning_counts() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    let long = "x".repeat(100_000);
    server.always(
        "OpConJobAction",
        Reply::Json(200, json!({"BatchRequestId": 7, "Description": long})),
    );
    server.always("FindJob", absent());
    let one = amt.start(report()).await;
    assert!(matches!(&one, Started::Unknown { why } if why.contains("longer than")), "{one:?}");
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.always("OpConJobAction", Reply::Json(403, json!({"code": "no_right", "detail": long})));
    server.always("FindJob", absent());
    server.always("VoidKey", absent());
    let one = amt.start(report()).await;
    assert!(matches!(one, Started::Ended { .. }), "{one:?}");
}

#[tokio::test]
async fn wrong_fields_are_refused_and_nothing_is_sent() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    for call in [
        start(SCRIPT, json!({"application": "DEMO2"})),
        start(BATCH_JOB, json!({"application": "D", "job": "J", "task_values": vec!["x"; 21]})),
        start("report", json!({})),
    ] {
        let one = amt.start(call).await;
        assert!(matches!(one, Started::Refused { .. }), "{one:?}");
    }
    assert_eq!(server.count("OpConJobAction") + server.count("Logon"), 0);
}

#[tokio::test]
async fn a_server_without_keys_leaves_a_doubtful_start_to_an_operator() {
    let server = Server::start().await;
    let amt = connect(&server, ONE_BY_ONE);
    server.always("OpConJobAction", Reply::Cut);
    let one = amt.start(report()).await;
    assert!(matches!(one, Started::Unknown { .. }), "{one:?}");
    assert_eq!(server.count("OpConJobAction"), 1, "it is never sent again");
    let found = amt.find(report()).await;
    assert!(matches!(&found, Found::Cannot { why } if why.contains("REPORTTEST01")), "{found:?}");
}

#[tokio::test]
async fn a_server_without_a_list_is_polled_slower_and_slower_until_something_happens() {
    let server = Server::start().await;
    let amt = connect(&server, ONE_BY_ONE);
    server.always("OpConJobAction", accepted());
    server.always("MonitorJob", status(2));
    let task = started(amt.as_ref(), report()).await;
    let mut pauses = Vec::new();
    for code in [2, 2, 2, 2, 14] {
        server.always("MonitorJob", status(code));
        let told = watch(amt.as_ref(), &task).await.unwrap();
        assert_eq!(told.cursor, None);
        pauses.push(told.again_after.as_millis());
    }
    assert_eq!(pauses, [200, 400, 800, 800, 200]);
}

#[tokio::test]
async fn each_code_is_waiting_running_or_ended() {
    let server = Server::start().await;
    let amt = connect(&server, ONE_BY_ONE);
    server.always("OpConJobAction", accepted());
    let task = started(amt.as_ref(), report()).await;
    for code in (0..=24).chain([99]) {
        server.always("MonitorJob", status(code));
        let told = watch(amt.as_ref(), &task).await.unwrap().reports.remove(0);
        let is_right = match &told.status {
            TaskStatus::Waiting { code: shown, .. } => {
                *shown == Some(code.into()) && [0, 1, 5, 20].contains(&code)
            }
            TaskStatus::Running { code: shown, .. } => {
                *shown == Some(code.into())
                    && [2, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19, 21].contains(&code)
            }
            TaskStatus::Ended(end) => {
                end.code == Some(code.into())
                    && end.is_killed == (code == 3)
                    && [3, 4, 6, 10, 11, 12, 22, 23, 24, 99].contains(&code)
            }
            TaskStatus::Lost { .. } | TaskStatus::PreRun => false,
        };
        assert!(is_right, "{code}: {told:?}");
    }
    server.always("MonitorJob", status(14));
    let told = watch(amt.as_ref(), &task).await.unwrap().reports.remove(0);
    let phase = "WAIT FOR INPUT REQUEST".to_owned();
    assert_eq!(told.status, TaskStatus::Running { phase, code: Some(14) });
}

#[tokio::test]
async fn a_request_is_lost_only_when_the_server_says_that_it_has_none() {
    for features in [Features::default(), ONE_BY_ONE] {
        let server = Server::start().await;
        let amt = connect(&server, features);
        server.always("OpConJobAction", accepted());
        let task = started(amt.as_ref(), report()).await;
        for (reply, fault) in [
            (Reply::Json(500, json!({})), Fault::Unreachable),
            (Reply::Cut, Fault::Unreachable),
            (Reply::Text("nonsense"), Fault::Nonsense),
            (Reply::Json(403, json!({"code": "no_right"})), Fault::Refused),
        ] {
            server.always("MonitorJob", reply);
            let error = watch(amt.as_ref(), &task).await.unwrap_err();
            assert_eq!(error.fault, fault, "{error}");
            assert!(!error.message.contains(SECRET), "{error}");
        }
        let gone = if features.monitor_many {
            Reply::Json(200, json!({"Items": [], "Cursor": "c:1"}))
        } else {
            absent()
        };
        server.always("MonitorJob", gone);
        let told = watch(amt.as_ref(), &task).await.unwrap();
        assert!(matches!(told.reports[0].status, TaskStatus::Lost { .. }), "{told:?}");
    }
}

#[tokio::test]
async fn a_task_that_joins_is_asked_for_without_cursor_and_after_the_others() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    let item = json!({"BatchRequestId": 7, "Code": 2});
    server.always("OpConJobAction", accepted());
    server.always("MonitorJob", Reply::Json(200, json!({"Items": [item], "Cursor": "c:1"})));
    let early = started(amt.as_ref(), report()).await;
    let first = watch(amt.as_ref(), &early).await.unwrap();
    let late = TaskRef {
        attempt: "late".parse().unwrap(),
        state: State(early.state.0.replacen("amt1 7 ", "amt1 8 ", 1)),
    };
    let quiet = Reply::Json(200, json!({"Items": [], "Cursor": "c:2"}));
    let item = json!({"BatchRequestId": 8, "Code": 4});
    let full = Reply::Json(200, json!({"Items": [item], "Cursor": "c:3"}));
    server.next("MonitorJob", [quiet, full]);
    let tasks = vec![early, late.clone()];
    let wait = Duration::from_secs(30);
    let told = amt.watch(Watch { tasks, cursor: first.cursor, wait }).await.unwrap();
    assert_eq!((told.reports.len(), &told.reports[0].attempt), (1, &late.attempt));
    let asked = server.seen("MonitorJob");
    let [old, fresh] = &asked[1..] else { panic!("{asked:?}") };
    assert_eq!(old["BatchRequestIds"], json!([7]));
    assert_eq!((&old["Cursor"], &old["WaitSeconds"]), (&json!("c:1"), &json!(0)));
    assert_eq!((&fresh["BatchRequestIds"], &fresh["Cursor"]), (&json!([8]), &Value::Null));
}

#[tokio::test]
async fn a_kill_is_sent_or_too_late_as_the_server_says() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.always("OpConJobAction", accepted());
    let task = started(amt.as_ref(), report()).await;
    server.always("MonitorJob", status(2));
    for (code, expected) in [
        (2, Cancelled::Sent),
        (3, Cancelled::Sent),
        (4, Cancelled::TooLate),
        (11, Cancelled::TooLate),
    ] {
        server.always("OpConJobAction", status(code));
        assert_eq!(amt.cancel(task.clone()).await.unwrap(), expected, "{code}");
    }
    server.next("OpConJobAction", [Reply::Cut, status(2)]);
    assert_eq!(amt.cancel(task.clone()).await.unwrap(), Cancelled::Sent, "a kill may be repeated");
    server.always("OpConJobAction", Reply::Json(403, json!({"code": "x", "detail": "no right"})));
    let refused = amt.cancel(task).await.unwrap();
    assert!(matches!(refused, Cancelled::Refused { .. }), "{refused:?}");
    assert_eq!(server.seen("OpConJobAction").last().unwrap()["Action"], "Kill");
}

/// The block for a task that ended with `code` after these messages.
async fn block(call: StartTask, code: u16, messages: &[&str]) -> String {
    let server = Server::start().await;
    for features in [Features::default(), ONE_BY_ONE] {
        let amt = connect(&server, features);
        server.always("OpConJobAction", accepted());
        server.always("MonitorJob", status(code));
        let lines: Vec<_> = messages.iter().map(|text| json!({"Text": text})).collect();
        server.always("GetMessages", Reply::Json(200, json!({"Messages": lines})));
        let task = started(amt.as_ref(), call.clone()).await;
        let part = read(amt.as_ref(), &task, None).await;
        assert!(part.is_end);
        if !features.monitor_many {
            return part.text.replacen(&server.url, "http://10.1.29.5:9001", 1);
        }
    }
    unreachable!("the last profile returns");
}

#[tokio::test]
async fn the_logs_of_the_vendors_manual_come_out_byte_for_byte() {
    let messages = [
        "Started Rev: 1.3 AMT: 8.0.24223.0. Params: LOADINBATCHCONTROLLER /R:4280 /USEWORKINGDIR",
        "Report test 01 is started",
        "Report test 01 user BATCH",
        "Report test 01 Value param []",
        "Report test 01 is running 0 seconds",
        "Report test 01 is running 10 seconds",
        "Report test 01 is running 20 seconds",
        "Report test 01 test is ended",
        "Report execution time: 00:00:30:229",
        "Done",
    ];
    let golden = include_str!("../../amt-client/tests/golden/job-log-done.txt");
    assert_eq!(block(report(), 4, &messages).await, golden);

    let script = r"F:\Amt\Scripts\DEMO2\RUN_FILENAMETEST.ps1";
    let messages = [
        "Error starting job []",
        r"[An error occurred trying to start process 'pwsh' with working directory 'F:\AMT\SCRIPTS\DEMO2'. The system cannot find the file specified.]",
    ];
    let golden = include_str!("../../amt-client/tests/golden/job-log-error.txt");
    let call = start(SCRIPT, json!({"application": "DEMO2", "script": script}));
    assert_eq!(block(call, 11, &messages).await, golden);

    let call = start(BATCH_JOB, json!({"application": "DEMO2", "job": "LONGRUNNINGREPORT"}));
    let golden = include_str!("../../amt-client/tests/golden/job-log-killed.txt");
    assert_eq!(block(call, 3, &[]).await, golden);
}

#[tokio::test]
async fn a_log_whose_messages_are_refused_says_why_once_and_is_asked_for_again() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.always("OpConJobAction", accepted());
    let item = json!({"BatchRequestId": 7, "Code": 4});
    server.always("MonitorJob", Reply::Json(200, json!({"Items": [item], "Cursor": "c:1"})));
    let mut task = started(amt.as_ref(), report()).await;
    task.state = watch(amt.as_ref(), &task).await.unwrap().reports.remove(0).state.unwrap();
    for refusal in [
        Reply::Json(403, json!({"code": "no_right", "detail": "no right to read messages"})),
        Reply::Json(503, json!({"detail": "no database"})),
    ] {
        server.always("GetMessages", refusal);
        let first = read(amt.as_ref(), &task, None).await;
        assert!(first.text.contains("Completion Code : DONE\n"), "{}", first.text);
        assert!(first.text.contains("are missing here") && !first.is_end, "{}", first.text);
        let second = read(amt.as_ref(), &task, Some(first.next)).await;
        assert_eq!((second.text.as_str(), second.is_end), ("", false));
        let lines = json!({"Messages": [{"Sequence": 1, "Text": "late"}], "Complete": true});
        server.always("GetMessages", Reply::Json(200, lines));
        let third = read(amt.as_ref(), &task, Some(second.next)).await;
        let end = format!("\"late\"\n{}\n", "-".repeat(75));
        assert_eq!((third.text, third.is_end), (end, true));
    }
}

#[tokio::test]
async fn the_first_heartbeat_logs_on_and_later_ones_need_no_token() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    let beat = amt.heartbeat(Heartbeat { is_first: false }).await;
    assert!(matches!(beat, Communication::Communicating { .. }), "{beat:?}");
    assert_eq!(server.count("Logon"), 0);
    amt.heartbeat(Heartbeat { is_first: true }).await;
    assert_eq!(server.count("Logon"), 1);
    server.always("HeartBeat", Reply::Json(200, Value::Null));
    let beat = amt.heartbeat(Heartbeat { is_first: false }).await;
    assert!(matches!(beat, Communication::NotCommunicating { .. }), "{beat:?}");
}
