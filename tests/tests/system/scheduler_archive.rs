//! An archive of job output that cannot be written to, or is away: jobs go on, and nothing is lost.
//!
//! Where it is full the scheduler gets a small disk that only it sees; see `disk.rs`.

use std::fs::{self, File};
use std::io::Write as _;

use e2e::{LIMIT, Scheduler, on_both, own_disk};
use testkit::wait_until;

const DEFINITIONS: &str = "agents: { Here: { connection: { command: {} } } }
frequencies: { Daily: { when: { all_weeks: { days: [sun, mon, tue, wed, thu, fri, sat], day_type: any } } } }
schedules:
  Night:
    jobs:
      Talk:
        run: { command: { line: \"sh -c 'od -An -tx1 -v -N 400000 /dev/urandom; echo the end'\" } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
      Next:
        run: { command: { line: echo next } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
        depends_on: [{ requires: { job: Talk } }]
";

on_both!(logs_wait_for_room_in_the_archive_and_jobs_do_not, |database| async move {
    let mut scheduler = Scheduler::prepare(&database, &[]);
    let archive = scheduler.file("archive");
    let Some(under) = own_disk("size=4m", &archive) else { return };
    scheduler.under = under;
    let config = scheduler.file("scheduler.toml");
    fs::write(&config, format!("archive = {{ url = '{}' }}\n", archive.display())).unwrap();
    scheduler.options = vec!["--config".to_owned(), config.display().to_string()];
    scheduler.launch();
    let ballast = scheduler.seen(&archive).join("ballast");
    let mut file = File::create(&ballast).unwrap();
    for size in [1 << 16, 1] {
        let bytes = vec![0; size];
        while file.write_all(&bytes).is_ok() {}
    }
    // A file that is open keeps its room when it is removed.
    drop(file);
    scheduler.apply(DEFINITIONS);
    scheduler.must(&["schedule", "build"]);
    scheduler.until("Night/Next", "Finished OK").await;
    wait_until("the log says why logs wait", LIMIT, || async {
        scheduler.log().contains("its logs wait: no space in the archive")
    })
    .await;
    let is_archived = |job: &str| {
        let logs = scheduler.json(&["job", "log", job, "--list"]);
        logs.as_array().unwrap().iter().all(|log| log["is_archived"] == true)
    };
    assert!(!is_archived("Night/Talk"));
    assert!(scheduler.must(&["status"]).contains("logs to archive: 2"));
    let read = || scheduler.must(&["job", "log", "Night/Talk", "--name", "output.log"]);
    let before = read();
    assert!(before.len() > 1_000_000 && before.ends_with("the end\n"), "{}", before.len());

    fs::remove_file(ballast).unwrap();
    wait_until("both are archived", LIMIT, || async {
        is_archived("Night/Talk") && is_archived("Night/Next")
    })
    .await;
    assert_eq!(read(), before);
});

on_both!(a_scheduler_starts_while_its_archive_is_away, |database| async move {
    let mut scheduler = Scheduler::prepare(&database, &[]);
    let (archive, away) = (scheduler.file("archive"), scheduler.file("away"));
    let config = scheduler.file("scheduler.toml");
    fs::write(&config, format!("archive = {{ url = '{}' }}\n", archive.display())).unwrap();
    scheduler.options = vec!["--config".to_owned(), config.display().to_string()];
    scheduler.launch();
    scheduler.kill();

    fs::rename(&archive, &away).unwrap();
    scheduler.launch();
    scheduler.apply(DEFINITIONS);
    scheduler.must(&["schedule", "build"]);
    scheduler.until("Night/Next", "Finished OK").await;
    assert!(scheduler.log().contains("job output waits with its agents: the archive"));
    assert!(scheduler.must(&["status"]).contains("logs to archive: 2"));
    let read = || scheduler.must(&["job", "log", "Night/Talk", "--name", "output.log"]);
    let before = read();
    assert!(before.ends_with("the end\n"), "{}", before.len());
    assert!(!archive.exists(), "another archive was begun");

    fs::rename(&away, &archive).unwrap();
    wait_until("all logs are archived", LIMIT, || async {
        scheduler.json(&["status"])["logs_to_archive"] == 0
    })
    .await;
    assert_eq!(read(), before);
});
