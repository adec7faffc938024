use std::path::Path;

use kit::DataDirLock;
use scheduler_store::{audit, secret, server_state};
use sql::Db;

use super::{
    DATABASE, Finding, KEYS, Level, Refused, backup, doctor, forget_archive, forget_unreadable,
    restore,
};
use crate::options::Options;

fn of(folder: &Path) -> Options {
    Options { data_dir: folder.to_owned(), ..Options::default() }
}

/// An installation that has run, with its database open.
async fn installation(folder: &Path) -> (Options, Db) {
    let options = of(&folder.join("data"));
    kit::data_dir::create(&options.data_dir).unwrap();
    let url = options.database_url();
    let db = sql::open(&url, sql::Options::default(), &scheduler_store::MIGRATIONS).await.unwrap();
    db.write(|tx| Box::pin(async move { server_state::reserve_jobs(tx, 41).await.map(|_| ()) }))
        .await
        .unwrap();
    (options, db)
}

fn finding<'f>(found: &'f [Finding], check: &str) -> &'f Finding {
    found.iter().find(|each| each.check == check).unwrap_or_else(|| panic!("{check}: {found:?}"))
}

fn refused(outcome: anyhow::Result<impl std::fmt::Debug>) -> String {
    let error = outcome.unwrap_err();
    assert!(error.chain().any(<dyn std::error::Error>::is::<Refused>), "{error:#}");
    format!("{error:#}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_database_in_use_is_put_back_once_and_starts_nothing_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (options, db) = installation(folder.path()).await;
    std::fs::write(options.keys_path(), "the keys").unwrap();
    let place = folder.path().join("backup");
    let made = backup(&options, &place, false).await.unwrap();
    assert!(made.bytes > 0 && !made.has_keys && !place.join(KEYS).exists());
    let why = refused(backup(&options, &place, false).await);
    assert!(why.contains("is not empty"), "{why}");
    // What happens after the backup is not in it.
    db.write(|tx| Box::pin(async move { server_state::pause(tx, "anna", 1, "later").await }))
        .await
        .unwrap();
    let why = refused(restore(&options, &place).await);
    assert!(why.contains("a backup replaces nothing"), "{why}");
    let other = of(&folder.path().join("other"));
    let done = restore(&other, &place).await.unwrap();
    assert_eq!((done.revision, done.has_keys), (0, false));
    let url = other.database_url();
    let restored = Db::connect(url.expose(), sql::Options::default()).await.unwrap();
    let state = restored.read(|tx| Box::pin(async move { server_state::read(tx).await })).await;
    let state = state.unwrap();
    assert_eq!((state.is_paused, state.paused_by.as_deref()), (true, Some("restore")));
    assert!(state.pause_reason.unwrap().starts_with("restored from a backup of 20"));
    let chain = audit::verify(&restored).await.unwrap();
    assert_eq!((chain.whole, chain.broken), (1, None));
}

/// A restore that was killed after it had marked its copy: what it wrote stands in the copy's log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_restore_left_is_not_played_over_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let (options, db) = installation(folder.path()).await;
    std::fs::write(options.keys_path(), "the keys").unwrap();
    let place = folder.path().join("backup");
    backup(&options, &place, true).await.unwrap();
    db.close().await;
    let other = of(&folder.path().join("other"));
    kit::data_dir::create(&other.data_dir).unwrap();
    let left = other.data_dir.join("scheduler.db.restoring");
    std::fs::copy(place.join(DATABASE), &left).unwrap();
    let db = super::open_file(&left).await.unwrap();
    db.write(|tx| Box::pin(async move { server_state::pause(tx, "killed", 1, "").await }))
        .await
        .unwrap();
    for ending in ["-wal", "-shm"] {
        let name = other.data_dir.join(format!("scheduler.db.restoring{ending}"));
        std::fs::copy(&name, other.data_dir.join(format!("kept{ending}"))).unwrap();
    }
    db.close().await;
    for ending in ["-wal", "-shm"] {
        let name = other.data_dir.join(format!("scheduler.db.restoring{ending}"));
        std::fs::rename(other.data_dir.join(format!("kept{ending}")), name).unwrap();
    }
    std::fs::write(other.data_dir.join("keys.restoring"), "half of th").unwrap();
    restore(&other, &place).await.unwrap();
    assert_eq!(std::fs::read(other.keys_path()).unwrap(), b"the keys");
    let names: Vec<_> = std::fs::read_dir(&other.data_dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("restoring"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
    let restored = Db::connect(other.database_url().expose(), sql::Options::default()).await;
    let read = restored.unwrap();
    let state = read.read(|tx| Box::pin(async move { server_state::read(tx).await })).await;
    assert_eq!(state.unwrap().paused_by.as_deref(), Some("restore"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_not_whole_or_has_other_keys_is_not_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let (options, db) = installation(folder.path()).await;
    db.close().await;
    std::fs::write(options.keys_path(), "the keys").unwrap();
    let place = folder.path().join("backup");
    assert!(backup(&options, &place, true).await.unwrap().has_keys);
    let other = of(&folder.path().join("other"));
    kit::data_dir::create(&other.data_dir).unwrap();
    std::fs::write(other.keys_path(), "other keys").unwrap();
    let why = refused(restore(&other, &place).await);
    assert!(why.contains("is another one than that of the backup"), "{why}");
    std::fs::remove_file(other.keys_path()).unwrap();
    let lock = DataDirLock::acquire(&other.data_dir).unwrap();
    let why = refused(restore(&other, &place).await);
    assert!(why.contains("is in use by process"), "{why}");
    drop(lock);
    let copy = std::fs::read(place.join(DATABASE)).unwrap();
    let mut damaged = copy.clone();
    damaged[5000] ^= 1;
    std::fs::write(place.join(DATABASE), damaged).unwrap();
    let why = refused(restore(&other, &place).await);
    assert!(why.contains("is not what was written into the backup"), "{why}");
    assert!(!other.data_dir.join(DATABASE).exists());
    std::fs::write(place.join(DATABASE), copy).unwrap();
    assert!(restore(&other, &place).await.unwrap().has_keys);
    assert_eq!(std::fs::read(other.keys_path()).unwrap(), b"the keys");
    let why = refused(restore(&of(&folder.path().join("third")), &folder.path().join("no")).await);
    assert!(why.contains("is no backup"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_wrong_and_lost_keys_are_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = doctor(&of(&folder.path().join("nowhere"))).await;
    assert_eq!(finding(&nowhere, "data folder").level, Level::Fault);
    assert_eq!(finding(&nowhere, "database").level, Level::Fault);
    assert!(!folder.path().join("nowhere").exists(), "nothing is made");
    let (options, db) = installation(folder.path()).await;
    let found = doctor(&options).await;
    let bad: Vec<_> = found.iter().filter(|each| each.level > Level::Ok).collect();
    assert_eq!(bad.iter().map(|each| each.check).collect::<Vec<_>>(), ["process"], "{bad:?}");
    db.write(|tx| {
        Box::pin(async move {
            secret::put(tx, secret::BATCH_USER, "AMTUSER", "lost", &[1, 2, 3], 1).await?;
            server_state::pause(tx, "anna", 1, "the disk is full").await
        })
    })
    .await
    .unwrap();
    let found = doctor(&options).await;
    let keys = finding(&found, "keys");
    assert!(keys.level == Level::Fault && keys.text.contains("forget-unreadable"), "{keys:?}");
    assert!(finding(&found, "starts").text.contains("anna: the disk is full"));
    let forgotten = forget_unreadable(&options, "anna", None).await.unwrap();
    assert_eq!(forgotten, [("batch_user".to_owned(), "AMTUSER".to_owned())]);
    let found = doctor(&options).await;
    assert_eq!(finding(&found, "keys").level, Level::Ok);
    assert_eq!(finding(&found, "audit").level, Level::Ok);
    let place = options.plug_ins_path().join("broken");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("plugin.toml"), "name = 'broken'\n").unwrap();
    let found = doctor(&options).await;
    let plug_ins = finding(&found, "plug-ins");
    assert!(
        plug_ins.level == Level::Fault && plug_ins.text.contains("missing field `command`"),
        "{plug_ins:?}"
    );
    assert_eq!(finding(&found, "notifications").level, Level::Ok);
    let mut wrong = Options { data_dir: options.data_dir.clone(), ..Options::default() };
    wrong.notifications.webhooks.ca_file = Some("/no/such/file.pem".into());
    let found = doctor(&wrong).await;
    let notifications = finding(&found, "notifications");
    assert!(
        notifications.level == Level::Fault && notifications.text.contains("/no/such/file.pem"),
        "{notifications:?}"
    );
    let lock = DataDirLock::acquire(&options.data_dir).unwrap();
    let process = finding(&doctor(&options).await, "process").clone();
    assert!(
        process.level == Level::Fault && process.text.contains("does not answer"),
        "{process:?}"
    );
    drop(lock);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_archive_is_given_up_and_another_one_begun() {
    let folder = tempfile::tempdir().unwrap();
    let (options, db) = installation(folder.path()).await;
    let why = refused(forget_archive(&options, "anna", None).await);
    assert!(why.contains("no archive is known"), "{why}");
    db.write(|tx| Box::pin(async move { server_state::set_archive_id(tx, "lost").await }))
        .await
        .unwrap();
    let found = doctor(&options).await;
    assert_eq!(finding(&found, "archive").level, Level::Fault, "{found:?}");
    assert_eq!(forget_archive(&options, "anna", Some("the disk died")).await.unwrap(), "lost");
    let found = doctor(&options).await;
    assert_ne!(finding(&found, "archive").level, Level::Fault, "{found:?}");
    let known = db.read(|tx| Box::pin(server_state::archive_id(tx))).await.unwrap();
    assert_eq!(known, None);
}
