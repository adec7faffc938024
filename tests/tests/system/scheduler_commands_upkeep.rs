//! Looking after an installation, as its administrator does it: doctor, backup, restore, and giving up what is lost.

use std::fs;

use e2e::{Database, Said, Scheduler, on_both};
use serde_json::{Value, json};

const DEFINITIONS: &str = "batch_users: { API: { target: AsyscoAMT, identifier: OPCON } }
properties: { KEY: { encrypted: true } }
agents: { Here: { connection: { command: {} } } }
frequencies: { Daily: { when: { all_weeks: { days: [sun, mon, tue, wed, thu, fri, sat], day_type: any } } } }
schedules:
  Night:
    jobs:
      Load:
        run: { command: { line: echo loaded } }
        runs_on: { agents: [Here] }
        frequencies: [{ use: Daily }]
";

/// A scheduler and its installation.
struct Site {
    scheduler: Scheduler,
    database: Vec<String>,
}

impl Site {
    /// With a job that has run and a secret of each kind.
    async fn start(database: &Database) -> Self {
        let scheduler = Scheduler::start(database, DEFINITIONS);
        let database = match database {
            Database::Sqlite => Vec::new(),
            Database::Postgres(url) => vec!["--database".to_owned(), url.clone()],
        };
        let set = ["batch-user", "set-password", "API"];
        assert_eq!(scheduler.run_with_input(&set, "correct-horse\n").code, Some(0));
        scheduler.must(&["property", "set", "KEY", "battery-staple"]);
        scheduler.must(&["schedule", "build"]);
        scheduler.until("Night/Load", "Finished OK").await;
        let site = Self { scheduler, database };
        // Its archive has begun.
        testkit::wait_until("its logs are archived", e2e::LIMIT, async || {
            site.scheduler.json(&["job", "log", "Night/Load", "--list"])[0]["is_archived"] == true
        })
        .await;
        site
    }

    /// Runs a command about the installation, which asks no server.
    fn run(&self, command: &[&str]) -> Said {
        let database = self.database.iter().map(String::as_str);
        self.scheduler.run(&command.iter().copied().chain(database).collect::<Vec<_>>())
    }

    fn must(&self, command: &[&str]) -> String {
        let said = self.run(command);
        assert_eq!(said.code, Some(0), "{command:?}: {said:?}");
        said.out
    }

    /// It is refused, and says why.
    fn refused(&self, command: &[&str], why: &str) {
        let said = self.run(command);
        assert_eq!((said.code, said.out.as_str()), (Some(4), ""), "{command:?}: {said:?}");
        assert!(said.err.contains(why), "{command:?}: {said:?}");
    }

    /// What `doctor` finds.
    fn findings(&self) -> Value {
        serde_json::from_str(&self.run(&["doctor", "--output", "json"]).out).unwrap()
    }

    /// How one thing is, and what `doctor` says of it.
    fn found(&self, check: &str) -> (String, String) {
        let found = self.findings();
        let one = of(&found, check);
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        (text("level"), text("text"))
    }

    fn has_password(&self) -> Value {
        self.scheduler.json(&["batch-user", "list"])[0]["has_password"].clone()
    }
}

/// What was found of one thing.
fn of<'f>(found: &'f Value, check: &str) -> &'f Value {
    let one = found.as_array().unwrap().iter().find(|each| each["check"] == check);
    one.unwrap_or_else(|| panic!("{check}: {found}"))
}

on_both!(a_doctor_says_what_is_wrong_and_what_is_not, |database| async move {
    let mut site = Site::start(&database).await;
    let well = site.must(&["doctor"]);
    assert!(well.contains("it runs and answers") && well.contains("\n0 faults, "), "{well}");
    let found = site.findings();
    for check in ["configuration", "database", "audit", "keys", "archive", "agent", "messages"] {
        assert_eq!(of(&found, check)["level"], "ok", "{found}");
    }
    site.scheduler.must(&["pause", "--reason", "the disk is being changed"]);
    let quiet = site.run(&["doctor", "--output", "quiet", "--strict"]);
    let paused = "starts: every start is stopped by";
    assert!(quiet.code == Some(1) && quiet.out.contains(paused), "{quiet:?}");
    assert!(!quiet.out.contains("it runs"), "{quiet:?}");

    site.scheduler.kill();
    let (level, text) = site.found("process");
    assert!(level == "warning" && text.contains("no scheduler runs"), "{level}: {text}");
    let keys = site.scheduler.file("data/keys");
    fs::rename(&keys, site.scheduler.file("away")).unwrap();
    let ill = site.run(&["doctor"]);
    assert!(ill.code == Some(1) && ill.out.contains("FAULT"), "{ill:?}");
    let (level, text) = site.found("keys");
    assert!(level == "fault" && text.contains("ringmaster forget-unreadable"), "{level}: {text}");
    let config = site.scheduler.file("wrong.toml");
    fs::write(&config, "no_such_key = 1\n").unwrap();
    let wrong = site.run(&["doctor", "--config", config.to_str().unwrap()]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""), "{wrong:?}");
});

on_both!(what_is_lost_for_ever_is_given_up_once_and_only_when_asked, |database| async move {
    let mut site = Site::start(&database).await;
    let archive = ["forget-archive", "--yes", "--reason", "the disk is broken"];
    let secrets = ["forget-unreadable", "--yes", "--reason", "the disk is broken"];
    for command in [archive, secrets] {
        site.refused(&command[..1], "add --yes to do it");
        // Not under the feet of a process.
        site.refused(&command, "is in use by process");
    }
    assert_eq!(site.has_password(), true);

    site.scheduler.kill();
    let all_can_be_read = "every secret can be opened; nothing was taken away\n";
    assert_eq!(site.must(&secrets), all_can_be_read);
    fs::remove_file(site.scheduler.file("data/keys")).unwrap();
    assert!(site.scheduler.launch_in_vain().is_some_and(|code| code > 0));
    let gone = site.must(&[&secrets[..], &["--output", "quiet"]].concat());
    let mut gone: Vec<&str> = gone.lines().collect();
    gone.sort_unstable();
    assert_eq!(gone, ["API", "KEY"]);

    fs::remove_dir_all(site.scheduler.file("data/logs")).unwrap();
    let (level, text) = site.found("archive");
    assert_eq!(level, "fault", "{text}");
    let given_up = site.must(&archive);
    assert!(given_up.contains("is given up"), "{given_up}");
    site.refused(&archive, "no archive is known");

    site.scheduler.launch();
    assert_eq!(site.has_password(), false);
    for (action, count) in [("archive.forget", 1), ("secret.forget", 1)] {
        let records = site.scheduler.json(&["audit", "list", "--action", action]);
        let records = records.as_array().unwrap();
        let is_told = records.iter().all(|each| each["reason"] == "the disk is broken");
        assert!(records.len() == count && is_told, "{records:?}");
    }
    // It goes on with a new archive.
    site.scheduler.must(&["schedule", "build", "--overwrite"]);
    site.scheduler.until("Night/Load", "Finished OK").await;
    let (level, text) = site.found("archive");
    assert_eq!(level, "ok", "{text}");
});

on_both!(a_database_that_was_put_back_starts_nothing_by_itself, |database| async move {
    let mut site = Site::start(&database).await;
    site.refused(&["restore", "--mark-only"], "is in use by process");
    assert_eq!(site.run(&["restore"]).code, Some(2));
    assert_eq!(site.scheduler.quiet(&["status"]), ["running"]);
    let before = site.scheduler.json(&["job", "list"])[0]["id"].as_i64().unwrap();

    site.scheduler.kill();
    let marked = site.must(&["restore", "--mark-only"]);
    assert!(marked.contains("every start is stopped"), "{marked}");
    let marked = site.must(&["restore", "--mark-only", "--output", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&marked).unwrap(), json!({ "is_paused": true }));
    assert_eq!(site.must(&["restore", "--mark-only", "--output", "quiet"]), "");
    site.scheduler.launch();
    assert!(site.scheduler.must(&["status"]).contains("EVERY START IS STOPPED by restore"));
    assert_eq!(site.scheduler.quiet(&["status"]), ["paused"]);
    site.scheduler.must(&["schedule", "build", "--overwrite"]);
    let new = site.scheduler.json(&["job", "list"])[0]["id"].as_i64().unwrap();
    assert!(new > before + 10_000, "{new}: numbers that may have been used are left out");
    let why = site.scheduler.must(&["job", "why", "Night/Load"]);
    assert!(why.contains("stopped"), "{why}");
    site.scheduler.must(&["resume"]);
    site.scheduler.until("Night/Load", "Finished OK").await;
    site.scheduler.fails(&["resume"], 4);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_taken_while_it_runs_and_put_back_where_there_is_no_database() {
    let mut site = Site::start(&Database::Sqlite).await;
    let (plain, whole) = (site.scheduler.file("backup"), site.scheduler.file("with-keys"));
    let (plain, whole) = (plain.to_str().unwrap(), whole.to_str().unwrap());
    let said = site.must(&["backup", plain]);
    assert!(said.contains("revision 1") && said.contains("the keys are not in it"), "{said}");
    let folder = site.scheduler.file("backup");
    assert!(folder.join("backup.json").is_file() && !folder.join("keys").exists());
    site.refused(&["backup", plain], "is not empty");
    let said = site.must(&["backup", whole, "--with-keys", "--output", "json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["has_keys"], &said["revision"]), (&json!(true), &json!(1)), "{said}");
    site.refused(&["restore", whole], "is in use by process");

    // What comes after the backup is lost, and the keys with it.
    site.scheduler.must(&["property", "set", "LATER", "1"]);
    site.scheduler.kill();
    site.refused(&["restore", whole], "a backup replaces nothing");
    let data = site.scheduler.file("data");
    for name in ["scheduler.db", "scheduler.db-wal", "scheduler.db-shm", "keys"] {
        let _ = fs::rename(data.join(name), site.scheduler.file(name));
    }
    site.refused(&["restore", data.to_str().unwrap()], "is no backup");
    site.refused(
        &["backup", site.scheduler.file("none").to_str().unwrap()],
        "there is no database",
    );
    assert_eq!(site.found("database").0, "fault");
    let said = site.must(&["restore", whole]);
    assert!(said.contains("revision 1") && said.contains("every start is stopped"), "{said}");
    assert!(data.join("keys").is_file());

    site.scheduler.launch();
    assert!(site.scheduler.must(&["status"]).contains("EVERY START IS STOPPED by restore"));
    assert_eq!(site.scheduler.quiet(&["property", "list"]), ["KEY"]);
    assert_eq!(site.has_password(), true);
    assert!(site.scheduler.must(&["job", "log", "Night/Load"]).contains("loaded"));
    site.scheduler.must(&["audit", "verify"]);
    site.scheduler.must(&["resume"]);

    // A backup that is not whole puts nothing back.
    site.scheduler.kill();
    fs::remove_file(data.join("scheduler.db")).unwrap();
    let mut bytes = fs::read(folder.join("scheduler.db")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(folder.join("scheduler.db"), bytes).unwrap();
    for name in ["scheduler.db-wal", "scheduler.db-shm"] {
        let _ = fs::remove_file(data.join(name));
    }
    site.refused(&["restore", plain], "is not what was written into the backup");
    assert!(!data.join("scheduler.db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_on_a_server_is_copied_by_the_programs_of_that_server() {
    let database = testkit::databases::postgres().await;
    let url = database.url();
    let scheduler = Scheduler::prepare(&Database::Sqlite, &[]);
    for (command, program) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let folder = scheduler.file("folder");
        let said = scheduler.fails(&[command, folder.to_str().unwrap(), "--database", url], 4);
        assert!(said.contains(program), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_that_was_changed_by_hand_is_found() {
    let mut site = Site::start(&Database::Sqlite).await;
    site.scheduler.kill();
    let file = format!("sqlite:{}", site.scheduler.file("data/scheduler.db").display());
    let db = sqlx::SqlitePool::connect(&file).await.unwrap();
    let change = "UPDATE audit SET caller = 'local:nobody' WHERE action = 'property.set'";
    assert_eq!(sqlx::query(change).execute(&db).await.unwrap().rows_affected(), 1);
    db.close().await;
    let (level, text) = site.found("audit");
    assert!(level == "fault" && text.contains("is not what was written"), "{level}: {text}");
    assert_eq!(site.run(&["doctor"]).code, Some(1));
    site.scheduler.launch();
    let said = site.scheduler.run(&["audit", "verify"]);
    assert!(said.code == Some(1) && said.out.contains("is not what was written"), "{said:?}");
    let said = site.scheduler.run(&["audit", "verify", "--output", "json"]);
    let chain: Value = serde_json::from_str(&said.out).unwrap();
    assert!(
        said.code == Some(1) && chain["broken"].is_i64() && chain["why"].is_string(),
        "{chain}"
    );
}
