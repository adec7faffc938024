//! Events of jobs and schedules: each is performed once, in order, and what cannot be performed is refused by name.

mod add;
mod builds;
mod own;

use connector::StartTask;
use connector::fake::Plan;
use scheduler_store::{limit, message, property};

use super::perform;
use crate::testing::day::{Day, built_with, task};
use crate::testing::worlds;

/// Jobs whose names end so fail with code 1, all others end well.
fn bad_fails(start: &StartTask) -> Plan {
    Plan::ends_after(1, i32::from(start.name.ends_with("Bad")))
}

/// A job with events: pairs of trigger and event.
fn with_events(events: &[(&str, &str)]) -> String {
    let events: Vec<String> = events
        .iter()
        .map(|(trigger, event)| format!(r#"{{"trigger": {{{trigger}}}, "event": "{event}"}}"#))
        .collect();
    task("", &format!(r#", "events": [{}]"#, events.join(", ")))
}

/// The records that events have left, without their numbers.
async fn said(day: &Day) -> Vec<String> {
    let all = day.audit().await.into_iter();
    let of_events = all.filter_map(|line| Some(line.split_once(" event ")?.1.to_owned()));
    of_events.collect()
}

/// A threshold, and names of things that are not there: what stands in an event itself is checked with the definitions.
const THRESHOLDS: &str = r#""thresholds": {"ROWS": {"value": 5}},
    "properties": {"WHERE": {"value": "COLS"}, "WHO": {"value": "Nobody"}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_an_end_are_performed_in_order_before_the_job_has_ended() {
    for world in worlds().await {
        world.fake.plan_all(bad_fails);
        let bad = with_events(&[
            (r#""job_status": "failed""#, "$THRESHOLD:SET,ROWS,+2"),
            (r#""job_status": "finished_ok""#, "$THRESHOLD:SET,ROWS,99"),
            (r#""exit_description": {"operator": "eq", "value": "1"}"#, "$THRESHOLD:SET,ROWS,+10"),
            (r#""exit_description": {"operator": "eq", "value": "4"}"#, "$THRESHOLD:SET,ROWS,98"),
            (
                r#""job_completion_complex_expression": "ToInt(\"[[TH.ROWS]]\") > 10""#,
                "$THRESHOLD:SET,ROWS,+100",
            ),
            (
                r#""job_completion_complex_expression": "ToInt(\"[[TH.ROWS]]\") < 10""#,
                "$THRESHOLD:SET,ROWS,97",
            ),
        ]);
        let next =
            task("", r#", "depends_on": [{"requires": {"job": "Bad", "condition": "failed"}}]"#);
        let jobs = format!(r#"{{"Bad": {bad}, "Next": {next}}}"#);
        let mut day = built_with(world, 0, THRESHOLDS, &jobs).await;
        // Without the events the job does not end, and who waits for it does not start.
        day.settle_without_events().await;
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "Bad: Failed; Processing Events", "Next: Wait Job Dependency"]
        );
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "Bad: Failed", "Next: Finished OK"]);
        assert_eq!(day.failed_jobs().await, 1);
        assert_eq!(
            said(&day).await,
            [
                "$THRESHOLD:SET,ROWS,+2: - to 5 to 7",
                "$THRESHOLD:SET,ROWS,+10: - to 7 to 17",
                "$THRESHOLD:SET,ROWS,+100: - to 17 to 117"
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_refused_is_recorded_with_its_reason_and_the_others_go_on() {
    for world in worlds().await {
        world.fake.plan_all(bad_fails);
        let good = with_events(&[
            (r#""job_status": "finished_ok""#, "$THRESHOLD:SET,[[WHERE]],1"),
            (r#""job_status": "finished_ok""#, "$JOB:HOLD,CURRENT,S,[[WHO]]"),
            (r#""job_status": "finished_ok""#, "$JOB:RELEASE,CURRENT,S,Good"),
            (r#""job_status": "finished_ok""#, "$NOTIFY:SNMP,1,5,text"),
            (r#""job_status": "finished_ok""#, "$THRESHOLD:SET,ROWS,[[JI.No such property]]"),
            (r#""job_status": "finished_ok""#, "$THRESHOLD:SET,ROWS,7"),
        ]);
        let mut day = built_with(world, 0, THRESHOLDS, &format!(r#"{{"Good": {good}}}"#)).await;
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "Good: Finished OK"]);
        let said = said(&day).await;
        assert_eq!(said.len(), 6, "{said:#?}");
        for (line, expected) in said.iter().zip([
            "refused: there is no threshold `COLS`",
            "refused: there is no daily job `S/Nobody`",
            "refused: cannot release a job that is `Finished OK; Processing Events`",
            "refused: $NOTIFY:SNMP is not supported; use",
            "refused:",
            "5 to 7",
        ]) {
            assert!(line.contains(expected), "{line} has not {expected}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_start_events_are_refused_goes_on_hold_and_is_not_started() {
    for world in worlds().await {
        world.fake.plan_all(bad_fails);
        let trigger = r#""job_status": "start_attempted""#;
        let jobs = format!(
            r#"{{"Good": {}, "Held": {}}}"#,
            with_events(&[(trigger, "$THRESHOLD:SET,ROWS,1")]),
            with_events(&[
                (trigger, "$THRESHOLD:SET,[[WHERE]],1"),
                (trigger, "$THRESHOLD:SET,ROWS,+1")
            ])
        );
        let mut day = built_with(world, 0, THRESHOLDS, &jobs).await;
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: In Process", "Good: Finished OK", "Held: On Hold"]);
        assert_eq!(day.world.fake.tasks().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_act_on_jobs_schedules_properties_agents_and_messages() {
    for world in worlds().await {
        world.fake.plan_all(bad_fails);
        let trigger = r#""job_status": "finished_ok""#;
        let first = with_events(&[
            (trigger, "$JOB:CANCEL,CURRENT,S,Later"),
            (trigger, "$JOB:DELETE,CURRENT,S,Gone"),
            (trigger, "$JOB:PRIORITY,CURRENT,S,Third,7"),
            (trigger, "$PROPERTY:ADD,COUNT,[[$JOB TERMINATION]]"),
            (trigger, "$PROPERTY:ADD,SI.PLACE,here"),
            (trigger, "$MACHINE:MAXJOBS,A,3"),
            (trigger, "$CALENDAR:ADD,Feasts,2026-12-31"),
            (trigger, "$NOTIFY:EMAIL,a@example.com;b@example.com,,,Done,[[$JOB NAME]] is done"),
            (trigger, "$CONSOLE:DISPLAY,all is well"),
        ]);
        let wait = |job: &str| {
            task("", &format!(r#", "depends_on": [{{"requires": {{"job": "{job}"}}}}]"#))
        };
        let after_gone = task("", r#", "depends_on": [{"after": {"job": "Gone"}}]"#);
        let jobs = format!(
            r#"{{"First": {first}, "Later": {}, "Gone": {}, "Third": {after_gone}}}"#,
            wait("Third"),
            wait("Later"),
        );
        let more = r#""calendars": {"Feasts": {"dates": ["2026-12-25"]}}"#;
        let mut day = built_with(world, 0, more, &jobs).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            ["S: Completed", "First: Finished OK", "Later: Cancelled", "Third: Finished OK"]
        );
        let (properties, messages) = day
            .world
            .app
            .db()
            .read(|tx| {
                Box::pin(async move {
                    let properties = property::all(tx, "global").await?;
                    Ok::<_, sql::Error>((properties, message::undelivered(tx, 9).await?))
                })
            })
            .await
            .unwrap();
        assert_eq!(properties, [(String::new(), "COUNT".to_owned(), "0".to_owned())]);
        let body: serde_json::Value = serde_json::from_str(&messages[0].body).unwrap();
        let body = &body["email"];
        assert_eq!(body["to"], serde_json::json!(["a@example.com", "b@example.com"]));
        assert_eq!(body["message"], "First is done");
        let all = crate::definitions::export(&day.world.app).await.unwrap();
        assert_eq!(all.agents.values().map(|agent| agent.max_jobs).collect::<Vec<_>>(), [3]);
        let dates = &all.calendars.values().next().unwrap().dates;
        assert_eq!(dates.iter().map(|span| span.days().count()).sum::<usize>(), 2);
        let said = said(&day).await;
        assert!(said.iter().all(|line| !line.contains("refused")), "{said:#?}");
        assert_eq!(said.len(), 9);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_completes_when_its_completion_events_are_performed() {
    for world in worlds().await {
        world.fake.plan_all(bad_fails);
        world
            .build(&format!(
                r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}}, {THRESHOLDS},
                "schedules": {{
                    "S": {{"jobs": {{"J": {}}}, "completion_events": ["$SCHEDULE:BUILD,CURRENT,T", "$THRESHOLD:SET,ROWS,1"]}},
                    "T": {{"jobs": {{"K": {}}}, "start_time": "23:00"}}
                }}"#,
                task("", ""),
                task("", "")
            ))
            .await;
        let mut day = Day::of(world);
        day.settle_without_events().await;
        assert_eq!(day.statuses().await[0], "S: Completed; Processing Events");
        // The build is there already: it is refused, and the schedule completes all the same.
        day.settle().await;
        assert_eq!(day.statuses().await[0], "S: Completed");
        let said = said(&day).await;
        assert!(said[0].contains("`T` is not built"), "{said:?}");
        assert_eq!(said[1], "$THRESHOLD:SET,ROWS,1: - to 5 to 1");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_perform_the_same_events_perform_each_once() {
    for world in worlds().await {
        world.fake.plan_all(bad_fails);
        let events: Vec<(&str, &str)> =
            (0..20).map(|_| (r#""job_status": "finished_ok""#, "$THRESHOLD:SET,ROWS,+1")).collect();
        let jobs = format!(r#"{{"J": {}}}"#, with_events(&events));
        let mut day = built_with(world, 0, THRESHOLDS, &jobs).await;
        day.settle_without_events().await;
        let app = &day.world.app;
        let (one, other) = tokio::join!(perform(app), perform(app));
        one.unwrap();
        other.unwrap();
        let read = app.db().read(|tx| Box::pin(async move { limit::thresholds_now(tx).await }));
        assert_eq!(read.await.unwrap(), [("ROWS".to_owned(), 25)]);
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
    }
}
