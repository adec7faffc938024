//! A rehearsal: `ringmaster serve` with an accelerated clock and a batch server in the same process goes through days in seconds.

use e2e::{Database, Definitions, LIMIT, PASSWORD, Scheduler, Site, USER, on_both};

/// From a Thursday morning to the next Tuesday.
const CLOCK: [&str; 5] = [
    "--accelerated",
    "--clock-start",
    "2026-12-03T04:00:00+01:00",
    "--clock-stop",
    "2026-12-08T12:00:00+01:00",
];

fn definitions(address: &str) -> String {
    format!(
        "options: {{ time_zone: Europe/Amsterdam }}
batch_users: {{ AMT API: {{ target: AsyscoAMT, identifier: {USER} }} }}
agents: {{ AMT: {{ connection: {{ asysco_amt: {{ batch_server_url: \"{address}\", batch_user: AMT API }} }} }} }}
frequencies: {{ Weekdays: {{ when: {{ all_weeks: {{ days: [mon, tue, wed, thu, fri], aobn: not_scheduled }} }} }} }}
schedules:
  Day:
    auto_build: {{}}
    jobs:
      Open:
        run: {{ amt_batch_job: {{ application: TEST, job: OPEN }} }}
        runs_on: {{ agents: [AMT] }}
        frequencies: [{{ use: Weekdays, start: \"06:00\" }}]
      Close:
        run: {{ amt_batch_job: {{ application: TEST, job: OPEN }} }}
        runs_on: {{ agents: [AMT] }}
        frequencies: [{{ use: Weekdays, start: \"18:00\" }}]
        depends_on: [{{ requires: {{ job: Open }} }}]
"
    )
}

/// When a job of a date began, by the clock of the rehearsal.
fn began(scheduler: &Scheduler, job: &str, date: &str) -> String {
    let job = scheduler.json(&["job", "show", job, "--date", date]);
    assert_eq!(job["status"], "Finished OK", "{job}");
    job["attempts"][0]["requested"].as_str().unwrap()[..16].to_owned()
}

on_both!(weekdays_are_built_and_run_at_their_times_within_seconds, |database| async move {
    let reports = Definitions::default().report("OPEN", "#!/bin/sh\necho open\n");
    // Its file names no other database: the batch server of the rehearsal keeps its data in its own folder.
    let site = Site::prepare(&Database::Sqlite, &reports, "");
    let mut scheduler = Scheduler::prepare(&database, &CLOCK);
    let config = site.config.to_str().unwrap().to_owned();
    scheduler.options.extend(["--with-batch-server".to_owned(), config]);
    scheduler.launch();
    let address = scheduler.printed.iter();
    let mut address = address.filter_map(|line| line.strip_prefix("the batch server answers on "));
    let address = address.next_back().unwrap().to_owned();
    site.add_user();
    // Otherwise days would pass before the password is set.
    scheduler.must(&["pause", "--reason", "the rehearsal is being prepared"]);
    scheduler.apply(&definitions(&address));
    scheduler.run_with_input(&["batch-user", "set-password", "AMT API"], PASSWORD);
    assert!(
        scheduler.must(&["status"]).contains("runs as the machine's now: every start is stopped")
    );
    scheduler.must(&["resume"]);
    let limit = tokio::time::Instant::now() + LIMIT;
    let clock = loop {
        let status = scheduler.must(&["status"]);
        if status.contains("it has come to where it stops") {
            break status;
        }
        assert!(tokio::time::Instant::now() < limit, "{status}\n{}", scheduler.log());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert!(clock.contains("ACCELERATED CLOCK: "), "{clock}");
    // The first date that is built by itself is Saturday's.
    for day in ["2026-12-07", "2026-12-08"] {
        assert_eq!(began(&scheduler, "Day/Open", day), format!("{day}T05:00"));
        let log = scheduler.must(&["job", "log", "Day/Open", "--date", day]);
        assert!(log.contains("Completion Code : DONE\n") && log.contains("\"open\"\n"), "{log}");
    }
    assert_eq!(began(&scheduler, "Day/Close", "2026-12-07"), "2026-12-07T17:00");
    let saturday = scheduler.must(&["job", "show", "Day/Open", "--date", "2026-12-05"]);
    assert!(saturday.contains("empty: no job runs on this date"), "{saturday}");

    // What is left stays a rehearsal, and its time does not go back.
    scheduler.kill();
    let real = std::mem::take(&mut scheduler.options);
    assert_eq!(scheduler.launch_in_vain(), Some(1));
    assert!(scheduler.log().contains("start with `--accelerated`"), "{}", scheduler.log());
    scheduler.options = real;
    scheduler.launch();
    let now = scheduler.json(&["status"])["now"].as_str().unwrap().to_owned();
    assert!(now.as_str() >= "2026-12-08T11:00", "{now}");
});
