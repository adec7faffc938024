//! Jobs with many processes: whatever ends a job ends all of them, and none of anybody else's.

use e2e::{Definitions, LIMIT, Site, on_both};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use testkit::wait_until;

/// 200 processes, half of them deaf to SIGTERM and in sessions of their own, and then one more every 20 ms, without end.
const FORKS: &str = "#!/bin/sh\necho \"attempt $AMTJOB_ATTEMPT\"\n\
    n=0\nwhile [ $n -lt 100 ]; do\n  sleep 600 &\n  (trap '' TERM; exec setsid sleep 600) &\n  n=$((n+1))\ndone\n\
    echo forked\nwhile :; do (sleep 600 &); sleep 0.02; done\n";

/// The processes that have a marker in their environment. Those that are gone, and zombies, have none.
fn alive(marker: &str) -> Vec<i32> {
    let wanted = format!("AMTJOB_ATTEMPT={marker}");
    let is_marked = |pid: &i32| {
        std::fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|text| text.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()))
    };
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_marked).collect()
}

/// Waits for a message and returns the marker that the job has printed.
async fn said(site: &Site, id: i64, text: &str) -> String {
    let log = format!("/GetMessages?BatchRequestId={id}");
    let quoted = format!("\"{text}\"");
    let page = site.api.wait_for(&log, |page| page.to_string().contains(&quoted)).await;
    let texts =
        page["Messages"].as_array().unwrap().iter().filter_map(|message| message["Text"].as_str());
    texts.filter_map(|text| text.strip_prefix("attempt ")).next_back().unwrap().to_owned()
}

async fn nothing_is_left(marker: &str) {
    wait_until("nothing of the job is alive", LIMIT, || async { alive(marker).is_empty() }).await;
}

on_both!(
    a_job_that_forks_without_end_is_killed_with_everything_it_started,
    |database| async move {
        let jobs = Definitions::default().report("FORKS", FORKS);
        let site = Site::start_with(&database, &jobs, "kill_grace = \"1s\"\n").await;
        let id = site.api.start(json!({"JobName": "FORKS"})).await;
        let marker = said(&site, id, "forked").await;
        wait_until("all are there", LIMIT, || async { alive(&marker).len() > 200 }).await;
        let kill = json!({"Action": "Kill", "BatchRequestId": id});
        let (status, answer) = site.api.post("/OpConJobAction", kill).await;
        assert_eq!((status, &answer["BatchRequestId"]), (200, &json!(id)), "{answer}");
        let status = site.api.until(id, &[3]).await;
        assert_eq!(status["Status"], "KILLED");
        // The end is stored after the last process is gone.
        assert_eq!(alive(&marker), [0; 0]);
    }
);

on_both!(a_job_over_its_limit_of_processes_is_ended_and_says_so, |database| async move {
    let jobs = Definitions::default().report("FORKS", FORKS);
    let more = "kill_grace = \"1s\"\nlimits = { processes = 60 }\n";
    let site = Site::start_with(&database, &jobs, more).await;
    let id = site.api.start(json!({"JobName": "FORKS"})).await;
    let status = site.api.until(id, &[11]).await;
    assert_eq!(status["Description"], "ended because it had more processes than allowed");
    let messages = site.api.messages(id).await;
    let marker = messages.iter().find_map(|text| text.strip_prefix("attempt ")).unwrap();
    assert_eq!(alive(marker), [0; 0]);
});

on_both!(processes_that_a_good_job_leaves_behind_are_ended_and_counted, |database| async move {
    let report =
        "#!/bin/sh\necho \"attempt $AMTJOB_ATTEMPT\"\nfor n in 1 2 3; do setsid sleep 600 & done\n";
    let site = Site::start(&database, &Definitions::default().report("LEAVES", report)).await;
    let id = site.api.start(json!({"JobName": "LEAVES"})).await;
    site.api.until(id, &[4]).await;
    let messages = site.api.messages(id).await;
    let remark = "3 processes left behind by the job were ended".to_owned();
    assert!(messages.contains(&remark), "{messages:?}");
    let marker = messages.iter().find_map(|text| text.strip_prefix("attempt ")).unwrap();
    assert_eq!(alive(marker), [0; 0]);
});

on_both!(
    a_sweep_after_a_killed_runner_leaves_the_jobs_of_a_neighbour_alone,
    |database| async move {
        // Both servers count from 1: the same controller, request and attempt by number.
        let other = testkit::databases::postgres().await;
        let report = "#!/bin/sh\necho \"attempt $AMTJOB_ATTEMPT\"\nsetsid sleep 600 &\necho ready\n\
        until [ -f go ]; do sleep 0.05; done\n";
        let jobs = Definitions::default().report("WORKS", report);
        let site = Site::start(&database, &jobs).await;
        let neighbour = Site::start(&e2e::Database::Postgres(other.url().to_owned()), &jobs).await;
        let mut ids = Vec::new();
        for site in [&site, &neighbour] {
            let id = site.api.start(json!({"JobName": "WORKS"})).await;
            ids.push((id, said(site, id, "ready").await));
        }
        let [(id, marker), (neighbours, others)] = &ids[..] else { panic!() };
        assert_eq!(id, neighbours, "the test wants the same number");
        assert_ne!(marker, others, "a marker must name one attempt on the whole host");
        let runner = site.runners().pop_first().unwrap();
        kill(Pid::from_raw(runner), Signal::SIGKILL).unwrap();
        let status = site.api.until(*id, &[11]).await;
        assert_eq!(status["Description"], "lost");
        nothing_is_left(marker).await;
        assert!(alive(others).len() >= 2, "the neighbour's processes were ended");
        std::fs::write(neighbour.app().join("reports/go"), "").unwrap();
        neighbour.api.until(*neighbours, &[4]).await;
    }
);
