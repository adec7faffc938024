//! Every completion code of the seeds, reached through the real binary and seen in `MonitorJob`. No test writes a state,
//! but for 19, whose row is damaged on purpose.

use std::time::Duration;

use e2e::{Definitions, Site, on_both};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

const SLEEPER: &str = "#!/bin/sh\nexec sleep 600\n";

fn sleeper() -> Definitions {
    Definitions::default().report("SLEEPER", SLEEPER)
}

on_both!(done_and_error_follow_from_the_exit_code, |database| async move {
    let jobs = Definitions::default()
        .report("GOOD", "#!/bin/sh\necho fine\n")
        .report("BAD", "#!/bin/sh\nexit 7\n");
    let site = Site::start(&database, &jobs).await;
    let (good, bad) = (
        site.api.start(json!({"JobName": "GOOD"})).await,
        site.api.start(json!({"JobName": "bad"})).await,
    );
    let status = site.api.ended(good).await;
    assert_eq!((&status["Code"], &status["Status"]), (&json!(4), &json!("DONE")));
    let messages = site.api.messages(good).await;
    assert!(messages[0].starts_with("Started Rev: 1.0 AMT: "), "{messages:?}");
    assert!(
        messages[0].ends_with(&format!("Params: LOADINBATCHCONTROLLER /R:{good} /USEWORKINGDIR")),
        "{messages:?}"
    );
    assert_eq!(messages[1], "fine");
    assert!(messages[2].starts_with("Report execution time: 00:00:0"), "{messages:?}");
    assert_eq!(messages[3..], ["Done"]);
    let status = site.api.ended(bad).await;
    assert_eq!((&status["Code"], &status["ExitCode"]), (&json!(11), &json!(7)));
});

on_both!(killed_from_any_state_and_without_messages, |database| async move {
    let queues = sleeper().queue("MAIN", "default = true\nconcurrency = 1");
    let site = Site::start(&database, &queues).await;
    let runs = site.api.start(json!({"JobName": "SLEEPER"})).await;
    site.api.until(runs, &[2]).await;
    let waits = site.api.start(json!({"JobName": "SLEEPER"})).await;
    assert_eq!(site.api.status(waits).await["Code"], 1);
    for id in [waits, runs] {
        let (status, answer) =
            site.api.post("/OpConJobAction", json!({"Action": "Kill", "BatchRequestId": id})).await;
        assert_eq!((status, &answer["BatchRequestId"]), (200, &json!(id)), "{answer}");
        assert_eq!(site.api.ended(id).await["Code"], 3);
        assert_eq!(site.api.messages(id).await, Vec::<String>::new());
    }
    let (status, answer) =
        site.api.post("/OpConJobAction", json!({"Action": "Kill", "BatchRequestId": runs})).await;
    assert_eq!((status, &answer["Code"]), (200, &json!(3)), "a second kill changes nothing");
});

on_both!(a_held_request_is_idle_and_a_released_one_runs, |database| async move {
    let site =
        Site::start(&database, &sleeper().queue("MAIN", "default = true\nconcurrency = 1")).await;
    let first = site.api.start(json!({"JobName": "SLEEPER"})).await;
    site.api.until(first, &[2]).await;
    let second = site.api.start(json!({"JobName": "SLEEPER"})).await;
    assert_eq!(site.api.verb(second, "hold").await.0, 200);
    assert_eq!(site.api.status(second).await["Code"], 0);
    assert_eq!(site.api.verb(second, "hold").await.0, 200, "holding twice is no mistake");
    assert_eq!(site.api.verb(second, "release").await.0, 200);
    assert_eq!(site.api.status(second).await["Code"], 1);
    assert_eq!(site.api.verb(second, "release").await.0, 409);
    assert_eq!(site.api.verb(second, "delete-from-queue").await.0, 200);
    assert_eq!(site.api.status(second).await["Code"], 10);
    assert_eq!(site.api.verb(first, "hold").await.0, 409);
});

on_both!(manual_and_forced_starts_pass_the_queue, |database| async move {
    let site =
        Site::start(&database, &sleeper().queue("MAIN", "default = true\nconcurrency = 1")).await;
    let first = site.api.start(json!({"JobName": "SLEEPER"})).await;
    site.api.until(first, &[2]).await;
    let manual = site.api.start(json!({"JobName": "SLEEPER"})).await;
    assert_eq!(site.api.verb(manual, "start").await.0, 200);
    site.api.until(manual, &[7]).await;
    let forced = site.api.start(json!({"JobName": "SLEEPER"})).await;
    assert_eq!(site.api.post("/control/v1/server-state/halt", json!({})).await.0, 200);
    let (_, heart) = site.api.get("/HeartBeat").await;
    assert_eq!(heart["Halted"], true);
    assert_eq!(site.api.verb(forced, "start").await.0, 409, "a manual start obeys the switch");
    assert_eq!(site.api.verb(forced, "force-start").await.0, 200);
    site.api.until(forced, &[8]).await;
});

on_both!(a_debug_start_waits_for_its_debugger, |database| async move {
    let site =
        Site::start(&database, &Definitions::default().report("GOOD", "#!/bin/sh\nsleep 1\n"))
            .await;
    let id = site.api.start(json!({"JobName": "GOOD", "Debug": true})).await;
    site.api.until(id, &[21]).await;
    assert_eq!(site.api.verb(id, "attach-debugger").await.0, 200);
    assert_eq!(site.api.status(id).await["Code"], 9);
    site.api.until(id, &[4]).await;
});

on_both!(outside_its_window_a_request_waits_with_20, |database| async move {
    // A window that is always two hours away.
    let now = String::from_utf8(
        std::process::Command::new("date").args(["-u", "+%H"]).output().unwrap().stdout,
    )
    .unwrap();
    let hour: u32 = now.trim().parse().unwrap();
    let (from, to) = ((hour + 2) % 24, (hour + 3) % 24);
    let window = format!(
        "default = true\nstart_time = \"{from:02}:00:00\"\nend_time = \"{to:02}:00:00\"\ntime_zone = \"UTC\""
    );
    let site = Site::start(&database, &sleeper().queue("NIGHT", &window)).await;
    let id = site.api.start(json!({"JobName": "SLEEPER"})).await;
    let status = site.api.status(id).await;
    assert_eq!(
        (&status["Code"], &status["Status"], &status["QueueName"]),
        (&json!(20), &json!("WAIT_FOR QUEUE"), &json!("NIGHT"))
    );
    assert_eq!(site.api.verb(id, "start").await.0, 200);
    site.api.until(id, &[7]).await;
});

on_both!(aborts_end_with_12_or_22_and_22_recovers_with_18, |database| async move {
    let jobs = Definitions::default()
        .report("ABORTS", "#!/bin/sh\namtjob abort 'not today'\necho never\n")
        .report(
            "RECOVERS",
            "#!/bin/sh\nif data=$(amtjob recovered); then echo \"goes on at $data\"; sleep 1; exit 0; fi\n\
             amtjob critical-point --data 'step 3'\namtjob abort --recover\n",
        );
    let site = Site::start(&database, &jobs).await;
    let id = site.api.start(json!({"JobName": "ABORTS"})).await;
    let status = site.api.until(id, &[12]).await;
    assert_eq!(status["Description"], "not today");
    let messages = site.api.messages(id).await;
    assert!(
        messages.contains(&"not today".to_owned()) && !messages.contains(&"never".to_owned()),
        "{messages:?}"
    );
    let id = site.api.start(json!({"JobName": "RECOVERS"})).await;
    site.api.until(id, &[22]).await;
    let (status, answer) = site.api.verb(id, "recover").await;
    assert!(status == 200 || status == 201, "{answer}");
    let again = site.api.verb(id, "recover").await.1;
    let new = answer["id"].as_i64().unwrap();
    assert_eq!(again["id"], new, "one recovery for one abort");
    site.api.until(new, &[18]).await;
    site.api.until(new, &[4]).await;
    assert!(site.api.messages(new).await.contains(&"goes on at step 3".to_owned()));
});

on_both!(a_crash_after_a_save_point_restarts_by_itself, |database| async move {
    let report = "#!/bin/sh\nif data=$(amtjob recovered); then echo \"again $data\"; [ -f ok ] && exit 0; \
                  echo x >> tries; [ $(wc -l < tries) -ge 2 ] && touch ok; kill -9 $$; fi\n\
                  amtjob critical-point --data here\nkill -9 $$\n";
    let site = Site::start(&database, &Definitions::default().report("CRASHES", report)).await;
    let id = site.api.start(json!({"JobName": "CRASHES"})).await;
    site.api.until(id, &[18]).await;
    let status = site.api.until(id, &[4]).await;
    assert_eq!(status["Description"], "", "nothing of the attempts before");
    let messages = site.api.messages(id).await;
    assert_eq!(messages.iter().filter(|text| *text == "again here").count(), 3, "{messages:?}");
});

on_both!(after_five_restarts_a_crash_is_an_error, |database| async move {
    let report =
        "#!/bin/sh\necho run\namtjob recovered >/dev/null || amtjob critical-point\nexit 3\n";
    let site = Site::start(&database, &Definitions::default().report("CRASHES", report)).await;
    let id = site.api.start(json!({"JobName": "CRASHES"})).await;
    let status = site.api.until(id, &[11]).await;
    assert_eq!(status["ExitCode"], 3);
    let runs = site.api.messages(id).await.iter().filter(|text| *text == "run").count();
    assert_eq!(runs, 6, "one start and five restarts");
});

on_both!(waiting_for_a_file_shows_13, |database| async move {
    let jobs =
        Definitions::default().report("WAITS", "#!/bin/sh\namtjob wait-file $AMTREPORTPARAMETER\n");
    let site = Site::start(&database, &jobs).await;
    let file = site.dir.path().join("arrived");
    let id = site
        .api
        .start(json!({"JobName": "WAITS", "ReportParameter": file.to_str().unwrap()}))
        .await;
    site.api.until(id, &[13]).await;
    std::fs::write(&file, "").unwrap();
    site.api.until(id, &[4]).await;
});

on_both!(a_killed_wait_shows_13_no_longer, |database| async move {
    let report = "#!/bin/sh\namtjob wait-file \"$AMTREPORTPARAMETER.never\" &\necho $! >\"$AMTREPORTPARAMETER\"\n\
         wait\nexec sleep 3600\n";
    let site = Site::start(&database, &Definitions::default().report("WAITS", report)).await;
    let file = site.dir.path().join("waiter");
    let id = site
        .api
        .start(json!({"JobName": "WAITS", "ReportParameter": file.to_str().unwrap()}))
        .await;
    site.api.until(id, &[13]).await;
    let written = || std::fs::read_to_string(&file).unwrap_or_default().trim().parse::<i32>().ok();
    let limit = Duration::from_mins(1);
    testkit::wait_until("the job has named its waiter", limit, async || written().is_some()).await;
    kill(Pid::from_raw(written().unwrap()), Signal::SIGKILL).unwrap();
    site.api.until(id, &[2]).await;
    assert_eq!(site.api.verb(id, "kill").await.0, 200);
    site.api.until(id, &[3]).await;
});

on_both!(a_question_shows_14_until_it_is_answered, |database| async move {
    let jobs = Definitions::default()
        .report("ASKS", "#!/bin/sh\necho \"answer $(amtjob ask 'Go on?')\"\n");
    let site = Site::start(&database, &jobs).await;
    let id = site.api.start(json!({"JobName": "ASKS"})).await;
    site.api.until(id, &[14]).await;
    let (_, list) = site.api.get("/control/v1/operator-requests").await;
    let question = &list["items"][0];
    assert_eq!(question["text"], "Go on?", "{list}");
    let path = format!("/control/v1/operator-requests/{}/answer", question["id"]);
    assert_eq!(site.api.post(&path, json!({"answer": "yes"})).await.0, 200);
    site.api.until(id, &[4]).await;
    assert!(site.api.messages(id).await.contains(&"answer yes".to_owned()));
    assert_eq!(site.api.post(&path, json!({"answer": "no"})).await.0, 409, "it is answered once");
});

on_both!(the_accept_file_answers_before_the_operator, |database| async move {
    let jobs = Definitions::default().report(
        "ASKS",
        "#!/bin/sh\nfor i in 1 2; do echo \"answer $(amtjob ask \"Number $i?\")\"; done\n",
    );
    let site = Site::start(&database, &jobs).await;
    std::fs::write(site.app().join("extracts/answers.txt"), "one\r\n").unwrap();
    let id = site.api.start(json!({"JobName": "ASKS", "RequestFile": "answers.txt"})).await;
    site.api.until(id, &[14]).await;
    let messages = site.api.messages(id).await;
    assert!(messages.contains(&"answer one".to_owned()), "{messages:?}");
});

on_both!(questions_at_the_same_time_use_a_line_each, |database| async move {
    let jobs = Definitions::default().report(
        "ASKS",
        "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do amtjob ask \"Number $i?\" & done\nwait\n",
    );
    let site = Site::start(&database, &jobs).await;
    let lines: Vec<_> = (1..=8).map(|number| format!("line {number}")).collect();
    std::fs::write(site.app().join("extracts/answers.txt"), lines.join("\n")).unwrap();
    let id = site.api.start(json!({"JobName": "ASKS", "RequestFile": "answers.txt"})).await;
    site.api.until(id, &[4]).await;
    let mut answers = site.api.messages(id).await;
    answers.retain(|text| text.starts_with("line "));
    answers.sort_unstable();
    assert_eq!(answers, lines);
});

on_both!(an_accept_file_is_found_by_its_mapped_path_or_said_to_be_missing, |database| async move {
    let jobs =
        Definitions::default().report("ASKS", "#!/bin/sh\necho \"answer $(amtjob ask Go?)\"\n");
    let mut site = Site::prepare(&database, &jobs, "");
    let folder = site.app().join("extracts");
    site.configure(&format!("path_map = {{ 'F:\\Amt' = '{}' }}", folder.display()));
    site.launch();
    site.log_on().await;
    std::fs::write(folder.join("yes.txt"), "yes\n").unwrap();
    let start =
        |file: &'static str| site.api.start(json!({"JobName": "ASKS", "RequestFile": file}));
    let id = start("F:\\Amt\\yes.txt").await;
    site.api.until(id, &[4]).await;
    assert!(site.api.messages(id).await.contains(&"answer yes".to_owned()));

    for missing in ["F:\\Amt\\no.txt", "Q:\\no.txt", "no.txt"] {
        let id = start(missing).await;
        site.api.until(id, &[14]).await;
        let messages = site.api.messages(id).await;
        let told = format!("Accept file [{missing}] is not used: ");
        assert!(messages.iter().any(|text| text.starts_with(&told)), "{messages:?}");
    }
});

on_both!(parents_show_15_for_a_job_and_16_for_a_report, |database| async move {
    let jobs = Definitions::default()
        .report("CHILD", "#!/bin/sh\nsleep 1\necho child\n")
        .job("SCRIPT", "script", "sleep 1\necho script\n", "")
        .job("PARENT15", "script", "amtjob start --job SCRIPT --wait\n", "")
        .job("PARENT16", "script", "amtjob start --job CHILD --wait\n", "")
        // One slot: parents that wait must give theirs up.
        .queue("MAIN", "default = true\nconcurrency = 1");
    let site = Site::start(&database, &jobs).await;
    for (parent, code, said) in [("PARENT15", 15, "script"), ("PARENT16", 16, "child")] {
        let id = site.api.start(json!({"JobName": parent})).await;
        site.api.until(id, &[code]).await;
        site.api.until(id, &[4]).await;
        let messages = site.api.messages(id).await;
        assert!(messages.contains(&said.to_owned()), "{messages:?}");
    }
});

on_both!(unknown_user_99_and_missing_script_11, |database| async move {
    let site = Site::start(&database, &sleeper()).await;
    let id = site.api.start(json!({"JobName": "SLEEPER", "User": "NOBODY"})).await;
    let status = site.api.status(id).await;
    assert_eq!((&status["Code"], &status["Status"]), (&json!(99), &json!("INVALID AMT USER")));
    let id = site.api.start(json!({"ScriptName": "/no/such/script.sh"})).await;
    let status = site.api.status(id).await;
    assert_eq!((&status["Code"], &status["Description"]), (&json!(11), &json!("File not found")));
    assert!(!site.api.messages(id).await.is_empty());
});

on_both!(a_missing_interpreter_gives_the_two_lines_of_the_seed, |database| async move {
    let more = "interpreters = [{ extension = \".ps1\", program = \"no-such-pwsh\" }]\n";
    let site = Site::start_with(&database, &sleeper(), more).await;
    let path = site.script("RUN_FILENAMETEST.ps1", "");
    let id = site.api.start(json!({"ScriptName": path})).await;
    site.api.until(id, &[11]).await;
    let folder = site.app().join("scripts");
    let second = format!(
        "[An error occurred trying to start process 'no-such-pwsh' with working directory '{}'. No such file or directory]",
        folder.display()
    );
    assert_eq!(site.api.messages(id).await, ["Error starting job []".to_owned(), second]);
});
