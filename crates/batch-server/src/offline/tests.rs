use super::*;
use crate::planner::world::{World, open};

const PASSWORD: &str = "correct horse battery";

fn text<T: std::fmt::Debug>(result: anyhow::Result<T>) -> String {
    format!("{:#}", result.unwrap_err())
}

fn secret() -> Secret {
    Secret::new(PASSWORD)
}

async fn can_log_on(world: &World, user: &str, password: &str) -> bool {
    let logon = world.server.auth.logon(&world.server, user, password).await;
    logon.is_ok()
}

testkit::both_databases!(
    a_user_made_at_the_command_line_can_log_on_while_the_server_runs,
    |db| async move {
        let world = open(db).await;
        let options = &world.server.options;
        add_user(options, "opcon", secret(), "operator").await.unwrap();
        assert!(can_log_on(&world, "OPCON", PASSWORD).await);
        let twice = add_user(options, "OPCON", secret(), "operator").await.unwrap_err();
        assert!(twice.to_string().contains("use reset-password"), "{twice}");
        reset_password(options, "Opcon", Secret::new("another good one")).await.unwrap();
        assert!(!can_log_on(&world, "OPCON", PASSWORD).await);
        assert!(can_log_on(&world, "OPCON", "another good one").await);
    }
);

testkit::both_databases!(a_reset_unlocks, |db| async move {
    let world = open(db).await;
    let options = &world.server.options;
    add_user(options, "opcon", secret(), "monitor").await.unwrap();
    world
        .server
        .db
        .write(|tx| {
            Box::pin(async move {
                let user = batch_user::by_key(tx, "OPCON").await?.expect("just made");
                batch_user::lock_out(tx, user.id).await
            })
        })
        .await
        .unwrap();
    assert!(!can_log_on(&world, "OPCON", PASSWORD).await);
    reset_password(options, "OPCON", secret()).await.unwrap();
    assert!(can_log_on(&world, "OPCON", PASSWORD).await);
});

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let world = open(testkit::databases::sqlite().await).await;
    let options = &world.server.options;
    add_user(options, "opcon", secret(), "operator").await.unwrap();
    let unknown = text(reset_password(options, "opcom", secret()).await);
    assert!(unknown.contains("did you mean `opcon`?"), "{unknown}");
    let role = text(add_user(options, "other", secret(), "boss").await);
    assert!(role.contains("known roles: operator, Administrators, monitor"), "{role}");
    let short = text(add_user(options, "other", Secret::new("short"), "operator").await);
    assert!(short.contains("the password has 5 characters; it must have 12 to"), "{short}");
    assert!(!short.contains("short"));
    assert!(text(add_user(options, " ", secret(), "operator").await).contains("user name"));
}

#[tokio::test]
async fn without_data_a_reset_is_refused_and_a_user_can_be_made() {
    let folder = testkit::temp_dir();
    let options = Options { data_dir: folder.path().join("new"), ..Options::default() };
    let error = reset_password(&options, "ADMIN", secret()).await.unwrap_err().to_string();
    assert!(error.contains("there is no database at"), "{error}");
    assert!(!options.data_dir.exists());
    let made = add_user(&options, "opcon", secret(), "operator").await.unwrap();
    assert!(made.is_some_and(|file| file.starts_with(&options.data_dir) && file.is_file()));
    reset_password(&options, "opcon", secret()).await.unwrap();
    assert_eq!(add_user(&options, "second", secret(), "operator").await.unwrap(), None);
}
