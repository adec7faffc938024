//! What jobs are given and can do, through the real binaries.

use e2e::{Database, Definitions, Site, on_both};
use serde_json::json;

on_both!(a_missed_start_is_suspended_until_an_operator_decides, |database| async move {
    let site =
        Site::start(&database, &Definitions::default().report("GOOD", "#!/bin/sh\nsleep 1\n"))
            .await;
    assert_eq!(site.api.post("/control/v1/server-state/halt", json!({})).await.0, 200);
    let schedule = json!({
        "name": "each second", "application": "TEST", "job": "GOOD", "start_within_seconds": 1,
        "when": {"start_time": "00:00:00", "repeat": "00:00:01"},
    });
    let (status, created) = site.api.post("/control/v1/schedules", schedule).await;
    assert_eq!(status, 201, "{created}");
    let skipped = suspended(&site, 0).await;
    assert_eq!(site.api.status(skipped).await["Code"], 5);
    assert_eq!(site.api.verb(skipped, "skip").await.0, 200);
    assert_eq!(site.api.status(skipped).await["Code"], 6);
    let forced = suspended(&site, skipped).await;
    let path = format!("/control/v1/schedules/{}/disable", created["id"]);
    assert_eq!(site.api.post(&path, json!({})).await.0, 200);
    assert_eq!(site.api.verb(forced, "start").await.0, 409, "the server is halted");
    assert_eq!(site.api.verb(forced, "force-start").await.0, 200);
    site.api.until(forced, &[8]).await;
    site.api.until(forced, &[4]).await;
});

/// A suspended request that is newer than another one.
async fn suspended(site: &Site, than: i64) -> i64 {
    let newer = |list: &serde_json::Value| {
        let items = list["items"].as_array()?;
        items.iter().filter_map(|item| item["id"].as_i64()).find(|&id| id > than)
    };
    let list = site
        .api
        .wait_for("/control/v1/requests?state=suspended", |list| newer(list).is_some())
        .await;
    newer(&list).unwrap()
}

on_both!(a_damaged_row_shows_19_and_harms_nobody, |database| async move {
    let site = Site::start(&database, &Definitions::default().report("GOOD", "#!/bin/sh\n")).await;
    let (bad, good) = (
        site.api.start(json!({"JobName": "GOOD"})).await,
        site.api.start(json!({"JobName": "GOOD"})).await,
    );
    for id in [bad, good] {
        site.api.until(id, &[4]).await;
    }
    damage(&site, &database, bad).await;
    let status = site.api.status(bad).await;
    assert_eq!((&status["Code"], &status["Status"]), (&json!(19), &json!("UNDEFINED")));
    assert_eq!(site.api.status(good).await["Code"], 4);
    let next = site.api.start(json!({"JobName": "GOOD"})).await;
    site.api.until(next, &[4]).await;
});

/// Writes a state that the program never writes, past the check of the table.
async fn damage(site: &Site, database: &Database, id: i64) {
    use sqlx::Connection as _;
    match database {
        Database::Sqlite => {
            let url = format!("sqlite:{}", site.dir.path().join("data/batch.db").display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            sqlx::query("PRAGMA ignore_check_constraints = ON")
                .execute(&mut connection)
                .await
                .unwrap();
            let damage = "UPDATE request SET state = 'dancing' WHERE id = $1";
            sqlx::query(damage).bind(id).execute(&mut connection).await.unwrap();
        }
        Database::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            let open = "ALTER TABLE request DROP CONSTRAINT request_state_check";
            sqlx::query(open).execute(&mut connection).await.unwrap();
            let damage = "UPDATE request SET state = 'dancing' WHERE id = $1";
            sqlx::query(damage).bind(id).execute(&mut connection).await.unwrap();
        }
    }
}

on_both!(a_stop_asks_and_does_not_kill, |database| async move {
    let jobs = Definitions::default()
        .report(
            "OBEYS",
            "#!/bin/sh\ntrap 'echo stopping; exit 0' TERM\nwhile :; do sleep 0.05; done\n",
        )
        .report("FAILS", "#!/bin/sh\ntrap 'exit 3' TERM\nwhile :; do sleep 0.05; done\n")
        .report("IGNORES", "#!/bin/sh\ntrap '' TERM\necho ready\nsleep 2\necho finished\n");
    let site = Site::start(&database, &jobs).await;
    for (job, code) in [("OBEYS", 4), ("FAILS", 12), ("IGNORES", 4)] {
        let id = site.api.start(json!({"JobName": job})).await;
        site.api.until(id, &[2]).await;
        // The trap must be set before the signal comes.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        for _ in 0..2 {
            let (status, answer) = site
                .api
                .post("/OpConJobAction", json!({"Action": "Stop", "BatchRequestId": id}))
                .await;
            assert_eq!(status, 200, "{answer}");
        }
        site.api.until(id, &[code]).await;
    }
});

on_both!(an_interrupt_reaches_the_job_and_changes_no_state, |database| async move {
    let text = "#!/bin/sh\ntrap 'echo interrupted; exit 0' INT\necho ready\nwhile :; do sleep 0.05; done\n";
    let site = Site::start(&database, &Definitions::default().report("LISTENS", text)).await;
    let id = site.api.start(json!({"JobName": "LISTENS"})).await;
    site.api
        .wait_for(&format!("/GetMessages?BatchRequestId={id}"), |page| {
            page.to_string().contains("ready")
        })
        .await;
    assert_eq!(site.api.verb(id, "interrupt").await.0, 200);
    site.api.until(id, &[4]).await;
    assert!(site.api.messages(id).await.contains(&"interrupted".to_owned()));
    assert_eq!(site.api.verb(id, "interrupt").await.0, 409);
});

on_both!(a_sleeping_report_is_woken_by_another_and_by_an_operator, |database| async move {
    let jobs = Definitions::default()
        .report("SLEEPER", "#!/bin/sh\necho \"got $(amtjob sleep 600)\"\n")
        .report("WAKER", "#!/bin/sh\namtjob wake-up SLEEPER --data hello\n");
    let site = Site::start(&database, &jobs).await;
    let sleeper = site.api.start(json!({"JobName": "SLEEPER"})).await;
    site.api.until(sleeper, &[2]).await;
    let waker = site.api.start(json!({"JobName": "WAKER"})).await;
    site.api.until(waker, &[4]).await;
    site.api.until(sleeper, &[4]).await;
    let messages = site.api.messages(sleeper).await;
    assert!(messages.contains(&"got hello".to_owned()), "{messages:?}");
    let sleeper = site.api.start(json!({"JobName": "SLEEPER"})).await;
    site.api.until(sleeper, &[2]).await;
    let path = format!("/control/v1/requests/{sleeper}/wake-up");
    assert_eq!(site.api.post(&path, json!({"data": "operator"})).await.0, 200);
    site.api.until(sleeper, &[4]).await;
    assert!(site.api.messages(sleeper).await.contains(&"got operator".to_owned()));
});

on_both!(executables_get_their_parameters_and_leave_their_exit_code, |database| async move {
    let jobs = Definitions::default()
        .executable("SHOWS", "#!/bin/sh\necho \"$PARM1|$PARM2|$dd_OUT|$RQUESTID|$INITUSER|$INITSTATION\"\nexit 5\n")
        .job("PARENT", "script", "id=$(amtjob start --job SHOWS --wait | cut -d' ' -f1)\necho \"exit $(amtjob get EXITCODE --request $id)\"\n", "");
    let site = Site::start(&database, &jobs).await;
    let id = site
        .api
        .start(json!({
            "JobName": "SHOWS", "GlobalParameter": " one  two ",
            "ExtractFiles": [{"FileId": "OUT", "FileName": "out.dat"}],
        }))
        .await;
    assert_eq!(site.api.until(id, &[11]).await["ExitCode"], 5);
    assert_eq!(site.api.messages(id).await[0], format!("one|two|out.dat|{id}|BATCH|OPCON"));
    let parent = site.api.start(json!({"JobName": "PARENT"})).await;
    site.api.until(parent, &[4]).await;
    let messages = site.api.messages(parent).await;
    assert!(messages.contains(&"exit 5".to_owned()), "{messages:?}");
});

on_both!(scripts_get_arguments_task_values_and_their_folder, |database| async move {
    let site = Site::start(&database, &Definitions::default()).await;
    site.script(
        "SHOW.sh",
        "echo \"$1|$2|$AMTPARAM_2\"\npwd\necho \"value $(amtjob get SW1) bare $(amtjob get TASKVALUE)\"\n\
         [ \"$AMTPROCESSJOBID\" = $$ ] && echo own process\n",
    );
    let id = site
        .api
        .start(json!({
            "ScriptName": "SHOW", "ScriptParameters": ["'PARAM'", "-x=y z"], "TaskValues": ["sw1=TRUE", "25"],
        }))
        .await;
    site.api.until(id, &[4]).await;
    let folder = site.app().join("scripts").canonicalize().unwrap();
    let expected =
        ["'PARAM'|-x=y z|-x=y z", folder.to_str().unwrap(), "value TRUE bare 25", "own process"];
    assert_eq!(site.api.messages(id).await, expected);
});

on_both!(
    a_job_is_told_its_batch_and_its_job_and_a_child_inherits_the_batch,
    |database| async move {
        let tells =
            "echo \"$0 $AMTREQUESTID $AMTBATCHID|$AMTJOBID|$AMTJOBNAME\" | sed 's,^[^ ]*/,,'\n";
        let parent = format!("{tells}amtjob start --job CHILD --wait > /dev/null\n");
        let jobs = Definitions::default()
            .report("CHILD", &format!("#!/bin/sh\n{tells}"))
            .job("PARENT", "script", &parent, "");
        let site = Site::start(&database, &jobs).await;
        let (_, list) = site.api.get("/control/v1/jobs").await;
        let job = |name: &str| {
            let items = list["items"].as_array().unwrap();
            items.iter().find(|item| item["name"] == name).unwrap()["id"].as_i64().unwrap()
        };
        let (parent_job, child_job) = (job("PARENT"), job("CHILD"));

        // A batch of its own, then one that the caller names.
        let first = site.api.start(json!({"JobName": "parent"})).await;
        site.api.until(first, &[4]).await;
        let second = site.api.start(json!({"JobName": "PARENT", "BatchId": first})).await;
        for (id, batch) in [(first, first), (second, first)] {
            assert_eq!(site.api.until(id, &[4]).await["BatchId"], batch);
            let child = id + 1;
            assert_eq!(site.api.status(child).await["BatchId"], batch);
            // What a job prints is read while its child is started, so either may be stored first.
            let expected = [
                format!("CHILD {child} {batch}|{child_job}|CHILD"),
                format!("PARENT.sh {id} {batch}|{parent_job}|PARENT"),
            ];
            let mut said = site.api.messages(id).await;
            said.retain(|text| text.contains('|'));
            said.sort_unstable();
            assert_eq!(said, expected);
        }

        // An ad-hoc script is no job; it may have a label.
        let path = site.script("ADHOC.sh", tells);
        let id = site.api.start(json!({"ScriptName": path, "JobName": "LABEL"})).await;
        site.api.until(id, &[4]).await;
        assert_eq!(site.api.messages(id).await, [format!("ADHOC.sh {id} {id}||LABEL")]);
    }
);

on_both!(drives_and_shares_are_mapped, |database| async move {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("Scripts/DEMO2")).unwrap();
    std::fs::write(folder.path().join("Scripts/DEMO2/RUN.sh"), "echo mapped\n").unwrap();
    std::fs::write(folder.path().join("Scripts/DEMO2/RUN.ps1"), "").unwrap();
    let more = format!(
        "interpreters = [{{ extension = \".ps1\", program = \"no-such-pwsh\" }}]\n[path_map]\n'F:\\Amt' = \"{0}\"\n'\\\\host\\share' = \"{0}\"\n",
        folder.path().display()
    );
    let site = Site::start_with(&database, &Definitions::default(), &more).await;
    for name in [r"F:\Amt\Scripts\DEMO2\RUN.sh", r"\\host\share\Scripts\DEMO2\RUN.sh"] {
        let id = site.api.start(json!({"ScriptName": name})).await;
        site.api.until(id, &[4]).await;
        assert_eq!(site.api.messages(id).await, ["mapped"]);
    }
    let id = site.api.start(json!({"ScriptName": r"F:\Amt\Scripts\DEMO2\RUN.ps1"})).await;
    site.api.until(id, &[11]).await;
    let expected = r"[An error occurred trying to start process 'no-such-pwsh' with working directory 'F:\AMT\SCRIPTS\DEMO2'. No such file or directory]";
    assert_eq!(site.api.messages(id).await, ["Error starting job []", expected]);
    let id = site.api.start(json!({"ScriptName": r"Z:\nowhere\RUN.ps1"})).await;
    assert_eq!(site.api.status(id).await["Description"], "File not found");
});

on_both!(one_report_waits_for_itself_where_the_queue_says_so, |database| async move {
    let queue = "default = true\nconcurrency = 4\nsame_report_twice = false";
    let jobs = Definitions::default()
        .report("ONCE", "#!/bin/sh\nuntil [ -f go ]; do sleep 0.05; done\n")
        .job("ALIAS", "script", "amtjob start --job ONCE --alternative-report-name OTHER\n", "")
        .queue("MAIN", queue);
    let site = Site::start(&database, &jobs).await;
    let (first, second) = (
        site.api.start(json!({"JobName": "ONCE"})).await,
        site.api.start(json!({"JobName": "ONCE"})).await,
    );
    site.api.until(first, &[2]).await;
    assert_eq!(site.api.status(second).await["Code"], 1, "the same report runs");
    let alias = site.api.start(json!({"JobName": "ALIAS"})).await;
    site.api.until(alias, &[4]).await;
    site.api.wait_for("/MonitorJob?BatchRequestId=4", |status| status["Code"] == 2).await;
    std::fs::write(site.app().join("reports/go"), "").unwrap();
    site.api.until(first, &[4]).await;
    let status = site.api.until(second, &[4]).await;
    let ended = site.api.status(first).await["EndedAt"].as_str().unwrap().to_owned();
    assert!(status["StartedAt"].as_str().unwrap() >= ended.as_str(), "{status}");
});

on_both!(output_that_is_no_text_and_a_huge_line_do_no_harm, |database| async move {
    let jobs = Definitions::default()
        .report("BYTES", "#!/bin/sh\nprintf 'a\\377b\\r\\n\\000c\\n'\n")
        .report("HUGE", "#!/bin/sh\nhead -c 200000000 /dev/zero | tr '\\000' x\n");
    let site =
        Site::start_with(&database, &jobs, "limits = { output = \"1MiB\", line = \"64KiB\" }\n")
            .await;
    let id = site.api.start(json!({"JobName": "BYTES"})).await;
    site.api.until(id, &[4]).await;
    assert_eq!(site.api.messages(id).await[1..3], ["a\u{fffd}b", "\u{fffd}c"]);
    let id = site.api.start(json!({"JobName": "HUGE"})).await;
    site.api.until(id, &[4]).await;
    let messages = site.api.messages(id).await;
    let kept: usize = messages.iter().map(String::len).sum();
    assert!(kept < 2 << 20, "{kept} bytes are kept");
    assert!(messages.iter().any(|text| text.contains("not kept")), "{:?}", messages.last());
});

on_both!(messages_of_children_stand_in_the_log_of_the_parent_in_order, |database| async move {
    let jobs = Definitions::default()
        .report("CHILD", "#!/bin/sh\necho child\n")
        .job("PARENT", "script", "echo before\namtjob message said\namtjob start --job CHILD --wait > /dev/null\necho after\n", "");
    let site = Site::start(&database, &jobs).await;
    let id = site.api.start(json!({"JobName": "PARENT"})).await;
    site.api.until(id, &[4]).await;
    let messages = site.api.messages(id).await;
    let own: Vec<_> =
        messages.iter().filter(|text| !text.contains(':') && *text != "Done").collect();
    assert_eq!(own, ["before", "said", "child", "after"]);
    assert!(
        messages[2].starts_with("Started Rev: 1.0 AMT: ") && messages[2].contains("Params: /R:"),
        "{messages:?}"
    );
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_controllers_on_one_database_run_each_request_once() {
    let database = testkit::databases::postgres().await;
    let database = Database::Postgres(database.url().to_owned());
    let jobs = Definitions::default()
        .report("RECORDS", "#!/bin/sh\necho $AMTREQUESTID >> \"$AMTREPORTPARAMETER\"\nsleep 0.05\n")
        .queue("MAIN", "default = true\nconcurrency = 6");
    let first = Site::start_with(&database, &jobs, "name = \"FIRST\"\n").await;
    let second = Site::start_with(&database, &jobs, "name = \"SECOND\"\n").await;
    let starts = first.dir.path().join("starts");
    let (mut ids, mut controllers) = (Vec::new(), std::collections::BTreeSet::new());
    // Which controller takes a request is chance: as many as it takes until both have worked.
    while controllers.len() < 2 && ids.len() < 600 || ids.len() < 60 {
        let begun = ids.len();
        for number in 0..30 {
            let site = if number % 2 == 0 { &first } else { &second };
            let action = json!({"JobName": "RECORDS", "ReportParameter": starts.to_str().unwrap()});
            ids.push(site.api.start(action).await);
        }
        for &id in &ids[begun..] {
            let status = first.api.until(id, &[4]).await;
            controllers.insert(status["Controller"].as_str().unwrap().to_owned());
        }
    }
    let mut started: Vec<i64> = std::fs::read_to_string(&starts)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    started.sort_unstable();
    ids.sort_unstable();
    assert_eq!(started, ids);
    assert_eq!(
        controllers.into_iter().collect::<Vec<_>>(),
        ["FIRST", "SECOND"],
        "both have worked"
    );
}
