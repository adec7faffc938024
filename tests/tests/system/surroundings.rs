//! What a job is told of where it comes from and what belongs to its application.

use e2e::{Definitions, Site, on_both};
use serde_json::json;

on_both!(programs_are_told_the_database_of_their_application, |database| async move {
    let shows = "#!/bin/sh\nenv | grep ^DB | sort\n";
    let jobs = Definitions::default().executable("PROGRAM", shows).report("REPORT", shows).job(
        "SCRIPT",
        "script",
        "env | grep ^DB | sort; true\n",
        "",
    );
    let mut site = Site::prepare(&database, &jobs, "");
    let password = site.app().join("password");
    std::fs::write(&password, "pass word\nnot this\n").unwrap();
    site.configure(&format!(
        "application_databases.test = {{ server = 'db1', name = 'test', user = 'app', password_file = '{}' }}",
        password.display()
    ));
    site.launch();
    site.log_on().await;
    let told = ["DBNAME=test", "DBPASSWORD=pass word", "DBSERVER=db1", "DBUSER=app"];
    for (job, expected) in [("PROGRAM", &told[..]), ("REPORT", &told), ("SCRIPT", &[])] {
        let id = site.api.start(json!({"JobName": job})).await;
        site.api.until(id, &[4]).await;
        let mut messages = site.api.messages(id).await;
        messages.retain(|text| text.starts_with("DB"));
        assert_eq!(messages, expected, "{job}");
    }

    std::fs::remove_file(&password).unwrap();
    let id = site.api.start(json!({"JobName": "PROGRAM"})).await;
    site.api.until(id, &[11]).await;
    let messages = site.api.messages(id).await;
    let why = format!("the application's database from {}", password.display());
    assert!(messages.iter().any(|text| text.contains(&why)), "{messages:?}");
    assert!(!site.log().contains("pass word"));
});

on_both!(a_user_with_a_station_submits_from_it, |database| async move {
    let jobs = Definitions::default().report("SHOWS", "#!/bin/sh\necho \"at $INITSTATION\"\n");
    let site = Site::start(&database, &jobs).await;
    let role = json!({"rights": ["submit", "monitor"], "shows_all_jobs": true});
    site.user("DESK", role).await;
    let new = json!({"name": "EVE", "password": "eves-own-password", "station": "DESK7", "roles": ["DESK"]});
    let (status, user) = site.api.post("/control/v1/users", new).await;
    assert_eq!(status, 201, "{user}");
    let eve = e2e::Api::new(&site.api.base).logon("EVE", "eves-own-password").await;
    let submit = async |body: serde_json::Value| {
        let (status, request) = eve.post("/control/v1/requests", body).await;
        let said = request["detail"].as_str().unwrap_or_default().to_owned();
        (status, request["id"].as_i64().unwrap_or(0), said)
    };

    let (status, id, said) = submit(json!({"application": "TEST", "job": "SHOWS"})).await;
    assert_eq!(status, 201, "{said}");
    site.api.until(id, &[4]).await;
    assert!(site.api.messages(id).await.contains(&"at DESK7".to_owned()));

    let (status, _, said) =
        submit(json!({"application": "TEST", "job": "SHOWS", "station": "DESK8"})).await;
    assert_eq!(status, 400, "{said}");
    assert!(said.contains("DESK8"), "{said}");
});
