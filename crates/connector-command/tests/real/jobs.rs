//! Jobs: codes, variables, output, kills and logs.

use std::time::Duration;

use connector::conformance::Harness as _;
use connector::{Cancelled, End, Started, TaskStatus, Watch};
use kit::Secret;
use serde_json::json;

use crate::site::{Site, end_of, log, run, started, task, told, until};

fn ended(code: i32) -> End {
    End::with_code(code, "")
}

#[tokio::test]
async fn a_job_has_its_folder_its_variables_and_nothing_of_the_scheduler() {
    let site = Site::start();
    let agent = site.agent_with(json!({"environment": {"SITE": "one", "BOTH": "agent"}}));
    let mut call = site.script(&site.key("env"), "pwd; env");
    call.fields.insert("environment".into(), json!({"OWN": "two", "BOTH": "job"}));
    let (task, end) = run(agent.as_ref(), call).await;
    assert_eq!(end, ended(0));
    let output = log(agent.as_ref(), &task, "output.log").await;
    let folder = site.folder.path().canonicalize().unwrap();
    assert_eq!(output.lines().next(), folder.to_str());
    for line in [
        "SITE=one",
        "OWN=two",
        "BOTH=job",
        "SMA_MSLSAM_SAM_JOB_ID=RUNPARAMETER 0000000194",
        "SMA_MSLSAM_JOB_NAME=RUN_PARAMETERTESTA 0000000194",
        "SMA_MSLSAM_SCHEDULE_DATE=20170518",
        "SMA_MSLSAM_SCHEDULE_NAME=TESTS",
        "SMA_MSLSAM_LSAM_NAME=HERE",
        "SMA_MSLSAM_PRERUN_ACTIVE=FALSE",
    ] {
        assert!(output.lines().any(|there| there == line), "{line} is missing in\n{output}");
    }
    assert!(!output.contains("CARGO_"), "the test's own environment is in\n{output}");
}

#[tokio::test]
async fn the_job_log_has_the_layout_of_the_agents_and_the_output_last() {
    let site = Site::start();
    let agent = site.agent();
    let (task, end) =
        run(agent.as_ref(), site.script(&site.key("log"), "echo hello; exit 4")).await;
    assert_eq!(end, ended(4));
    let text = log(agent.as_ref(), &task, "job.log").await;
    let mut rest = text.as_str();
    for line in [
        " The Job Parameters are ...\n",
        " JobName : RUNPARAMETER 0000000194\n",
        " JobStartImage : /bin/sh\n",
        " JobArguments : -c \"echo hello; exit 4\"\n",
        " WorkingDirectory : ",
        " Job User : Use Service Account\n",
        " Job Environment :\n",
        "\n\n",
        " Job Start Time : ",
        " Job Process Name : sh\n",
        " Job Process Id : ",
        " Getting Job Termination Status for Job RUNPARAMETER 0000000194\n",
        " Job terminated with Exit Code : 4\n",
        " Job finished at : ",
        " Job Standard Out/Error :\nhello\n",
    ] {
        let (_, after) = rest.split_once(line).unwrap_or_else(|| panic!("no {line:?} in\n{text}"));
        rest = after;
    }
    assert_eq!(rest, "");
}

#[tokio::test]
async fn secrets_are_in_no_log_and_in_no_file() {
    let site = Site::start();
    let agent = site.agent_with(json!({"environment": {"DB_PASSWORD": "hush-agent"}}));
    let script = "echo $DB_PASSWORD $API_TOKEN $AUTH $0 $*; exit 1";
    let line = format!("sh -c '{script}' api:hush-told --password hush-argument");
    let environment = json!({"API_TOKEN": "hush-job", "AUTH": "hush-told"});
    let mut call = task(&site.key("hush"), json!({"line": line, "environment": environment}));
    // Its name does not tell that it is one, but the scheduler does.
    call.secrets = vec![Secret::new("hush-told")];
    let (task, _) = run(agent.as_ref(), call).await;
    for name in ["job.log", "output.log"] {
        let text = log(agent.as_ref(), &task, name).await;
        assert!(
            text.contains("*** *** *** api:*** --password ***\n") && !text.contains("hush-"),
            "{text}"
        );
    }
    let mut folders = vec![site.jobs()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let bytes = std::fs::read(entry.path()).unwrap();
                assert!(!String::from_utf8_lossy(&bytes).contains("hush-"), "{:?}", entry.path());
            }
        }
    }
}

#[tokio::test]
async fn the_first_output_rule_that_applies_sets_the_code() {
    let site = Site::start();
    let agent = site.agent();
    let rules = json!([{"text": "FATAL", "exit_code": 20}, {"text": "warning", "exit_code": 4},
        {"text": "all done", "contains": false, "exit_code": 9}]);
    for (script, code) in [
        ("echo 1 warning; echo FATAL; exit 0", 20),
        ("echo 1 warning; exit 0", 4),
        ("echo nothing; exit 0", 9),
        ("echo all done; exit 3", 3),
    ] {
        let mut call = site.script(&site.key("rule"), script);
        call.fields.insert("output_rules".into(), rules.clone());
        let (_, end) = run(agent.as_ref(), call).await;
        assert_eq!(end.code, Some(code), "{script}: {end:?}");
    }
}

#[tokio::test]
async fn output_beyond_the_limit_is_cut_and_told_and_the_job_goes_on() {
    let site = Site::start();
    let agent = site.agent_with(json!({"output_limit_mib": 1}));
    let script = "yes flood | head -c 8388608; echo last >&2; exit 5";
    let (task, end) = run(agent.as_ref(), site.script(&site.key("flood"), script)).await;
    assert_eq!(end.code, Some(5));
    let text = log(agent.as_ref(), &task, "output.log").await;
    assert!(text.len() < 2 << 20, "{} bytes are kept", text.len());
    let last = text.lines().next_back().unwrap();
    assert!(last.ends_with("beyond the limit of 1048576 bytes were not kept"), "{last}");
}

#[tokio::test]
async fn children_that_a_job_leaves_behind_end_with_it() {
    let site = Site::start();
    let agent = site.agent();
    let script = "setsid sleep 1000 & echo $! > child; (trap \"\" TERM; sleep 1000) & exit 0";
    let (task, end) = run(agent.as_ref(), site.script(&site.key("fork"), script)).await;
    assert_eq!(end, ended(0));
    let child = std::fs::read_to_string(site.path("child")).unwrap();
    assert!(!std::path::Path::new(&format!("/proc/{}", child.trim())).exists());
    let text = log(agent.as_ref(), &task, "job.log").await;
    assert!(text.contains("processes that the job had left were ended"), "{text}");
}

#[tokio::test]
async fn a_job_that_ignores_the_request_to_end_is_killed_and_only_then_told_as_killed() {
    let site = Site::start();
    let agent = site.agent_with(json!({"kill_grace_seconds": 1}));
    let script = "trap \"\" TERM; echo $$ > pid; while :; do sleep 0.1; done";
    let task = started(agent.as_ref(), site.script(&site.key("deaf"), script)).await;
    until("it runs", || site.path("pid").exists()).await;
    assert_eq!(agent.cancel(task.clone()).await, Ok(Cancelled::Sent));
    let watch = Watch { tasks: vec![task.clone()], cursor: None, wait: Duration::ZERO };
    let reports = agent.watch(watch).await.unwrap().reports;
    assert!(matches!(reports[0].status, TaskStatus::Running { .. }), "{reports:?}");
    let end = end_of(agent.as_ref(), &task).await;
    assert!(end.is_killed, "{end:?}");
    let pid = std::fs::read_to_string(site.path("pid")).unwrap();
    assert!(!std::path::Path::new(&format!("/proc/{}", pid.trim())).exists());
    assert_eq!(agent.cancel(task).await, Ok(Cancelled::TooLate));
}

#[tokio::test]
async fn a_job_that_a_signal_ends_has_the_code_of_a_shell() {
    let site = Site::start();
    let (_, end) = run(site.agent().as_ref(), site.script(&site.key("signal"), "kill -9 $$")).await;
    assert_eq!((end.code, end.is_killed), (Some(137), false), "{end:?}");
}

#[tokio::test]
async fn the_output_of_a_running_job_can_be_followed() {
    let site = Site::start();
    let agent = site.agent();
    let key = site.key("follow");
    let script = "echo first; until [ -f go ]; do sleep 0.02; done; echo second";
    let task = started(agent.as_ref(), site.script(&key, script)).await;
    let files = agent.logs(task.clone()).await.unwrap();
    assert_eq!((files[0].name.as_str(), files[0].is_complete), ("output.log", false));
    let request = |from: Option<String>| connector::LogRequest {
        task: task.clone(),
        name: "output.log".into(),
        from,
        bytes_max: 1000,
        wait: Duration::from_secs(30),
    };
    let first = agent.read_log(request(None)).await.unwrap();
    assert_eq!((first.text.as_str(), first.is_end), ("first\n", false));
    site.write("go", "");
    let second = agent.read_log(request(Some(first.next))).await.unwrap();
    assert_eq!(second.text, "second\n");
    end_of(agent.as_ref(), &task).await;
    let files = agent.logs(task.clone()).await.unwrap();
    assert_eq!((files[0].name.as_str(), files[0].is_complete), ("job.log", true));
    agent.delete(task.clone()).await.unwrap();
    assert_eq!(agent.logs(task).await.unwrap(), []);
}

#[tokio::test]
async fn a_running_job_cannot_be_deleted() {
    let site = Site::start();
    let agent = site.agent();
    let key = site.key("delete");
    let task = started(agent.as_ref(), site.until_told(&key)).await;
    assert!(agent.delete(task.clone()).await.unwrap_err().message.contains("still runs"));
    site.end(&key, 0, "").await;
}

#[tokio::test]
async fn many_jobs_are_followed_by_one_question() {
    let site = Site::start();
    let agent = site.agent();
    let mut tasks = Vec::new();
    for number in 0..20 {
        let call = site.script(&site.key("many"), &format!("exit {number}"));
        tasks.push(match agent.start(call.clone()).await {
            Started::Running { state } => connector::TaskRef { attempt: call.attempt, state },
            other => panic!("{other:?}"),
        });
    }
    for (number, task) in (0..20).zip(&tasks) {
        assert_eq!(end_of(agent.as_ref(), task).await, ended(number));
    }
    let watch = Watch { tasks, cursor: None, wait: Duration::ZERO };
    assert_eq!(agent.watch(watch).await.unwrap().reports.len(), 20);
}

#[tokio::test]
async fn the_older_amt_connector_is_called_with_its_options_and_its_code_is_the_jobs() {
    let site = Site::start();
    let agent = site.agent();
    crate::site::program(&site.path("amt"), "#!/bin/sh\npwd\nprintf '<%s>' \"$@\"\nexit 4\n");
    let mut call = task(
        &site.key("amt"),
        json!({"user_id": null, "connector_path": site.folder.path(), "application": "DEMO2",
            "job": "RUN_PARAMETERTESTA", "file": null, "user": null, "task_value": null,
            "script_parameters": ["'PARAM'"]}),
    );
    call.task_type = connector_command::AMT_CONNECTOR.into();
    let (task, end) = run(agent.as_ref(), call).await;
    assert_eq!(end, ended(4));
    let text = log(agent.as_ref(), &task, "job.log").await;
    let arguments =
        "JobArguments : -jt \"START\" -an \"DEMO2\" -jn \"RUN_PARAMETERTESTA\" -pa \"'PARAM'\"\n";
    assert!(text.contains(arguments), "{text}");
    assert!(
        text.ends_with("\n<-jt><START><-an><DEMO2><-jn><RUN_PARAMETERTESTA><-pa><'PARAM'>\n"),
        "{text}"
    );
    let all = told(agent.as_ref(), &task, |status| matches!(status, TaskStatus::Ended(_))).await;
    assert_eq!(all, [TaskStatus::Ended(ended(4))]);
}
