//! What an operator or another process does while a unit of work is under way is not lost for the jobs that wait for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use scheduler_store::{daily_job, daily_schedule};
use tokio::sync::{Semaphore, oneshot};

use crate::advance::advance;
use crate::operate::{pause, resume, set_threshold};
use crate::testing::{World, worlds};
use crate::work::Work;
use crate::{App, Caller};

/// Only so that a test that hangs ends.
const LIMIT: Duration = Duration::from_secs(60);

/// A world on PostgreSQL, where several transactions are open at the same time, with a null job of `S` that has more fields, and
/// one of `T` whose frequency has.
async fn built(more: &str, first: &str, second: &str) -> World {
    let [_, world] = worlds().await;
    let job = |of_use: &str, more: &str| {
        format!(r#"{{"run": "null_job", "frequencies": [{{"use": "Daily"{of_use}}}]{more}}}"#)
    };
    world
        .build(&format!(
            r#"{more} "schedules": {{"S": {{"jobs": {{"J": {}}}}}, "T": {{"jobs": {{"K": {}}}}}}}"#,
            job("", first),
            job(second, "")
        ))
        .await;
    world
}

async fn statuses(world: &World) -> Vec<String> {
    let read = world.app.db().read(|tx| {
        Box::pin(async move {
            let jobs = daily_job::by_ids(tx, "[1,2]").await?.into_iter();
            Ok::<_, sql::Error>(jobs.map(|job| format!("{}: {}", job.name, job.status)).collect())
        })
    });
    read.await.unwrap()
}

/// A transaction that does something in two steps, of which the second waits until it may.
struct Gate {
    reached: Mutex<Option<oneshot::Sender<()>>>,
    may: Semaphore,
}

impl Gate {
    fn new() -> (Arc<Self>, oneshot::Receiver<()>) {
        let (reached, is_reached) = oneshot::channel();
        let gate = Self { reached: Mutex::new(Some(reached)), may: Semaphore::new(0) };
        (Arc::new(gate), is_reached)
    }

    async fn pass(&self) {
        let reached = self.reached.lock().unwrap().take();
        if let Some(reached) = reached {
            let _ = reached.send(());
        }
        let _ = self.may.acquire().await;
    }

    fn open(&self) {
        self.may.add_permits(10);
    }
}

/// Tests a job in a unit of work that began some time before.
async fn test_job(app: App, id: i64, gate: Arc<Gate>) {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let done = app.db().write(move |tx| {
        let (bodies, gate) = (Arc::clone(&bodies), Arc::clone(&gate));
        Box::pin(async move {
            let mut work = Work::begin(tx, bodies, now, life).await?;
            gate.pass().await;
            let rows = daily_job::lock(work.tx(), &sql::id_list([id])).await?;
            work.due(&[], rows).await?;
            work.finish().await
        })
    });
    done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_begins_to_wait_for_the_end_of_a_pause_that_is_over_goes_on() {
    let world = built("", "", "").await;
    let anna = Caller::local("anna");
    pause(&world.app, &anna, "maintenance").await.unwrap();
    let (gate, is_reached) = Gate::new();
    let test = test_job(world.app.clone(), 1, Arc::clone(&gate));
    let over = async {
        is_reached.await.unwrap();
        resume(&world.app, &anna, None).await.unwrap();
        gate.open();
    };
    tokio::time::timeout(LIMIT, async { tokio::join!(test, over) }).await.unwrap();
    for _ in 0..5 {
        advance(&world.app).await.unwrap();
    }
    assert_eq!(statuses(&world).await, ["J: Finished OK", "K: Finished OK"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_threshold_that_is_set_while_somebody_works_on_a_job_that_waits_for_it_wakes_the_job() {
    let needs = r#", "thresholds": [{"threshold": "ROWS", "operator": "eq", "value": 5}]"#;
    let world = built(r#""thresholds": {"ROWS": {"value": 3}},"#, needs, "").await;
    for _ in 0..5 {
        advance(&world.app).await.unwrap();
    }
    assert_eq!(statuses(&world).await[0], "J: Wait Threshold/Resource Dependency");
    let (gate, is_reached) = Gate::new();
    let app = world.app.clone();
    let may = Arc::clone(&gate);
    let holds = async move {
        let done = app.db().write(move |tx| {
            let gate = Arc::clone(&may);
            Box::pin(async move {
                daily_job::lock(tx, "[1]").await?;
                gate.pass().await;
                Ok::<_, sql::Error>(())
            })
        });
        done.await.unwrap();
    };
    let anna = Caller::local("anna");
    let sets = async {
        is_reached.await.unwrap();
        let set = set_threshold(&world.app, &anna, "ROWS", 5, None);
        let release = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            gate.open();
        };
        tokio::join!(set, release).0.unwrap();
    };
    tokio::time::timeout(LIMIT, async { tokio::join!(holds, sets) }).await.unwrap();
    advance(&world.app).await.unwrap();
    assert_eq!(statuses(&world).await[0], "J: Finished OK");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_of_due_jobs_are_locked_in_one_order_and_not_in_that_of_the_jobs() {
    let world = built("", "", r#", "priority": 9"#).await;
    // Both schedules begin, and their jobs are due.
    advance(&world.app).await.unwrap();
    let (gate, is_reached) = Gate::new();
    let app = world.app.clone();
    let may = Arc::clone(&gate);
    let holds = async move {
        let done = app.db().write(move |tx| {
            let gate = Arc::clone(&may);
            Box::pin(async move {
                daily_schedule::lock(tx, "[1]").await?;
                gate.pass().await;
                // Whoever hears of the jobs of both locks the second schedule after the first one.
                let second = daily_schedule::lock(tx, "[2]");
                let second = tokio::time::timeout(Duration::from_millis(300), second).await;
                Ok::<_, sql::Error>(second.is_ok_and(|rows| rows.is_ok()))
            })
        });
        assert!(done.await.unwrap(), "the pass has locked the second schedule first");
    };
    let moves = async {
        is_reached.await.unwrap();
        let pass = advance(&world.app);
        let release = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            gate.open();
        };
        tokio::join!(pass, release).0.unwrap();
    };
    tokio::time::timeout(LIMIT, async { tokio::join!(holds, moves) }).await.unwrap();
    advance(&world.app).await.unwrap();
    assert_eq!(statuses(&world).await, ["J: Finished OK", "K: Finished OK"]);
}
