//! Options that change what becomes of a job, each set to something else than its default.

use e2e::{Definitions, Site, on_both};
use serde_json::{Value, json};

on_both!(a_killed_job_keeps_all_of_its_messages_where_the_option_says_so, |database| async move {
    let report = "#!/bin/sh\ntrap 'echo last; exit 1' TERM\namtjob message said\necho first\n\
                  while :; do sleep 0.05; done\n";
    let jobs = Definitions::default().report("TALKS", report);
    let site = Site::start_with(&database, &jobs, "keep_messages_of_killed = true\n").await;
    let id = site.api.start(json!({"JobName": "TALKS"})).await;
    let log = format!("/GetMessages?BatchRequestId={id}");
    site.api.wait_for(&log, |page| page.to_string().contains("first")).await;
    let before = site.api.messages(id).await;
    assert!(before[0].starts_with("Started Rev: "), "{before:?}");
    assert_eq!(before[1..], ["said", "first"]);
    let kill = json!({"Action": "Kill", "BatchRequestId": id});
    assert_eq!(site.api.post("/OpConJobAction", kill).await.0, 200);
    site.api.until(id, &[3]).await;
    let after = site.api.messages(id).await;
    assert_eq!(after[..3], before, "what was there before the kill");
    assert!(after.contains(&"last".to_owned()), "what it said while it ended: {after:?}");
});

on_both!(a_crash_is_an_error_after_as_many_restarts_as_configured, |database| async move {
    let report =
        "#!/bin/sh\necho run\namtjob recovered >/dev/null || amtjob critical-point\nexit 3\n";
    let jobs = Definitions::default().report("CRASHES", report);
    let site = Site::start_with(&database, &jobs, "restarts_max = 2\n").await;
    let id = site.api.start(json!({"JobName": "CRASHES"})).await;
    assert_eq!(site.api.until(id, &[11]).await["ExitCode"], 3);
    let messages = site.api.messages(id).await;
    let runs = messages.iter().filter(|text| *text == "run").count();
    assert_eq!(runs, 3, "one start and two restarts: {messages:?}");
});

/// Makes an application by the Control Center.
async fn application(site: &Site, name: &str, base_path: &str, more: Value) {
    let mut input = json!({"name": name, "base_path": base_path, "default_user": "BATCH"});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, answer) = site.api.post("/control/v1/applications", input).await;
    assert_eq!(status, 201, "{answer}");
}

on_both!(a_request_without_application_is_one_of_the_default_application, |database| async move {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\necho \"in $AMTAPPLICATION\"\n");
    let mut site = Site::start(&database, &jobs).await;
    let other = site.dir.path().join("OTHER");
    application(&site, "OTHER", other.to_str().unwrap(), json!({})).await;
    let action = json!({"Action": "Start", "JobName": "GOOD"});
    let (_, refused) = site.api.post("/OpConJobAction", action.clone()).await;
    let why = refused["Description"].as_str().unwrap();
    assert!(refused["BatchRequestId"] == 0 && why.contains("ApplicationName"), "{refused}");
    assert!(site.stop());
    site.configure("default_application = \"test\"");
    site.start_again();
    let (_, answer) = site.api.post("/OpConJobAction", action).await;
    let id = answer["BatchRequestId"].as_i64().unwrap();
    assert!(id > 0, "{answer}");
    site.api.until(id, &[4]).await;
    assert!(site.api.messages(id).await.contains(&"in TEST".to_owned()));
});

on_both!(the_system_base_path_is_part_of_a_jobs_path, |database| async move {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let folder = root.join("Shared/SYS");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("SHOW.sh"), "pwd\n").unwrap();
    // As a site of the older product has it: a drive that is mapped.
    let more =
        format!("system_base_path = 'F:\\Amt'\n[path_map]\n'F:\\Amt' = \"{}\"\n", root.display());
    let site = Site::start_with(&database, &Definitions::default(), &more).await;
    let paths = json!({"script_path": r"%SYSROOT%\Shared\%APPNAME%"});
    application(&site, "SYS", r"%SYSROOT%\Applications\SYS", paths).await;
    let id = site.api.start(json!({"ApplicationName": "SYS", "ScriptName": "SHOW"})).await;
    site.api.until(id, &[4]).await;
    assert_eq!(site.api.messages(id).await, [folder.to_str().unwrap()]);
});
