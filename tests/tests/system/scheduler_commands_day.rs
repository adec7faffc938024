//! A day as an operator steers it, command by command: what each of them does, says and refuses.

use e2e::{Database, LIMIT, Scheduler, on_both};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};
use testkit::wait_until;

const DEFINITIONS: &str = "agents: { Here: { connection: { command: {} }, allow_kill: true } }
frequencies: { Daily: { when: { all_weeks: { days: [sun, mon, tue, wed, thu, fri, sat], day_type: any } } } }
schedules:
  Night:
    jobs:
      Gate: { run: null_job, frequencies: [{ use: Daily, build: on_hold }] }
      Load:
        run: { command: { line: echo loaded } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
        depends_on: [{ requires: { job: Gate } }]
      Check:
        run: { command: { line: \"sh -c 'exit 3'\" } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
        depends_on: [{ requires: { job: Load } }]
      Send:
        run: { command: { line: echo sent } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
        depends_on: [{ requires: { job: Check } }]
      Long:
        run: { command: { line: sleep 120 } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily, build: on_hold }]
      Extra:
        disable_build: true
        run: { command: { line: \"echo extra [[JI.FILE]]\" } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
  Later:
    start_time: \"06:00\"
    jobs:
      Report:
        run: { command: { line: echo reported } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
";

/// A command about a date.
fn on<'t>(command: &[&'t str], date: &'t str) -> Vec<&'t str> {
    [command, &["--date", date]].concat()
}

/// A scheduler with these definitions.
struct Day {
    scheduler: Scheduler,
}

impl Day {
    fn start(database: &Database) -> Self {
        Self { scheduler: Scheduler::start(database, DEFINITIONS) }
    }

    /// Does something to a job or schedule; it must be so afterwards.
    fn act(&self, command: &[&str], status: &str) {
        let said = self.scheduler.must(command);
        assert!(said.ends_with(&format!(": {status}\n")), "{command:?}: {said}");
    }

    fn refused(&self, command: &[&str], why: &str) {
        let said = self.scheduler.fails(command, 4);
        assert!(said.contains(why), "{command:?}: {said}");
    }

    fn attempts(&self, job: &str) -> Vec<Value> {
        self.scheduler.json(&["job", "show", job])["attempts"].as_array().unwrap().clone()
    }

    /// Those that have failed, as a script finds them.
    fn failed(&self) -> Vec<String> {
        self.scheduler.quiet(&["job", "list", "--status", "failed"])
    }
}

on_both!(a_schedule_is_held_checked_released_and_closed, |database| async move {
    let day = Day::start(&database);
    let scheduler = &day.scheduler;
    scheduler.fails(&["schedule", "hold", "Night"], 3);
    let built = scheduler.json(&["schedule", "build", "Night"]);
    assert_eq!(built["schedules"], json!([{ "name": "Night", "jobs": 5 }]), "{built}");
    let again = scheduler.must(&["schedule", "build", "Night"]);
    assert!(again.contains("left: "), "{again}");
    scheduler.fails(&["schedule", "build", "Nihgt"], 3);
    let wrong = scheduler.fails(&["schedule", "build", "--property", "FILE=in.csv"], 2);
    assert!(wrong.contains("name it"), "{wrong}");
    assert_eq!(scheduler.quiet(&["schedule", "list"]), ["Night"]);

    day.act(&["schedule", "hold", "Night", "--reason", "the disk is full"], "On Hold");
    day.refused(&["schedule", "hold", "Night"], "it is held already");
    day.refused(&["schedule", "start", "Night"], "release it first");
    assert_eq!(scheduler.json(&["schedule", "list"])[0]["status"], "On Hold");
    // What is released does not start before its schedule goes on.
    scheduler.must(&["job", "release", "Night/Gate"]);
    let why = scheduler.must(&["job", "why", "Night/Gate"]);
    assert!(why.contains("its schedule `Night` is `On Hold`"), "{why}");
    assert_eq!(scheduler.must(&["schedule", "check", "Night"]).lines().count(), 1);
    let released = scheduler.json(&["schedule", "release", "Night"]);
    assert!(released["status"].is_string(), "{released}");
    day.refused(&["schedule", "release", "Night"], "it is not held");
    scheduler.until("Night/Check", "Failed").await;

    // What waits for a failure waits for ever.
    let stuck = scheduler.run(&["schedule", "check"]);
    assert_eq!(stuck.code, Some(1), "{stuck:?}");
    assert!(stuck.out.contains("Night/Send") && stuck.err.is_empty(), "{stuck:?}");
    let stuck = scheduler.run(&["schedule", "check", "Night", "--output", "quiet"]);
    assert_eq!((stuck.code, stuck.out.as_str()), (Some(1), "Night/Send\n"), "{stuck:?}");
    let stuck = scheduler.run(&["schedule", "check", "Night", "--output", "json"]);
    let found: Value = serde_json::from_str(&stuck.out).unwrap();
    assert_eq!((stuck.code, &found[0]["job"]), (Some(1), &json!("Send")), "{found}");
    scheduler.fails(&["schedule", "check", "Later"], 3);

    let closed = scheduler.run(&["schedule", "close", "Night"]);
    assert_eq!((closed.code, closed.out.as_str()), (Some(0), "Night: Completed\n"), "{closed:?}");
    assert!(closed.err.starts_with("2 of its jobs had not ended: "), "{closed:?}");
    assert_eq!(scheduler.json(&["schedule", "list"])[0]["status"], "Completed");
    day.refused(&["schedule", "close", "Night"], "it is completed");
    assert_eq!(scheduler.status("Night/Long"), "On Hold", "it is not started any more");
    // An operator opens it again.
    day.act(&["job", "restart", "Night/Load", "--on-hold"], "On Hold");
    assert_eq!(scheduler.json(&["schedule", "list"])[0]["status"], "Started by User");
});

on_both!(jobs_of_a_day_are_steered_by_hand, |database| async move {
    let day = Day::start(&database);
    let scheduler = &day.scheduler;
    scheduler.must(&["schedule", "build", "Night"]);
    day.refused(&["job", "hold", "Night/Gate"], "it is held already");
    scheduler.until("Night/Load", "Wait Job Dependency").await;
    day.act(&["job", "hold", "Night/Load", "--reason", "rates are wrong"], "On Hold");
    let released = scheduler.json(&["job", "release", "Night/Load"]);
    assert!(released["status"].is_string(), "{released}");
    day.refused(&["job", "release", "Night/Load"], "it is not held");
    day.refused(&["job", "restart", "Night/Load"], "it has not run yet");
    day.refused(&["job", "mark", "under-review", "Night/Load"], "it has not failed");
    day.refused(&["job", "kill", "Night/Load"], "it is not running");
    // Whatever it waits for.
    scheduler.must(&["job", "start", "Night/Load", "--reason", "input came by hand"]);
    scheduler.until("Night/Check", "Failed").await;
    assert_eq!(scheduler.status("Night/Gate"), "On Hold");
    assert_eq!(day.failed(), ["Night/Check"]);
    assert_eq!(scheduler.quiet(&["job", "show", "Night/Check"]), ["Failed"]);
    let why = scheduler.quiet(&["job", "why", "Night/Send"]);
    assert!(why.len() == 1 && why[0].contains("it waits for `Night/Check`"), "{why:?}");
    let why = &scheduler.json(&["job", "why", "Night/Send"])["why"][0]["because"][0]["text"];
    assert!(why.as_str().unwrap().contains("Failed with code 3"), "{why}");

    scheduler.must(&["job", "mark", "under-review", "Night/Check", "--reason", "INC-4711"]);
    scheduler.until("Night/Check", "Under Review").await;
    scheduler.must(&["job", "mark", "fixed", "Night/Check"]);
    scheduler.until("Night/Check", "Fixed").await;
    assert!(day.failed().is_empty());
    assert!(scheduler.quiet(&["job", "restart", "Night/Check"]).is_empty());
    scheduler.until("Night/Check", "Failed").await;
    assert_eq!(day.attempts("Night/Check").len(), 2);
    scheduler.must(&["job", "mark", "finished-ok", "Night/Check"]);
    scheduler.until("Night/Send", "Finished OK").await;
    scheduler.must(&["job", "mark", "failed", "Night/Send", "--reason", "nobody got it"]);
    scheduler.until("Night/Send", "Marked Failed").await;
    scheduler.must(&["job", "restart", "Night/Send", "--force"]);
    scheduler.until("Night/Send", "Finished OK").await;
    assert_eq!(day.attempts("Night/Send").len(), 2);

    scheduler.must(&["job", "start", "Night/Long"]);
    scheduler.until("Night/Long", "Job Running").await;
    day.refused(&["job", "cancel", "Night/Long"], "it is running");
    scheduler.must(&["job", "kill", "Night/Long", "--reason", "hangs"]);
    scheduler.until("Night/Long", "Failed").await;
    let table = scheduler.must(&["job", "list", "--schedule", "Night"]);
    assert!(table.starts_with("SCHEDULE") && table.ends_with("times of UTC\n"), "{table}");
    scheduler.must(&["job", "skip", "Night/Long", "--reason", "no input today"]);
    scheduler.until("Night/Long", "Skipped").await;
    day.refused(&["job", "skip", "Night/Long"], "it is that already");
    day.act(&["job", "cancel", "Night/Gate", "--reason", "not today"], "Cancelled");
    day.refused(&["job", "cancel", "Night/Gate"], "it is that already");

    for command in ["hold", "release", "start", "cancel", "skip", "kill", "restart", "show", "why"]
    {
        let unknown = scheduler.fails(&["job", command, "Night/Lang"], 3);
        assert!(unknown.contains("did you mean `Long`?"), "{unknown}");
    }
    // Each of them is in the audit, with what was before and after.
    let held = &scheduler.json(&["audit", "list", "--action", "job.hold"])[0];
    assert_eq!(held["reason"], "rates are wrong");
    let (before, after) = (&held["old_value"], &held["new_value"]);
    assert_eq!((before, after), (&json!("Wait Job Dependency"), &json!("On Hold")), "{held}");
});

on_both!(a_job_is_added_and_another_date_is_named, |database| async move {
    let day = Day::start(&database);
    let scheduler = &day.scheduler;
    scheduler.fails(&["job", "add", "Night/Extra"], 4);
    scheduler.must(&["schedule", "build", "Night"]);
    let add = ["job", "add", "Night/Extra"];
    let with = [&add[..], &["--property", "FILE=late.csv", "--reason", "it came late"]].concat();
    assert_eq!(scheduler.must(&with), "Night/Extra: added\n");
    scheduler.until("Night/Extra", "Finished OK").await;
    let log = scheduler.must(&["job", "log", "Night/Extra", "--name", "output.log"]);
    assert_eq!(log, "extra late.csv\n");
    assert!(scheduler.quiet(&["job", "log", "Night/Extra", "--list"]).len() > 1);
    // One that has ended is replaced, and what became of it stays known.
    let held = [&add[..], &["--on-hold"]].concat();
    assert_eq!(scheduler.json(&held), json!({ "jobs": ["Extra"] }));
    assert_eq!(scheduler.status("Night/Extra"), "On Hold");
    let earlier = scheduler.json(&["job", "show", "Night/Extra"])["earlier"].clone();
    let id = earlier[0]["id"].as_str().unwrap_or_else(|| panic!("{earlier}"));
    let log = scheduler.must(&["job", "log", "--id", id, "--name", "output.log"]);
    assert_eq!(log, "extra late.csv\n");
    scheduler.fails(&add, 4);
    day.act(&["job", "cancel", "Night/Extra"], "Cancelled");
    assert_eq!(scheduler.quiet(&add), ["Night/Extra"]);
    scheduler.fails(&["job", "add", "Night/Nobody"], 3);
    scheduler.fails(&["job", "add", "Night/Extra", "--frequency", "Weekly"], 3);

    let today = scheduler.json(&["schedule", "list"])[0]["date"].clone();
    let today: Date = today.as_str().unwrap().parse().unwrap();
    let date = (today + 7.days()).to_string();
    let status = || scheduler.json(&on(&["job", "show", "Later/Report"], &date))["status"].clone();
    let run = |command: &[&str]| scheduler.must(&on(command, &date));
    assert!(run(&["schedule", "list"]).contains("nothing is built"));
    run(&["schedule", "build", "Later"]);
    assert_eq!(status(), "Qualifying");
    // Before its time, which is in a week.
    run(&["schedule", "start", "Later", "--reason", "input came early"]);
    run(&["job", "start", "Later/Report"]);
    wait_until("it has run", LIMIT, async || status() == "Finished OK").await;
    assert_eq!(run(&["job", "list", "--output", "quiet"]), "Later/Report\n");
    assert_eq!(run(&["job", "log", "Later/Report", "--name", "output.log"]), "reported\n");
    scheduler.fails(&["schedule", "start", "Later", "--date", &date], 4);
    scheduler.fails(&["job", "show", "Later/Report"], 3);
});
