//! Rules of following tasks.

use std::time::Duration;

use super::follow::{Follower, connect, soon, start, strange_state};
use super::{Harness, Kept, ensure};
use crate::{Fault, State, TaskRef, TaskStatus, Watch};

pub(super) async fn a_watch_tells_the_end_with_its_code(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    for code in [0, 4, 11, -1] {
        let wish = code;
        let code = harness.code(wish);
        let task = start(harness, integration.as_ref(), "code").await?;
        let key = task.attempt.clone();
        let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
        let first = follower.ask().await?;
        let has_ended =
            first.reports.iter().any(|report| matches!(report.status, TaskStatus::Ended(_)));
        ensure!(!has_ended, "a running task is said to have ended");
        harness.end(&key, wish, "").await;
        let end = follower.until_end(&key).await?;
        ensure!(end.code == Some(code), "it ended with {code}, and was told with {:?}", end.code);
        ensure!(!end.is_killed, "nobody killed it, and it was told as killed");
    }
    Ok(())
}

pub(super) async fn a_watch_tells_of_all_tasks_at_first(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let mut tasks = Vec::new();
    for _ in 0..3 {
        tasks.push(start(harness, integration.as_ref(), "all").await?);
    }
    harness.end(&tasks[1].attempt, 0, "").await;
    let told = Follower::new(harness, integration.as_ref(), tasks.clone()).ask().await?;
    for task in &tasks {
        let key = &task.attempt;
        let is_told = told.reports.iter().any(|report| report.attempt == *key);
        ensure!(is_told, "the first watch did not tell of `{key}`");
    }
    Ok(())
}

pub(super) async fn a_watch_tells_in_full_of_a_task_that_joins_late(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let early = start(harness, integration.as_ref(), "early").await?;
    let late = start(harness, integration.as_ref(), "late").await?;
    let key = late.attempt.clone();
    // Its end is older than the cursor that the question about the other task brings.
    harness.end(&key, 5, "").await;
    let mut follower = Follower::new(harness, integration.as_ref(), vec![early]);
    follower.ask().await?;
    follower.ask().await?;
    follower.tasks.push(late);
    let end = follower.until_end(&key).await?;
    let code = harness.code(5);
    ensure!(end.code == Some(code), "it ended with {code}, and was told with {:?}", end.code);
    Ok(())
}

pub(super) async fn a_watch_with_an_unknown_cursor_tells_of_all_tasks(
    harness: &dyn Harness,
) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "cursor").await?;
    let key = task.attempt.clone();
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    follower.ask().await?;
    for cursor in ["", "nonsense", "fake:99999999999999", "0", "-1", "é\n\"{}"] {
        follower.cursor = Some(cursor.to_owned());
        let told = follower.ask().await?;
        let is_told = told.reports.iter().any(|report| report.attempt == key);
        ensure!(is_told, "a watch with the cursor {cursor:?} did not tell of the task");
    }
    harness.end(&key, 0, "").await;
    follower.cursor = Some("of a life before".into());
    follower.until_end(&key).await?;
    Ok(())
}

pub(super) async fn a_watch_that_is_dropped_loses_no_news(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "dropped").await?;
    let key = task.attempt.clone();
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    follower.ask().await?;
    for _ in 0..3 {
        let watch = Watch { wait: Duration::from_secs(20), ..follower.question() };
        let watching = integration.watch(watch);
        // Dropped wherever it is just then; whatever it had to tell was not heard.
        let _ = tokio::time::timeout(Duration::from_millis(20), watching).await;
    }
    harness.end(&key, 3, "").await;
    let _ = tokio::time::timeout(Duration::from_millis(1), integration.watch(follower.question()))
        .await;
    let end = follower.until_end(&key).await?;
    let code = harness.code(3);
    ensure!(end.code == Some(code), "it ended with {code}, and was told with {:?}", end.code);
    Ok(())
}

pub(super) async fn a_watch_without_news_answers_within_its_wait(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "quiet").await?;
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    follower.ask().await?;
    follower.ask().await?;
    for wait in [Duration::ZERO, Duration::from_millis(50)] {
        let watch = Watch { wait, ..follower.question() };
        let told = soon(harness, "a watch without news is answered", integration.watch(watch));
        ensure!(told.await?.is_ok(), "a watch without news failed");
    }
    // Nobody to ask about is no mistake either.
    let nobody = Watch { tasks: Vec::new(), cursor: None, wait: Duration::ZERO };
    let told = soon(harness, "a watch of nobody is answered", integration.watch(nobody)).await?;
    ensure!(told.is_ok_and(|told| told.reports.is_empty()), "a watch of nobody told something");
    Ok(())
}

pub(super) async fn a_watch_of_an_unknown_task_harms_no_other(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "beside").await?;
    let key = task.attempt.clone();
    let strange = harness.key("strange");
    let strange = |state: State| TaskRef { attempt: strange.clone(), state };
    let tasks = vec![strange(State::default()), task];
    let mut follower = Follower::new(harness, integration.as_ref(), tasks);
    let told = follower.ask().await?;
    let ended = told.reports.iter().find(|report| matches!(report.status, TaskStatus::Ended(_)));
    ensure!(ended.is_none(), "of a task that was never started, an end was told: {ended:?}");
    follower.tasks[0] = strange(strange_state());
    harness.end(&key, 0, "").await;
    follower.until_end(&key).await?;
    Ok(())
}

pub(super) async fn an_end_stays_as_it_is(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "end").await?;
    let key = task.attempt.clone();
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task.clone()]);
    harness.end(&key, 4, "").await;
    let end = follower.until_end(&key).await?;
    // Neither a cancel nor the target may make another end of it.
    let _ = soon(harness, "a cancel is answered", integration.cancel(task.clone())).await?;
    harness.end(&key, 9, "").await;
    let mut second = Follower::new(harness, integration.as_ref(), vec![task]);
    let again = second.until_end(&key).await?;
    ensure!(again == end, "the end was told as {end:?}, and later as {again:?}");
    for _ in 0..3 {
        for report in second.ask().await?.reports {
            ensure!(
                report.status == TaskStatus::Ended(end.clone()),
                "after its end, the task was told as {:?}",
                report.status
            );
        }
    }
    Ok(())
}

pub(super) async fn states_are_short(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "state").await?;
    let mut states = vec![task.state.clone()];
    let key = task.attempt.clone();
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    follower.ask().await?;
    states.push(follower.tasks[0].state.clone());
    harness.end(&key, 0, "").await;
    follower.until_end(&key).await?;
    states.push(follower.tasks[0].state.clone());
    for state in states {
        let bytes = state.0.len();
        ensure!(bytes <= State::BYTES_MAX, "a state has {bytes} bytes");
    }
    Ok(())
}

pub(super) async fn a_watch_over_a_broken_way_fails_and_ends_nothing(
    harness: &dyn Harness,
) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "broken-way").await?;
    let key = task.attempt.clone();
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    follower.ask().await?;
    harness.set_way(false).await;
    let told = soon(harness, "a watch is answered", integration.watch(follower.question())).await;
    harness.set_way(true).await;
    match told? {
        Err(error) => ensure!(
            matches!(error.fault, Fault::Unreachable | Fault::NotSent | Fault::Nonsense),
            "a watch over a broken way failed with {error:?}"
        ),
        Ok(told) => {
            ensure!(told.reports.is_empty(), "over a broken way, news was told: {told:?}");
        }
    }
    // After a failed call there is no cursor.
    follower.cursor = None;
    harness.end(&key, 2, "").await;
    let end = follower.until_end(&key).await?;
    let code = harness.code(2);
    ensure!(end.code == Some(code), "it ended with {code}, and was told with {:?}", end.code);
    Ok(())
}
