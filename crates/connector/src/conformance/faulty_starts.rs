//! Rules of starts over a way that is faulty.

use super::follow::{Follower, connect, found_at_last, start_again};
use super::starts::ran_once;
use super::suffering::{Way, way};
use super::{Broken, Harness, Kept, WayFault, ensure};
use crate::call::CallKind;
use crate::{AttemptKey, Found, Integration, StartTask, Started, TaskRef};

/// What was answered while the way was faulty.
struct Said {
    /// To the start and a repetition of it; fewer where they were given up.
    started: Vec<Started>,
    /// To a search right after them; none where it was given up.
    found: Option<Found>,
}

async fn start_over(harness: &dyn Harness, fault: WayFault) -> Kept {
    let Some(way) = way(harness, fault, CallKind::Start) else { return Ok(()) };
    let integration = connect(harness)?;
    let key = harness.key("faulty");
    let call = harness.until_told(&key);
    let said = way.while_faulty(starts(&way, integration.as_ref(), &call)).await?;
    let found = found_at_last(harness, integration.as_ref(), &call).await?;
    let count = harness.starts(&key).await;
    judge(harness, fault, &said, &found, count)
        .map_err(|Broken(why)| Broken(format!("{fault:?}: {why}")))?;
    if count > 0 {
        goes_on(harness, integration.as_ref(), &call, found).await?;
        return ran_once(harness, &key).await;
    }
    ensure!(
        !harness.tasks().await.contains(&key),
        "{fault:?}: the target has a task that never ran"
    );
    Ok(())
}

async fn starts(
    way: &Way<'_>,
    integration: &dyn Integration,
    call: &StartTask,
) -> Result<Said, Broken> {
    let mut started: Vec<Option<Started>> = Vec::new();
    // What is certain is not tried again.
    while started.len() < 2
        && !matches!(started.last(), Some(Some(Started::Refused { .. } | Started::Ended { .. })))
    {
        started.push(way.call("a start", integration.start(call.clone())).await?);
    }
    let found = way.call("a search", integration.find(call.clone())).await?;
    Ok(Said { started: started.into_iter().flatten().collect(), found })
}

/// Whether everything that was said is true. The task runs until it is told to end, so whatever ended has not run.
fn judge(harness: &dyn Harness, fault: WayFault, said: &Said, found: &Found, count: u32) -> Kept {
    ensure!(count <= 1, "the target ran the task {count} times");
    ensure!(
        count == 1 || !(fault.is_harmless() || fault.is_after_accept()),
        "the target was sent the task and has not run it"
    );
    let last = said.started.len().saturating_sub(1);
    for (number, started) in said.started.iter().enumerate() {
        let is_true = match started {
            Started::Running { .. } => count == 1,
            // One that was not sent may be sent again.
            Started::NotSent { .. } => count == 0 || number < last,
            Started::Refused { .. } | Started::Ended { .. } => count == 0,
            Started::Unknown { .. } => !fault.is_harmless(),
        };
        ensure!(is_true, "a start was answered with {started:?}; the target ran it {count} times");
    }
    let can_find = harness.connector().info().can_find;
    for found in said.found.iter().chain([found]) {
        let is_true = match found {
            Found::Running { .. } => count == 1,
            // Also where it was said while a start was held on the way, which arrived after that.
            Found::Never => count == 0,
            Found::Cannot { .. } => !can_find,
            Found::NotNow { .. } => true,
        };
        ensure!(is_true, "a search says {found:?}; the target ran the task {count} times");
    }
    Ok(())
}

/// The task is followed to its end, and its key starts nothing any more.
async fn goes_on(
    harness: &dyn Harness,
    integration: &dyn Integration,
    call: &StartTask,
    found: Found,
) -> Kept {
    let key: &AttemptKey = &call.attempt;
    let state = match found {
        Found::Running { state } => state,
        // Who cannot find still knows a key again.
        other => match start_again(harness, integration, call.clone()).await? {
            Started::Running { state } => state,
            started => return Err(Broken(format!("found {other:?}, started {started:?}"))),
        },
    };
    let task = TaskRef { attempt: key.clone(), state };
    let mut follower = Follower::new(harness, integration, vec![task]).forgiving();
    harness.end(key, 4, "").await;
    let (end, code) = (follower.until_end(key).await?, harness.code(4));
    ensure!(end.code == Some(code), "it ended with {code}, and was told with {:?}", end.code);
    let again = start_again(harness, integration, call.clone()).await?;
    ensure!(
        !matches!(again, Started::Refused { .. }),
        "a start of a task that ran was answered with {again:?}"
    );
    Ok(())
}

pub(super) async fn a_start_over_a_slow_way_runs_once(harness: &dyn Harness) -> Kept {
    start_over(harness, WayFault::Slow).await
}

pub(super) async fn a_start_that_an_error_answers_is_not_failed_where_it_may_run(
    harness: &dyn Harness,
) -> Kept {
    start_over(harness, WayFault::ServerError).await?;
    start_over(harness, WayFault::ErrorAfter).await
}

pub(super) async fn a_start_whose_answers_are_all_lost_runs_once_and_is_found(
    harness: &dyn Harness,
) -> Kept {
    start_over(harness, WayFault::LostReply).await
}

pub(super) async fn a_start_that_arrives_twice_runs_once(harness: &dyn Harness) -> Kept {
    start_over(harness, WayFault::Twice).await
}

pub(super) async fn a_start_that_hangs_runs_once_or_never(harness: &dyn Harness) -> Kept {
    start_over(harness, WayFault::HangBefore).await?;
    start_over(harness, WayFault::HangAfter).await
}

pub(super) async fn a_start_over_a_flapping_way_runs_at_most_once(harness: &dyn Harness) -> Kept {
    start_over(harness, WayFault::Flapping).await
}
