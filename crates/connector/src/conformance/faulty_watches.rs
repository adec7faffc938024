//! Rules of watches over a way that is faulty.

use std::time::Duration;

use super::follow::{Follower, WAIT, connect, start};
use super::suffering::{Way, way};
use super::{Broken, Harness, Kept, WayFault, ensure};
use crate::call::CallKind;
use crate::{AttemptKey, End, Reports, TaskStatus};

/// The code that the one task ends with.
const CODE: i32 = 5;

/// Of two tasks, one ends while the way is faulty.
async fn watch_over(harness: &dyn Harness, fault: WayFault) -> Kept {
    let Some(way) = way(harness, fault, CallKind::Watch) else { return Ok(()) };
    let integration = connect(harness)?;
    let ends = start(harness, integration.as_ref(), "ends").await?;
    let stays = start(harness, integration.as_ref(), "stays").await?;
    let (ending, staying) = (ends.attempt.clone(), stays.attempt.clone());
    let tasks = vec![ends, stays];
    let mut follower = Follower::new(harness, integration.as_ref(), tasks.clone()).forgiving();
    follower.ask().await?;
    let told = way.while_faulty(watches(harness, &way, &mut follower, &ending)).await?;
    let end = match told {
        Some(end) => end,
        None => follower.until_end(&ending).await?,
    };
    let code = harness.code(CODE);
    ensure!(
        end.code == Some(code) && !end.is_killed,
        "{fault:?}: it ended with {code}, and was told as {end:?}"
    );

    let mut second = Follower::new(harness, integration.as_ref(), tasks).forgiving();
    let again = second.until_end(&ending).await?;
    ensure!(again == end, "{fault:?}: the end was told as {end:?}, and later as {again:?}");
    harness.end(&staying, 0, "").await;
    let (end, code) = (follower.until_end(&staying).await?, harness.code(0));
    ensure!(
        end.code == Some(code) && !end.is_killed,
        "{fault:?}: the other one ended with {code}, and was told as {end:?}"
    );
    Ok(())
}

/// The end, if it was told already.
async fn watches(
    harness: &dyn Harness,
    way: &Way<'_>,
    follower: &mut Follower<'_>,
    ending: &AttemptKey,
) -> Result<Option<End>, Broken> {
    // Some connectors wait for news by themselves, and others let their agent wait.
    for wait in [Duration::ZERO, WAIT, Duration::ZERO] {
        follower.wait = wait;
        if let Some(told) = way.ask(follower).await? {
            ensure!(
                end_in(&told, None)?.is_none(),
                "an end was told of a task that runs: {told:?}"
            );
        }
    }
    harness.end(ending, CODE, "").await;
    let mut end = None;
    for wait in [Duration::ZERO, WAIT] {
        follower.wait = wait;
        if let Some(told) = way.ask(follower).await? {
            end = end.or(end_in(&told, Some(ending))?);
        }
    }
    Ok(end)
}

/// The end that is told of the one task that has ended; no other end, and nothing that is lost.
fn end_in(told: &Reports, ended: Option<&AttemptKey>) -> Result<Option<End>, Broken> {
    let mut found = None;
    for report in &told.reports {
        match &report.status {
            TaskStatus::Ended(end) if ended == Some(&report.attempt) => found = Some(end.clone()),
            TaskStatus::Ended(_) | TaskStatus::Lost { .. } => {
                return Err(Broken(format!("a task runs, and was told as {:?}", report.status)));
            }
            TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. } => {}
        }
    }
    Ok(found)
}

pub(super) async fn a_watch_over_a_slow_way_tells_the_end(harness: &dyn Harness) -> Kept {
    watch_over(harness, WayFault::Slow).await
}

pub(super) async fn a_watch_that_an_error_answers_ends_nothing_and_goes_on(
    harness: &dyn Harness,
) -> Kept {
    watch_over(harness, WayFault::ServerError).await?;
    watch_over(harness, WayFault::ErrorAfter).await
}

pub(super) async fn a_watch_whose_answers_are_lost_loses_no_news(harness: &dyn Harness) -> Kept {
    watch_over(harness, WayFault::LostReply).await
}

pub(super) async fn a_watch_that_arrives_twice_tells_one_end(harness: &dyn Harness) -> Kept {
    watch_over(harness, WayFault::Twice).await
}

pub(super) async fn a_watch_that_hangs_is_given_up_and_loses_no_news(
    harness: &dyn Harness,
) -> Kept {
    watch_over(harness, WayFault::HangBefore).await?;
    watch_over(harness, WayFault::HangAfter).await
}

pub(super) async fn a_watch_over_a_flapping_way_ends_nothing_and_goes_on(
    harness: &dyn Harness,
) -> Kept {
    watch_over(harness, WayFault::Flapping).await
}
