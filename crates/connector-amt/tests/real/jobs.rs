//! Jobs of the real server: codes, phases and logs.

use std::time::Duration;

use connector::conformance::Harness;
use connector::{
    AttemptKey, Connector, End, Integration, LogRequest, StartTask, Started, TaskRef, TaskStatus,
    Watch,
};

use crate::site::{LIMIT, Site};

/// Starts a task and follows it to its end.
async fn run(amt: &dyn Integration, call: StartTask) -> (TaskRef, End) {
    let attempt = call.attempt.clone();
    let Started::Running { state } = amt.start(call).await else { panic!("it is accepted") };
    let mut task = TaskRef { attempt, state };
    let mut cursor = None;
    let following = async {
        loop {
            let wait = Duration::from_secs(10);
            let watch = Watch { tasks: vec![task.clone()], cursor: cursor.take(), wait };
            let told = amt.watch(watch).await.unwrap();
            cursor = told.cursor;
            for report in told.reports {
                task.state = report.state.unwrap_or(task.state.clone());
                if let TaskStatus::Ended(end) = report.status {
                    return end;
                }
            }
        }
    };
    let end = tokio::time::timeout(LIMIT, following).await.expect("it ends");
    (task, end)
}

/// The job log, from its beginning to its end.
pub(crate) async fn whole_log(amt: &dyn Integration, task: &TaskRef) -> String {
    let name = format!("AsyscoAmt-{}.log", task.attempt);
    let reading = async {
        let (mut text, mut from) = (String::new(), None);
        loop {
            let call = LogRequest {
                task: task.clone(),
                name: name.clone(),
                from: from.take(),
                bytes_max: 200,
                wait: Duration::from_secs(1),
            };
            let part = amt.read_log(call).await.unwrap();
            text.push_str(&part.text);
            if part.is_end {
                return text;
            }
            from = Some(part.next);
        }
    };
    tokio::time::timeout(LIMIT, reading).await.expect("the log ends")
}

fn key(site: &Site, hint: &str) -> AttemptKey {
    site.key(hint)
}

#[tokio::test]
async fn a_batch_job_is_done_and_its_log_is_the_block() {
    let site = Site::start();
    let amt = site.connector.connect(site.target()).unwrap();
    let key = key(&site, "job");
    let (task, end) = run(amt.as_ref(), site.job(&key, "SAYS", &["DAY=7", "PASSWORD=hush"])).await;
    assert_eq!(end, End::with_code(4, "DONE"));
    let log = whole_log(amt.as_ref(), &task).await;
    let dashes = "-".repeat(75);
    let head = format!(
        "{dashes}\nJob Information {}\nServer          : http://{}\nApplication     : TEST\n\
         Submit User     : BATCH\nStation         : OPCON\nQueue Name      : \nBatch Job       : SAYS\n\
         Parameters      : DAY=7, PASSWORD=***\n{dashes}\nCompletion Code : DONE\n{dashes}\nJob Log {}\n",
        "-".repeat(59),
        site.proxy.address,
        "-".repeat(67),
    );
    assert!(log.starts_with(&head), "{log}");
    assert!(log.contains("\n\"DAY is 7\"\n") && log.ends_with(&format!("\n{dashes}\n")), "{log}");
    let files = amt.logs(task).await.unwrap();
    assert_eq!(files[0].name, format!("AsyscoAmt-{key}.log"));
}

#[tokio::test]
async fn a_missing_script_ends_with_11_and_an_unknown_user_with_99() {
    let site = Site::start();
    let amt = site.connector.connect(site.target()).unwrap();
    let (_, end) = run(amt.as_ref(), site.script(&key(&site, "s"), "MISSING.sh", &[])).await;
    assert_eq!((end.code, end.description.as_str()), (Some(11), "ERROR: File not found"));
    let mut call = site.script(&key(&site, "u"), "WAITS.sh", &[]);
    call.fields.insert("user".into(), "NOBODY".into());
    let (_, end) = run(amt.as_ref(), call).await;
    assert_eq!(end.code, Some(99), "{end:?}");
}

#[tokio::test]
async fn an_unknown_job_ends_with_11_and_runs_nothing() {
    let site = Site::start();
    let amt = site.connector.connect(site.target()).unwrap();
    let started = amt.start(site.job(&key(&site, "no"), "NO_SUCH_JOB", &[])).await;
    let Started::Ended { state, end } = started else { panic!("{started:?}") };
    assert_eq!((end.code, end.is_killed), (Some(11), false));
    assert!(end.description.contains("NO_SUCH_JOB"), "{end:?}");
    let task = TaskRef { attempt: "no.0".parse().unwrap(), state };
    let watch = Watch { tasks: vec![task], cursor: None, wait: Duration::ZERO };
    let told = amt.watch(watch).await.unwrap();
    assert_eq!(told.reports[0].status, TaskStatus::Ended(end));
}

#[tokio::test]
async fn the_log_of_a_running_task_is_followed_and_the_block_comes_after_the_end() {
    let site = Site::start();
    let amt = site.connector.connect(site.target()).unwrap();
    let key = key(&site, "follow");
    let started = amt.start(site.until_told(&key)).await;
    let Started::Running { state } = started else { panic!("{started:?}") };
    let task = TaskRef { attempt: key.clone(), state };
    let reading = whole_log(amt.as_ref(), &task);
    let ending = async {
        site.starts(&key).await;
        site.end(&key, 11, "first\nsecond\n").await;
    };
    let (live, ()) = futures_util::future::join(reading, ending).await;
    assert!(live.contains("\"first\"\n\"second\"\n") && !live.contains("Completion"), "{live}");
    let block = whole_log(amt.as_ref(), &task).await;
    assert!(block.contains("\nCompletion Code : ERROR\n") && block.contains(&live), "{block}");
}
