//! Nothing secret stands in the log of the server, not even in the finest one, nor in its answers or the messages of a job.

use e2e::{Api, Database, Definitions, PASSWORD, Site, USER, on_both};
use serde_json::{Value, json};

/// Leaves what it must keep for itself in files, and does with the token all that one does.
const TALKS: &str = "#!/bin/sh\nprintf %s \"$AMTJOB_TOKEN\" > token\nprintf %s \"$DBPASSWORD\" > database\n\
    amtjob log working\namtjob set ROWS canary-of-a-task-value\n\
    amtjob start --job CHILD --report-parameter canary-of-a-child --wait > /dev/null\n\
    answer=$(amtjob ask 'Go on?')\n[ \"$answer\" = canary-of-an-answer ] && echo answered\n";

/// What somebody says at a logon, at which others must not see it.
const WRONG: &str = "canary of a wrong password";
const UNREADABLE: &str = "canary of a password that is none";
const SHORT: &str = "canary";
const OLD: &str = "canary of an old password";
const NEW: &str = "canary of a new password";
const STRANGE_TOKEN: &str = "canary-of-a-strange-token";
const OF_DATABASE: &str = "canary-of-the-application-database";
const OF_POSTGRES: &str = "canary-of-the-database";

/// The same database, with a password in its address, and what shows that it was told. A server that asks for none does not look at it.
fn with_password(database: &Database) -> (Database, Option<String>) {
    let Database::Postgres(url) = database else { return (database.clone(), None) };
    let (user, host) = url.rsplit_once('@').unwrap();
    match user.trim_start_matches("postgres://").split_once(':') {
        Some((_, password)) => (database.clone(), Some(format!(":{password}@"))),
        None => {
            let url = format!("{user}:{OF_POSTGRES}@{host}");
            (Database::Postgres(url), Some(OF_POSTGRES.to_owned()))
        }
    }
}

/// A server that logs all it can.
async fn talkative(database: &Database) -> Site {
    let jobs =
        Definitions::default().report("TALKS", TALKS).report("CHILD", "#!/bin/sh\necho child\n");
    let mut site = Site::prepare(database, &jobs, "");
    let file = site.dir.path().join("database-password");
    std::fs::write(&file, OF_DATABASE).unwrap();
    site.configure(&format!(
        "[application_databases]\nTEST = {{ server = \"db1\", name = \"test\", user = \"u\", password_file = \"{}\" }}\n\
         [log]\nfilter = \"trace\"",
        file.display()
    ));
    site.launch();
    site.log_on().await;
    site
}

/// Logons that are refused; none of the answers repeats what was said.
async fn refused_logons(site: &Site) {
    let nobody = Api::new(&site.api.base);
    let logons = [
        json!({"UserName": USER, "Password": WRONG}),
        json!({"UserName": "NOBODY", "Password": WRONG}),
        json!({"UserName": USER, "Password": [UNREADABLE]}),
    ];
    for logon in logons {
        let (status, answer) = nobody.post("/Logon", logon).await;
        let is_said = [WRONG, UNREADABLE].iter().any(|it| answer.to_string().contains(it));
        assert!((400..500).contains(&status) && !is_said, "{status} {answer}");
    }
    let mut stranger = nobody;
    STRANGE_TOKEN.clone_into(&mut stranger.token);
    let (status, answer) = stranger.get("/control/v1/requests").await;
    assert!(status == 401 && !answer.to_string().contains(STRANGE_TOKEN), "{status} {answer}");
}

/// A user is made, logs on and gets another password; the token of its logon.
async fn changed_password(site: &Site) -> String {
    let user = json!({"name": "OTHER", "password": OLD, "roles": ["Administrators"]});
    let (status, made) = site.api.post("/control/v1/users", user).await;
    assert!(status == 201 && !made.to_string().contains(OLD), "{made}");
    let other = Api::new(&site.api.base).logon("OTHER", OLD).await;
    let path = format!("/control/v1/users/{}/set-password", made["id"]);
    let (status, refused) = site.api.post(&path, json!({"password": SHORT})).await;
    assert!(status == 400 && !refused.to_string().contains(SHORT), "{refused}");
    let (status, changed) = other.post(&path, json!({"password": NEW})).await;
    assert!(status == 200 && !changed.to_string().contains(NEW), "{changed}");
    other.token
}

/// Runs the job and answers its question; its messages.
async fn a_job(site: &Site) -> Vec<String> {
    let action = json!({
        "JobName": "TALKS", "ReportParameter": "canary-of-a-parameter", "GlobalParameter": "canary-of-a-global-one",
        "TaskValues": ["SW1=canary-of-a-given-value"],
    });
    let id = site.api.start(action).await;
    site.api.until(id, &[14]).await;
    let (_, list) = site.api.get("/control/v1/operator-requests").await;
    let path = format!("/control/v1/operator-requests/{}/answer", list["items"][0]["id"]);
    let answer: Value = json!({"answer": "canary-of-an-answer"});
    assert_eq!(site.api.post(&path, answer).await.0, 200);
    site.api.until(id, &[4]).await;
    site.api.messages(id).await
}

fn is_nowhere(secrets: &[(&str, String)], place: &str, text: &str) {
    for (what, secret) in secrets {
        assert!(secret.len() > 5, "{what} is {secret:?}");
        let line = text.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "{what} stands in {place}");
    }
}

on_both!(nothing_secret_stands_in_the_log_or_in_a_message, |database| async move {
    let (database, of_postgres) = with_password(&database);
    let mut site = talkative(&database).await;
    refused_logons(&site).await;
    let token = changed_password(&site).await;
    let messages = a_job(&site).await.join("\n");
    assert!(messages.contains("working") && messages.contains("answered"), "{messages}");
    assert!(site.stop());

    let left = |name: &str| std::fs::read_to_string(site.app().join("reports").join(name)).unwrap();
    assert_eq!(left("database"), OF_DATABASE);
    let printed = site.printed.join("\n");
    let (_, first) = printed.split_once("with this password:").unwrap();
    let first = first.split_whitespace().find(|word| word.len() > 5).unwrap();
    let mut secrets = vec![
        ("the token of a logon", site.api.token.clone()),
        ("the token of another logon", token),
        ("the token of the job", left("token")),
        ("the first administrator's password", first.to_owned()),
        ("a password", PASSWORD.to_owned()),
        // Passwords, parameters, values and answers of this test.
        ("what was told in confidence", "canary".to_owned()),
        ("the hash of a password", "$argon2id$".to_owned()),
    ];
    secrets.extend(of_postgres.map(|password| ("the password of the database", password)));
    let log = site.log();
    // Nothing of this build logs at the last level; queries and steps of requests are at the one before.
    let is_fine = log.contains("DEBUG sqlx::query") && log.contains("DEBUG batch_server::");
    assert!(is_fine, "it is not the finest log: {log}");
    is_nowhere(&secrets, "the log", &log);
    is_nowhere(&secrets[..5], "the messages", &messages);
    is_nowhere(&[("a value", "canary".to_owned())], "the messages", &messages);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let database = testkit::databases::postgres().await;
    let (server, _) = database.url().rsplit_once('/').unwrap();
    let (absent, password) =
        with_password(&Database::Postgres(format!("{server}/no_such_database")));
    let site = Site::prepare(&absent, &Definitions::default(), "[log]\nfilter = \"trace\"\n");
    assert_ne!(site.launch_in_vain(), Some(0));
    let log = site.log();
    assert!(log.contains("no_such_database"), "{log}");
    is_nowhere(&[("the password of the database", password.unwrap())], "the log", &log);
}
