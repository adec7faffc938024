//! What operators type, on a real scheduler process: definitions, values, passwords, agents, and the exit code of each refusal.

use std::fs;
use std::path::Path;

use e2e::{Database, Scheduler, on_both};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const DEFINITIONS: &str = "batch_users: { API: { target: AsyscoAMT, identifier: OPCON } }
properties: { RATE: { value: '1' }, KEY: { encrypted: true } }
agents:
  Here: { connection: { command: {} } }
  Away: { connection: { asysco_amt: { batch_server_url: \"http://127.0.0.1:1\", batch_user: API } } }
frequencies: { Daily: { when: { all_weeks: { days: [sun, mon, tue, wed, thu, fri, sat], day_type: any } } } }
schedules:
  Night:
    jobs:
      Load:
        run: { command: { line: echo loaded } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily, build: on_hold }]
        properties: { FILE: in.csv }
";

/// The names in an answer; they are what scripts get.
fn names(scheduler: &Scheduler, command: &[&str]) -> Vec<String> {
    let all = scheduler.json(command);
    let all = all.as_array().unwrap().iter();
    let names: Vec<_> = all.map(|each| each["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(scheduler.quiet(command), names, "{command:?}");
    names
}

/// The one of an answer with a name.
fn named(all: &Value, name: &str) -> Value {
    let found = all.as_array().unwrap().iter().find(|each| each["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {all}")).clone()
}

on_both!(what_is_exported_changes_nothing_when_it_is_applied_again, |database| async move {
    let mut scheduler = Scheduler::prepare(&database, &[]);
    scheduler.launch();
    scheduler.must(&["pause", "--reason", "only its definitions are looked at"]);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/schedules");
    let demo = demo.to_str().unwrap();
    let planned = scheduler.must(&["plan", demo, "--days", "1"]);
    assert!(planned.contains("nothing is stored yet"), "{planned}");
    let planned = scheduler.json(&["plan", demo, "--days", "7"]);
    assert_eq!(planned["moves"]["days"].as_array().unwrap().len(), 7, "{planned}");
    let planned = scheduler.quiet(&["plan", demo]);
    assert!(planned.contains(&"added schedule Night".to_owned()), "{planned:?}");
    assert_eq!(scheduler.json(&["status"])["revision"], 0);
    let applied = scheduler.must(&["apply", demo, "--reason", "the demo"]);
    assert!(applied.contains("revision 1 is current"), "{applied}");

    let exported = scheduler.must(&["export"]);
    let file = scheduler.file("exported.json");
    fs::write(&file, &exported).unwrap();
    let file = file.to_str().unwrap();
    let again = scheduler.must(&["plan", file]);
    assert_eq!(again, "nothing differs from revision 1 of the server\n");
    let again = scheduler.json(&["apply", file]);
    assert_eq!(again["changes"], json!([]), "{again}");
    assert_eq!((&again["is_moved"], &again["revision"]), (&json!(false), &json!(1)), "{again}");
    assert_eq!(scheduler.must(&["export"]), exported);

    // Less than that takes away what is left out, and moves jobs.
    let less = exported.replacen("\"Print\"", "\"Print them\"", 1);
    assert_ne!(less, exported);
    fs::write(file, less.replace("\"job\": \"Print\"", "\"job\": \"Print them\"")).unwrap();
    let planned = scheduler.quiet(&["plan", file]);
    assert!(planned.contains(&"removed job Billing/Print".to_owned()), "{planned:?}");
    let late = scheduler.fails(&["apply", file, "--expected-revision", "7"], 7);
    assert!(late.contains("revision 1 is current, not 7"), "{late}");
    assert_eq!(scheduler.quiet(&["apply", file, "--expected-revision", "1"]), ["2"]);
    let late = scheduler.fails(&["apply", demo, "--expected-revision", "1"], 7);
    assert!(late.contains("revision 2 is current, not 1"), "{late}");

    fs::write(file, "schedules: { Night: { jobs: { Load: { run: nothing } } } }").unwrap();
    let wrong = scheduler.run(&["apply", file]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(1), ""), "{wrong:?}");
    assert_eq!(scheduler.json(&["status"])["revision"], 2);
});

on_both!(values_are_given_and_taken_away_again, |database| async move {
    let scheduler = Scheduler::start(&database, DEFINITIONS);
    let list = ["property", "list"];
    let found = |name: &str| named(&scheduler.json(&list), name);
    assert_eq!(names(&scheduler, &list), ["RATE", "KEY"]);
    scheduler.must(&["property", "set", "RATE", "2", "--reason", "a better one"]);
    assert_eq!((&found("RATE")["value"], &found("RATE")["is_set"]), (&json!("2"), &json!(true)));
    assert_eq!(scheduler.must(&["property", "delete", "RATE"]), "RATE: deleted\n");
    assert_eq!((&found("RATE")["value"], &found("RATE")["is_set"]), (&json!("1"), &json!(false)));
    let none = scheduler.fails(&["property", "delete", "RATE"], 4);
    assert!(none.contains("has the value of its definition"), "{none}");

    let told = scheduler.run_with_input(&["property", "set", "OWN"], "from a pipe\nno more\n");
    assert_eq!((told.code, told.out.as_str()), (Some(0), "OWN: set\n"), "{told:?}");
    assert_eq!(found("OWN")["value"], "from a pipe");
    assert!(scheduler.quiet(&["property", "delete", "OWN"]).is_empty());
    scheduler.fails(&["property", "delete", "OWN"], 3);
    scheduler.fails(&["property", "set", "not.a=name", "1"], 4);

    scheduler.must(&["property", "set", "KEY", "correct-horse"]);
    assert_eq!((&found("KEY")["value"], &found("KEY")["has_value"]), (&Value::Null, &json!(true)));
    assert_eq!(scheduler.json(&["property", "delete", "KEY"]), json!({"status": "deleted"}));
    assert_eq!(found("KEY")["has_value"], false);
    let none = scheduler.fails(&["property", "delete", "KEY"], 4);
    assert!(none.contains("has no value"), "{none}");

    scheduler.must(&["schedule", "build"]);
    for of in [&["--agent", "Here"][..], &["--schedule", "Night"], &["--job", "Night/Load"]] {
        let list = [&list, of].concat();
        scheduler.must(&[&["property", "set", "PLACE", "here"], of].concat());
        assert_eq!(named(&scheduler.json(&list), "PLACE")["value"], "here", "{of:?}");
        assert!(names(&scheduler, &list).contains(&"PLACE".to_owned()), "{of:?}");
        scheduler.must(&[&["property", "delete", "PLACE"], of].concat());
        assert!(!names(&scheduler, &list).contains(&"PLACE".to_owned()), "{of:?}");
        scheduler.fails(&[&["property", "delete", "PLACE"], of].concat(), 3);
    }
    // A day has its values from its build, and none behind them.
    let of_job = ["--job", "Night/Load"];
    let list_of_job = [&list[..], &of_job].concat();
    assert_eq!(named(&scheduler.json(&list_of_job), "FILE")["value"], "in.csv");
    scheduler.must(&[&["property", "set", "FILE", "late.csv"], &of_job[..]].concat());
    assert_eq!(named(&scheduler.json(&list_of_job), "FILE")["value"], "late.csv");
    assert!(scheduler.must(&list_of_job).contains("its day"));
    scheduler.must(&[&["property", "delete", "FILE"], &of_job[..]].concat());
    assert_eq!(scheduler.must(&list_of_job), "there are no properties\n");
    for place in [["--agent", "Nowhere"], ["--schedule", "Day"], ["--job", "Night/Save"]] {
        scheduler.fails(&[&list[..], &place].concat(), 3);
    }
    let both = scheduler.run(&["property", "list", "--agent", "Here", "--schedule", "Night"]);
    assert_eq!(both.code, Some(2), "{both:?}");
});

on_both!(passwords_agents_and_integrations_are_listed_and_changed, |database| async move {
    let scheduler = Scheduler::start(&database, DEFINITIONS);
    let users = ["batch-user", "list"];
    let has_password = || named(&scheduler.json(&users), "API")["has_password"].clone();
    assert_eq!(names(&scheduler, &users), ["API"]);
    assert!(scheduler.must(&users).contains("missing"));
    let none = scheduler.fails(&["batch-user", "remove-password", "API"], 4);
    assert!(none.contains("has no password"), "{none}");
    let set = ["batch-user", "set-password", "API", "--reason", "a new one"];
    let told = scheduler.run_with_input(&set, "correct-horse\n");
    assert_eq!((told.code, told.out.as_str()), (Some(0), "API: password set\n"), "{told:?}");
    assert_eq!(has_password(), true);
    assert!(scheduler.must(&users).contains("set 20"));
    let key = scheduler.quiet(&["batch-user", "rotate-key"]);
    assert_eq!(key.len(), 1, "{key:?}");
    let removed = scheduler.must(&["batch-user", "remove-password", "API"]);
    assert_eq!(removed, "API: password removed\n");
    assert_eq!(has_password(), false);
    scheduler.fails(&["batch-user", "remove-password", "APU"], 3);
    assert_eq!(scheduler.run_with_input(&set, "").code, Some(1), "nothing is typed");
    let unknown = scheduler.run_with_input(&["batch-user", "set-password", "APU"], "x\n");
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
    let records = scheduler.must(&["audit", "list", "--action", "batch_user.", "--output", "json"]);
    assert!(records.contains("batch_user.remove_password") && records.contains("a new one"));
    assert!(!format!("{records}{}", scheduler.log()).contains("correct-horse"));

    assert_eq!(names(&scheduler, &["agent", "list"]), ["Here", "Away"]);
    let full = ["agent", "communication", "Here", "full"];
    let limited = ["agent", "communication", "Here", "limited", "--reason", "maintenance"];
    assert_eq!(scheduler.must(&limited), "Here: communication limited\n");
    assert_eq!(named(&scheduler.json(&["agent", "list"]), "Here")["communication"], "limited");
    assert!(scheduler.quiet(&full).is_empty());
    assert_eq!(scheduler.json(&full)["status"], "full");
    scheduler.fails(&["agent", "communication", "Nowhere", "full"], 3);

    let integrations = scheduler.json(&["integration", "list"]);
    let names = names(&scheduler, &["integration", "list"]);
    assert_eq!(names.len(), 2, "{integrations}");
    for each in integrations.as_array().unwrap() {
        assert_eq!((&each["status"], &each["place"]), (&json!("ready"), &Value::Null), "{each}");
    }
    let table = scheduler.must(&["integration", "list"]);
    assert!(table.contains("AsyscoAMT") && table.contains("built in"), "{table}");
});

#[test]
fn a_scheduler_that_does_not_answer_has_exit_codes_of_its_own() {
    let mut scheduler = Scheduler::prepare(&Database::Sqlite, &[]);
    for command in [&["status"][..], &["schedule", "build"], &["job", "hold", "Night/Load"]] {
        let nobody = scheduler.fails(command, 5);
        assert!(nobody.contains("no scheduler answers on"), "{nobody}");
    }
    for wrong in [
        &["job", "hold", "Load"][..],
        &["job", "list", "--date", "2026-13-01"],
        &["job", "log"],
        &["job", "restart", "Night/Load", "--force", "--on-hold"],
        &["schedule", "build", "--property", "FILE"],
        &["audit", "list", "--max", "0"],
        &["plan", "definitions", "--days", "32"],
        &["status", "--timeout", "5"],
        &["status", "--timeout", "0s"],
        &["escalation", "acknowledge", "seven"],
    ] {
        let said = scheduler.run(wrong);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{wrong:?}: {said:?}");
    }

    scheduler.launch();
    assert_eq!(scheduler.quiet(&["status"]), ["running"]);
    let pause = ["pause", "--reason", "the disk is being changed"];
    assert!(scheduler.quiet(&pause).is_empty());
    assert_eq!(scheduler.json(&["status"])["paused"]["reason"], pause[2]);
    assert!(scheduler.fails(&pause, 4).contains("the disk is being changed"));
    assert!(scheduler.json(&["resume"])["status"].is_string());
    assert_eq!(scheduler.quiet(&["status"]), ["running"]);
    // It hangs: connections come to rest in the queue of its socket.
    scheduler.signal(Signal::SIGSTOP);
    let late = scheduler.fails(&["job", "list", "--timeout", "100ms"], 6);
    assert!(late.contains("has not answered within 100ms; it hangs"), "{late}");
    let late = scheduler.fails(&["resume", "--timeout", "100ms"], 6);
    assert!(late.contains("it may have been done, or be done yet"), "{late}");
    scheduler.signal(Signal::SIGCONT);
    assert_eq!(scheduler.quiet(&["status"]), ["running"]);
}
