//! What a queue decides: who goes first, who waits, and which controller runs the work.

use e2e::{Api, Database, Definitions, LIMIT, Site, on_both};
use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::wait_until;
use tokio::task::JoinSet;

/// Requests that one claim pass takes: `BATCH` of the controller. With so many, two queues never start in one pass.
const PASS: usize = 64;

/// Each run adds a line with its request to a file of the test's.
const RECORDS: &str = "#!/bin/sh\necho $AMTREQUESTID >> \"$AMTREPORTPARAMETER\"\n";

async fn switch(site: &Site, verb: &str) {
    let (status, answer) =
        site.api.post(&format!("/control/v1/server-state/{verb}"), json!({})).await;
    assert_eq!(status, 200, "{answer}");
}

/// Submits a job to a queue many times at once.
async fn submit(site: &Site, queue: &'static str, count: usize) -> Vec<i64> {
    let mut all = JoinSet::new();
    for _ in 0..count {
        let api = site.api.clone();
        let action = json!({"JobName": "QUICK", "QueueName": queue});
        all.spawn(async move { api.start(action).await });
    }
    all.join_all().await
}

/// When they were claimed, one after the other; waits for their ends.
async fn starts(api: &Api, ids: &[i64]) -> Vec<Timestamp> {
    let mut starts = Vec::new();
    for &id in ids {
        let status = api.until(id, &[4]).await;
        starts.push(status["StartedAt"].as_str().unwrap().parse().unwrap());
    }
    starts.sort_unstable();
    starts
}

on_both!(work_of_a_higher_priority_is_started_first, |database| async move {
    // Neither the order of submission nor that of the names is the one that is wanted.
    let jobs = Definitions::default()
        .report("QUICK", "#!/bin/sh\n")
        .queue("A", "default = true\npriority = \"low\"\nconcurrency = 64")
        .queue("B", "priority = \"high\"\nconcurrency = 64")
        .queue("C", "concurrency = 64");
    let site = Site::start(&database, &jobs).await;
    switch(&site, "halt").await;
    let low = submit(&site, "A", 1).await;
    let normal = submit(&site, "C", PASS).await;
    let high = submit(&site, "B", PASS).await;
    switch(&site, "resume").await;
    let (high, normal, low) = (
        starts(&site.api, &high).await,
        starts(&site.api, &normal).await,
        starts(&site.api, &low).await,
    );
    assert!(high.last() < normal.first(), "normal before high: {high:?} {normal:?}");
    assert!(normal.last() < low.first(), "low before normal: {normal:?} {low:?}");
});

/// The order in which ten requests of a queue with one slot were run, and the order of their ids.
async fn orders(database: &Database, queue: &str) -> (Vec<i64>, Vec<i64>) {
    let queue = format!("default = true\nconcurrency = 1\n{queue}");
    let jobs = Definitions::default().report("RECORDS", RECORDS).queue("MAIN", &queue);
    let site = Site::start(database, &jobs).await;
    switch(&site, "halt").await;
    let file = site.dir.path().join("runs");
    let action = json!({"JobName": "RECORDS", "ReportParameter": file.to_str().unwrap()});
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(site.api.start(action.clone()).await);
    }
    // Who was held keeps its place: neither the last change nor the place in the table decides.
    for &id in &ids[..3] {
        assert_eq!(site.api.verb(id, "hold").await.0, 200);
        assert_eq!(site.api.verb(id, "release").await.0, 200);
    }
    switch(&site, "resume").await;
    for &id in &ids {
        site.api.until(id, &[4]).await;
    }
    let text = std::fs::read_to_string(&file).unwrap();
    (text.lines().map(|line| line.parse().unwrap()).collect(), ids)
}

on_both!(within_a_queue_the_first_in_is_the_first_out, |database| async move {
    let (runs, ids) = orders(&database, "").await;
    assert_eq!(runs, ids);
});

on_both!(where_a_report_runs_once_the_first_in_is_the_first_out_too, |database| async move {
    let (runs, ids) = orders(&database, "same_report_twice = false").await;
    assert_eq!(runs, ids);
});

/// The number of a queue in the Control Center.
async fn queue_id(site: &Site, name: &str) -> i64 {
    let (_, list) = site.api.get("/control/v1/queues").await;
    let is_it = |queue: &&Value| queue["name"] == name;
    list["items"].as_array().unwrap().iter().find(is_it).unwrap()["id"].as_i64().unwrap()
}

on_both!(a_held_queue_starts_nothing_until_it_is_released, |database| async move {
    let jobs = Definitions::default()
        .report("QUICK", "#!/bin/sh\n")
        .queue("HELD", "priority = \"high\"")
        .queue("OPEN", "default = true");
    let site = Site::start(&database, &jobs).await;
    let queue = format!("/control/v1/queues/{}", queue_id(&site, "HELD").await);
    let (status, held) = site.api.post(&format!("{queue}/hold"), json!({})).await;
    assert_eq!(status, 200, "{held}");
    let waits = submit(&site, "HELD", 2).await;
    for id in submit(&site, "OPEN", 2).await {
        site.api.until(id, &[4]).await;
    }
    for &id in &waits {
        let status = site.api.status(id).await;
        assert_eq!((&status["Code"], &status["StartedAt"]), (&json!(1), &Value::Null), "{status}");
    }
    // One that is started by hand passes the queue, as elsewhere.
    assert_eq!(site.api.verb(waits[0], "force-start").await.0, 200);
    site.api.until(waits[0], &[4]).await;
    assert_eq!(site.api.status(waits[1]).await["Code"], 1);
    let (status, released) = site.api.post(&format!("{queue}/release"), json!({})).await;
    assert_eq!(status, 200, "{released}");
    site.api.until(waits[1], &[4]).await;
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_controllers_of_a_queue_run_its_work() {
    let database = testkit::databases::postgres().await;
    let database = Database::Postgres(database.url().to_owned());
    let jobs = Definitions::default()
        .report("QUICK", "#!/bin/sh\n")
        .queue("MINE", "priority = \"high\"\ncontrollers = [\"SECOND\"]\nconcurrency = 8")
        .queue("ALL", "default = true\nconcurrency = 8");
    let first = Site::start_with(&database, &jobs, "name = \"FIRST\"\n").await;
    let mine = submit(&first, "MINE", 5).await;
    for id in submit(&first, "ALL", 5).await {
        assert_eq!(first.api.until(id, &[4]).await["Controller"], "FIRST");
    }
    for &id in &mine {
        assert_eq!(first.api.status(id).await["Code"], 1, "its controller is not there");
    }
    let second = Site::start_controller(&database, &jobs, "name = \"SECOND\"\n");
    for id in mine.into_iter().chain(submit(&first, "MINE", 20).await) {
        let status = first.api.until(id, &[4]).await;
        assert_eq!(status["Controller"], "SECOND", "{status}");
    }
    wait_until("its runs are settled", LIMIT, || async { second.spools().is_empty() }).await;
}
