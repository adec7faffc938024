//! A database that is older than what its agents have seen: put back by hand, without a word to the scheduler.

use std::fs;

use e2e::{Database, Scheduler};

/// A schedule with a job that says on which line of a file it has run.
fn definitions(schedule: &str, file: &str) -> String {
    format!(
        "agents: {{ Here: {{ connection: {{ command: {{}} }} }} }}
frequencies: {{ Daily: {{ when: {{ all_weeks: {{ days: [sun, mon, tue, wed, thu, fri, sat], day_type: any }} }} }} }}
schedules:
  {schedule}:
    jobs:
      Write:
        run: {{ command: {{ line: \"sh -c 'echo {schedule} >> {file}'\" }} }}
        runs_on: {{ agents: [Here] }}
        frequencies: [{{ use: Daily }}]
"
    )
}

const FILES: [&str; 3] = ["scheduler.db", "scheduler.db-wal", "scheduler.db-shm"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_takes_no_job_for_one_of_before_the_database_was_put_back() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("runs");
    let name = file.to_str().unwrap();
    let mut scheduler = Scheduler::start(&Database::Sqlite, &definitions("First", name));
    scheduler.must(&["schedule", "build"]);
    scheduler.until("First/Write", "Finished OK").await;
    scheduler.kill();
    let (data, old) = (scheduler.file("data"), place.path().join("old"));
    fs::create_dir(&old).unwrap();
    for name in FILES {
        let _ = fs::copy(data.join(name), old.join(name));
    }
    // Each time the numbers of the jobs would be those of the time before.
    for schedule in ["Second", "Third", "Fourth"] {
        for name in FILES {
            let _ = fs::remove_file(data.join(name));
            let _ = fs::copy(old.join(name), data.join(name));
        }
        scheduler.launch();
        scheduler.apply(&definitions(schedule, name));
        scheduler.must(&["schedule", "build"]);
        scheduler.until(&format!("{schedule}/Write"), "Finished OK").await;
        let log = scheduler.must(&["job", "show", &format!("{schedule}/Write")]);
        let runs = fs::read_to_string(&file).unwrap();
        assert_eq!(runs.lines().last(), Some(schedule), "{runs}\n{log}");
        scheduler.kill();
    }
    // What was built before then and has run is not run again.
    assert_eq!(fs::read_to_string(&file).unwrap(), "First\nSecond\nThird\nFourth\n");
}
