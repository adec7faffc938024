//! All loops together, with the clock of the machine.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use connector::StartTask;
use connector::fake::{Fake, Plan};
use jiff::tz::TimeZone;
use kit::{Supervisor, SystemClock};
use scheduler_store::daily_schedule;
use testkit::{TestDb, databases, wait_until};

use super::start;
use crate::agents::Connectors;
use crate::build::{Request, build};
use crate::definitions::apply;
use crate::{App, Caller, Error};

/// Builds today with chains of jobs: `width` of them, each `length` long.
async fn built(db: &TestDb, fake: &Fake, width: usize, length: usize) -> App {
    db.migrate(&scheduler_store::MIGRATIONS).await.unwrap();
    let connectors = Connectors::new(vec![Arc::new(fake.clone())]);
    let app = App::begin(db.db(), SystemClock::shared(), connectors, "test").await.unwrap();
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
    let new = App::begin(db.db(), SystemClock::shared(), connectors, "test").await.unwrap();
    assert!(matches!(crate::advance::advance(&old).await, Err(Error::Fenced)));
    assert!(matches!(old.renew_lease().await, Err(Error::Fenced)));
    assert!(crate::advance::advance(&new).await.unwrap().steps > 0);
}
