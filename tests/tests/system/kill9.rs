//! `kill -9` of the batch server and of runners while jobs run: nothing is lost, nothing starts twice, nobody's hands are needed.

use batch_runner::spool::Attempt;
use e2e::{Definitions, LIMIT, Site, on_both};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

/// Each run adds a line with its request to a file of the test's, then works for a while.
const RECORDS: &str =
    "#!/bin/sh\necho $AMTREQUESTID >> \"$AMTREPORTPARAMETER\"\necho begin\nsleep 0.5\necho end\n";

on_both!(a_killed_server_loses_no_result_and_starts_nothing_twice, |database| async move {
    let jobs = Definitions::default()
        .report("RECORDS", RECORDS)
        .queue("MAIN", "default = true\nconcurrency = 6");
    let mut site = Site::start(&database, &jobs).await;
    let starts = site.dir.path().join("starts");
    let mut ids = Vec::new();
    for round in 0..4 {
        for number in 0..6 {
            let action = json!({
                "JobName": "RECORDS",
                "ReportParameter": starts.to_str().unwrap(),
                "RequestKey": format!("{round}-{number}"),
            });
            ids.push(site.api.start(action).await);
        }
        // Somewhere between submission and end, a little later in each round.
        tokio::time::sleep(std::time::Duration::from_millis(60 * round)).await;
        site.kill_9();
        site.start_again();
    }
    for &id in &ids {
        site.api.until(id, &[4]).await;
        let messages = site.api.messages(id).await;
        let said: Vec<_> =
            messages.iter().filter(|text| *text == "begin" || *text == "end").collect();
        assert_eq!(said, ["begin", "end"], "{messages:?}");
    }
    let mut started: Vec<i64> = std::fs::read_to_string(&starts)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    started.sort_unstable();
    assert_eq!(started, ids, "each request was started once");
    let begin = std::time::Instant::now();
    while !site.spools().is_empty() {
        assert!(begin.elapsed() < LIMIT, "spools stay: {:?}", site.spools());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
});

on_both!(a_killed_runner_is_lost_and_its_processes_are_ended, |database| async move {
    let site =
        Site::start(&database, &Definitions::default().report("SLEEPER", "#!/bin/sh\nsleep 600\n"))
            .await;
    let id = site.api.start(json!({"JobName": "SLEEPER"})).await;
    site.api.until(id, &[2]).await;
    let begin = std::time::Instant::now();
    let (runner, job) = loop {
        let attempts = site.spools().into_iter().filter_map(|spool| Attempt::read(&spool).ok()?);
        let mut pids = attempts.filter_map(|found| Some((found.runner_pid?, found.child?.pid)));
        if let Some((runner, job)) = pids.next() {
            break (Pid::from_raw(runner), Pid::from_raw(job));
        }
        assert!(begin.elapsed() < LIMIT);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    kill(runner, Signal::SIGKILL).unwrap();
    let status = site.api.until(id, &[11]).await;
    assert_eq!(status["Description"], "lost");
    let begin = std::time::Instant::now();
    while kill(job, None).is_ok() {
        assert!(begin.elapsed() < LIMIT, "process {job} lives on");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
});

on_both!(a_question_survives_a_killed_server, |database| async move {
    let jobs = Definitions::default()
        .report("ASKS", "#!/bin/sh\necho \"answer $(amtjob ask 'Go on?')\"\n");
    let mut site = Site::start(&database, &jobs).await;
    let id = site.api.start(json!({"JobName": "ASKS"})).await;
    site.api.until(id, &[14]).await;
    site.kill_9();
    site.start_again();
    let (_, list) = site.api.get("/control/v1/operator-requests").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    let path = format!("/control/v1/operator-requests/{}/answer", list["items"][0]["id"]);
    assert_eq!(site.api.post(&path, json!({"answer": "yes"})).await.0, 200);
    site.api.until(id, &[4]).await;
    let messages = site.api.messages(id).await;
    assert_eq!(messages.iter().filter(|text| *text == "answer yes").count(), 1, "{messages:?}");
});

on_both!(the_same_key_is_the_same_request_over_a_restart, |database| async move {
    let mut site =
        Site::start(&database, &Definitions::default().report("GOOD", "#!/bin/sh\n")).await;
    let action = json!({"JobName": "GOOD", "RequestKey": "once"});
    let id = site.api.start(action.clone()).await;
    site.api.ended(id).await;
    site.kill_9();
    site.start_again();
    assert_eq!(site.api.start(action).await, id);
    let other = json!({"Action": "Start", "ApplicationName": "TEST", "JobName": "GOOD", "RequestKey": "once", "Debug": true});
    assert_eq!(site.api.post("/OpConJobAction", other).await.0, 409);
    let (status, found) = site.api.get("/FindJob?RequestKey=once").await;
    assert_eq!((status, &found["BatchRequestId"]), (200, &json!(id)));
    assert_eq!(site.api.get("/FindJob?RequestKey=never").await.0, 404);
});

/// Notes its start in the application's folder and ends when it is let go.
const NOTED: &str = "#!/bin/sh\necho $$ > \"${AMTREPORTPARAMETER}.pid\"\necho started >> \"$AMTREPORTPARAMETER\"\n\
    until [ -f \"${AMTREPORTPARAMETER}.go\" ]; do sleep 0.02; done\n";

async fn noted(site: &Site) -> (i64, std::path::PathBuf) {
    let notes = site.dir.path().join("notes");
    let action = json!({"JobName": "NOTED", "ReportParameter": notes.to_str().unwrap()});
    let id = site.api.start(action).await;
    testkit::wait_until("it has started", LIMIT, || async { notes.exists() }).await;
    (id, notes)
}

async fn is_lost_and_ran_once(site: &Site, id: i64, notes: &std::path::Path) {
    let status = site.api.until(id, &[11]).await;
    assert_eq!(status["Description"], "lost", "{status}");
    assert_eq!(std::fs::read_to_string(notes).unwrap(), "started\n");
    let pid = std::fs::read_to_string(notes.with_extension("pid")).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    let is_gone = || std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z"));
    testkit::wait_until("what is lost has ended", LIMIT, async || {
        !std::path::Path::new(&stat).exists() || is_gone()
    })
    .await;
}

on_both!(a_job_whose_spool_is_removed_is_lost_and_not_run_again, |database| async move {
    let site = Site::start(&database, &Definitions::default().report("NOTED", NOTED)).await;
    let (id, notes) = noted(&site).await;
    std::fs::remove_dir_all(site.dir.path().join("data/spool")).unwrap();
    std::fs::write(notes.with_extension("go"), "").unwrap();
    is_lost_and_ran_once(&site, id, &notes).await;
});

on_both!(a_claim_that_is_gone_after_a_restart_is_no_proof, |database| async move {
    let mut site = Site::start(&database, &Definitions::default().report("NOTED", NOTED)).await;
    let (id, notes) = noted(&site).await;
    let spool = site.spools().pop().unwrap();
    site.kill_9();
    std::fs::remove_file(spool.join("claim")).unwrap();
    site.start_again();
    is_lost_and_ran_once(&site, id, &notes).await;
});

on_both!(a_spool_that_is_gone_after_a_restart_is_no_proof, |database| async move {
    let mut site = Site::start(&database, &Definitions::default().report("NOTED", NOTED)).await;
    let (id, notes) = noted(&site).await;
    let runner = *site.runners().first().unwrap();
    site.kill_9();
    kill(Pid::from_raw(runner), Signal::SIGKILL).unwrap();
    std::fs::remove_dir_all(site.dir.path().join("data/spool")).unwrap();
    site.start_again();
    is_lost_and_ran_once(&site, id, &notes).await;
});

on_both!(an_empty_claim_after_a_restart_ends_as_lost, |database| async move {
    let mut site = Site::start(&database, &Definitions::default().report("NOTED", NOTED)).await;
    let (id, notes) = noted(&site).await;
    let (spool, runner) = (site.spools().pop().unwrap(), *site.runners().first().unwrap());
    site.kill_9();
    kill(Pid::from_raw(runner), Signal::SIGKILL).unwrap();
    std::fs::write(spool.join("claim"), "").unwrap();
    site.start_again();
    is_lost_and_ran_once(&site, id, &notes).await;
});

on_both!(a_job_that_has_spoken_is_not_run_again_without_its_spool, |database| async move {
    let speaks = NOTED.replacen("#!/bin/sh\n", "#!/bin/sh\necho hello\n", 1);
    let mut site = Site::start(&database, &Definitions::default().report("NOTED", &speaks)).await;
    let (id, notes) = noted(&site).await;
    testkit::wait_until("its line is stored", LIMIT, async || {
        site.api.messages(id).await.contains(&"hello".to_owned())
    })
    .await;
    let (spool, runner) = (site.spools().pop().unwrap(), *site.runners().first().unwrap());
    site.kill_9();
    kill(Pid::from_raw(runner), Signal::SIGKILL).unwrap();
    let job = std::fs::read_to_string(notes.with_extension("pid")).unwrap();
    kill(Pid::from_raw(job.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
    std::fs::remove_dir_all(spool).unwrap();
    site.start_again();
    is_lost_and_ran_once(&site, id, &notes).await;
});
