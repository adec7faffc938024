//! All loops together, with the clock of the machine and with an accelerated one.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use connector::StartTask;
use connector::fake::{Fake, Plan};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kit::{Next, Supervisor, SystemClock};
use scheduler_core::leap::{Pace, Why};
use scheduler_store::{attempt, daily_job, daily_schedule};
use testkit::{TestDb, databases, wait_until};

use super::start;
use crate::advance::Advanced;
use crate::agents::Connectors;
use crate::build::{Request, build};
use crate::clock::{Accelerated, settle};
use crate::definitions::apply;
use crate::{App, Caller, Error, Process};

/// Builds today with chains of jobs: `width` of them, each `length` long.
async fn built(db: &TestDb, fake: &Fake, width: usize, length: usize) -> App {
    db.migrate(&scheduler_store::MIGRATIONS).await.unwrap();
    let connectors = Connectors::new(vec![Arc::new(fake.clone())]);
    let app = App::begin(
        db.db(),
        SystemClock::shared(),
        connectors,
        Process { name: "test", home: "test" },
    )
    .await
    .unwrap();
    let mut jobs = String::new();
    for chain in 0..width {
        for link in 0..length {
            let after = match link {
                0 => String::new(),
                _ => format!(
                    r#", "depends_on": [{{"requires": {{"job": "J{chain}_{}"}}}}]"#,
                    link - 1
                ),
            };
            let comma = if jobs.is_empty() { "" } else { "," };
            let _ = write!(
                jobs,
                r#"{comma}"J{chain}_{link}": {{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake"}}}},
                    "runs_on": {{"agents": ["A"]}}, "frequencies": [{{"use": "Daily"}}]{after}}}"#
            );
        }
    }
    let all = format!(
        r#"{{"frequencies": {{"Daily": {{"when": {{"all_weeks": {{"day_type": "any",
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}}}}}},
            "agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}, "max_jobs": 20}}}},
            "schedules": {{"S": {{"jobs": {{{jobs}}}}}}}}}"#
    );
    let caller = Caller::local("anna");
    apply(&app, &caller, serde_json::from_str(&all).unwrap(), None, None).await.unwrap();
    let date = app.now().to_zoned(TimeZone::UTC).date();
    let request = Request { date, schedules: None, overwrite: false, on_hold: false, reason: None };
    build(&app, &caller, request).await.unwrap();
    app
}

async fn is_completed(app: &App) -> bool {
    let date = app.now().to_zoned(TimeZone::UTC).date();
    let yesterday = date.yesterday().unwrap();
    let read = app.db().read(|tx| {
        Box::pin(async move {
            let mut all = daily_schedule::of_date(tx, &date.to_string()).await?;
            // The test may run over midnight.
            all.extend(daily_schedule::of_date(tx, &yesterday.to_string()).await?);
            Ok::<_, sql::Error>(all.iter().all(|schedule| schedule.status == "Completed"))
        })
    });
    read.await.unwrap()
}

async fn runs_a_day(db: TestDb) {
    let fake = Fake::new();
    fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
    let app = built(&db, &fake, 30, 5).await;
    let supervisor = Supervisor::new();
    let soft = supervisor.soft();
    start(&app, &supervisor, &SystemClock::shared()).await.unwrap();
    wait_until("the day is completed", Duration::from_secs(60), || is_completed(&app)).await;
    assert_eq!((fake.tasks().len(), fake.started_twice()), (150, vec![]));
    assert!(supervisor.run(async move { soft.cancel() }, Duration::from_secs(10)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_chains_runs_by_itself_and_each_job_once() {
    runs_a_day(databases::sqlite().await).await;
    runs_a_day(databases::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_that_another_one_has_replaced_changes_nothing_any_more() {
    let db = databases::sqlite().await;
    let fake = Fake::new();
    let old = built(&db, &fake, 1, 1).await;
    old.renew_lease().await.unwrap();
    let connectors = Connectors::new(vec![Arc::new(fake.clone())]);
    let new = App::begin(
        db.db(),
        SystemClock::shared(),
        connectors,
        Process { name: "test", home: "test" },
    )
    .await
    .unwrap();
    assert!(matches!(crate::advance::advance(&old).await, Err(Error::Fenced)));
    assert!(matches!(old.renew_lease().await, Err(Error::Fenced)));
    assert!(crate::advance::advance(&new).await.unwrap().steps > 0);
}

/// The instants at which the jobs of a date began.
async fn began(app: &App, date: &'static str) -> Vec<(String, String)> {
    let read = app.db().read(move |tx| {
        Box::pin(async move {
            let mut found = Vec::new();
            for schedule in daily_schedule::of_date(tx, date).await? {
                for job in daily_job::of_schedule(tx, schedule.id).await? {
                    for each in attempt::of_jobs(tx, &sql::id_list([job.id])).await? {
                        let at = Timestamp::from_microsecond(each.requested_at).unwrap();
                        let at = at.to_zoned(TimeZone::UTC).strftime("%d %H:%M");
                        found.push((job.name.clone(), at.to_string()));
                    }
                }
            }
            Ok::<_, sql::Error>(found)
        })
    });
    read.await.unwrap()
}

/// Two dates, of which the second is built by itself. Between their jobs the clock leaps.
async fn runs_accelerated_days(db: TestDb) {
    db.migrate(&scheduler_store::MIGRATIONS).await.unwrap();
    let fake = Fake::new();
    // A second at most for each; the time of the plan that this takes is that of the machine.
    fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
    let accelerated = Accelerated {
        start: "2026-12-04T04:00:00Z".parse().ok(),
        stop: "2026-12-07T00:00:00Z".parse().ok(),
    };
    let clock = settle(&db.db(), SystemClock::shared(), Some(accelerated), "test").await.unwrap();
    let connectors = Connectors::new(vec![Arc::new(fake.clone())]);
    let app =
        App::begin(db.db(), clock.clone(), connectors, Process { name: "test", home: "test" })
            .await
            .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = job_archive::Settings::new(folder.path().to_str().unwrap());
    app.set_archive(job_archive::Archive::open(&settings).await.unwrap());
    let job = |more: &str| {
        format!(
            r#"{{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake"}}}}, "runs_on": {{"agents": ["A"]}}, {more}}}"#
        )
    };
    let all = format!(
        r#"{{"frequencies": {{"Daily": {{"when": {{"all_weeks": {{"day_type": "any",
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}}}}}},
            "agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
            "schedules": {{"S": {{"auto_build": {{}}, "jobs": {{
                "Morning": {},
                "Noon": {},
                "Night": {}}}}}}}}}"#,
        job(r#""frequencies": [{"use": "Daily", "start": "06:00"}]"#),
        job(r#""frequencies": [{"use": "Daily", "start": "12:00"}],
            "depends_on": [{"requires": {"job": "Morning"}}]"#),
        job(r#""frequencies": [{"use": "Daily", "start": "23:00"}]"#),
    );
    let caller = Caller::local("anna");
    apply(&app, &caller, serde_json::from_str(&all).unwrap(), None, None).await.unwrap();
    let date = "2026-12-04".parse().unwrap();
    let request = Request { date, schedules: None, overwrite: false, on_hold: false, reason: None };
    build(&app, &caller, request).await.unwrap();
    let supervisor = Supervisor::new();
    let soft = supervisor.soft();
    start(&app, &supervisor, &clock).await.unwrap();
    let stopped = async || app.pace() == Some(Pace::Real(Why::Stopped));
    wait_until("the clock has come to its stop", Duration::from_secs(60), stopped).await;
    let expected = |day: &str| {
        let at = |job: &str, time: &str| (job.to_owned(), format!("{day} {time}"));
        vec![at("Morning", "06:00"), at("Noon", "12:00"), at("Night", "23:00")]
    };
    // The first by hand, the others by themselves.
    for date in ["2026-12-04", "2026-12-05", "2026-12-06"] {
        assert_eq!(began(&app, date).await, expected(&date[8..]));
    }
    assert_eq!((fake.tasks().len(), fake.started_twice()), (9, vec![]));
    app.renew_lease().await.unwrap();
    assert!(supervisor.run(async move { soft.cancel() }, Duration::from_secs(10)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accelerated_clock_leaps_from_one_due_instant_to_the_next() {
    runs_accelerated_days(databases::sqlite().await).await;
    runs_accelerated_days(databases::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_with_another_data_folder_is_refused_and_the_old_life_goes_on() {
    for db in [databases::sqlite().await, databases::postgres().await] {
        db.migrate(&scheduler_store::MIGRATIONS).await.unwrap();
        let begin = |home| {
            let clock = SystemClock::shared();
            let process = Process { name: "main", home };
            App::begin(db.db(), clock, Connectors::new(vec![]), process)
        };
        let app = begin("here").await.unwrap();
        let error = begin("there").await.unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{error}");
        assert!(error.to_string().contains("--name"), "{error}");
        app.end_life().await.unwrap();
        assert!(begin("here").await.is_ok());
    }
}

#[test]
fn what_is_due_and_locked_by_somebody_else_is_looked_at_again_after_a_rest() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let now = at("2026-11-23T06:00:00Z");
    let of = |steps, next: Option<Timestamp>| super::next_of(Advanced { steps, next }, now);
    assert_eq!(of(0, None), Next::Idle);
    let later = at("2026-11-23T07:00:00Z");
    assert_eq!((of(0, Some(later)), of(3, Some(later))), (Next::At(later), Next::At(later)));
    assert_eq!(of(3, Some(now)), Next::Now);
    assert_eq!(of(0, Some(now)), Next::At(at("2026-11-23T06:00:00.1Z")));
}
