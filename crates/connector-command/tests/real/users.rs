//! Jobs that run as other users. Only root can do that; without it, the refusal is what is tested.

use connector::conformance::Harness as _;
use connector::{BatchUser, StartTask, Started};
use kit::Secret;
use serde_json::json;

use crate::site::{Site, log, run};

pub(crate) fn user(name: &str) -> BatchUser {
    BatchUser { identifier: name.into(), password: Secret::new("hush-user") }
}

fn as_user(site: &Site, name: &str, script: &str) -> StartTask {
    let mut call = site.script(&site.key("user"), script);
    call.fields.insert("batch_user".into(), "SVC".into());
    call.fields.insert("working_directory".into(), "/".into());
    call.batch_user = Some(user(name));
    call
}

#[tokio::test]
async fn a_job_runs_as_its_batch_user_where_root_starts_it_and_is_refused_elsewhere() {
    let site = Site::start();
    let agent = site.agent_with(json!({"allow_batch_users": true}));
    let call = as_user(
        &site,
        "nobody",
        "id -un; id -Gn; echo $USER; cat /proc/self/environ | tr \"\\0\" \"\\n\"",
    );
    if !nix::unistd::Uid::effective().is_root() {
        let answer = agent.start(call).await;
        assert!(matches!(&answer, Started::Refused { why } if why.contains("root")), "{answer:?}");
        return;
    }
    let (task, end) = run(agent.as_ref(), call).await;
    assert_eq!(end.code, Some(0), "{end:?}");
    let text = log(agent.as_ref(), &task, "output.log").await;
    assert!(text.starts_with("nobody\nnogroup\nnobody\n"), "{text}");
    assert!(!text.contains("RINGMASTER_COMMAND_STAGE") && !text.contains("hush-user"), "{text}");
    let text = log(agent.as_ref(), &task, "job.log").await;
    assert!(text.contains(" Job User : nobody\n"), "{text}");
}

#[tokio::test]
async fn the_jobs_environment_means_nothing_before_its_user_is_there() {
    let site = Site::start();
    // The loader says of every program that it cannot load this: once for each that is started with it.
    let environment = json!({"LD_PRELOAD": "/no/such/library.so"});
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let agent = site.agent_with(json!({"allow_batch_users": true}));
    let mut call =
        as_user(&site, "nobody", "echo $LD_PRELOAD $AMTJOB_ATTEMPT ${RINGMASTER_JOB_PATH-clean}");
    call.fields.insert("environment".into(), environment);
    let (task, end) = run(agent.as_ref(), call.clone()).await;
    assert_eq!(end.code, Some(0), "{end:?}");
    let text = log(agent.as_ref(), &task, "output.log").await;
    let said = text.lines().filter(|line| line.contains("cannot be preloaded")).count();
    assert_eq!(said, 1, "{text}");
    let last = format!("/no/such/library.so command:{} clean\n", call.attempt);
    assert!(text.ends_with(&last), "{text}");
}

#[tokio::test]
async fn only_users_that_the_agent_lists_are_allowed_and_root_only_by_name() {
    let site = Site::start();
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let open = json!({"allow_batch_users": true});
    let listed = json!({"allow_batch_users": true, "batch_users": ["daemon"]});
    for (settings, name, words) in [
        (&open, "root", "add it to batch_users"),
        (&open, "no-such-user-here", "there is no user"),
        (&listed, "nobody", "add it to batch_users"),
    ] {
        let answer = site.agent_with(settings.clone()).start(as_user(&site, name, "id")).await;
        assert!(matches!(&answer, Started::Refused { why } if why.contains(words)), "{answer:?}");
    }
    let agent = site.agent_with(listed);
    let (task, end) = run(agent.as_ref(), as_user(&site, "daemon", "id -un")).await;
    assert_eq!(end.code, Some(0), "{end:?}");
    assert_eq!(log(agent.as_ref(), &task, "output.log").await, "daemon\n");
}

#[tokio::test]
async fn jobs_without_a_batch_user_run_as_the_one_of_their_agent() {
    let site = Site::start();
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let settings = json!({"batch_user": "SVC", "inherit_environment": false});
    let settings = settings.as_object().unwrap().clone();
    let target = connector::Target { settings, batch_user: Some(user("nobody")), ..site.target() };
    let agent = connector::Connector::connect(&site.connector, target).unwrap();
    let mut call = site.script(&site.key("own"), "id -un; echo ${LANG-none} ${PATH:+path}");
    call.fields.insert("working_directory".into(), "/".into());
    let (task, end) = run(agent.as_ref(), call).await;
    assert_eq!(end.code, Some(0), "{end:?}");
    assert_eq!(log(agent.as_ref(), &task, "output.log").await, "nobody\nnone path\n");
}

#[tokio::test]
async fn a_folder_that_the_batch_user_may_not_enter_is_no_exit_code() {
    let site = Site::start();
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let agent = site.agent_with(json!({"allow_batch_users": true}));
    let mut call = as_user(&site, "nobody", "touch ran-anyway");
    let folder = site.path("private");
    std::fs::create_dir(&folder).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&folder, mode).unwrap();
    call.fields.insert("working_directory".into(), json!(folder));
    let (_, end) = run(agent.as_ref(), call).await;
    assert_eq!(end.code, None);
    assert!(end.description.contains("Permission denied"), "{end:?}");
}
