//! What cannot be stored of one attempt holds up no other.

use connector::StartTask;
use connector::fake::{Plan, ended};

use crate::testing::day::{built, task};
use crate::testing::worlds;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_a_database_refuses_hold_up_nobody() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            if start.name.ends_with("Odd") {
                Plan::until_told().waiting("A\0B", None)
            } else {
                Plan::ends_after(2, 0)
            }
        });
        let jobs = format!(r#"{{"Odd": {}, "Next": {}}}"#, task("", ""), task("", ""));
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        let found = day.statuses().await;
        assert_eq!(found[1..], ["Odd: Job Running (A\u{fffd}B)", "Next: Finished OK"]);
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, connector::End::with_code(0, "done\0"));
        day.settle().await;
        assert_eq!(day.statuses().await[..2], ["S: Completed", "Odd: Finished OK"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_of_a_job_that_cannot_be_stored_holds_up_no_other() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task("", ""));
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        day.damage(1, true).await;
        for job in [1, 2] {
            assert!(day.world.fake.end(&day.key(job, 1).await, ended(0)));
        }
        day.settle().await;
        assert_eq!(day.statuses().await[1..], ["J: Job Running (RUNNING)", "K: Finished OK"]);
        // What was put off is read again by the next life.
        day.damage(1, false).await;
        let mut day = day.next_life().await;
        day.settle().await;
        assert_eq!(day.statuses().await[1..], ["J: Finished OK", "K: Finished OK"]);
        assert_eq!(day.world.fake.started_twice(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_a_start_that_cannot_be_stored_holds_up_no_other_and_is_not_sent_again() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task("", ""));
        let mut day = built(world, 0, &jobs).await;
        crate::agents::heartbeat(&day.world.app).await.unwrap();
        for _ in 0..3 {
            crate::advance::advance(&day.world.app).await.unwrap();
        }
        assert_eq!(day.attempts().await, ["J 1 - -: start", "K 1 - -: start"]);
        day.take_up().await;
        day.damage(1, true).await;
        for _ in 0..3 {
            day.settle().await;
        }
        assert_eq!(day.attempts().await, ["J 1 - -: start", "K 1 - -: watch"]);
        day.damage(1, false).await;
        // The next life does not know whether it was sent, and finds it.
        let mut day = day.next_life().await;
        day.settle().await;
        assert_eq!(day.attempts().await, ["J 1 - -: watch", "K 1 - -: watch"]);
        assert_eq!(day.world.fake.started_twice(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_attempts_than_one_question_may_be_about_are_followed_with_several() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs: Vec<String> =
            (1..=5).map(|job| format!(r#""J{job}": {}"#, task("", ""))).collect();
        let mut day = built(world, 0, &format!("{{{}}}", jobs.join(", "))).await.with_bounds(2, 2);
        day.settle().await;
        // They are put under watch at the same time.
        let mut day = day.next_life().await.with_bounds(2, 2);
        day.settle().await;
        for job in [5, 3, 4, 1, 2] {
            assert!(day.world.fake.end(&day.key(job, 1).await, ended(0)));
            day.settle().await;
            let ended = day.statuses().await[usize::try_from(job).unwrap()].clone();
            assert_eq!(ended, format!("J{job}: Finished OK"));
        }
        assert_eq!(day.statuses().await[0], "S: Completed");
    }
}
