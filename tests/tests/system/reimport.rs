//! SIGHUP: the definitions file is read again. A good one takes effect, a broken one changes nothing and is explained.

use e2e::{Definitions, LIMIT, Site, on_both};
use serde_json::{Value, json};
use testkit::wait_until;

/// A refused start.
async fn refusal(site: &Site, job: &str) -> Value {
    let action = json!({"Action": "Start", "ApplicationName": "TEST", "JobName": job});
    let (status, answer) = site.api.post("/OpConJobAction", action).await;
    assert_eq!((status, &answer["BatchRequestId"]), (200, &json!(0)), "{answer}");
    answer["Description"].clone()
}

/// Rewrites the definitions file and asks the server to read it.
fn change(site: &Site, change: impl Fn(&str) -> String) {
    let file = site.dir.path().join("app/applications.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, change(&text)).unwrap();
    site.hang_up();
}

/// What the log says of files that were not imported.
fn refusals(site: &Site) -> Vec<String> {
    let log = site.log();
    log.split("the old definitions stay in force").skip(1).map(str::to_owned).collect()
}

const NEW: &str = "[[application]]\nname = \"NEXT\"\nbase_path = \"NEXT\"\ndefault_user = \"BATCH\"\n\
    [[application.job]]\nname = \"HELLO\"\nkind = \"script\"\nfile = \"HELLO.sh\"\n\n";

on_both!(a_changed_file_takes_effect_and_leaves_running_jobs_alone, |database| async move {
    let jobs = Definitions::default()
        .report("OLD", "#!/bin/sh\necho old\n")
        .report("KEPT", "#!/bin/sh\nuntil [ -f go ]; do sleep 0.05; done\necho kept\n");
    let site = Site::start(&database, &jobs).await;
    let running = site.api.start(json!({"JobName": "KEPT"})).await;
    site.api.until(running, &[2]).await;
    assert_eq!(refusal(&site, "HELLO").await, "job `HELLO` does not exist in application `TEST`");
    let next = site.dir.path().join("app/NEXT");
    std::fs::create_dir_all(&next).unwrap();
    std::fs::write(next.join("HELLO.sh"), "echo hello\n").unwrap();
    // An executable file of the report folder would be found as a job of its own.
    std::fs::remove_file(site.app().join("reports/OLD")).unwrap();
    change(&site, |text| {
        let without = text.replace(
            "[[application.job]]\nname = \"OLD\"\nkind = \"report\"\nfile = \"OLD\"\n",
            "",
        );
        assert_ne!(without, text);
        format!("{NEW}{without}")
    });
    site.api
        .wait_for("/control/v1/jobs", |list| {
            let text = list.to_string();
            text.contains("\"HELLO\"") && !text.contains("\"OLD\"")
        })
        .await;
    let id = site.api.start(json!({"ApplicationName": "NEXT", "JobName": "HELLO"})).await;
    site.api.until(id, &[4]).await;
    assert_eq!(site.api.messages(id).await, ["hello"]);
    assert!(refusal(&site, "OLD").await.to_string().contains("does not exist"));
    assert_eq!(site.api.status(running).await["Code"], 2);
    std::fs::write(site.app().join("reports/go"), "").unwrap();
    site.api.until(running, &[4]).await;
});

on_both!(a_broken_file_leaves_the_old_definitions_in_force_and_says_why, |database| async move {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\n");
    let site = Site::start(&database, &jobs).await;
    let (_, before) = site.api.get("/control/v1/jobs").await;
    let broken = [
        // The good beginning of a file must not be imported without its bad end.
        (format!("{NEW}[[queue]]\nname = \"EXTRA\"\nconcurrency = \"many\"\n"), "concurrency"),
        (format!("{NEW}[[queue]]\nname = \"EXTRA\"\npriorty = \"high\"\n"), "priorty"),
        (format!("{NEW}[[queue\n"), ":10: unclosed array table"),
        (
            format!("{NEW}[[queue]]\nname = \"EXTRA\"\ntime_zone = \"Mars/Olympus\"\n"),
            "Mars/Olympus",
        ),
    ];
    for (number, (text, why)) in broken.into_iter().enumerate() {
        change(&site, |_| text.clone());
        wait_until("it is refused", LIMIT, || async { refusals(&site).len() == number + 1 }).await;
        let said = refusals(&site).pop().unwrap();
        assert!(said.contains(why) && said.contains("applications.toml"), "{why}: {said}");
        let (_, queues) = site.api.get("/control/v1/queues").await;
        assert!(!queues.to_string().contains("EXTRA"), "{queues}");
    }
    assert_eq!(site.api.get("/control/v1/jobs").await.1, before);
    let id = site.api.start(json!({"JobName": "GOOD"})).await;
    site.api.until(id, &[4]).await;
});

on_both!(a_missing_file_leaves_the_old_definitions_in_force, |database| async move {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\n");
    let site = Site::start(&database, &jobs).await;
    std::fs::remove_file(site.dir.path().join("app/applications.toml")).unwrap();
    site.hang_up();
    wait_until("it is refused", LIMIT, || async { !refusals(&site).is_empty() }).await;
    let said = refusals(&site).pop().unwrap();
    assert!(said.contains("applications.toml"), "{said}");
    let id = site.api.start(json!({"JobName": "GOOD"})).await;
    site.api.until(id, &[4]).await;
});
