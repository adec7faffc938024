//! A day of command jobs on a real scheduler process, driven by its commands.

use e2e::{Scheduler, on_both};

const HEAD: &str = "agents: { Here: { connection: { command: {} } } }
frequencies: { Daily: { when: { all_weeks: { days: [sun, mon, tue, wed, thu, fri, sat], day_type: any } } } }
thresholds: { Rows: { value: 5 } }
schedules:
  Night:
    jobs:
";

/// A job of `Night` on the command agent.
fn job(name: &str, line: &str, more: &str) -> String {
    format!(
        "      {name}:\n        run: {{ command: {{ line: \"{line}\" }} }}\n        runs_on: {{ agents: [Here] }}\n        \
         frequencies: [{{ use: Daily }}]\n{more}"
    )
}

fn after(other: &str, condition: &str) -> String {
    format!("        depends_on: [{{ requires: {{ job: {other}, condition: {condition} }} }}]\n")
}

on_both!(jobs_follow_each_other_and_leave_their_logs, |database| async move {
    let all = [
        job("Load", "echo loaded", ""),
        job("Check", "sh -c 'echo checking; exit 3'", &after("Load", "finished_ok")),
        job("Mend", "echo mended", &after("Check", "failed")),
        job("Send", "echo sent", &after("Check", "finished_ok")),
    ];
    let scheduler = Scheduler::start(&database, &format!("{HEAD}{}", all.concat()));
    scheduler.must(&["schedule", "build"]);
    scheduler.until("Night/Mend", "Finished OK").await;
    assert_eq!(scheduler.status("Night/Check"), "Failed");
    let why = scheduler.must(&["job", "why", "Night/Send"]);
    assert!(why.contains("it waits for `Night/Check` to finish OK, which is `Failed`"), "{why}");
    assert!(why.contains("attempt 1 on the agent `Here`: Failed with code 3"), "{why}");
    let log = scheduler.must(&["job", "log", "Night/Check", "--name", "output.log"]);
    assert_eq!(log, "checking\n");
    // An operator repairs the day.
    scheduler.must(&["job", "mark", "finished-ok", "Night/Check", "--reason", "looked at it"]);
    scheduler.until("Night/Send", "Finished OK").await;
    let schedules = scheduler.json(&["schedule", "list"]);
    assert_eq!(schedules[0]["status"], "Completed");
    let refused = scheduler.run(&["job", "kill", "Night/Send"]);
    assert_eq!(refused.code, Some(4), "{refused:?}");
    let unknown = scheduler.run(&["job", "why", "Night/Sent"]);
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
    assert!(unknown.err.contains("did you mean `Send`?"), "{unknown:?}");
});

on_both!(nothing_is_lost_or_started_twice_when_the_process_is_killed, |database| async move {
    let start =
        "echo started >> \\\"$NOTES\\\"; until [ -f \\\"$GO\\\" ]; do sleep 0.05; done; echo done";
    let dir = testkit::temp_dir();
    let (notes, go) = (dir.path().join("notes"), dir.path().join("go"));
    let line = format!("sh -c '{start}'")
        .replace("$NOTES", notes.to_str().unwrap())
        .replace("$GO", go.to_str().unwrap());
    let all = [job("Long", &line, ""), job("Next", "echo next", &after("Long", "finished_ok"))];
    let mut scheduler = Scheduler::start(&database, &format!("{HEAD}{}", all.concat()));
    scheduler.must(&["schedule", "build"]);
    scheduler.until("Night/Long", "Job Running").await;
    for _ in 0..3 {
        scheduler.kill();
        scheduler.launch();
    }
    assert_eq!(scheduler.status("Night/Long"), "Job Running");
    scheduler.kill();
    // It ends while nobody looks.
    std::fs::write(&go, "").unwrap();
    scheduler.launch();
    scheduler.until("Night/Next", "Finished OK").await;
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "started\n");
    assert_eq!(scheduler.must(&["job", "log", "Night/Long", "--name", "output.log"]), "done\n");
});

on_both!(a_pause_stops_every_start_until_it_is_over, |database| async move {
    let all = [job("Load", "echo loaded", "")];
    let scheduler = Scheduler::start(&database, &format!("{HEAD}{}", all.concat()));
    scheduler.must(&["pause", "--reason", "the disk is being changed"]);
    scheduler.must(&["schedule", "build"]);
    let why = scheduler.must(&["job", "why", "Night/Load"]);
    assert!(why.contains("the disk is being changed"), "{why}");
    assert!(scheduler.must(&["status"]).contains("EVERY START IS STOPPED"));
    scheduler.must(&["resume"]);
    scheduler.until("Night/Load", "Finished OK").await;
});

on_both!(
    values_of_properties_are_set_and_those_of_encrypted_ones_are_never_shown,
    |database| async move {
        let all = [
            job("Rate", "echo rate [[RATE]]", ""),
            job("Secret", "sh -c 'test [[KEY]] = correct-horse && echo same'", ""),
        ];
        let head = HEAD.replace(
            "thresholds:",
            "properties: { RATE: { value: '1' }, KEY: { encrypted: true } }\nthresholds:",
        );
        let scheduler = Scheduler::start(&database, &format!("{head}{}", all.concat()));
        scheduler.must(&["property", "set", "RATE", "2"]);
        scheduler.must(&["property", "set", "KEY", "correct-horse"]);
        let listed = scheduler.must(&["property", "list"]);
        assert!(listed.contains("(encrypted)") && !listed.contains("correct-horse"), "{listed}");
        scheduler.must(&["batch-user", "rotate-key"]);
        scheduler.must(&["schedule", "build"]);
        scheduler.until("Night/Rate", "Finished OK").await;
        scheduler.until("Night/Secret", "Finished OK").await;
        let said = |job: &str| scheduler.must(&["job", "log", job, "--name", "output.log"]);
        assert_eq!(
            (said("Night/Rate"), said("Night/Secret")),
            ("rate 2\n".to_owned(), "same\n".to_owned())
        );
        assert!(!scheduler.log().contains("correct-horse"));
        let wrong = scheduler.run(&["property", "set", "RATE", "3", "--job", "Night/Nobody"]);
        assert_eq!(wrong.code, Some(3), "{wrong:?}");
        let integrations = scheduler.must(&["integration", "list", "--output", "quiet"]);
        assert_eq!(integrations.lines().count(), 2, "{integrations}");
    }
);
