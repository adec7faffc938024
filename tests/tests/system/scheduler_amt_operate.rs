//! What operators meet with jobs on a batch server: an agent that is down, a kill that is not confirmed, another password, and
//! what the batch server says of a job while it runs.

use std::io::Write as _;
use std::process::{Command, Stdio};

use e2e::{Database, Definitions, LIMIT, PASSWORD, Scheduler, Site, USER, binary, on_both};
use serde_json::{Value, json};
use testkit::wait_until;

use super::scheduler_amt::{Amt, job};

const GOOD: &str = "#!/bin/sh\necho fine\n";

/// A job that somebody must release.
fn held(name: &str, report: &str) -> String {
    job(name, report, "").replace("use: Daily", "use: Daily, build: on_hold")
}

/// Waits until the one agent is so.
async fn until_agent(scheduler: &Scheduler, status: &str) {
    wait_until(&format!("the agent is {status}"), LIMIT, async || {
        scheduler.json(&["agent", "list"])[0]["status"] == status
    })
    .await;
}

/// The only attempt of a job.
fn attempt(scheduler: &Scheduler, job: &str) -> Value {
    let details = scheduler.json(&["job", "show", job]);
    assert_eq!(details["attempts"].as_array().unwrap().len(), 1, "{details}");
    details["attempts"][0].clone()
}

/// Waits until `job list --says` finds just this job.
async fn until_says(scheduler: &Scheduler, says: &str, job: &str) {
    wait_until(&format!("{job} says {says}"), LIMIT, async || {
        scheduler.quiet(&["job", "list", "--says", says]) == [job]
    })
    .await;
}

/// Gives the tests' user of a batch server another password, as its administrator does.
fn reset_password(site: &Site, password: &str) {
    let mut command = Command::new(binary("ringmaster"))
        .args(["batch-server", "reset-password", USER, "--password-stdin", "--config"])
        .arg(&site.config)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    command.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    assert!(command.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_agent_is_down_before_anything_was_sent_ends_with_23() {
    let reports = Definitions::default().report("GOOD", GOOD);
    let jobs = [held("Good", "GOOD")];
    let amt = Amt::start(&Database::Sqlite, &reports, &jobs.concat()).await;
    amt.set_password(PASSWORD);
    let Amt { scheduler, mut site, front, .. } = amt;
    until_agent(&scheduler, "communicating").await;
    scheduler.must(&["schedule", "build"]);
    // Nobody listens there any more, which the scheduler finds out when it starts the job.
    let address = front.base.trim_start_matches("http://").to_owned();
    drop(front);
    site.kill_9();
    wait_until("the address refuses", LIMIT, async || {
        tokio::net::TcpStream::connect(&address).await.is_err()
    })
    .await;
    scheduler.must(&["job", "release", "Day/Good"]);
    scheduler.until("Day/Good", "Failed").await;
    let attempt = attempt(&scheduler, "Day/Good");
    assert_eq!(attempt["code"], 23, "{attempt}");
    assert!(attempt["description"].as_str().unwrap().contains("refused"), "{attempt}");
    let why = scheduler.must(&["job", "why", "Day/Good"]);
    assert!(why.contains("Failed with code 23"), "{why}");
    assert_eq!(scheduler.quiet(&["job", "list", "--status", "failed"]), ["Day/Good"]);
}

on_both!(
    what_the_batch_server_says_is_listed_and_a_kill_is_one_when_it_says_so,
    |database| async move {
        let reports = Definitions::default()
            .report("ASKS", "#!/bin/sh\necho \"answer $(amtjob ask 'Go on?')\"\n")
            .report("GOOD", GOOD)
            .queue("MAIN", "default = true\nconcurrency = 1");
        let jobs = [job("Ask", "ASKS", ""), held("Behind", "GOOD")];
        let mut amt = Amt::start(&database, &reports, &jobs.concat()).await;
        amt.set_password(PASSWORD);
        amt.scheduler.must(&["schedule", "build"]);
        until_says(&amt.scheduler, "wait for input", "Day/Ask").await;
        amt.scheduler.must(&["job", "release", "Day/Behind"]);
        until_says(&amt.scheduler, "QUEUED", "Day/Behind").await;
        let says = |wanted: &str| amt.scheduler.json(&["job", "list", "--says", wanted]);
        for (number, name, says_it) in
            [("14", "Ask", "WAIT FOR INPUT REQUEST"), ("1", "Behind", "QUEUED")]
        {
            let found = says(number);
            assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
            let (job, code) = (&found[0], number.parse::<i64>().unwrap());
            assert_eq!((&job["name"], &job["phase"]), (&json!(name), &json!(says_it)), "{job}");
            assert_eq!((&job["phase_code"], &job["status"]), (&json!(code), &json!("Job Running")));
        }
        for none in ["input", "4", "DONE", ""] {
            let count = if none.is_empty() { 2 } else { 0 };
            assert_eq!(says(none).as_array().unwrap().len(), count, "{none}");
        }
        let table = amt.scheduler.must(&["job", "list"]);
        assert!(table.contains("WAIT FOR INPUT REQUEST") && table.contains("QUEUED"), "{table}");
        assert!(amt.why("Day/Ask").contains("its agent says WAIT FOR INPUT REQUEST"));

        // While nobody can be asked, nothing is known of the kill.
        amt.kill_batch_server();
        amt.scheduler.must(&["job", "kill", "Day/Ask", "--reason", "nobody answers it"]);
        amt.until_said("it could not be killed yet").await;
        assert_eq!(amt.scheduler.status("Day/Ask"), "Job Running; To be terminated");
        let open = attempt(&amt.scheduler, "Day/Ask");
        assert_eq!((&open["code"], &open["ended"]), (&Value::Null, &Value::Null), "{open}");
        amt.start_batch_server_again();
        amt.scheduler.until("Day/Ask", "Failed").await;
        assert_eq!(attempt(&amt.scheduler, "Day/Ask")["code"], 3);
        // Its end makes room.
        amt.scheduler.until("Day/Behind", "Finished OK").await;
        let over = amt.scheduler.json(&["job", "list", "--says", "wait for input"]);
        assert_eq!(over, json!([]), "it says nothing any more");
    }
);

on_both!(another_password_is_used_at_the_next_logon_without_a_restart, |database| async move {
    const NEW: &str = "staple battery wrong mule";
    let reports = Definitions::default().report("GOOD", GOOD);
    let jobs = [job("First", "GOOD", ""), held("Second", "GOOD")];
    let amt = Amt::start(&database, &reports, &jobs.concat()).await;
    let scheduler = &amt.scheduler;
    amt.set_password(PASSWORD);
    scheduler.must(&["schedule", "build"]);
    scheduler.until("Day/First", "Finished OK").await;

    reset_password(&amt.site, NEW);
    // With the one of before nobody logs on any more: what is to run waits.
    amt.set_password(PASSWORD);
    until_agent(scheduler, "not_responding").await;
    scheduler.must(&["job", "release", "Day/Second"]);
    scheduler.until("Day/Second", "Wait Machine").await;
    amt.set_password(NEW);
    scheduler.until("Day/Second", "Finished OK").await;
    assert_eq!(attempt(scheduler, "Day/Second")["code"], 4);
    assert!(!scheduler.log().contains(NEW) && !scheduler.log().contains(PASSWORD));
});
