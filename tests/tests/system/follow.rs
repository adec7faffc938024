//! Messages followed while a job runs, through both interfaces: they come at once, and who reconnects misses none and sees none twice.

use std::path::Path;

use e2e::{Database, Definitions, Event, Events, Site, on_both};
use serde_json::json;

/// Says line 1 to 4, each when its file is there.
const TALKS: &str = "#!/bin/sh\nfor n in 1 2 3 4; do until [ -f go$n ]; do sleep 0.02; done; \
    echo \"line $n\"; done\n";

/// The addresses under which a request's messages are followed.
fn routes(id: i64) -> [String; 2] {
    [
        format!("/GetMessages?BatchRequestId={id}&Follow=true"),
        format!("/control/v1/requests/{id}/messages/follow?"),
    ]
}

async fn site(database: &Database, report: &str) -> Site {
    Site::start(database, &Definitions::default().report("TALKS", report)).await
}

fn let_go(folder: &Path, n: u32) {
    std::fs::write(folder.join(format!("go{n}")), "").unwrap();
}

/// The next message that is output of the job.
async fn line(events: &mut Events) -> (i64, String) {
    loop {
        let event = events.next().await.expect("the stream ended");
        assert_eq!(event.name, "message", "{event:?}");
        if event.text().starts_with("line ") {
            return (event.id.unwrap(), event.text());
        }
    }
}

/// Everything up to the end of the job.
async fn rest(events: &mut Events) -> Vec<Event> {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        if event.name == "complete" {
            assert_eq!(events.next().await, None, "nothing follows the end");
            return all;
        }
        all.push(event);
    }
    panic!("the stream ended without saying that it is complete");
}

on_both!(messages_come_while_the_job_runs, |database| async move {
    let site = site(&database, TALKS).await;
    let reports = site.app().join("reports");
    let id = site.api.start(json!({"JobName": "TALKS"})).await;
    site.api.until(id, &[2]).await;
    let [amtopcon, control] = routes(id);
    let (mut one, mut other) =
        (site.api.events(&amtopcon, None).await, site.api.events(&control, None).await);
    for n in 1..=3 {
        let_go(&reports, n);
        let (first, second) = (line(&mut one).await, line(&mut other).await);
        assert_eq!(first, second);
        assert_eq!(first.1, format!("line {n}"));
        assert_eq!(site.api.status(id).await["Code"], 2, "it runs on");
    }
    let_go(&reports, 4);
    for events in [&mut one, &mut other] {
        let texts: Vec<_> = rest(events).await.iter().map(Event::text).collect();
        assert!(texts[0] == "line 4" && texts.last().unwrap() == "Done", "{texts:?}");
    }
    assert_eq!(site.api.status(id).await["Code"], 4);
});

on_both!(who_reconnects_gets_what_was_said_meanwhile_and_nothing_twice, |database| async move {
    let site = site(&database, TALKS).await;
    let reports = site.app().join("reports");
    let id = site.api.start(json!({"JobName": "TALKS"})).await;
    site.api.until(id, &[2]).await;
    let mut known = Vec::new();
    for (n, route) in [1, 2].into_iter().zip(routes(id)) {
        let mut events = site.api.events(&route, None).await;
        let_go(&reports, n);
        loop {
            let said = line(&mut events).await;
            if said.1 == format!("line {n}") {
                known.push(said.0);
                break;
            }
        }
    }
    // The connections are gone; what is said now is said to nobody.
    let_go(&reports, 3);
    let log = format!("/GetMessages?BatchRequestId={id}");
    site.api.wait_for(&log, |page| page.to_string().contains("line 3")).await;
    let [amtopcon, control] = routes(id);
    let mut followers = [
        site.api.events(&format!("{amtopcon}&After={}", known[1]), None).await,
        site.api.events(&format!("{control}after={}", known[1]), None).await,
        site.api.events(&amtopcon, Some(known[1])).await,
        site.api.events(&control, Some(known[1])).await,
        // A browser sends the address of the first connection, and what it has seen since.
        site.api.events(&format!("{control}after={}", known[0]), Some(known[1])).await,
    ];
    let_go(&reports, 4);
    site.api.until(id, &[4]).await;
    for (number, events) in followers.iter_mut().enumerate() {
        let all = rest(events).await;
        let lines: Vec<_> =
            all.iter().map(Event::text).filter(|text| text.starts_with("line")).collect();
        assert_eq!(lines, ["line 3", "line 4"], "follower {number}");
        assert!(all.iter().all(|event| event.id.unwrap() > known[1]), "follower {number}");
    }
});

on_both!(a_busy_log_in_many_pieces_is_the_log, |database| async move {
    let site =
        site(&database, "#!/bin/sh\nfor n in $(seq 3000); do echo \"line $n\"; done\n").await;
    let id = site.api.start(json!({"JobName": "TALKS"})).await;
    for route in routes(id) {
        let (mut last, mut seen) = (0, Vec::new());
        // Cut off after ever more messages.
        for length in (1_usize..).map(|round| round * 97) {
            let mut events = site.api.events(&route, Some(last)).await;
            let mut is_complete = false;
            for _ in 0..length {
                let event = events.next().await.unwrap();
                is_complete = event.name == "complete";
                if is_complete {
                    break;
                }
                last = event.id.unwrap();
                seen.push((last, event.text()));
            }
            if is_complete {
                break;
            }
        }
        assert!(seen.is_sorted_by(|a, b| a.0 < b.0), "doubled or out of order");
        let texts: Vec<_> = seen.into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, site.api.messages(id).await);
        assert_eq!(texts.iter().filter(|text| text.starts_with("line ")).count(), 3000);
    }
});

on_both!(a_follower_of_a_killed_server_goes_on_after_its_restart, |database| async move {
    let mut site = site(&database, TALKS).await;
    let reports = site.app().join("reports");
    let id = site.api.start(json!({"JobName": "TALKS"})).await;
    let [route, _] = routes(id);
    let mut events = site.api.events(&route, None).await;
    let_go(&reports, 1);
    let (known, _) = line(&mut events).await;
    site.kill_9();
    assert_eq!(events.next().await, None, "the connection is gone");
    let_go(&reports, 2);
    let_go(&reports, 3);
    site.start_again();
    let mut events = site.api.events(&route, Some(known)).await;
    let_go(&reports, 4);
    let lines: Vec<_> = rest(&mut events).await.iter().map(Event::text).collect();
    assert_eq!(lines[..3], ["line 2", "line 3", "line 4"]);
});

on_both!(a_place_that_is_no_number_is_refused_and_named, |database| async move {
    let site = site(&database, TALKS).await;
    let id = site.api.start(json!({"JobName": "TALKS"})).await;
    for route in routes(id) {
        let headers = [("Last-Event-ID", "yesterday")];
        let (status, refused) = site.api.call("GET", &route, &headers, "").await;
        assert_eq!((status, &refused["field"]), (400, &json!("Last-Event-ID")), "{refused}");
    }
});
