//! Rules of cancelling, deleting and heartbeats.

use super::follow::{Follower, connect, soon, start, start_again};
use super::{Broken, Harness, Kept, ensure};
use crate::{Cancelled, Communication, Heartbeat, Integration, Started, TaskRef};

async fn cancel(
    harness: &dyn Harness,
    integration: &dyn Integration,
    task: &TaskRef,
) -> Result<Cancelled, Broken> {
    let answer = soon(harness, "a cancel is answered", integration.cancel(task.clone())).await?;
    answer.map_err(|error| Broken(format!("a cancel failed: {error}")))
}

pub(super) async fn a_cancel_kills_or_is_refused_as_the_info_says(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "cancel").await?;
    let key = task.attempt.clone();
    let answer = cancel(harness, integration.as_ref(), &task).await?;
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    if harness.connector().info().can_cancel {
        ensure!(answer == Cancelled::Sent, "a running task was cancelled: {answer:?}");
        let end = follower.until_end(&key).await?;
        ensure!(end.is_killed, "the task was killed, and its end is told as {end:?}");
    } else {
        ensure!(
            matches!(answer, Cancelled::Refused { .. }),
            "the info says that it cannot cancel, and a cancel answered {answer:?}"
        );
        harness.end(&key, 0, "").await;
        follower.until_end(&key).await?;
    }
    Ok(())
}

pub(super) async fn a_repeated_cancel_changes_nothing(harness: &dyn Harness) -> Kept {
    if !harness.connector().info().can_cancel {
        return Ok(());
    }
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "cancel-again").await?;
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task.clone()]);
    cancel(harness, integration.as_ref(), &task).await?;
    for _ in 0..2 {
        let answer = cancel(harness, integration.as_ref(), &task).await?;
        ensure!(
            matches!(answer, Cancelled::Sent | Cancelled::TooLate),
            "a repeated cancel answered {answer:?}"
        );
    }
    let end = follower.until_end(&task.attempt).await?;
    ensure!(end.is_killed, "the task was killed, and its end is told as {end:?}");
    cancel(harness, integration.as_ref(), &task).await?;
    let mut second = Follower::new(harness, integration.as_ref(), vec![task.clone()]);
    let again = second.until_end(&task.attempt).await?;
    ensure!(again == end, "the end was told as {end:?}, and after another cancel as {again:?}");
    Ok(())
}

pub(super) async fn a_cancel_after_the_end_is_too_late(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "too-late").await?;
    harness.end(&task.attempt, 4, "").await;
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    let key = follower.tasks[0].attempt.clone();
    follower.until_end(&key).await?;
    let answer = cancel(harness, integration.as_ref(), &follower.tasks[0]).await?;
    ensure!(answer == Cancelled::TooLate, "an ended task was cancelled: {answer:?}");
    Ok(())
}

/// A task that has ended and was deleted.
async fn deleted(
    harness: &dyn Harness,
    integration: &dyn Integration,
    hint: &str,
) -> Result<TaskRef, Broken> {
    let task = start(harness, integration, hint).await?;
    let key = task.attempt.clone();
    harness.end(&key, 4, "text\n").await;
    let mut follower = Follower::new(harness, integration, vec![task]);
    follower.until_end(&key).await?;
    let task = follower.tasks.remove(0);
    for _ in 0..3 {
        let done = soon(harness, "a delete is answered", integration.delete(task.clone())).await?;
        done.map_err(|error| Broken(format!("a delete failed: {error}")))?;
    }
    Ok(task)
}

pub(super) async fn a_delete_may_be_repeated(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    deleted(harness, integration.as_ref(), "delete").await?;
    Ok(())
}

pub(super) async fn a_deleted_task_is_not_started_again(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = deleted(harness, integration.as_ref(), "deleted").await?;
    let key = &task.attempt;
    let call = harness.until_told(key);
    let started = start_again(harness, integration.as_ref(), call).await?;
    let count = harness.starts(key).await;
    ensure!(count == 1, "the target ran `{key}` {count} times");
    ensure!(
        !matches!(started, Started::Refused { .. }),
        "a start of a task that ran was answered with {started:?}"
    );
    Ok(())
}

pub(super) async fn a_heartbeat_follows_the_way_to_the_target(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    for is_whole in [true, false, false, true] {
        harness.set_way(is_whole).await;
        for is_first in [true, false] {
            let beat = integration.heartbeat(Heartbeat { is_first });
            let beat = soon(harness, "a heartbeat is answered", beat).await;
            let is_right = match &beat {
                Ok(Communication::Communicating { .. }) => is_whole,
                Ok(Communication::NotCommunicating { why }) => !is_whole && !why.is_empty(),
                Err(_) => false,
            };
            if !is_right {
                harness.set_way(true).await;
                let way = if is_whole { "whole" } else { "broken" };
                return Err(Broken(format!("over a {way} way, a heartbeat says {beat:?}")));
            }
        }
    }
    Ok(())
}
