//! What is refused before anything is started.

use connector::conformance::Harness as _;
use connector::{Communication, Found, Heartbeat, Integration, StartTask, Started};
use serde_json::json;

use crate::site::{Site, run, started, until};

async fn refused(agent: &dyn Integration, call: StartTask) -> String {
    let answer = agent.start(call.clone()).await;
    let Started::Refused { why } = answer else { panic!("it was answered with {answer:?}") };
    assert_eq!(agent.find(call).await, Found::Never);
    why
}

#[tokio::test]
async fn a_missing_program_and_one_that_is_not_executable_are_refused_by_name() {
    let site = Site::start();
    let agent = site.agent();
    std::fs::write(site.path("text"), "no program").unwrap();
    for (line, words) in [
        ("/no/such/program", "`/no/such/program` cannot be used"),
        ("no-such-program x", "`no-such-program` is in no folder of the job's PATH"),
        ("./text", "is not executable"),
        ("/tmp", "is not executable"),
    ] {
        let mut call = site.script(&site.key("program"), "");
        call.fields.insert("line".into(), line.into());
        let why = refused(agent.as_ref(), call).await;
        assert!(why.contains(words), "{line}: {why}");
    }
}

#[tokio::test]
async fn a_missing_folder_is_refused_and_a_relative_one() {
    let site = Site::start();
    let agent = site.agent();
    for (folder, words) in [
        ("/no/such/folder", "`/no/such/folder`"),
        ("x/y", "no absolute path"),
        ("/bin/sh", "is no folder"),
    ] {
        let mut call = site.script(&site.key("folder"), "touch ran-anyway");
        call.fields.insert("working_directory".into(), folder.into());
        let why = refused(agent.as_ref(), call).await;
        assert!(why.contains(words), "{folder}: {why}");
    }
}

#[tokio::test]
async fn a_program_without_an_interpreter_ends_without_a_code() {
    let site = Site::start();
    crate::site::program(&site.path("bad"), "#!/no/such/interpreter\n");
    let mut call = site.script(&site.key("interpreter"), "");
    call.fields.insert("line".into(), "./bad".into());
    let (_, end) = run(site.agent().as_ref(), call).await;
    assert_eq!(end.code, None);
    assert!(end.description.starts_with("could not be started: "), "{end:?}");
}

#[tokio::test]
async fn a_running_job_is_not_refused_when_its_program_is_gone() {
    let site = Site::start();
    let agent = site.agent();
    let key = site.key("gone");
    started(agent.as_ref(), site.until_told(&key)).await;
    until("its shell has read the program", || site.count(&key) > 0).await;
    std::fs::rename(site.path("WAITS.sh"), site.path("elsewhere")).unwrap();
    started(agent.as_ref(), site.until_told(&key)).await;
    site.end(&key, 0, "").await;
    assert_eq!(site.count(&key), 1);
}

#[tokio::test]
async fn a_missing_runner_is_told_by_the_heartbeat_and_refuses_starts() {
    let site = Site::start();
    let mut options = crate::site::options(site.folder.path());
    options.runner = "/no/such/runner".into();
    let connector = connector_command::CommandConnector::new(options).unwrap();
    let agent = connector::Connector::connect(&connector, site.target()).unwrap();
    let beat = agent.heartbeat(Heartbeat { is_first: true }).await;
    assert!(
        matches!(&beat, Communication::NotCommunicating { why } if why.contains("/no/such/runner"))
    );
    let why = refused(agent.as_ref(), site.until_told(&site.key("runner"))).await;
    assert!(why.contains("/no/such/runner"), "{why}");
}

#[tokio::test]
async fn a_batch_user_is_refused_without_permission() {
    let site = Site::start();
    let agent = site.agent_with(json!({"allow_batch_users": false}));
    let mut call = site.script(&site.key("user"), "id");
    call.fields.insert("batch_user".into(), "SVC".into());
    assert!(refused(agent.as_ref(), call.clone()).await.contains("is not known to the scheduler"));
    call.batch_user = Some(crate::users::user("nobody"));
    assert!(refused(agent.as_ref(), call).await.contains("allow_batch_users"));
}
