//! Alerts to the operators: raised by jobs and by the server itself, listed, acknowledged and removed.

use e2e::{Definitions, Site, on_both};
use serde_json::{Value, json};

const ALERTS: &str = "/control/v1/alerts";

fn texts(list: &Value) -> Vec<(&str, &str)> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|alert| (alert["kind"].as_str().unwrap(), alert["text"].as_str().unwrap())).collect()
}

on_both!(
    a_job_raises_an_alert_of_each_kind_and_an_operator_acknowledges_it,
    |database| async move {
        let jobs = Definitions::default().job(
            "LOADS",
            "script",
            "amtjob alert --kind error 'no rates'\namtjob alert --kind warning 'few rates'\n\
         amtjob alert --kind information 'rates are in'\n",
            "",
        );
        let site = Site::start(&database, &jobs).await;
        let id = site.api.start(json!({"JobName": "LOADS"})).await;
        site.api.until(id, &[4]).await;
        assert_eq!(site.api.messages(id).await, Vec::<String>::new(), "an alert is no message");

        let (status, list) = site.api.get(ALERTS).await;
        assert_eq!(status, 200, "{list}");
        let expected =
            [("error", "no rates"), ("warning", "few rates"), ("information", "rates are in")];
        assert_eq!(texts(&list), expected);
        let alert = &list["items"][0];
        assert_eq!((&alert["request_id"], &alert["acknowledged_by"]), (&json!(id), &Value::Null));

        let path = format!("{ALERTS}/{}", alert["id"]);
        let (status, seen) = site.api.post(&format!("{path}/acknowledge"), json!({})).await;
        assert_eq!((status, &seen["acknowledged_by"]), (200, &json!(e2e::USER)), "{seen}");
        assert!(seen["acknowledged_at"].is_string(), "{seen}");
        let (_, again) = site.api.post(&format!("{path}/acknowledge"), json!({})).await;
        assert_eq!(again, seen, "seen is seen");

        let (_, open) = site.api.get(&format!("{ALERTS}?open=true")).await;
        assert_eq!(texts(&open), expected[1..]);
        assert_eq!(site.api.delete(&path).await.0, 204);
        assert_eq!(site.api.get(&path).await.0, 404);
        assert_eq!(site.api.delete(&path).await.0, 404);
        let (_, list) = site.api.get(ALERTS).await;
        assert_eq!(texts(&list), expected[1..]);
    }
);

on_both!(a_start_that_was_missed_raises_a_warning_about_its_request, |database| async move {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\n");
    let site = Site::start(&database, &jobs).await;
    assert_eq!(site.api.post("/control/v1/server-state/halt", json!({})).await.0, 200);
    let schedule = json!({
        "name": "each second", "application": "TEST", "job": "GOOD", "start_within_seconds": 1,
        "when": {"start_time": "00:00:00", "repeat": "00:00:01"},
    });
    let (status, made) = site.api.post("/control/v1/schedules", schedule).await;
    assert_eq!(status, 201, "{made}");
    let has_one = |list: &Value| list["items"].as_array().is_some_and(|items| !items.is_empty());
    let list = site.api.wait_for(&format!("{ALERTS}?open=true"), has_one).await;
    let (alert, request) = (&list["items"][0], &list["items"][0]["request_id"]);
    assert_eq!(alert["kind"], "warning", "{alert}");
    assert!(alert["text"].as_str().unwrap().contains(&request.to_string()), "{alert}");
    let status = site.api.status(request.as_i64().unwrap()).await;
    assert_eq!(status["Code"], 5, "{status}");
});

on_both!(a_start_that_is_refused_raises_a_warning_with_the_reason, |database| async move {
    let jobs =
        |queue: &str| Definitions::default().report("GOOD", "#!/bin/sh\n").queue("MAIN", queue);
    let site = Site::start(&database, &jobs("default = true")).await;
    // Without a default queue the request has nowhere to go.
    jobs("default = false").write(&site.dir.path().join("app"));
    site.hang_up();
    let is_default = |list: &Value| list["items"][0]["is_default"] == json!(true);
    site.api.wait_for("/control/v1/queues", |list| !is_default(list)).await;
    let schedule = json!({
        "name": "each second", "application": "TEST", "job": "GOOD", "start_within_seconds": 60,
        "when": {"start_time": "00:00:00", "repeat": "00:00:01"},
    });
    let (status, made) = site.api.post("/control/v1/schedules", schedule).await;
    assert_eq!(status, 201, "{made}");
    let has_one = |list: &Value| list["items"].as_array().is_some_and(|items| !items.is_empty());
    let list = site.api.wait_for(&format!("{ALERTS}?open=true"), has_one).await;
    let alert = &list["items"][0];
    let text = alert["text"].as_str().unwrap();
    assert_eq!((&alert["kind"], &alert["request_id"]), (&json!("warning"), &Value::Null));
    assert!(text.starts_with("schedule each second: the start of "), "{text}");
    assert!(text.contains("was refused") && text.contains("no default queue"), "{text}");
    let (_, runs) = site.api.get(&format!("/control/v1/schedules/{}/runs", made["id"])).await;
    assert!(runs.to_string().contains("\"refused\""), "{runs}");
    let (_, requests) = site.api.get("/control/v1/requests").await;
    assert_eq!(requests["items"], json!([]), "nothing was queued");
});

on_both!(an_alert_without_the_right_to_operate_stays_as_it_is, |database| async move {
    let site = Site::start(&database, &Definitions::default()).await;
    let (status, made) = site.api.post(ALERTS, json!({"kind": "error", "text": "by hand"})).await;
    assert_eq!((status, &made["kind"]), (201, &json!("error")), "{made}");
    let guest = site.user("GUEST", json!({"rights": ["monitor"], "shows_all_jobs": true})).await;
    let path = format!("{ALERTS}/{}", made["id"]);
    assert_eq!(guest.get(&path).await, (200, made.clone()));
    let (status, refused) = guest.post(&format!("{path}/acknowledge"), json!({})).await;
    assert!(status == 403 && refused["detail"].to_string().contains("`operate`"), "{refused}");
    assert_eq!(guest.delete(&path).await.0, 403);
    assert_eq!(site.api.get(&path).await, (200, made));
});
