//! Logs of attempts: they are in the archive once, whole, and forgotten by their agent.

use std::path::Path;
use std::time::Duration;

use connector::StartTask;
use connector::call::CallKind;
use connector::fake::Plan;
use job_archive::{Archive, Settings};
use scheduler_core::action::Action;
use scheduler_core::job::SubscheduleRestart;

use super::{Archiver, logs, read_log, retain, sweep};
use crate::operate::job;
use crate::testing::day::{AFTER, Day, built, task};
use crate::testing::{World, worlds};
use crate::{Caller, Error};

async fn archive(folder: &Path) -> Archive {
    Archive::open(&Settings::new(folder.to_str().unwrap())).await.unwrap()
}

async fn archiver(world: &World, folder: &Path) -> Archiver {
    let archive = archive(folder).await;
    world.app.set_archive(archive.clone());
    Archiver::new(world.app.clone(), archive)
}

/// Passes until nothing is left to do.
async fn settle(archiver: &mut Archiver) {
    while archiver.pass().await.unwrap() > 0 {}
}

async fn text(day: &Day, job: i64) -> String {
    text_from(day, job, None).await
}

async fn text_from(day: &Day, job: i64, mut from: Option<String>) -> String {
    let mut text = String::new();
    loop {
        let part = read_log(&day.world.app, (job, None), None, from.as_deref(), Duration::ZERO)
            .await
            .unwrap();
        text.push_str(&part.text);
        if part.is_end {
            return text;
        }
        from = Some(part.next);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_job_has_said_is_archived_read_and_forgotten_by_its_agent() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let key = day.key(1, 1).await;
        let long: String = (0..40_000).map(|line| format!("line {line} à\n")).collect();
        let (begin, end) = long.split_at(long.find("line 20000").unwrap());
        assert!(day.world.fake.write(&key, begin));
        // While it runs its agent is asked.
        let live = logs(&day.world.app, 1, None).await.unwrap();
        assert!(!live[0].is_archived && !live[0].is_complete);
        let first = read_log(&day.world.app, (1, None), None, None, Duration::ZERO).await.unwrap();
        assert_eq!(first.text, begin);
        assert!(day.world.fake.write(&key, end));
        day.world.fake.end(&key, connector::fake::ended(0));
        day.settle().await;
        settle(&mut archiver).await;
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: nothing"]);
        assert_eq!(day.world.fake.count_calls(CallKind::Delete), 1);
        day.world.fake.set_reachable(false);
        assert_eq!(text(&day, 1).await, long);
        // Who has read a part of it on the agent goes on in the archive.
        let rest = text_from(&day, 1, Some(first.next)).await;
        assert_eq!(first.text + &rest, long);
        let nowhere = read_log(&day.world.app, (1, None), None, Some("there"), Duration::ZERO);
        assert!(nowhere.await.unwrap_err().to_string().contains("no place `there`"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_between_copy_and_word_leaves_one_log_all_the_same() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let first = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let mut first = first;
        // The copies are under way when the process is fenced off.
        first.take_up().await.unwrap();
        let day = day.next_life().await;
        assert!(matches!(first.pass().await, Err(Error::Fenced)));
        let mut second = archiver(&day.world, folder.path()).await;
        settle(&mut second).await;
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: nothing"]);
        let all = logs(&day.world.app, 1, None).await.unwrap();
        assert!(all[0].is_archived && all[0].is_complete);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_wait_for_an_agent_that_is_away_and_nothing_is_lost() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let key = day.key(1, 1).await;
        assert!(day.world.fake.write(&key, "the end\n"));
        day.world.fake.set_reachable(false);
        settle(&mut archiver).await;
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: archive"]);
        day.world.fake.set_reachable(true);
        day.world.clock.advance(Duration::from_secs(2));
        settle(&mut archiver).await;
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: nothing"]);
        assert!(text(&day, 1).await.ends_with("the end\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_its_agent_has_not_to_its_end_yet_is_archived_whole_later() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0).log("the beginning\n"));
        world.fake.set_logs_late(true);
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        settle(&mut archiver).await;
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: archive"]);
        assert_eq!(day.world.fake.count_calls(CallKind::Delete), 0);
        let key = day.key(1, 1).await;
        assert!(day.world.fake.write(&key, "the end\n"));
        day.world.fake.set_logs_late(false);
        day.world.clock.advance(Duration::from_secs(2));
        settle(&mut archiver).await;
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: nothing"]);
        assert_eq!(text(&day, 1).await, "the beginning\nthe end\n");
    }
}

/// Passes, each when the next one is due, as many as are made in half a day or a little more.
async fn half_a_day(day: &Day, archiver: &mut Archiver) {
    for _ in 0..200 {
        settle(archiver).await;
        day.world.clock.advance(Duration::from_secs(301));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_agent_never_gives_is_given_up_and_who_is_away_is_waited_for() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0).log("the beginning\n"));
        world.fake.set_logs_late(true);
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        day.world.fake.set_reachable(false);
        half_a_day(&day, &mut archiver).await;
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: archive"]);
        day.world.fake.set_reachable(true);
        half_a_day(&day, &mut archiver).await;
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: nothing"]);
        let text = text(&day, 1).await;
        assert_eq!(text, "the beginning\n\n-- its agent has not said the end of this log yet\n");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_marked_while_it_runs_is_followed_until_its_log_is_whole() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::until_told().log("the beginning\n"));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let (app, all) = (&day.world.app, SubscheduleRestart::RestartAll);
        job(app, &Caller::local("anna"), 1, Action::MarkFinishedOk, all, None).await.unwrap();
        day.settle().await;
        settle(&mut archiver).await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Marked Finished OK"]);
        assert_eq!(day.attempts().await, ["J 1 - Marked Finished OK: watch"]);
        let key = day.key(1, 1).await;
        assert!(day.world.fake.write(&key, "the end\n"));
        day.world.fake.end(&key, connector::fake::ended(7));
        day.settle().await;
        settle(&mut archiver).await;
        // What somebody has decided stays.
        assert_eq!(day.attempts().await, ["J 1 7 Marked Finished OK: nothing"]);
        assert_eq!(day.statuses().await, ["S: Completed", "J: Marked Finished OK"]);
        assert_eq!(text(&day, 1).await, "the beginning\nthe end\n");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_wait_for_an_archive_that_is_lost_and_jobs_do_not() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let (place, away) = (folder.path().join("logs"), folder.path().join("away"));
        let mut archiver = archiver(&world, &place).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task("", AFTER));
        let mut day = built(world, 0, &jobs).await;
        std::fs::rename(&place, &away).unwrap();
        // An empty folder in its place, as of a disk that is not mounted, is no archive.
        std::fs::create_dir(&place).unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK", "K: Finished OK"]);
        for job in [1, 2] {
            let key = day.key(job, 1).await;
            assert!(day.world.fake.write(&key, "the end\n"));
        }
        settle(&mut archiver).await;
        assert_eq!(
            day.attempts().await,
            ["J 1 0 Finished OK: archive", "K 1 0 Finished OK: archive"]
        );
        assert_eq!(packs(&place), Vec::<std::path::PathBuf>::new());
        // Until then its agent gives it.
        assert!(text(&day, 1).await.ends_with("the end\n"));
        std::fs::remove_dir(&place).unwrap();
        std::fs::rename(&away, &place).unwrap();
        day.world.clock.advance(Duration::from_secs(400));
        settle(&mut archiver).await;
        assert_eq!(
            day.attempts().await,
            ["J 1 0 Finished OK: nothing", "K 1 0 Finished OK: nothing"]
        );
        assert!(text(&day, 1).await.ends_with("the end\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_log_is_named_and_one_whose_time_is_over_is_removed() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let key = day.key(1, 1).await;
        assert!(day.world.fake.write(&key, &"some text\n".repeat(1000)));
        settle(&mut archiver).await;
        let app = &day.world.app;
        let pack = packs(folder.path()).remove(0);
        let bytes = std::fs::read(&pack).unwrap();
        std::fs::write(&pack, &bytes[..bytes.len() / 2]).unwrap();
        let read = read_log(app, (1, None), None, None, Duration::ZERO).await;
        let why = read.unwrap_err().to_string();
        assert!(why.contains("damaged") || why.contains("ends"), "{why}");
        std::fs::write(&pack, &bytes).unwrap();
        assert!(read_log(app, (1, None), None, None, Duration::ZERO).await.is_ok());
        assert_eq!(retain(app).await.unwrap(), 0);
        day.world.clock.advance(Duration::from_secs(32 * 86_400));
        assert_eq!(retain(app).await.unwrap(), 1);
        assert_eq!(packs(folder.path()), Vec::<std::path::PathBuf>::new());
        assert_eq!(logs(app, 1, None).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_is_no_log_it_is_said_why() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let _archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::refused("no such queue"));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        let why = async |day: &Day, name| {
            let read = read_log(&day.world.app, (1, None), name, None, Duration::ZERO).await;
            read.unwrap_err().to_string()
        };
        assert!(why(&day, None).await.starts_with("the job has not been started yet; a null job"));
        day.settle().await;
        let refused =
            "there is no log, because the job was not started: `ringmaster job show` says why";
        assert_eq!(why(&day, None).await, refused);
        assert!(why(&day, Some("x")).await.starts_with("there is no log `x`; "));
    }
}

/// The packs below a folder.
fn packs(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "pack") {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_that_are_under_way_hold_no_connection_to_the_database() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        // More than there are connections.
        let jobs: Vec<String> = (0..60).map(|n| format!(r#""J{n}": {}"#, task("", ""))).collect();
        let mut day = built(world, 0, &format!("{{{}}}", jobs.join(", "))).await;
        day.settle().await;
        settle(&mut archiver).await;
        let attempts = day.attempts().await;
        assert_eq!(attempts.len(), 60);
        assert!(attempts.iter().all(|line| line.ends_with(": nothing")), "{attempts:?}");
    }
}

/// When a file was written.
fn written(file: &Path) -> jiff::Timestamp {
    std::fs::metadata(file).unwrap().modified().unwrap().try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_that_no_log_needs_is_removed_after_a_day_and_once() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let archive = archive(folder.path()).await;
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let key = day.key(1, 1).await;
        assert!(day.world.fake.write(&key, "kept\n"));
        settle(&mut archiver).await;
        let needed = packs(folder.path());
        // As if a process had been killed before it could store where this lies.
        let lost = || async {
            let mut writer = archive.write("2026-12-23".parse().unwrap()).unwrap();
            writer.append("nobody knows\n").await.unwrap();
            writer.finish().await.unwrap();
        };
        lost().await;
        let waste = packs(folder.path());
        assert_eq!(waste.len(), needed.len() + 1);
        let app = &day.world.app;
        let stored = waste.iter().map(|pack| written(pack)).max().unwrap();
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        day.world.clock.set(stored + hours(23));
        assert_eq!(sweep(app).await.unwrap().objects, 0);
        day.world.clock.set(stored + hours(25));
        assert_eq!(sweep(app).await.unwrap().objects, 1);
        assert_eq!(packs(folder.path()), needed);
        assert!(text(&day, 1).await.contains("kept"));
        // What an earlier sweep has seen is not looked at again: it needs no reading of all logs there are.
        lost().await;
        day.world.clock.set(stored + hours(24 * 20));
        assert_eq!(sweep(app).await.unwrap().objects, 1);
        lost().await;
        assert_eq!(sweep(app).await.unwrap().objects, 0, "it was stored before the last sweep");
        assert_eq!(packs(folder.path()).len(), needed.len() + 1);
        assert!(text(&day, 1).await.contains("kept"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_damaged_in_the_database_stops_the_sweep_and_nothing_is_removed() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&world, folder.path()).await;
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let key = day.key(1, 1).await;
        assert!(day.world.fake.write(&key, "kept\n"));
        settle(&mut archiver).await;
        let app = &day.world.app;
        let row = app
            .db()
            .read(|tx| {
                Box::pin(async move { scheduler_store::job_log::of_attempt(tx, 1, 1).await })
            })
            .await
            .unwrap()
            .remove(0);
        let damaged = scheduler_store::job_log::JobLog { chunks: "?".to_owned(), ..row };
        app.db()
            .write(move |tx| {
                let damaged = damaged.clone();
                Box::pin(async move { scheduler_store::job_log::put(tx, &[damaged]).await })
            })
            .await
            .unwrap();
        let before = packs(folder.path());
        let stored = before.iter().map(|pack| written(pack)).max().unwrap();
        day.world.clock.set(stored + Duration::from_secs(30 * 3600));
        let why = sweep(app).await.unwrap_err().to_string();
        assert!(why.contains("the log `") && why.contains("of attempt 1 of daily job 1"), "{why}");
        assert_eq!(packs(folder.path()), before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_a_log_waits_for_its_beginning_and_who_does_not_hears_why_there_is_none() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(
            r#"{{"J": {}, "Skipped": {}}}"#,
            task(r#", "start": "05:00""#, ""),
            task(r#", "start": "06:00""#, "")
        );
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        let app = day.world.app.clone();
        let read = async |id: i64, wait: u64| {
            read_log(&app, (id, None), None, None, Duration::from_secs(wait)).await
        };
        let part = read(1, 1).await.unwrap();
        assert_eq!((part.text.as_str(), part.next.as_str(), part.is_end), ("", "0", false));
        let why = read(1, 0).await.unwrap_err().to_string();
        assert!(why.starts_with("the job has not been started yet"), "{why}");
        let (anna, all) = (Caller::local("anna"), SubscheduleRestart::RestartAll);
        job(&app, &anna, 2, Action::Cancel, all, None).await.unwrap();
        for wait in [0, 1] {
            let why = read(2, wait).await.unwrap_err().to_string();
            assert!(why.contains("ended as `Cancelled` without a run"), "{why}");
        }
        day.until("2026-11-23T05:00:00Z").await;
        let folder = tempfile::tempdir().unwrap();
        let mut archiver = archiver(&day.world, folder.path()).await;
        settle(&mut archiver).await;
        // From where the follower was told to go on.
        assert_eq!(text_from(&day, 1, Some(part.next)).await, text(&day, 1).await);
    }
}
