//! Calls that come again: what they did is not done again, and what they waited for does not begin anew.

use std::sync::Arc;
use std::time::Duration;

use amt_job::protocol::{AlertKind, Answer, StartChild, code};
use batch_core::request::{Activity, State};

use super::asker::Asker;
use super::{ask, children, files, plain, sleep, waits};
use crate::planner::world::{self, World};
use crate::store::{alert, message, wake_up};
use crate::submit::tests::forget_job;

/// A call of a run of NIGHTLY. Asked again it comes as after a restart: with the run as it is stored now.
async fn asker(world: &World, id: i64, call_id: &str) -> Asker {
    Asker {
        server: Arc::clone(&world.server),
        request: world.request(id).await.unwrap(),
        call_id: call_id.to_owned(),
    }
}

async fn texts(world: &World, id: i64) -> Vec<String> {
    let read = world
        .server
        .db
        .read(move |tx| Box::pin(async move { message::of_root(tx, id, 0, 100).await }));
    read.await.unwrap().into_iter().map(|message| message.text).collect()
}

testkit::both_databases!(an_alert_sent_again_is_raised_once, |db| async move {
    let world = world::open(db).await;
    let id = world.running().await;
    let raise = async || {
        plain::alert(asker(&world, id, "c").await, AlertKind::Error, "disk".into()).await.unwrap()
    };
    assert_eq!(raise().await, raise().await);
    let read =
        world.server.db.read(|tx| Box::pin(async move { alert::page(tx, 0, 10, false).await }));
    assert_eq!(read.await.unwrap().len(), 1);
});

testkit::both_databases!(an_abort_sent_again_says_its_reason_once, |db| async move {
    let world = world::open(db).await;
    let id = world.running().await;
    for _ in 0..2 {
        let asker = asker(&world, id, "c").await;
        let answer = plain::abort(asker, Some("no rates".into()), false, false).await.unwrap();
        assert_eq!(answer, Answer::Aborting);
    }
    assert_eq!(texts(&world, id).await, ["no rates"]);
});

testkit::both_databases!(a_wake_up_sent_again_is_delivered_once, |db| async move {
    let world = world::open(db).await;
    let (sleeper, waker) = (world.running().await, world.running().await);
    for _ in 0..2 {
        let asker = asker(&world, waker, "c").await;
        let answer = sleep::wake_up(asker, None, Some(sleeper), Some("x".into())).await.unwrap();
        assert_eq!(answer, Answer::Delivered { delivered: true });
    }
    let take = async || {
        let taken = world
            .server
            .db
            .write(move |tx| Box::pin(async move { wake_up::take(tx, sleeper).await }));
        taken.await.unwrap().map(|(_, data)| data)
    };
    assert_eq!(take().await, Some(Some("x".into())));
    assert_eq!(take().await, None);
});

testkit::both_databases!(
    a_wait_for_a_file_that_is_sent_again_ends_the_code_that_it_showed,
    |db| async move {
        let world = world::open(db).await;
        let id = world.running().await;
        let first = asker(&world, id, "c").await;
        waits::block(&first, Activity::File, None).await.unwrap();
        let path = world.path("rates");
        std::fs::write(&path, "").unwrap();
        let asker = asker(&world, id, "c").await;
        assert!(waits::shows(&asker.request, Activity::File));
        let answer = files::wait_file(asker, path.display().to_string(), None).await.unwrap();
        assert!(matches!(answer, Answer::File { found: true, .. }), "{answer:?}");
        let state = world.request(id).await.unwrap().state().unwrap();
        assert!(matches!(state, State::Running(_, Activity::Working)), "{state:?}");
    }
);

testkit::both_databases!(times_go_on_over_a_restart, |db| async move {
    let world = world::open(db).await;
    let id = world.running().await;
    let first = asker(&world, id, "file").await;
    waits::deadline(&first, Some(3600)).await.unwrap();
    // The question was asked before, by a process that has ended since.
    let question = async || {
        let asker = asker(&world, id, "question").await;
        ask::ask(asker, "go on?".into(), Some(3600)).await
    };
    let limit = Duration::from_millis(1);
    while texts(&world, id).await.is_empty() {
        assert!(tokio::time::timeout(limit, question()).await.is_err(), "nobody has answered");
    }
    world.clock.advance(Duration::from_hours(2));
    let again = asker(&world, id, "file").await;
    let answer = files::wait_file(again, "never".into(), Some(3600)).await.unwrap();
    assert!(matches!(answer, Answer::File { found: false, .. }), "{answer:?}");
    assert_eq!(question().await.unwrap_err().code, code::TIMED_OUT);
});

testkit::both_databases!(a_child_asked_for_again_is_the_same_without_its_job, |db| async move {
    let world = world::open(db).await;
    let id = world.running().await;
    let child = StartChild { job_name: Some("NIGHTLY".into()), ..StartChild::default() };
    let first = asker(&world, id, "c").await;
    let first = children::start(first, child.clone()).await.unwrap();
    forget_job(&world, id).await;
    let again = children::start(asker(&world, id, "c").await, child.clone()).await.unwrap();
    assert_eq!(again, first);
    children::start(asker(&world, id, "d").await, child).await.unwrap_err();
});
