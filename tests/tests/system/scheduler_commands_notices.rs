//! Messages that cannot be delivered, escalations that somebody acknowledges, and the audit of it, as operators see them.

use e2e::{LIMIT, Scheduler, on_both};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};
use testkit::wait_until;

/// There is no mail server: mails wait.
const DEFINITIONS: &str = "agents: { Here: { connection: { command: {} } } }
frequencies: { Daily: { when: { all_weeks: { days: [sun, mon, tue, wed, thu, fri, sat], day_type: any } } } }
notifications:
  Operations:
    about: all_jobs
    triggers:
      - on: job_failed
        actions: [{ email: { to: [oncall@example.com], subject: \"[[$JOB NAME]] failed\", message: Look. } }]
    escalation: [{ group: Manager, after_minutes: 30 }]
  Manager:
    about: { jobs: [] }
    triggers: [{ on: job_failed, actions: [{ log: { message: nobody looks } }] }]
schedules:
  Night:
    jobs:
      Bad:
        run: { command: { line: \"sh -c 'exit 3'\" } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
";

/// `audit list` with more options.
fn list<'t>(more: &[&'t str]) -> Vec<&'t str> {
    [&["audit", "list"], more].concat()
}

/// The numbers in an answer; they are what scripts get.
fn numbers(scheduler: &Scheduler, command: &[&str]) -> Vec<String> {
    let all = scheduler.json(command);
    let numbers: Vec<_> =
        all.as_array().unwrap().iter().map(|each| each["id"].to_string()).collect();
    assert_eq!(scheduler.quiet(command), numbers, "{command:?}");
    numbers
}

on_both!(what_waits_is_listed_and_an_escalation_is_acknowledged, |database| async move {
    let scheduler = Scheduler::start(&database, DEFINITIONS);
    let (messages, open) = (["message", "list"], ["escalation", "list"]);
    assert_eq!(scheduler.must(&messages), "every message is delivered\n");
    assert_eq!(scheduler.must(&open), "there is no escalation\n");
    assert!(numbers(&scheduler, &messages).is_empty() && numbers(&scheduler, &open).is_empty());

    scheduler.must(&["schedule", "build"]);
    scheduler.until("Night/Bad", "Failed").await;
    wait_until("the mail was tried", LIMIT, || async {
        scheduler.json(&messages)[0]["why"].is_string()
    })
    .await;
    assert_eq!(scheduler.json(&messages)[0]["kind"], "email");
    let table = scheduler.must(&messages);
    assert!(table.contains("`Operations`") && table.contains("no mail server is set"), "{table}");
    assert_eq!(numbers(&scheduler, &messages).len(), 1);

    let found = numbers(&scheduler, &open);
    let [number] = found.as_slice() else { panic!("{found:?}") };
    let escalation = scheduler.json(&open)[0].clone();
    let text = |name: &str| escalation[name].as_str().unwrap().to_owned();
    assert_eq!((text("group"), text("state")), ("Operations".to_owned(), "waiting".to_owned()));
    assert_eq!(text("trigger"), "job_failed");
    assert!(scheduler.must(&open).contains("Night/Bad"));
    let acknowledge = ["escalation", "acknowledge", number, "--reason", "I look"];
    let said = scheduler.must(&acknowledge);
    assert_eq!(said, format!("{number}: acknowledged; nobody else is told\n"));
    assert_eq!(scheduler.json(&open), json!([]));
    let all = scheduler.json(&["escalation", "list", "--all"]);
    assert_eq!((&all[0]["state"], &all[0]["due_at"]), (&json!("acknowledged"), &Value::Null));
    assert!(all[0]["acknowledged_by"].as_str().unwrap().starts_with("local:"), "{all}");
    let again = scheduler.fails(&acknowledge, 4);
    assert!(again.contains("has acknowledged it already"), "{again}");
    scheduler.fails(&["escalation", "acknowledge", "4711"], 3);
});

on_both!(the_audit_is_searched_and_verified, |database| async move {
    let scheduler = Scheduler::start(&database, DEFINITIONS);
    scheduler.must(&["schedule", "build", "--on-hold", "--reason", "first of all"]);
    scheduler.must(&["job", "hold", "Night/Bad", "--reason", "not yet"]);
    scheduler.must(&["job", "cancel", "Night/Bad", "--reason", "never"]);
    let all = numbers(&scheduler, &list(&[]));
    assert!(all.len() >= 4, "{all:?}");
    assert_eq!(numbers(&scheduler, &list(&["--max", "2"])), all[..2]);
    let jobs = scheduler.json(&list(&["--action", "job.", "--subject", "Night/Bad"]));
    let reasons: Vec<_> = jobs.as_array().unwrap().iter().map(|each| &each["reason"]).collect();
    assert_eq!(reasons, ["never", "not yet"], "newest first");
    let table = scheduler.must(&list(&["--action", "job.cancel", "--caller", "local:"]));
    assert!(table.contains("never") && table.contains("Cancelled"), "{table}");
    for none in [["--caller", "nobody"], ["--action", "hold"], ["--subject", "Day/Bad"]] {
        assert_eq!(scheduler.must(&list(&none)), "there is no such record\n", "{none:?}");
        assert!(numbers(&scheduler, &list(&none)).is_empty());
    }
    let today = scheduler.json(&["schedule", "list"])[0]["date"].clone();
    let today: Date = today.as_str().unwrap().parse().unwrap();
    // A day to each side: midnight may pass.
    let (before, after) = ((today - 1.day()).to_string(), (today + 2.days()).to_string());
    assert_eq!(numbers(&scheduler, &list(&["--since", &before, "--before", &after])), all);
    assert!(numbers(&scheduler, &list(&["--since", &after])).is_empty());
    assert!(numbers(&scheduler, &list(&["--before", &before])).is_empty());

    let verified = scheduler.must(&["audit", "verify"]);
    assert!(verified.contains("records are what was written"), "{verified}");
    let chain = scheduler.json(&["audit", "verify"]);
    assert_eq!((&chain["broken"], &chain["whole"]), (&Value::Null, &json!(all.len())), "{chain}");
    assert!(scheduler.quiet(&["audit", "verify"]).is_empty());
});
