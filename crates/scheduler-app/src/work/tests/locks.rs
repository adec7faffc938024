//! Two processes on one database: they wait for each other only where they use the same agent, and no slot is taken twice.

use std::sync::Arc;
use std::time::Duration;

use scheduler_core::job::{Event, News};
use scheduler_store::{agent_state, daily_job};
use tokio::sync::{Semaphore, oneshot};

use crate::agents::heartbeat;
use crate::testing::{World, worlds};
use crate::work::{Done, Work};
use crate::{App, advance};

/// Only so that a test that hangs ends.
const LIMIT: Duration = Duration::from_secs(60);

/// Schedules `S` and `T` with one job each, on these agents, which have one slot each; both schedules have begun.
async fn two_jobs(first: &str, second: &str) -> World {
    let [_, world] = worlds().await;
    let agent = r#"{"connection": {"plug_in": {"integration": "Fake"}}, "max_jobs": 1}"#;
    let job = |agent: &str| {
        format!(
            r#"{{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake"}}}}, "runs_on": {{"agents": ["{agent}"]}},
            "frequencies": [{{"use": "Daily"}}]}}"#
        )
    };
    world
        .build(&format!(
            r#""agents": {{"A": {agent}, "B": {agent}}},
            "schedules": {{"S": {{"jobs": {{"J": {}}}}}, "T": {{"jobs": {{"K": {}}}}}}}"#,
            job(first),
            job(second)
        ))
        .await;
    heartbeat(&world.app).await.unwrap();
    // Their schedules begin, and the jobs are due.
    advance::advance(&world.app).await.unwrap();
    world
}

/// Tests a job in a transaction of its own, which says when everything is stored and commits when it may.
async fn test_job(
    app: App,
    id: i64,
    stored: Option<oneshot::Sender<()>>,
    may: Arc<Semaphore>,
) -> Done {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let stored = Arc::new(std::sync::Mutex::new(stored));
    let done = app.db().write(move |tx| {
        let (bodies, stored, may) = (Arc::clone(&bodies), Arc::clone(&stored), Arc::clone(&may));
        Box::pin(async move {
            let mut work = Work::begin(tx, bodies, now, life).await?;
            let rows = daily_job::lock(work.tx(), &sql::id_list([id])).await?;
            work.due(&[], rows).await?;
            let done = work.finish().await?;
            let stored = stored.lock().unwrap().take();
            if let Some(stored) = stored {
                let _ = stored.send(());
            }
            let _ = may.acquire().await;
            Ok::<_, crate::Error>(done)
        })
    });
    done.await.unwrap()
}

async fn statuses(world: &World) -> Vec<String> {
    let read = world.app.db().read(|tx| {
        Box::pin(async move {
            let jobs = daily_job::by_ids(tx, "[1,2]").await?.into_iter();
            let jobs = jobs.map(|job| format!("{}: {} {:?}", job.name, job.status, job.waits_for));
            let agents = agent_state::all(tx).await?.into_iter();
            let agents = agents.map(|agent| format!("{}: {}", agent.agent, agent.running));
            Ok::<_, sql::Error>(jobs.chain(agents).collect())
        })
    });
    read.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_of_work_for_different_agents_do_not_wait_for_each_other() {
    let world = two_jobs("A", "B").await;
    let other = world.beside("other").await;
    let (stored, is_stored) = oneshot::channel();
    let (closed, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(1)));
    let first = test_job(world.app.clone(), 1, Some(stored), Arc::clone(&closed));
    let second = async {
        is_stored.await.unwrap();
        // The first one holds its locks until the second is through.
        test_job(other, 2, None, open).await;
        closed.add_permits(1);
    };
    tokio::time::timeout(LIMIT, async { tokio::join!(first, second) }).await.unwrap();
    assert_eq!(
        statuses(&world).await,
        ["J: Start Attempted None", "K: Start Attempted None", "A: 1", "B: 1"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_slot_of_an_agent_is_taken_once_by_two_units_of_work_at_the_same_time() {
    let world = two_jobs("A", "A").await;
    let other = world.beside("other").await;
    let (stored, is_stored) = oneshot::channel();
    let (closed, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(2)));
    let first = test_job(world.app.clone(), 1, Some(stored), Arc::clone(&closed));
    let second = async {
        is_stored.await.unwrap();
        // It sees a free slot, as the first is not committed, and waits for the row when it stores what it has found.
        let second = test_job(other, 2, None, open);
        let release = async { closed.add_permits(1) };
        tokio::join!(second, release).0
    };
    tokio::time::timeout(LIMIT, async { tokio::join!(first, second) }).await.unwrap();
    assert_eq!(
        statuses(&world).await,
        ["J: Start Attempted None", r#"K: Wait Machine Some(Agent("A"))"#, "A: 1", "B: 0"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_gets_free_while_a_job_begins_to_wait_for_it_wakes_the_job() {
    let world = two_jobs("A", "A").await;
    let other = world.beside("other").await;
    let open = || Arc::new(Semaphore::new(9));
    test_job(world.app.clone(), 1, None, open()).await;
    // The first job gives its slot back in a transaction that is open while the second finds none.
    let (stored, is_stored) = oneshot::channel();
    let stored = Arc::new(std::sync::Mutex::new(Some(stored)));
    let closed = Arc::new(Semaphore::new(0));
    let app = world.app.clone();
    let may = Arc::clone(&closed);
    let free = async move {
        let (now, life, bodies) = (app.now(), app.life(), app.bodies());
        let done = app.db().write(move |tx| {
            let (bodies, stored, may) =
                (Arc::clone(&bodies), Arc::clone(&stored), Arc::clone(&may));
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                work.job(1, Event::News { attempt: 1, news: News::StartRefused });
                let done = work.finish().await?;
                let stored = stored.lock().unwrap().take();
                if let Some(stored) = stored {
                    let _ = stored.send(());
                }
                let _ = may.acquire().await;
                Ok::<_, crate::Error>(done)
            })
        });
        done.await.unwrap()
    };
    let second = async {
        is_stored.await.unwrap();
        let second = test_job(other, 2, None, open());
        let release = async { closed.add_permits(1) };
        tokio::join!(second, release).0
    };
    tokio::time::timeout(LIMIT, async { tokio::join!(free, second) }).await.unwrap();
    let found = statuses(&world).await;
    assert_eq!(found[1..], ["K: Start Attempted None", "A: 1", "B: 0"], "{found:?}");
}
