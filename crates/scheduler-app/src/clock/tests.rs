use connector::StartTask;
use connector::fake::{Plan, ended};
use testkit::{SimClock, databases};

use super::{Accelerated, settle};
use crate::advance::advance;
use crate::agents::{Connectors, heartbeat};
use crate::testing::day::{built, task};
use crate::testing::worlds;
use crate::{App, Error, Process};

async fn both() -> [testkit::TestDb; 2] {
    let both = [databases::sqlite().await, databases::postgres().await];
    for db in &both {
        db.migrate(&scheduler_store::MIGRATIONS).await.unwrap();
    }
    both
}

fn refused(found: Result<kit::SharedClock, Error>) -> String {
    match found {
        Err(Error::Refused(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_lives_by_its_first_clock_for_ever() {
    let rehearsal = Some(Accelerated::default());
    for db in both().await {
        let machine = SimClock::default().shared();
        settle(&db.db(), machine.clone(), None, "a").await.unwrap();
        settle(&db.db(), machine.clone(), None, "b").await.unwrap();
        let why = refused(settle(&db.db(), machine, rehearsal, "a").await);
        assert!(why.contains("start without `--accelerated`"), "{why}");
    }
    for db in both().await {
        let machine = SimClock::default().shared();
        settle(&db.db(), machine.clone(), rehearsal, "a").await.unwrap();
        let why = refused(settle(&db.db(), machine, None, "a").await);
        assert!(why.contains("start with `--accelerated`"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accelerated_clock_goes_on_where_it_was_and_is_one_process_s_own() {
    for db in both().await {
        let machine = SimClock::at_text("2026-11-23T06:00:00Z");
        let start = "2026-12-04T04:00:00Z".parse().ok();
        let wanted = Some(Accelerated { start, stop: None });
        let clock = settle(&db.db(), machine.shared(), wanted, "a").await.unwrap();
        assert_eq!(Some(clock.now()), start);
        let app = App::begin(
            db.db(),
            clock.clone(),
            Connectors::new(vec![]),
            Process { name: "a", home: "a" },
        )
        .await
        .unwrap();
        let evening = "2026-12-04T20:00:00Z".parse().unwrap();
        clock.leaping().unwrap().leap_to(evening);
        app.renew_lease().await.unwrap();
        // The lease did not run out by the leap: it is still kept for as long as the machine says.
        let why = refused(settle(&db.db(), machine.shared(), wanted, "b").await);
        assert!(why.contains("the process `a` works on this database"), "{why}");
        let again = settle(&db.db(), machine.shared(), wanted, "a").await.unwrap();
        assert!(again.now() >= evening, "{}", again.now());
        machine.advance(std::time::Duration::from_secs(16));
        settle(&db.db(), machine.shared(), wanted, "b").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_to_be_done_does_not_wait_for_a_clock_that_was_put_back() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        let app = day.world.app.clone();
        app.renew_lease().await.unwrap();
        heartbeat(&app).await.unwrap();
        while advance(&app).await.unwrap().steps > 0 {}
        assert_eq!(day.statuses().await[1], "J: Start Attempted");
        let hour = std::time::Duration::from_secs(3600);
        day.world.clock.set(app.now() - hour);
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Start Attempted");
        app.renew_lease().await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Job Running (RUNNING)");
        // That it goes on is nothing new.
        day.world.clock.advance(hour);
        app.renew_lease().await.unwrap();
        // It is put back while the process does not run.
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.world.clock.set(app.now() - hour);
        let day = day.next_life().await;
        assert!(day.world.app.put_back_from().is_some());
        day.world.app.renew_lease().await.unwrap();
        assert!(day.world.app.put_back_from().is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_put_forward_and_back_starts_everything_once() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let at = |start: &str| task(&format!(r#", "start": "{start}""#), "");
        let jobs = format!(r#"{{"J": {}, "K": {}}}"#, at("05:00"), at("22:00"));
        let mut day = built(world, 0, &jobs).await;
        day.world.app.renew_lease().await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[1..], ["J: Wait Start Time", "K: Wait Start Time"]);
        let all = std::time::Duration::from_secs(20 * 3600);
        day.world.clock.advance(all);
        day.world.app.renew_lease().await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK", "K: Finished OK"]);
        // The same hours come once more.
        day.world.clock.set(day.world.app.now() - all);
        day.world.app.renew_lease().await.unwrap();
        for _ in 0..5 {
            day.settle().await;
            day.world.clock.advance(all / 5);
        }
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK", "K: Finished OK"]);
        for job in [1, 2] {
            let key = day.key(job, 1).await;
            assert_eq!(day.world.fake.starts(&key), 1);
        }
        assert_eq!(day.world.fake.tasks().len(), 2, "each was started once");
    }
}
