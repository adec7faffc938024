//! Rules of starting and finding.

use futures_util::future::join_all;

use super::follow::{Follower, connect, found_at_last, soon, start_again, task_of};
use super::{Broken, Harness, Kept, ensure};
use crate::{AttemptKey, Found, Started, TaskRef};

pub(super) async fn ran_once(harness: &dyn Harness, key: &AttemptKey) -> Kept {
    let count = harness.starts(key).await;
    ensure!(count == 1, "the target ran `{key}` {count} times");
    Ok(())
}

/// Repetitions answer what became of the first start, or that this is not known; never that nothing runs.
fn hides_nothing(started: &Started) -> Kept {
    ensure!(
        !matches!(started, Started::Refused { .. }),
        "a start of a running task was answered with {started:?}"
    );
    Ok(())
}

pub(super) async fn a_key_starts_one_task_however_often_it_is_sent(harness: &dyn Harness) -> Kept {
    let (first, second) = (connect(harness)?, connect(harness)?);
    let key = harness.key("again");
    for integration in [&first, &first, &second, &first] {
        let call = harness.until_told(&key);
        let started = start_again(harness, integration.as_ref(), call).await?;
        ensure!(
            matches!(started, Started::Running { .. }),
            "a start of a running task was answered with {started:?}"
        );
    }
    ran_once(harness, &key).await
}

pub(super) async fn a_key_starts_one_task_when_it_is_sent_many_times_at_once(
    harness: &dyn Harness,
) -> Kept {
    let (first, second) = (connect(harness)?, connect(harness)?);
    let key = harness.key("at-once");
    let starts = (0..16).map(|number| {
        let integration = if number % 2 == 0 { &first } else { &second };
        integration.start(harness.until_told(&key))
    });
    for started in soon(harness, "all starts are answered", join_all(starts)).await? {
        hides_nothing(&started)?;
    }
    ran_once(harness, &key).await
}

pub(super) async fn a_start_whose_answer_was_lost_is_found_running(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let key = harness.key("lost-reply");
    harness.lose_reply().await;
    let call = harness.until_told(&key);
    // A connector may find out by itself.
    let started = start_again(harness, integration.as_ref(), call.clone()).await?;
    ensure!(
        matches!(started, Started::Unknown { .. } | Started::Running { .. }),
        "a start whose answer was lost was answered with {started:?}"
    );
    ran_once(harness, &key).await?;
    let found = soon(harness, "a search is answered", integration.find(call)).await?;
    match found {
        Found::Running { state } => {
            let task = TaskRef { attempt: key.clone(), state };
            harness.end(&key, 0, "").await;
            let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
            follower.until_end(&key).await?;
        }
        Found::Cannot { .. } if !harness.connector().info().can_find => {}
        other => return Err(Broken(format!("the target has the task, and find says {other:?}"))),
    }
    ran_once(harness, &key).await
}

pub(super) async fn a_key_that_was_never_sent_is_not_found(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let key = harness.key("never-sent");
    let search = integration.find(harness.until_told(&key));
    let found = soon(harness, "a search is answered", search).await?;
    let can_find = harness.connector().info().can_find;
    let is_right = match &found {
        Found::Never => can_find,
        Found::Cannot { .. } => !can_find,
        Found::Running { .. } | Found::NotNow { .. } => false,
    };
    ensure!(is_right, "of a key that was never sent, find says {found:?} (can_find is {can_find})");
    ensure!(harness.starts(&key).await == 0, "a search has started a task");
    Ok(())
}

pub(super) async fn a_refused_start_runs_nothing(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let key = harness.key("refused");
    let call = harness.refused(&key);
    let started = start_again(harness, integration.as_ref(), call).await?;
    ensure!(
        matches!(&started, Started::Refused { why } if !why.is_empty()),
        "a task that cannot be started was answered with {started:?}"
    );
    let count = harness.starts(&key).await;
    ensure!(count == 0, "a refused task ran {count} times");
    ensure!(!harness.tasks().await.contains(&key), "the target has the refused task");
    Ok(())
}

pub(super) async fn a_start_over_a_broken_way_hides_no_running_task(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let (running, fresh) = (harness.key("runs"), harness.key("fresh"));
    let call = harness.until_told(&running);
    task_of(&running, start_again(harness, integration.as_ref(), call.clone()).await?)?;
    harness.set_way(false).await;
    let again = start_again(harness, integration.as_ref(), call.clone()).await;
    let found = soon(harness, "a search is answered", integration.find(call)).await;
    let call = harness.until_told(&fresh);
    let started = start_again(harness, integration.as_ref(), call.clone()).await;
    harness.set_way(true).await;

    let again = again?;
    hides_nothing(&again)?;
    ensure!(
        !matches!(again, Started::Ended { .. }),
        "a start of a running task was answered with {again:?}"
    );
    let found = found?;
    ensure!(found != Found::Never, "over a broken way, a running task is said to be nowhere");
    let count = harness.starts(&fresh).await;
    match started? {
        // An end may also say why nothing was sent: then it has not run.
        Started::Refused { .. } => {
            ensure!(count == 0, "a start was refused, and the target ran it {count} times");
        }
        Started::Running { .. } if count == 0 => {
            return Err(Broken("a start is said to have run that never arrived".into()));
        }
        _ => {}
    }
    let found = found_at_last(harness, integration.as_ref(), &call).await?;
    let is_right = match &found {
        Found::Running { .. } => count == 1,
        Found::Never => count == 0,
        Found::Cannot { .. } => !harness.connector().info().can_find,
        Found::NotNow { .. } => false,
    };
    ensure!(is_right, "the target ran the task {count} times, and find says {found:?}");
    ran_once(harness, &running).await
}

pub(super) async fn an_ended_task_is_not_started_again(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let key = harness.key("ended");
    let call = harness.until_told(&key);
    let started = start_again(harness, integration.as_ref(), call.clone()).await?;
    let task = task_of(&key, started)?;
    harness.end(&key, 7, "").await;
    Follower::new(harness, integration.as_ref(), vec![task]).until_end(&key).await?;
    match start_again(harness, integration.as_ref(), call).await? {
        Started::Ended { end, .. } => {
            let code = harness.code(7);
            ensure!(
                end.code == Some(code),
                "the task ended with {code}, and a repeated start says {end:?}"
            );
        }
        other => hides_nothing(&other)?,
    }
    ran_once(harness, &key).await
}
