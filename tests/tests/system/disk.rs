//! Full and read-only disks below the data folder, and scripts that cannot be read.
//!
//! The server gets a small disk that only it sees, so these tests need `unshare` and the right to mount. Who is not root, or in a
//! container that may not mount, is told that they were left out; root without the programs has to install them.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::PathBuf;
use std::process::Command;

use e2e::{Database, Definitions, Site, binary, is_possible, on_both, own_disk};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde_json::{Value, json};

/// A server with a small disk for its data.
async fn small(database: &Database, jobs: &Definitions) -> Option<Site> {
    let mut site = Site::prepare(database, jobs, "");
    site.under = own_disk("size=24m", &site.dir.path().join("data"))?;
    site.launch();
    site.log_on().await;
    Some(site)
}

/// Fills the server's disk to the last byte; the file that does it.
fn fill(site: &Site) -> PathBuf {
    let path = site.data().join("ballast");
    let mut file = File::create(&path).unwrap();
    for size in [1 << 16, 1] {
        let bytes = vec![0; size];
        while file.write_all(&bytes).is_ok() {}
    }
    path
}

async fn submit(site: &Site, key: &str) -> (u16, Value) {
    let long = "x".repeat(2000);
    let action = json!({
        "Action": "Start", "ApplicationName": "TEST", "JobName": "GOOD", "RequestKey": key, "ReportParameter": long,
    });
    site.api.post("/OpConJobAction", action).await
}

const TALKS: &str = "#!/bin/sh\necho $$ > pid\necho 'line 1'\nuntil [ -f go ]; do sleep 0.02; done\nyes 'line 2' | head -20000\n";

fn jobs() -> Definitions {
    Definitions::default().report("GOOD", "#!/bin/sh\n").report("TALKS", TALKS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_submissions_stores_nothing_of_them_and_is_left_by_itself() {
    let Some(site) = small(&Database::Sqlite, &jobs()).await else { return };
    let pid = site.pid();
    assert_eq!(site.api.post("/control/v1/server-state/halt", json!({})).await.0, 200);
    let ballast = fill(&site);
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    // The log of the database has some room of its own.
    for number in 0..5000 {
        let key = format!("key {number}");
        match submit(&site, &key).await {
            (200, answer) => accepted.push((key, answer["BatchRequestId"].as_i64().unwrap())),
            (503, problem) => {
                assert_eq!(problem["code"], "unavailable", "{problem}");
                let detail = problem["detail"].as_str().unwrap();
                assert!(detail.contains("try again"), "{problem}");
                refused.push(key);
            }
            other => panic!("{other:?}"),
        }
        if refused.len() == 10 {
            break;
        }
    }
    assert_eq!(refused.len(), 10, "the disk was never full");
    for (key, id) in &accepted {
        let (status, found) = site.api.get(&format!("/FindJob?RequestKey={key}")).await;
        assert_eq!((status, &found["BatchRequestId"]), (200, &json!(id)), "{found}");
    }
    for key in &refused {
        let (status, found) = site.api.get(&format!("/FindJob?RequestKey={key}")).await;
        assert_eq!(status, 404, "half a submission: {found}");
    }

    fs::remove_file(ballast).unwrap();
    for key in &refused {
        let (status, answer) = submit(&site, key).await;
        assert!(status == 200 && answer["BatchRequestId"].as_i64().unwrap() > 0, "{answer}");
    }
    assert_eq!(site.api.post("/control/v1/server-state/resume", json!({})).await.0, 200);
    for key in accepted.iter().map(|(key, _)| key).chain(&refused) {
        let (_, found) = site.api.get(&format!("/FindJob?RequestKey={key}")).await;
        site.api.until(found["BatchRequestId"].as_i64().unwrap(), &[4]).await;
    }
    assert_eq!(site.pid(), pid);
}

on_both!(
    a_job_that_ends_on_a_full_disk_keeps_its_result_and_says_what_it_lost,
    |database| async move {
        let Some(site) = small(&database, &jobs()).await else { return };
        let id = site.api.start(json!({"JobName": "TALKS"})).await;
        let log = format!("/GetMessages?BatchRequestId={id}");
        site.api.wait_for(&log, |page| page.to_string().contains("line 1")).await;
        let ballast = fill(&site);
        let pid: i32 =
            fs::read_to_string(site.app().join("reports/pid")).unwrap().trim().parse().unwrap();
        fs::write(site.app().join("reports/go"), "").unwrap();
        let is_gone = || async { kill(Pid::from_raw(pid), None).is_err() };
        testkit::wait_until("the job has ended", e2e::LIMIT, is_gone).await;
        fs::remove_file(ballast).unwrap();
        let status = site.api.until(id, &[4]).await;
        assert_eq!(status["ExitCode"], 0);
        let messages = site.api.messages(id).await;
        let lost = "Output was lost because it could not be stored: No space left on device";
        assert!(messages.contains(&"line 1".to_owned()), "{messages:?}");
        assert!(messages.contains(&lost.to_owned()), "{messages:?}");
        let next = site.api.start(json!({"JobName": "GOOD"})).await;
        site.api.until(next, &[4]).await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_of_a_silent_job_is_stored_when_there_is_room_again() {
    let report = "#!/bin/sh\necho 'line 1'\nuntil [ -f go ]; do sleep 0.02; done\n\
        echo 'line 2'\nuntil [ -f end ]; do sleep 0.02; done\n";
    let jobs = Definitions::default().report("TALKS", report).report("GOOD", "#!/bin/sh\n");
    let Some(site) = small(&Database::Sqlite, &jobs).await else { return };
    let id = site.api.start(json!({"JobName": "TALKS"})).await;
    let log = format!("/GetMessages?BatchRequestId={id}");
    site.api.wait_for(&log, |page| page.to_string().contains("line 1")).await;
    assert_eq!(site.api.post("/control/v1/server-state/halt", json!({})).await.0, 200);
    let ballast = fill(&site);
    // The log of the database has some room of its own.
    let action = json!({"Action": "Start", "ApplicationName": "TEST", "JobName": "GOOD"});
    for number in 0..5000 {
        let (status, _) = site.api.post("/OpConJobAction", action.clone()).await;
        if status == 503 {
            break;
        }
        assert!(number < 4999, "the disk was never full");
    }
    fs::write(site.app().join("reports/go"), "").unwrap();
    let is_behind = || async { site.log().contains("cannot store the output of request 1") };
    testkit::wait_until("the output could not be stored", e2e::LIMIT, is_behind).await;
    fs::remove_file(ballast).unwrap();
    site.api.wait_for(&log, |page| page.to_string().contains("line 2")).await;
    assert_eq!(site.api.status(id).await["Code"], 2, "it says nothing more, and runs");
    fs::write(site.app().join("reports/end"), "").unwrap();
    site.api.until(id, &[4]).await;
    let said = site.api.messages(id).await;
    assert_eq!(said.iter().filter(|text| text.starts_with("line")).count(), 2, "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_cannot_be_started_on_a_full_spool_says_so_and_the_next_one_runs() {
    let database = testkit::databases::postgres().await;
    let database = Database::Postgres(database.url().to_owned());
    let Some(site) = small(&database, &jobs()).await else { return };
    let ballast = fill(&site);
    let id = site.api.start(json!({"JobName": "GOOD"})).await;
    let status = site.api.until(id, &[11]).await;
    assert!(status["ExitCode"].is_null(), "{status}");
    let messages = site.api.messages(id).await;
    assert_eq!(messages[0], "Error starting job [GOOD]", "{messages:?}");
    assert!(messages[1].contains("No space left on device"), "{messages:?}");
    assert!(
        messages[1].contains(&site.dir.path().join("data").display().to_string()),
        "{messages:?}"
    );
    fs::remove_file(ballast).unwrap();
    let next = site.api.start(json!({"JobName": "GOOD"})).await;
    site.api.until(next, &[4]).await;
}

#[test]
fn a_data_folder_that_cannot_be_written_stops_the_start_and_is_named() {
    let mut site = Site::prepare(&Database::Sqlite, &jobs(), "");
    let data = site.dir.path().join("data");
    if let Some(under) = own_disk("ro", &data) {
        site.under = under;
        assert_eq!(site.launch_in_vain(), Some(1), "{}", site.log());
        let log = site.log();
        let says = log.contains(data.to_str().unwrap()) && log.contains("Read-only file system");
        assert!(says, "{log}");
    }
}

#[test]
fn a_file_in_place_of_the_data_folder_stops_the_start_and_is_named() {
    let site = Site::prepare(&Database::Sqlite, &jobs(), "");
    let data = site.dir.path().join("data");
    fs::write(&data, "").unwrap();
    assert_eq!(site.launch_in_vain(), Some(1), "{}", site.log());
    let log = site.log();
    assert!(log.contains(&format!("cannot create the data folder {}", data.display())), "{log}");
    assert!(log.contains("data_dir"), "{log}");
}

on_both!(what_cannot_be_run_ends_with_11_and_is_named, |database| async move {
    let site = Site::start(&database, &jobs()).await;
    let path = site.script("FOLDER.sh", "");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let id = site.api.start(json!({"ScriptName": path})).await;
    assert_eq!(site.api.ended(id).await["Code"], 11);
    let messages = site.api.messages(id).await.join("\n");
    assert!(messages.contains(&format!("File not found: '{path}'")), "{messages}");

    let report = site.app().join("reports/GOOD");
    fs::set_permissions(&report, Permissions::from_mode(0o644)).unwrap();
    let id = site.api.start(json!({"JobName": "GOOD"})).await;
    assert_eq!(site.api.ended(id).await["Code"], 11);
    let messages = site.api.messages(id).await;
    assert_eq!(messages[0], "Error starting job [GOOD]");
    let says = messages[1].contains(report.to_str().unwrap())
        && messages[1].ends_with("Permission denied]");
    assert!(says, "{messages:?}");
});

/// A user without any rights, in whose name a server is started; none where that is not possible.
fn as_nobody(site: &Site) -> Option<Vec<String>> {
    const NOBODY: u32 = 65_534;
    let words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut shows = Command::new(words[0]);
    shows.args(&words[1..]).arg(binary("ringmaster")).arg("--version");
    if !is_possible("run a program of this build as another user", &mut shows) {
        return None;
    }
    let mut folders = vec![site.dir.path().to_owned()];
    while let Some(path) = folders.pop() {
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        if path.is_dir() {
            folders.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    Some(words.map(str::to_owned).to_vec())
}

on_both!(a_script_that_the_server_may_not_read_ends_with_11_and_is_named, |database| async move {
    let mut site = Site::prepare(&database, &jobs(), "");
    // Where this build lies nobody else may be able to go, as in the home of root.
    let runner = site.dir.path().join("batch-runner");
    fs::copy(binary("batch-runner"), &runner).unwrap();
    site.configure(&format!("runner = '{}'", runner.display()));
    let Some(under) = as_nobody(&site) else { return };
    site.under = under;
    site.launch();
    site.log_on().await;
    let path = site.script("SECRET.sh", "echo never\n");
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    let id = site.api.start(json!({"ScriptName": path})).await;
    assert_eq!(site.api.until(id, &[11]).await["Status"], "ERROR");
    let messages = site.api.messages(id).await.join("\n");
    assert!(messages.contains(&path) && messages.contains("Permission denied"), "{messages}");

    let report = site.app().join("reports/GOOD");
    chown(&report, Some(0), Some(0)).unwrap();
    fs::set_permissions(&report, Permissions::from_mode(0o700)).unwrap();
    let id = site.api.start(json!({"JobName": "GOOD"})).await;
    site.api.until(id, &[11]).await;
    let messages = site.api.messages(id).await.join("\n");
    assert!(messages.contains(report.to_str().unwrap()), "{messages}");
});
