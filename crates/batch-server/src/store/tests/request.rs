use batch_core::request::Event;

use super::{claimant, claimed, life, now, submitted};
use crate::planner::world::{World, open};
use crate::store::request::Request;
use crate::store::request::change::{Also, advance_spool, use_accept_line};
use crate::store::request::read::{abandoned, running_report, wanting_signals};
use crate::transition::happen;

/// One that runs, beside one that waits.
async fn running(world: &World, lease_until: i64) -> Request {
    let life = life(world, "A", lease_until).await;
    let (ids, queue) = submitted(world, 2).await;
    assert_eq!(claimed(world, claimant(world, &life), queue, 1).await, ids[..1]);
    world.request(ids[0]).await.unwrap()
}

testkit::both_databases!(the_mark_of_the_spool_moves_on_from_where_it_is, |db| async move {
    let world = open(db).await;
    let run = running(&world, 0).await;
    let (id, attempt) = (run.id, run.attempt);
    transact!(world, |tx| advance_spool(tx, id, attempt, 0, 10)).unwrap();
    for (attempt, from) in [(attempt, 0), (attempt + 1, 10), (attempt, 11)] {
        let stale = transact!(world, |tx| advance_spool(tx, id, attempt, from, 30));
        assert!(matches!(stale, Err(sql::Error::NotFound)), "{attempt} {from}: {stale:?}");
    }
    assert_eq!(world.request(id).await.unwrap().spool_offset, 10);
    happen(&world.server, id, Event::Lost, Also::default()).await.unwrap();
    let late = transact!(world, |tx| advance_spool(tx, id, attempt, 10, 20));
    assert!(matches!(late, Err(sql::Error::NotFound)), "it has ended: {late:?}");
});

testkit::both_databases!(a_line_of_the_accept_file_is_used_once, |db| async move {
    let world = open(db).await;
    let id = running(&world, 0).await.id;
    for line in 0..2 {
        transact!(world, |tx| use_accept_line(tx, id, line)).unwrap();
        assert_eq!(world.request(id).await.unwrap().accept_line, line + 1);
        let again = transact!(world, |tx| use_accept_line(tx, id, line));
        assert!(matches!(again, Err(sql::Error::NotFound)), "{again:?}");
    }
});

testkit::both_databases!(the_runs_of_a_controller_that_is_gone_are_abandoned, |db| async move {
    let world = open(db).await;
    let until = now(&world);
    let run = running(&world, until).await;
    let (id, controller) = (run.id, run.controller_id.unwrap());
    let ids = async |own, before| {
        let rows = transact!(world, |tx| abandoned(tx, own, before)).unwrap();
        rows.into_iter().map(|request| request.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(controller + 1, until).await, Vec::<i64>::new());
    assert_eq!(ids(controller + 1, until + 1).await, [id]);
    assert_eq!(ids(controller, until + 1).await, Vec::<i64>::new(), "its own runs are not gone");
});

testkit::both_databases!(a_runner_is_told_of_a_wish_by_its_own_controller, |db| async move {
    let world = open(db).await;
    let run = running(&world, 0).await;
    let controller = run.controller_id.unwrap();
    assert_eq!(transact!(world, |tx| wanting_signals(tx, controller)).unwrap(), []);
    happen(&world.server, run.id, Event::Stop, Also::default()).await.unwrap();
    let ending = world.request(run.id).await.unwrap().ending;
    assert_ne!(ending, "none");
    let wanted = transact!(world, |tx| wanting_signals(tx, controller)).unwrap();
    assert_eq!(wanted, [(run.id, run.attempt, ending)]);
    assert_eq!(transact!(world, |tx| wanting_signals(tx, controller + 1)).unwrap(), []);
});

testkit::both_databases!(of_a_report_those_that_run_are_found, |db| async move {
    let world = open(db).await;
    let run = running(&world, 0).await;
    let key: &'static str = run.report_key.unwrap().leak();
    assert_eq!(transact!(world, |tx| running_report(tx, key)).unwrap(), [(run.id,)]);
    assert_eq!(transact!(world, |tx| running_report(tx, "OTHER")).unwrap(), []);
});
