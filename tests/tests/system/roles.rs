//! A process that answers callers and others that run jobs, on one database: each of them may die.

use e2e::{Database, Definitions, LIMIT, Site};
use serde_json::json;
use sqlx::Connection as _;
use testkit::wait_until;

/// Each run adds a line with its request to a file of the test's, then works for a while.
const RECORDS: &str =
    "#!/bin/sh\necho $AMTREQUESTID >> \"$AMTREPORTPARAMETER\"\necho begin\nsleep 0.4\necho end\n";
/// The same, and works until it is let go.
const WAITS: &str = "#!/bin/sh\necho $AMTREQUESTID >> \"$AMTREPORTPARAMETER\"\n\
    until [ -f go ]; do sleep 0.05; done\n";
const FRONT: &str = "role = \"api\"\nname = \"FRONT\"\n";
const BACK: &str = "name = \"BACK\"\n";

fn jobs() -> Definitions {
    Definitions::default()
        .report("RECORDS", RECORDS)
        .report("WAITS", WAITS)
        .report("ASKS", "#!/bin/sh\necho \"answer $(amtjob ask 'Go on?')\"\n")
        .queue("MAIN", "default = true\nconcurrency = 6")
}

fn let_go(front: &Site) {
    std::fs::write(front.app().join("reports/go"), "").unwrap();
}

/// The requests that were started, sorted: one for each start.
fn started(file: &std::path::Path) -> Vec<i64> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut all: Vec<_> = text.lines().map(|line| line.parse().unwrap()).collect();
    all.sort_unstable();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_process_in_turn_is_killed_and_no_result_is_lost() {
    let database = testkit::databases::postgres().await;
    let database = Database::Postgres(database.url().to_owned());
    let mut front = Site::start_with(&database, &jobs(), FRONT).await;
    let mut back = Site::start_controller(&database, &jobs(), BACK);
    let starts = front.dir.path().join("starts");
    let mut ids = Vec::new();
    for round in 0..6_u64 {
        for number in 0..5 {
            let action = json!({
                "JobName": "RECORDS",
                "ReportParameter": starts.to_str().unwrap(),
                "RequestKey": format!("{round}-{number}"),
            });
            ids.push(front.api.start(action).await);
        }
        // Somewhere between submission and end, a little later in each round.
        tokio::time::sleep(std::time::Duration::from_millis(80 * round)).await;
        if round % 3 != 1 {
            back.kill_9();
        }
        if round % 3 != 0 {
            front.kill_9();
            front.start_again();
        }
        if round % 3 != 1 {
            back.start_again();
        }
    }
    for &id in &ids {
        let status = front.api.until(id, &[4]).await;
        assert_eq!(status["Controller"], "BACK");
        let messages = front.api.messages(id).await;
        let said: Vec<_> =
            messages.iter().filter(|text| *text == "begin" || *text == "end").collect();
        assert_eq!(said, ["begin", "end"], "{messages:?}");
    }
    assert_eq!(started(&starts), ids, "each request was started once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_stored_while_nobody_answers() {
    let database = testkit::databases::postgres().await;
    let database = Database::Postgres(database.url().to_owned());
    let mut front = Site::start_with(&database, &jobs(), FRONT).await;
    let back = Site::start_controller(&database, &jobs(), BACK);
    let starts = front.dir.path().join("starts");
    let action = json!({"JobName": "WAITS", "ReportParameter": starts.to_str().unwrap()});
    let id = front.api.start(action).await;
    front.api.until(id, &[2]).await;
    front.kill_9();
    let_go(&front);
    wait_until("the run is settled", LIMIT, || async { back.spools().is_empty() }).await;
    front.start_again();
    assert_eq!(front.api.status(id).await["Code"], 4);
    assert_eq!(started(&starts), [id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_in_one_process_is_news_in_the_other() {
    let database = testkit::databases::postgres().await;
    let database = Database::Postgres(database.url().to_owned());
    let front = Site::start_with(&database, &jobs(), FRONT).await;
    let _back = Site::start_controller(&database, &jobs(), BACK);
    let starts = front.dir.path().join("starts");
    let action = json!({"JobName": "WAITS", "ReportParameter": starts.to_str().unwrap()});
    let id = front.api.start(action).await;
    front.api.until(id, &[2]).await;
    let mut cursor = serde_json::Value::Null;
    for round in 0_u64.. {
        let asked =
            json!({"BatchRequestIds": [id], "Cursor": cursor, "WaitSeconds": 5 * round.min(1)});
        let (status, answer) = front.api.post("/MonitorJob", asked).await;
        assert_eq!(status, 200, "{answer}");
        if answer["Items"].as_array().unwrap().iter().any(|item| item["Code"] == 4) {
            break;
        }
        // Without news an answer has no items, however often it is asked for.
        assert!(round < LIMIT.as_secs() / 5, "the cursor does not lead to the end");
        cursor = answer["Cursor"].clone();
        let_go(&front);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_and_its_answer_pass_from_process_to_process() {
    let database = testkit::databases::postgres().await;
    let database = Database::Postgres(database.url().to_owned());
    let front = Site::start_with(&database, &jobs(), FRONT).await;
    let mut back = Site::start_controller(&database, &jobs(), BACK);
    let id = front.api.start(json!({"JobName": "ASKS"})).await;
    front.api.until(id, &[14]).await;
    back.kill_9();
    let (_, list) = front.api.get("/control/v1/operator-requests").await;
    let path = format!("/control/v1/operator-requests/{}/answer", list["items"][0]["id"]);
    assert_eq!(front.api.post(&path, json!({"answer": "yes"})).await.0, 200);
    back.start_again();
    front.api.until(id, &[4]).await;
    let messages = front.api.messages(id).await;
    assert_eq!(messages.iter().filter(|text| *text == "answer yes").count(), 1, "{messages:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_does_not_come_back_loses_its_runs_and_nothing_else() {
    let database = testkit::databases::postgres().await;
    let url = database.url().to_owned();
    let database = Database::Postgres(url.clone());
    let jobs = Definitions::default()
        .report("WAITS", WAITS)
        .queue("MAIN", "default = true\nconcurrency = 1");
    let front = Site::start_with(&database, &jobs, FRONT).await;
    let mut gone = Site::start_controller(
        &database,
        &jobs,
        "name = \"GONE\"\ncontroller_lost_after = \"1m\"\n",
    );
    let starts = front.dir.path().join("starts");
    let action = json!({"JobName": "WAITS", "ReportParameter": starts.to_str().unwrap()});
    let runs = front.api.start(action.clone()).await;
    front.api.until(runs, &[2]).await;
    let waits = front.api.start(action).await;
    wait_until("it has started", LIMIT, || async { starts.exists() }).await;
    gone.kill_9();

    // Nobody wants to wait for minutes: the lease is moved back instead.
    let more = "name = \"STAYS\"\ncontroller_lost_after = \"1m\"\n";
    let stays = Site::start_controller(&database, &jobs, more);
    assert_eq!(front.api.status(runs).await["Code"], 2, "its host may come back");
    drop(stays);
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let back = "UPDATE controller SET lease_until = lease_until - 70000000 WHERE name = 'GONE'";
    assert_eq!(sqlx::query(back).execute(&mut connection).await.unwrap().rows_affected(), 1);
    let more = "name = \"LATER\"\ncontroller_lost_after = \"1m\"\n";
    let _later = Site::start_controller(&database, &jobs, more);

    let status = front.api.until(runs, &[11]).await;
    assert_eq!((&status["Description"], &status["Controller"]), (&json!("lost"), &json!("GONE")));
    let status = front.api.until(waits, &[2]).await;
    assert_eq!(status["Controller"], "LATER");
    // What the host says when it comes back after all is too late.
    let_go(&front);
    gone.start_again();
    front.api.until(waits, &[4]).await;
    wait_until("the late run is put away", LIMIT, || async { gone.spools().is_empty() }).await;
    assert_eq!(front.api.status(runs).await, front.api.until(runs, &[11]).await);
    assert_eq!(front.api.status(runs).await["Description"], "lost");
    assert_eq!(started(&starts), [runs, waits]);
}
