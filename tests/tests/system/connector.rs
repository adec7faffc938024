//! `amt` against the real batch server: its log, its exit codes, and what it does when the server is away.

use e2e::{Connector, Definitions, PASSWORD, Site, USER, on_both};
use serde_json::json;

#[path = "../../../crates/amt-client/tests/contract/mod.rs"]
mod contract;

const GOLDEN: &str = include_str!("golden/connector.log");

fn connector(site: &Site) -> Connector {
    Connector::new(&site.api.base, USER, PASSWORD, "")
}

/// The log with times and version masked.
fn masked(log: &str) -> String {
    let mut masked = String::new();
    for line in log.lines() {
        let (prefix, text) = line.split_once(" : ").unwrap();
        let shape: String =
            prefix.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        let text = match text.split_once("execution time: ") {
            Some((before, time)) => {
                let time: String =
                    time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                format!("{before}execution time: {time}")
            }
            None => text.replace(env!("CARGO_PKG_VERSION"), "<version>"),
        };
        masked.push_str(&format!("{shape} : {text}\n"));
    }
    masked
}

on_both!(
    the_log_of_a_run_is_the_golden_one_and_its_exit_code_that_of_the_job,
    |database| async move {
        let jobs = Definitions::default()
            .job(
                "PARAMETERTEST",
                "report",
                "#!/bin/sh\necho \"Value test param [$AMTREPORTPARAMETER]\"\n",
                "revision = \"1.1\"",
            )
            .job(
                "RUN_PARAMETERTEST",
                "script",
                "amtjob log 'Script Started: RUN_PARAMETERTEST'\n\
             amtjob start --job PARAMETERTEST --report-parameter \"$1\" --wait > /dev/null\n\
             amtjob log 'Job finished'\n",
                "",
            );
        let site = Site::start_with(&database, &jobs, "runtime_version = \"8.0.16351.50\"\n").await;
        let amt = connector(&site);
        let ran =
            amt.amt(&["-jt", "START", "-an", "TEST", "-jn", "RUN_PARAMETERTEST", "-pa", "'PARAM'"]);
        ran.assert_code(4);
        assert_eq!(masked(&ran.out), GOLDEN);
        assert_eq!(ran.err, "");
    }
);

on_both!(each_end_of_a_job_is_the_exit_code, |database| async move {
    let jobs = Definitions::default()
        .report("GOOD", "#!/bin/sh\n")
        .report("BAD", "#!/bin/sh\nexit 7\n")
        .report("ABORTS", "#!/bin/sh\namtjob abort 'not today'\n")
        .report("RECOVERS", "#!/bin/sh\namtjob critical-point\namtjob abort --recover\n");
    let site = Site::start(&database, &jobs).await;
    let amt = connector(&site);
    let cases: [(&[&str], i32, &str); 8] = [
        (&["-jn", "GOOD"], 4, "Done"),
        (&["-jn", "BAD"], 11, " ended with ERROR : exit code 7"),
        (&["-jn", "ABORTS"], 12, " ended with ABORTED : not today"),
        (&["-jn", "RECOVERS"], 22, "started in AMT Environment"),
        (&["-jn", "GOOD", "-u", "NOBODY"], 99, "Invalid AMT user 'NOBODY'"),
        (&["-fn", "/no/such/script.sh"], 11, "File not found"),
        (
            &["-jn", "GOD"],
            11,
            "job `GOD` does not exist in application `TEST`; did you mean `GOOD`?",
        ),
        (&["-jn", "GOOD", "--queue", "NOWHERE"], 11, "NOWHERE"),
    ];
    for (arguments, code, said) in cases {
        let ran = amt.amt(&[&["-jt", "START", "-an", "TEST"], arguments].concat());
        ran.assert_code(code);
        assert!(ran.out.contains(said), "{arguments:?}: {}", ran.out);
    }
});

on_both!(stop_and_kill_end_the_job_and_the_run_that_waits_for_it, |database| async move {
    let jobs = Definitions::default().report("SLEEPS", "#!/bin/sh\nexec sleep 600\n").report(
        "OBEYS",
        "#!/bin/sh\ntrap 'exit 0' TERM\necho ready\nwhile :; do sleep 0.05; done\n",
    );
    let site = Site::start(&database, &jobs).await;
    let amt = connector(&site);
    for (job, kind, code) in [("SLEEPS", "KILL", 3), ("OBEYS", "STOP", 4), ("SLEEPS", "STOP", 12)] {
        let run = amt.start(&["-jn", job]);
        let id = run.id;
        site.api.until(id, &[2]).await;
        if job == "OBEYS" {
            let log = format!("/GetMessages?BatchRequestId={id}");
            site.api.wait_for(&log, |page| page.to_string().contains("ready")).await;
        }
        let ended = amt.amt(&["-jt", kind, "-ri", &id.to_string()]);
        ended.assert_code(code);
        assert!(ended.out.contains(&format!("BatchrequestId '{id}' {kind} request received")));
        assert_eq!(run.end().0, code, "{kind} of {job}");
        assert_eq!(site.api.status(id).await["Code"], code);
    }
    amt.amt(&["-jt", "KILL", "-ri", "4711"]).assert_code(11);
});

on_both!(a_wrong_password_is_24_and_starts_nothing, |database| async move {
    let site = Site::start(&database, &Definitions::default().report("GOOD", "#!/bin/sh\n")).await;
    for (user, password) in [(USER, "wrong"), ("NOBODY", PASSWORD)] {
        let amt = Connector::new(&site.api.base, user, password, "");
        amt.amt(&["-an", "TEST", "-jn", "GOOD"]).assert_code(24);
    }
    let (_, all) = site.api.get("/control/v1/requests").await;
    assert_eq!(all["items"], json!([]));
});

#[tokio::test]
async fn a_server_that_is_not_there_is_23() {
    let base = format!("http://127.0.0.1:{}", testkit::free_port());
    let amt = Connector::new(&base, USER, PASSWORD, "");
    let ran = amt.amt(&["-an", "TEST", "-jn", "GOOD", "--retry-for", "1s"]);
    ran.assert_code(23);
    assert!(ran.out.contains("refused") || ran.err.contains("refused"), "{ran:?}");
}

on_both!(empty_members_of_a_list_keep_their_places, |database| async move {
    let site = Site::start(&database, &Definitions::default()).await;
    site.script(
        "SHOW.sh",
        "echo \"$#[$1][$2][$3] [${AMTPARAM_2-unset}]\"\n\
         echo \"[$(amtjob get TASKVALUE)][$(amtjob get TASKVALUE2)][$(amtjob get TASKVALUE3)]\"\n",
    );
    let amt = connector(&site);
    let ran = amt.amt(&["-an", "TEST", "-fn", "SHOW", "-pa", "A;;B", "-tv", "1;;3"]);
    ran.assert_code(4);
    let texts = ran.texts();
    assert!(texts.contains(&"3[A][][B] []") && texts.contains(&"[1][][3]"), "{}", ran.out);
});

on_both!(a_request_key_counts_as_it_is_sent, |database| async move {
    let site = Site::start(&database, &Definitions::default().report("GOOD", "#!/bin/sh\n")).await;
    let amt = connector(&site);
    let start = ["-an", "TEST", "-jn", "GOOD", "--request-key"];
    amt.amt(&[&start[..], &[" k "]].concat()).assert_code(4);
    let (status, found) = site.api.get("/FindJob?RequestKey=%20k%20").await;
    assert_eq!((status, &found["BatchRequestId"]), (200, &json!(1)), "{found}");
    assert_eq!(site.api.get("/FindJob?RequestKey=k").await.0, 404);
    let other = amt.amt(&[&start[..], &["k"]].concat());
    assert!(other.out.contains("BatchrequestId '2'"), "{}", other.out);
    assert_eq!(site.api.get("/FindJob?RequestKey=").await.0, 400);
});

on_both!(it_asks_at_intervals_or_is_told, |database| async move {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\nsleep 0.5\necho fine\n");
    let site = Site::start(&database, &jobs).await;
    let interval = "STATUS_CHECK_POLL_INTERVAL=0.2\nSTATUS_CHECK_INITIAL_POLL_DELAY=0.1";
    for (more, asks_at_intervals) in [(interval, true), ("", false)] {
        let more = format!("DEBUG=ON\n{more}");
        let amt = Connector::new(&site.api.base, USER, PASSWORD, &more);
        let ran = amt.amt(&["-an", "TEST", "-jn", "GOOD"]);
        ran.assert_code(4);
        assert!(ran.texts().contains(&"fine"), "{}", ran.out);
        let log = amt.log();
        let asked: Vec<_> = log.lines().filter(|line| line.contains("GET /MonitorJob")).collect();
        assert!(!asked.is_empty(), "{log}");
        let waits = asked.iter().filter(|line| line.contains("WaitSeconds")).count();
        if asks_at_intervals {
            assert!(waits == 0 && asked.len() > 1, "{asked:#?}");
        } else {
            assert!(waits > 0, "{asked:#?}");
        }
        assert!(!log.contains(PASSWORD) && !log.contains(&site.api.token), "{log}");
    }
});

on_both!(messages_are_printed_while_the_job_runs, |database| async move {
    let jobs = Definitions::default().report(
        "TALKS",
        "#!/bin/sh\necho first\nuntil [ -f go ]; do sleep 0.05; done\necho last\n",
    );
    let site = Site::start(&database, &jobs).await;
    let mut run = connector(&site).start(&["-jn", "TALKS", "--follow"]);
    run.until("first");
    assert_eq!(site.api.status(run.id).await["Code"], 2);
    std::fs::write(site.app().join("reports/go"), "").unwrap();
    let (code, rest) = run.end();
    assert_eq!(code, 4);
    let texts: Vec<_> = rest.iter().filter_map(|line| Some(line.split_once(" : ")?.1)).collect();
    assert_eq!(texts.iter().filter(|text| **text == "first").count(), 0, "{texts:?}");
    assert_eq!(texts.iter().filter(|text| **text == "last").count(), 1, "{texts:?}");
});

on_both!(a_run_outlives_a_killed_server_and_can_be_resumed, |database| async move {
    let jobs = Definitions::default().report(
        "TALKS",
        "#!/bin/sh\necho first\nuntil [ -f go ]; do sleep 0.05; done\necho last\n",
    );
    let mut site = Site::prepare(&database, &jobs, "");
    let text = std::fs::read_to_string(&site.config).unwrap();
    let listen = format!("127.0.0.1:{}", testkit::free_port());
    std::fs::write(&site.config, text.replace("127.0.0.1:0", &listen)).unwrap();
    site.launch();
    site.log_on().await;
    let amt = connector(&site);
    let run = amt.start(&["-jn", "TALKS"]);
    let id = run.id;
    site.api.until(id, &[2]).await;
    site.kill_9();
    std::fs::write(site.app().join("reports/go"), "").unwrap();
    site.start_again();
    let (code, rest) = run.end();
    assert_eq!(code, 4, "{rest:#?}");
    let ran = amt.amt(&["--resume", &id.to_string()]);
    ran.assert_code(4);
    for texts in [rest.join("\n"), ran.out] {
        assert_eq!((texts.matches(": first").count(), texts.matches(": last").count()), (1, 1));
    }
    amt.amt(&["--resume", "4711"]).assert_code(19);
});

on_both!(the_doctor_names_the_first_thing_that_is_wrong, |database| async move {
    let site = Site::start(&database, &Definitions::default()).await;
    let healthy = connector(&site).amt(&["doctor"]);
    assert_eq!(healthy.code, 0, "{healthy:?}");
    let wrong = Connector::new(&site.api.base, USER, "wrong", "").amt(&["doctor"]);
    assert_eq!(wrong.code, 24, "{wrong:?}");
    let nobody = format!("http://127.0.0.1:{}", testkit::free_port());
    let away = Connector::new(&nobody, USER, PASSWORD, "").amt(&["doctor"]);
    assert_eq!(away.code, 23, "{away:?}");
    site.user("WEAK", json!({"rights": ["submit"]})).await;
    let weak = Connector::new(&site.api.base, "WEAK", PASSWORD, "").amt(&["doctor"]);
    assert_eq!(weak.code, 11, "{weak:?}");
    let (_, all) = site.api.get("/control/v1/requests").await;
    assert_eq!(all["items"], json!([]), "the doctor starts nothing");
});

on_both!(the_server_keeps_the_contract_that_the_client_is_tested_with, |database| async move {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\necho one\necho two\n");
    let site = Site::start(&database, &jobs).await;
    contract::check(&contract::Target {
        base_url: site.api.base.clone(),
        user: USER.into(),
        password: PASSWORD.into(),
        application: "TEST".into(),
        job: "GOOD".into(),
        unknown_job: "NO_SUCH_JOB".into(),
    })
    .await;
});
