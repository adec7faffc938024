//! The job log block of `amt --output joblog`, for jobs that end in different ways on the real server.

use std::sync::Arc;

use amt_client::job_log::{JobLog, RULE, Ran};
use e2e::{Connector, Definitions, PASSWORD, Site, USER, on_both};

fn connector(site: &Site) -> Connector {
    Connector::new(&site.api.base, USER, PASSWORD, "")
}

/// What stands above the messages, when it is asked for with the defaults of the connector.
fn block<'a>(site: &'a Site, ran: Ran<'a>, completion: &'a str) -> JobLog<'a> {
    JobLog {
        server: &site.api.base,
        application: "TEST",
        submit_user: "BATCH",
        station: "OPCON",
        queue: "",
        ran,
        parameters: &[],
        completion,
    }
}

/// With the time that the report took masked.
fn masked(text: &str) -> String {
    let Some((before, rest)) = text.split_once("execution time: ") else { return text.to_owned() };
    let (time, after) = rest.split_once('"').unwrap();
    assert_eq!(time.len(), "00:00:00:000".len(), "{time}");
    format!("{before}execution time: <time>\"{after}")
}

on_both!(a_report_that_is_done, |database| async move {
    let jobs = Definitions::default().job(
        "REPORTTEST01",
        "report",
        "#!/bin/sh\necho 'Report test 01 is \"started\"'\necho \"user $INITUSER\"\n",
        "revision = \"1.3\"",
    );
    let more = "runtime_version = \"8.0.24223.0\"\n";
    let site = Site::start_with(&database, &jobs, more).await;
    let ran = connector(&site).amt(&[
        "-jt",
        "START",
        "-an",
        "TEST",
        "-jn",
        "REPORTTEST01",
        "-tv",
        "DAY=1;DB_PASSWORD=hush",
        "--output",
        "joblog",
    ]);
    let parameters = ["DAY=1", "DB_PASSWORD=***"].map(str::to_owned);
    let log = JobLog { parameters: &parameters, ..block(&site, Ran::Job("REPORTTEST01"), "DONE") };
    let messages = [
        "Started Rev: 1.3 AMT: 8.0.24223.0. Params: LOADINBATCHCONTROLLER /R:1 /USEWORKINGDIR",
        "Report test 01 is \"started\"",
        "user BATCH",
        "Report execution time: <time>",
        "Done",
    ];
    assert_eq!((masked(&ran.out), ran.code, ran.err.as_str()), (log.text(messages), 4, ""));
});

on_both!(a_script_without_its_interpreter, |database| async move {
    let more = "interpreters = [{ extension = \".ps1\", program = \"no-such-pwsh\" }]\n";
    let site = Site::start_with(&database, &Definitions::default(), more).await;
    let script = site.script("RUN_FILENAMETEST.ps1", "exit 0\n");
    let ran = connector(&site).amt(&["-an", "TEST", "-fn", &script, "--output", "joblog"]);
    let why = format!(
        "[An error occurred trying to start process 'no-such-pwsh' with working directory '{}'. No such file or directory]",
        site.app().join("scripts").display()
    );
    let log = block(&site, Ran::Script(&script), "ERROR");
    let expected = log.text(["Error starting job []", why.as_str()]);
    assert_eq!((ran.out, ran.code, ran.err.as_str()), (expected, 11, ""));
});

on_both!(a_job_that_is_killed_has_no_messages, |database| async move {
    let jobs = Definitions::default().report("LONGRUNNINGREPORT", "#!/bin/sh\nexec sleep 600\n");
    let site = Site::start(&database, &jobs).await;
    let amt = Arc::new(connector(&site));
    let waits = Arc::clone(&amt);
    let run = tokio::task::spawn_blocking(move || {
        waits.amt(&[
            "-an",
            "TEST",
            "-jn",
            "LONGRUNNINGREPORT",
            "--request-key",
            "K",
            "--output",
            "joblog",
        ])
    });
    let found = site.api.wait_for("/FindJob?RequestKey=K", |status| status["Code"] == 2).await;
    let id = found["BatchRequestId"].to_string();
    let kill = amt.amt(&["-jt", "KILL", "-ri", &id, "--output", "joblog"]);
    let unknown = JobLog {
        application: "",
        submit_user: "",
        station: "",
        ..block(&site, Ran::Job(""), "KILLED")
    };
    assert_eq!((kill.out, kill.code), (unknown.text([]), 3), "{}", kill.err);
    let ran = run.await.unwrap();
    let log = block(&site, Ran::Job("LONGRUNNINGREPORT"), "KILLED");
    assert_eq!((ran.out, ran.code), (log.text([]), 3), "{}", ran.err);
});

on_both!(what_did_not_run_says_why_beside_the_block, |database| async move {
    let site = Site::start(&database, &Definitions::default()).await;
    let amt = connector(&site);
    let ran = amt.amt(&["-an", "TEST", "-jn", "NOWHERE", "--output", "joblog"]);
    let log = block(&site, Ran::Job("NOWHERE"), "ERROR");
    assert_eq!((ran.out, ran.code), (log.text([]), 11));
    assert!(ran.err.contains("START refused: job `NOWHERE` does not exist"), "{}", ran.err);
    let wrong = Connector::new(&site.api.base, USER, "wrong", "");
    let ran = wrong.amt(&["-an", "TEST", "-jn", "J", "--output", "joblog"]);
    assert_eq!(ran.code, 24);
    assert!(ran.out.contains("Completion Code : AUTHENTICATION_ERROR"), "{}", ran.out);
    assert!(ran.out.ends_with(&format!("{RULE}\n")) && !ran.err.is_empty(), "{}", ran.err);
});
