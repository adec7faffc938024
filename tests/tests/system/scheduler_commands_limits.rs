//! Thresholds and resources by hand: a job that waits for one starts once an operator has set it.

use e2e::{Scheduler, on_both};
use serde_json::json;

const DEFINITIONS: &str = "
frequencies:
  Daily: { when: { all_weeks: { day_type: any, days: [mon, tue, wed, thu, fri, sat, sun] } } }
agents:
  Here: { connection: { command: {} } }
thresholds:
  Files received: { value: 0 }
resources:
  TAPES: { units: 2 }
schedules:
  Night:
    jobs:
      Load:
        run: { command: { line: echo loaded } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
        thresholds: [{ threshold: Files received, operator: ge, value: 2 }]
      Save:
        run: { command: { line: echo saved } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
        resources: [{ resource: TAPES, take: { units: 2 } }]
";

on_both!(what_jobs_wait_for_is_set_by_hand, |database| async move {
    let scheduler = Scheduler::start(&database, DEFINITIONS);
    let broken = ["resource", "set", "TAPES", "1", "--reason", "a drive is broken"];
    assert_eq!(scheduler.must(&broken), "TAPES: 1 units, before 2\n");
    scheduler.must(&["schedule", "build", "Night"]);
    scheduler.until("Night/Load", "Wait Threshold/Resource Dependency").await;
    scheduler.until("Night/Save", "Wait Threshold/Resource Dependency").await;

    let set = ["threshold", "set", "Files received"];
    let value = scheduler.must(&[&set[..], &["-1"]].concat());
    assert_eq!(value, "Files received: -1, before 0\n");
    let with = [&set[..], &["2", "--reason", "they came by mail"]].concat();
    assert_eq!(scheduler.json(&with)["status"], "2, before -1");
    scheduler.until("Night/Load", "Finished OK").await;
    let all = scheduler.json(&["threshold", "list"]);
    assert_eq!(all, json!([{ "name": "Files received", "value": 2 }]));
    assert_eq!(scheduler.quiet(&["resource", "list"]), ["TAPES"]);

    scheduler.must(&["resource", "set", "TAPES", "2"]);
    scheduler.until("Night/Save", "Finished OK").await;
    let all = scheduler.json(&["resource", "list"]);
    assert_eq!(all, json!([{ "name": "TAPES", "units": 2, "used": 0 }]));
    let table = scheduler.must(&["resource", "list"]);
    assert!(table.starts_with("RESOURCE") && table.contains("TAPES"), "{table}");

    let unknown = scheduler.fails(&["threshold", "set", "Files recieved", "1"], 3);
    assert!(unknown.contains("did you mean `Files received`?"), "{unknown}");
    scheduler.fails(&["resource", "set", "TAPE", "1"], 3);
    let wrong = [
        ["resource", "set", "TAPES", "-1"],
        ["threshold", "set", "TAPES", "many"],
        ["threshold", "set", "Files received", "+1"],
    ];
    for wrong in wrong {
        let said = scheduler.run(&wrong);
        assert!(said.code == Some(2) && said.err.contains("invalid value"), "{said:?}");
    }
    let held = &scheduler.json(&["audit", "list", "--action", "threshold.set"])[0];
    assert_eq!((&held["old_value"], &held["new_value"]), (&json!("-1"), &json!("2")), "{held}");
    assert_eq!(held["reason"], "they came by mail");
});
