//! Passwords of batch users are sealed, used at the next logon, and never shown.

use std::sync::{Arc, Mutex};

use connector::fake::{Fake, Plan};
use connector::{
    CallError, Connector, Form, FormRequest, Info, Integration, SettingsProblem, StartTask, Target,
};
use kit::Secret;
use scheduler_core::action::Privilege;
use scheduler_store::{agent_state, audit, secret};

use super::{list, remove_password, set_password};
use crate::agents::heartbeat;
use crate::definitions::{apply, export};
use crate::secrets::{forget_unreadable, rotate};
use crate::testing::day::{Day, task};
use crate::testing::{World, worlds_with};
use crate::{Caller, Error};

/// The fake, and what it was connected with.
#[derive(Debug, Clone)]
struct Logons {
    fake: Fake,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Connector for Logons {
    fn info(&self) -> Info {
        self.fake.info()
    }

    fn form<'a>(
        &'a self,
        request: &'a FormRequest,
    ) -> connector::BoxFuture<'a, Result<Form, CallError>> {
        self.fake.form(request)
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        let user = target.batch_user.as_ref();
        let user = user.map_or("nobody".to_owned(), |user| {
            format!("{}/{}", user.identifier, user.password.expose())
        });
        self.seen.lock().unwrap().push(user);
        self.fake.connect(target)
    }
}

/// A world whose agent `A` logs on with the batch user `U`, and its logons so far.
async fn with_user(jobs: &str) -> Vec<(Day, Arc<Mutex<Vec<String>>>, tempfile::TempDir)> {
    let mut days = Vec::new();
    let seen: [Arc<Mutex<Vec<String>>>; 2] = Default::default();
    let mut logs = seen.iter();
    let worlds = worlds_with(|fake| {
        let seen = Arc::clone(logs.next().unwrap());
        Arc::new(Logons { fake, seen })
    })
    .await;
    for (world, seen) in worlds.into_iter().zip(seen) {
        let folder = testkit::temp_dir();
        world.app.open_keys(&folder.path().join("keys")).await.unwrap();
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        world.build(&definitions(jobs)).await;
        days.push((Day::of(world), seen, folder));
    }
    days
}

fn definitions(jobs: &str) -> String {
    format!(
        r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake", "settings": {{"batch_user": "U"}}}}}}}}}},
        "batch_users": {{"U": {{"target": "Fake", "identifier": "op"}}, "V": {{"target": "Fake"}}, "X": {{"target": "Command"}}}},
        "schedules": {{"S": {{"jobs": {jobs}}}}}"#
    )
}

fn anna() -> Caller {
    Caller::local("anna")
}

async fn set(world: &World, user: &str, password: &str) {
    set_password(&world.app, &anna(), user, Secret::new(password), Some("new year")).await.unwrap();
}

async fn why(world: &World) -> (String, String) {
    let read = world.app.db().read(|tx| Box::pin(async move { agent_state::one(tx, "A").await }));
    let state = read.await.unwrap().unwrap();
    (state.status, state.why)
}

/// Every text and every byte that the database holds of secrets and of what was done.
async fn everything(world: &World) -> String {
    let read = world.app.db().write(|tx| {
        Box::pin(async move {
            Ok::<_, sql::Error>((audit::after(tx, 0, 100).await?, secret::lock_all(tx).await?))
        })
    });
    let (records, secrets) = read.await.unwrap();
    let sealed: String =
        secrets.iter().map(|each| String::from_utf8_lossy(&each.sealed).into_owned()).collect();
    format!("{records:?} {secrets:?} {sealed}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_without_a_password_says_so_and_its_jobs_wait_until_it_is_set() {
    for (mut day, seen, _keys) in with_user(&format!(r#"{{"J": {}}}"#, task("", ""))).await {
        day.settle().await;
        let text =
            "the batch user `U` has no password; set it with `ringmaster batch-user set-password`";
        assert_eq!(why(&day.world).await, ("not_responding".to_owned(), text.to_owned()));
        assert_eq!(day.statuses().await[1], "J: Wait Machine");
        set(&day.world, "U", "hunter2").await;
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Finished OK");
        assert_eq!(*seen.lock().unwrap(), ["op/hunter2"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_password_or_another_definition_makes_a_new_logon_and_the_same_one_sealed_anew_does_not()
 {
    for (mut day, seen, _keys) in with_user("{}").await {
        set(&day.world, "U", "one").await;
        day.settle().await;
        set(&day.world, "U", "two").await;
        assert_eq!(
            why(&day.world).await.0,
            "waiting",
            "nothing is started before it has logged on"
        );
        day.settle().await;
        rotate(&day.world.app, &anna(), None).await.unwrap();
        day.until("2026-11-23T04:10:00Z").await;
        assert_eq!(*seen.lock().unwrap(), ["op/one", "op/two"]);
        let mut all = export(&day.world.app).await.unwrap();
        all.batch_users.values_mut().next().unwrap().identifier = Some("other".to_owned());
        apply(&day.world.app, &anna(), all, None, None).await.unwrap();
        day.settle().await;
        assert_eq!(seen.lock().unwrap().last().unwrap(), "other/two");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_is_removed_lets_jobs_wait_and_a_start_that_was_under_way_is_not_lost() {
    for (mut day, _, _keys) in with_user(&format!(r#"{{"J": {}}}"#, task("", ""))).await {
        set(&day.world, "U", "one").await;
        heartbeat(&day.world.app).await.unwrap();
        crate::advance::advance(&day.world.app).await.unwrap();
        crate::advance::advance(&day.world.app).await.unwrap();
        assert_eq!(day.statuses().await[1], "J: Start Attempted");
        remove_password(&day.world.app, &anna(), "U", None).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Wait Machine");
        assert!(why(&day.world).await.1.contains("has no password"));
        assert_eq!(day.world.fake.tasks(), []);
        set(&day.world, "U", "two").await;
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Finished OK");
        assert_eq!(day.world.fake.started_twice(), []);
        let error = remove_password(&day.world.app, &anna(), "V", None).await.unwrap_err();
        assert_eq!(error.to_string(), "`V` has no password");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_are_listed_audited_and_stored_without_being_shown() {
    for (day, _, _keys) in with_user(&format!(r#"{{"J": {}}}"#, task("", ""))).await {
        let world = &day.world;
        set(world, "U", "hunter2-hunter2").await;
        let shown: Vec<String> = list(&world.app, &anna())
            .await
            .unwrap()
            .into_iter()
            .map(|each| {
                let at = each.changed_at.map_or("-".to_owned(), |at| at.to_string());
                format!("{} {} {} {at} {:?}", each.name, each.target, each.identifier, each.agents)
            })
            .collect();
        assert_eq!(
            shown,
            [r#"U Fake op 2026-11-23T04:00:00Z ["A"]"#, "V Fake V - []", "X Command X - []"]
        );
        assert_eq!(day.audit().await, ["local:anna batch_user.set_password U: - to ***"]);
        assert!(!everything(world).await.contains("hunter2"));
        let error =
            set_password(&world.app, &anna(), "u", Secret::new("x"), None).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no batch user `u`; did you mean `U`?");
        let error =
            set_password(&world.app, &anna(), "U", Secret::new(""), None).await.unwrap_err();
        assert!(error.to_string().starts_with("an empty password cannot be set"), "{error}");
        let machines = Caller::with("bert", vec![Privilege::Machines]);
        for refused in [
            set_password(&world.app, &machines, "U", Secret::new("x"), None).await.unwrap_err(),
            remove_password(&world.app, &machines, "U", None).await.unwrap_err(),
            list(&world.app, &machines).await.unwrap_err(),
            rotate(&world.app, &machines, None).await.unwrap_err(),
        ] {
            assert!(matches!(refused, Error::Forbidden { .. }), "{refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_was_copied_from_another_row_or_damaged_is_not_used() {
    for (mut day, seen, _keys) in with_user("{}").await {
        set(&day.world, "U", "of u").await;
        set(&day.world, "V", "of v").await;
        let swap = day.world.app.db().write(|tx| {
            Box::pin(async move {
                let rows = secret::lock_all(tx).await?;
                secret::reseal(tx, "batch_user", "U", &rows[1].key_id, &rows[1].sealed).await
            })
        });
        swap.await.unwrap();
        day.settle().await;
        let expected = "the stored secret of `U` cannot be opened: it was damaged, or moved from another row of the database; set it again";
        assert_eq!(why(&day.world).await.1, expected);
        assert!(
            rotate(&day.world.app, &anna(), None).await.is_err(),
            "nothing is lost by a rotation"
        );
        assert_eq!(*seen.lock().unwrap(), Vec::<String>::new());
        set(&day.world, "U", "again").await;
        day.settle().await;
        assert_eq!(*seen.lock().unwrap(), ["op/again"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_begins_only_with_the_keys_of_its_database_and_lost_ones_can_be_given_up() {
    for (day, _, keys) in with_user("{}").await {
        set(&day.world, "U", "hunter2").await;
        let world = day.world.next_life().await;
        let path = keys.path().join("keys");
        let other = testkit::temp_dir();
        let missing = other.path().join("keys");
        let error = world.app.open_keys(&missing).await.unwrap_err().to_string();
        assert!(
            error.contains(
                "is missing, and the database holds secrets that are sealed with the key "
            ),
            "{error}"
        );
        assert!(!missing.exists(), "a file that would hide the mistake is not made");
        let error =
            set_password(&world.app, &anna(), "U", Secret::new("x"), None).await.unwrap_err();
        assert!(error.to_string().contains("without a key file"), "{error}");
        crate::secrets::Keys::open(&missing, &[]).unwrap();
        let error = world.app.open_keys(&missing).await.unwrap_err().to_string();
        assert!(error.contains("does not have it"), "{error}");
        let kept = forget_unreadable(&world.app, &anna(), &path, None).await.unwrap();
        assert_eq!(kept.secrets, []);
        let gone = forget_unreadable(&world.app, &anna(), &missing, None).await.unwrap();
        assert_eq!(gone.secrets, [("batch_user".to_owned(), "U".to_owned())]);
        world.app.open_keys(&missing).await.unwrap();
        set(&world, "U", "new").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_seals_everything_with_a_new_key_and_a_crash_in_it_loses_nothing() {
    for (day, _, keys) in with_user("{}").await {
        set(&day.world, "U", "hunter2").await;
        set(&day.world, "V", "other").await;
        let done = rotate(&day.world.app, &anna(), Some("yearly")).await.unwrap();
        assert_eq!((done.secrets, done.unused.len()), (2, 1));
        // Killed when the new key was in the file and nothing was sealed with it.
        let path = keys.path().join("keys");
        crate::secrets::Keys::open(&path, &[]).unwrap().add().unwrap();
        let world = day.world.next_life().await;
        world.app.open_keys(&path).await.unwrap();
        let rows = world.app.db().write(|tx| Box::pin(async move { secret::lock_all(tx).await }));
        let rows = rows.await.unwrap();
        assert!(rows.iter().all(|row| row.key_id == done.key && row.version == 1));
        let opened: Vec<String> =
            rows.iter().map(|row| world.app.unseal(row).unwrap().expose().to_owned()).collect();
        assert_eq!(opened, ["hunter2", "other"]);
        // Another process has its key from the file, though it was added after its begin.
        let second = rotate(&world.app, &anna(), None).await.unwrap();
        assert_eq!((second.secrets, second.unused.len()), (2, 3));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_another_process_has_added_is_read_from_the_file() {
    for (day, _, keys) in with_user("{}").await {
        let path = keys.path().join("keys");
        let other = crate::secrets::Keys::open(&path, &[]).unwrap();
        other.add().unwrap();
        let (key_id, sealed) = other.seal("batch_user", "U", &Secret::new("of the other")).unwrap();
        assert!(!day.world.app.keys().unwrap().ids().contains(&key_id));
        let put = day.world.app.db().write(move |tx| {
            let (key_id, sealed) = (key_id.clone(), sealed.clone());
            Box::pin(async move { secret::put(tx, "batch_user", "U", &key_id, &sealed, 1).await })
        });
        put.await.unwrap();
        set(&day.world, "V", "sealed with the newest").await;
        assert_eq!(day.world.app.keys().unwrap().ids().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_an_agent_repeats_is_neither_stored_nor_shown() {
    for (day, _, _folder) in with_user("{}").await {
        set_password(&day.world.app, &anna(), "U", Secret::new("pass-word"), None).await.unwrap();
        day.world.fake.set_communication(connector::Communication::NotCommunicating {
            why: "logon of op/pass-word was refused".to_owned(),
        });
        heartbeat(&day.world.app).await.unwrap();
        let read =
            day.world.app.db().read(|tx| Box::pin(async move { agent_state::one(tx, "A").await }));
        let state = read.await.unwrap().unwrap();
        assert_eq!(state.why, "logon of op/*** was refused");
    }
}
