//! Who may do what through AMTOpCon: a right for each kind of call, and a list of jobs for each role.

use e2e::{Api, Definitions, Site, on_both};
use serde_json::{Value, json};

/// The rights that AMTOpCon keeps apart.
const RIGHTS: [&str; 7] =
    ["submit", "monitor", "read_messages", "stop", "kill", "interrupt", "wake_up"];

/// Goes on through interrupts, ends politely when it is stopped.
const LISTENS: &str = "#!/bin/sh\ntrap 'echo interrupted' INT\ntrap 'echo stopping; exit 0' TERM\n\
    echo ready\nwhile :; do sleep 0.05; done\n";

fn jobs() -> Definitions {
    let jobs = Definitions::default().report("MINE", LISTENS).report("OTHER", LISTENS);
    jobs.queue("MAIN", "default = true\nconcurrency = 20")
}

fn role(rights: &[&str]) -> Value {
    json!({"rights": rights, "jobs": {"TEST": ["MINE"]}})
}

async fn act(api: &Api, action: Value) -> (u16, Value) {
    api.post("/OpConJobAction", action).await
}

/// What a right is for, on a request: HTTP status and answer.
async fn uses(api: &Api, right: &str, id: i64) -> (u16, Value) {
    match right {
        "submit" => {
            act(api, json!({"Action": "Start", "ApplicationName": "TEST", "JobName": "MINE"})).await
        }
        "monitor" => api.get(&format!("/MonitorJob?BatchRequestId={id}")).await,
        "read_messages" => api.get(&format!("/GetMessages?BatchRequestId={id}")).await,
        "stop" => act(api, json!({"Action": "Stop", "BatchRequestId": id})).await,
        "kill" => act(api, json!({"Action": "Kill", "BatchRequestId": id})).await,
        "interrupt" => api.verb(id, "interrupt").await,
        _ => api.verb(id, "wake-up").await,
    }
}

/// A running request of a job that is ready for signals.
async fn running(site: &Site, job: &str, key: &str) -> i64 {
    let id = site.api.start(json!({"JobName": job, "RequestKey": key})).await;
    let log = format!("/GetMessages?BatchRequestId={id}");
    site.api.wait_for(&log, |page| page.to_string().contains("\"ready\"")).await;
    id
}

on_both!(each_right_is_needed_for_its_call_and_for_no_other, |database| async move {
    let site = Site::start(&database, &jobs()).await;
    let id = running(&site, "MINE", "runs").await;
    let before = site.api.status(id).await;
    for missing in RIGHTS {
        let others: Vec<_> = RIGHTS.into_iter().filter(|right| *right != missing).collect();
        let caller = site.user(&format!("NO {missing}"), role(&others)).await;
        let (status, refused) = uses(&caller, missing, id).await;
        let asked = refused["detail"].as_str().unwrap_or_default();
        assert!(
            status == 403 && asked.contains(&format!("the right `{missing}`")),
            "{missing}: {status} {refused}"
        );
    }
    assert_eq!(site.api.status(id).await, before, "a refused call changed the request");
    let (_, all) = site.api.get("/control/v1/requests").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all}");
});

async fn is_interrupted(site: &Site, id: i64) {
    let log = format!("/GetMessages?BatchRequestId={id}");
    site.api.wait_for(&log, |page| page.to_string().contains("interrupted")).await;
}

on_both!(each_right_alone_is_enough_for_its_call, |database| async move {
    let site = Site::start(&database, &jobs()).await;
    for right in RIGHTS {
        let id = running(&site, "MINE", right).await;
        let caller = site.user(&format!("ONLY {right}"), role(&[right])).await;
        let (status, answer) = uses(&caller, right, id).await;
        assert_eq!(status, 200, "{right}: {answer}");
        match right {
            "submit" => assert!(answer["BatchRequestId"].as_i64().unwrap() > 0, "{answer}"),
            "monitor" => assert_eq!(answer["Code"], 2, "{answer}"),
            "read_messages" => assert!(answer.to_string().contains("ready"), "{answer}"),
            "stop" => assert_eq!(site.api.ended(id).await["Code"], 4),
            "kill" => assert_eq!(site.api.ended(id).await["Code"], 3),
            "interrupt" => is_interrupted(&site, id).await,
            _ => assert_eq!(answer["id"], id, "{answer}"),
        }
        for other in RIGHTS.into_iter().filter(|other| *other != right) {
            assert_eq!(uses(&caller, other, id).await.0, 403, "{right} allows {other}");
        }
    }
});

on_both!(a_job_that_no_role_lists_looks_like_an_unknown_one, |database| async move {
    let site = Site::start(&database, &jobs()).await;
    let (mine, other) =
        (running(&site, "MINE", "mine").await, running(&site, "OTHER", "other").await);
    let caller = site.user("LISTED", role(&RIGHTS)).await;
    let start = |job: &str, key: &str| {
        act(
            &caller,
            json!({"Action": "Start", "ApplicationName": "TEST", "JobName": job, "RequestKey": key}),
        )
    };
    for job in ["OTHER", "NOWHERE", "OTHR"] {
        let (status, answer) = start(job, "hidden").await;
        let said = format!("job `{job}` does not exist in application `TEST`");
        assert_eq!((status, &answer["BatchRequestId"]), (200, &json!(0)), "{answer}");
        assert_eq!((&answer["Code"], &answer["Status"]), (&json!(11), &json!("ERROR")));
        assert_eq!(answer["Description"], said, "no hint at what is hidden");
    }
    let script = site.script("ANY.sh", "true\n");
    let action = json!({"Action": "Start", "ApplicationName": "TEST", "ScriptName": script, "RequestKey": "hidden"});
    let (status, answer) = act(&caller, action).await;
    assert_eq!((status, &answer["BatchRequestId"]), (200, &json!(0)), "{answer}");
    assert_eq!(site.api.get("/FindJob?RequestKey=hidden").await.0, 404, "nothing is stored");

    for right in RIGHTS.into_iter().filter(|right| *right != "submit") {
        let (hidden, unknown) =
            (uses(&caller, right, other).await, uses(&caller, right, 4711).await);
        assert_eq!(hidden.0, 404, "{right}: {}", hidden.1);
        let spelled = unknown.1.to_string().replace("4711", &other.to_string());
        assert_eq!(hidden.1.to_string(), spelled, "the answers differ");
    }
    assert_eq!(caller.get("/FindJob?RequestKey=other").await.0, 404);
    let asked = json!({"BatchRequestIds": [mine, other]});
    let (_, many) = caller.post("/MonitorJob", asked).await;
    let seen: Vec<_> =
        many["Items"].as_array().unwrap().iter().map(|item| &item["BatchRequestId"]).collect();
    assert_eq!(seen, [mine]);
    assert_eq!(site.api.status(other).await["Code"], 2);

    for right in ["monitor", "read_messages", "wake_up", "interrupt", "stop"] {
        assert_eq!(uses(&caller, right, mine).await.0, 200, "{right}");
    }
    assert_eq!(site.api.ended(mine).await["Code"], 4);
    let (status, answer) = start("MINE", "own").await;
    assert!(status == 200 && answer["BatchRequestId"].as_i64().unwrap() > 0, "{answer}");
});

on_both!(a_change_of_a_role_takes_effect_at_once, |database| async move {
    let site = Site::start(&database, &jobs()).await;
    let caller = site.user("GROWS", role(&["submit", "monitor"])).await;
    let start = json!({"Action": "Start", "ApplicationName": "TEST", "JobName": "OTHER"});
    assert_eq!(act(&caller, start.clone()).await.1["BatchRequestId"], 0);
    let (_, roles) = site.api.get("/control/v1/roles").await;
    let grown =
        roles["items"].as_array().unwrap().iter().find(|role| role["name"] == "GROWS").unwrap();
    let path = format!("/control/v1/roles/{}", grown["id"]);
    let more = json!({"name": "GROWS", "rights": ["submit", "kill"], "jobs": {"TEST": ["OTHER"]}});
    let (status, changed) = site.api.put(&path, grown["version"].as_i64().unwrap(), more).await;
    assert_eq!(status, 200, "{changed}");
    let (_, answer) = act(&caller, start).await;
    let id = answer["BatchRequestId"].as_i64().unwrap();
    assert!(id > 0, "{answer}");
    assert_eq!(uses(&caller, "monitor", id).await.0, 403);
    assert_eq!(uses(&caller, "kill", id).await.0, 200);
    assert_eq!(site.api.ended(id).await["Code"], 3);
});
