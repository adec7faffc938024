//! Rules of searches, cancels and logs over a way that is faulty.

use super::follow::{Follower, connect, found_at_last, read_on, soon, start};
use super::logs::TEXT;
use super::starts::ran_once;
use super::suffering::{Way, says_nothing, ways};
use super::{Broken, Harness, Kept, ensure};
use crate::call::CallKind;
use crate::{Cancelled, Found, Integration, LogRequest, TaskRef};

pub(super) async fn a_search_over_a_faulty_way_hides_no_running_task(
    harness: &dyn Harness,
) -> Kept {
    for way in ways(harness, CallKind::Find) {
        search_over(harness, &way).await?;
    }
    Ok(())
}

async fn search_over(harness: &dyn Harness, way: &Way<'_>) -> Kept {
    let integration = connect(harness)?;
    let can_find = harness.connector().info().can_find;
    let running = start(harness, integration.as_ref(), "sought").await?.attempt;
    let strange = harness.key("never");
    let calls = [harness.until_told(&running), harness.until_told(&strange)];
    let [there, nowhere] = way
        .while_faulty(async {
            let there = way.call("a search", integration.find(calls[0].clone())).await?;
            Ok([there, way.call("a search", integration.find(calls[1].clone())).await?])
        })
        .await?;
    let fault = way.fault;
    ensure!(there != Some(Found::Never), "{fault:?}: a running task is said to be nowhere");
    let cannot =
        [&there, &nowhere].into_iter().flatten().find(|said| matches!(said, Found::Cannot { .. }));
    ensure!(
        !can_find || cannot.is_none(),
        "{fault:?}: the info says that it can find, and a search says {cannot:?}"
    );
    let is_found = matches!(there, Some(Found::Running { .. }));
    ensure!(
        is_found || !can_find || !fault.is_harmless(),
        "{fault:?}: of a running task, a search says {there:?}"
    );
    ensure!(
        !matches!(nowhere, Some(Found::Running { .. })),
        "{fault:?}: a task was found that was never sent"
    );
    for (call, count) in calls.iter().zip([1, 0]) {
        let found = found_at_last(harness, integration.as_ref(), call).await?;
        let is_right = match &found {
            Found::Running { .. } => can_find && count == 1,
            Found::Never => can_find && count == 0,
            Found::Cannot { .. } => !can_find,
            Found::NotNow { .. } => false,
        };
        ensure!(
            is_right,
            "{fault:?}: the task ran {count} times, and later a search says {found:?}"
        );
    }
    let count = harness.starts(&strange).await;
    ensure!(count == 0, "{fault:?}: a search has started a task");
    ran_once(harness, &running).await
}

pub(super) async fn a_cancel_over_a_faulty_way_ends_its_task_and_no_other(
    harness: &dyn Harness,
) -> Kept {
    for way in ways(harness, CallKind::Cancel) {
        cancel_over(harness, &way).await?;
    }
    Ok(())
}

async fn cancel_over(harness: &dyn Harness, way: &Way<'_>) -> Kept {
    let integration = connect(harness)?;
    let can_cancel = harness.connector().info().can_cancel;
    let task = start(harness, integration.as_ref(), "killed").await?;
    let other = start(harness, integration.as_ref(), "spared").await?;
    let (key, spared) = (task.attempt.clone(), other.attempt.clone());
    let said = way
        .while_faulty(async {
            let first = cancel(way, integration.as_ref(), &task).await?;
            Ok([first, cancel(way, integration.as_ref(), &task).await?])
        })
        .await?;
    let fault = way.fault;
    let is_done =
        said.iter().flatten().any(|said| matches!(said, Cancelled::Sent | Cancelled::TooLate));
    ensure!(can_cancel || !is_done, "{fault:?}: the info says that it cannot cancel: {said:?}");
    let is_refused = said.iter().flatten().any(|said| matches!(said, Cancelled::Refused { .. }));
    ensure!(!can_cancel || !is_refused, "{fault:?}: a running task was cancelled: {said:?}");
    if can_cancel && !is_done {
        again(harness, integration.as_ref(), &task).await?;
    }
    let tasks = vec![task, other];
    let mut follower = Follower::new(harness, integration.as_ref(), tasks).forgiving();
    if !can_cancel {
        harness.end(&key, 0, "").await;
    }
    let end = follower.until_end(&key).await?;
    ensure!(end.is_killed == can_cancel, "{fault:?}: its end is told as {end:?}");
    harness.end(&spared, 0, "").await;
    let (end, code) = (follower.until_end(&spared).await?, harness.code(0));
    ensure!(
        end.code == Some(code) && !end.is_killed,
        "{fault:?}: another task than the one that was killed ended as {end:?}"
    );
    Ok(())
}

async fn cancel(
    way: &Way<'_>,
    integration: &dyn Integration,
    task: &TaskRef,
) -> Result<Option<Cancelled>, Broken> {
    way.try_call("a cancel", integration.cancel(task.clone())).await
}

/// A cancel that had no answer is made again, as the scheduler does.
async fn again(harness: &dyn Harness, integration: &dyn Integration, task: &TaskRef) -> Kept {
    let cancelling = async {
        loop {
            match integration.cancel(task.clone()).await {
                Ok(Cancelled::Sent | Cancelled::TooLate) => return Ok(()),
                Ok(other) => {
                    return Err(Broken(format!("a cancel over a whole way says {other:?}")));
                }
                Err(error) => says_nothing(&error)?,
            }
            tokio::time::sleep(harness.limit() / 100).await;
        }
    };
    soon(harness, "a cancel over a whole way is answered", cancelling).await?
}

pub(super) async fn a_log_over_a_faulty_way_is_whole_or_goes_on(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let running = start(harness, integration.as_ref(), "writes").await?;
    let task = start(harness, integration.as_ref(), "wrote").await?;
    let key = task.attempt.clone();
    harness.end(&key, 0, TEXT).await;
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    follower.until_end(&key).await?;
    let task = follower.tasks.remove(0);
    for way in ways(harness, CallKind::ReadLog) {
        let fault = way.fault;
        log_over(harness, &way, integration.as_ref(), [&running, &task])
            .await
            .map_err(|Broken(why)| Broken(format!("{fault:?}: {why}")))?;
    }
    harness.end(&running.attempt, 0, "").await;
    Ok(())
}

async fn log_over(
    harness: &dyn Harness,
    way: &Way<'_>,
    integration: &dyn Integration,
    [running, task]: [&TaskRef; 2],
) -> Kept {
    let list = soon(harness, "a list of logs is answered", integration.logs(task.clone())).await?;
    let list = list.map_err(|error| Broken(format!("a list of logs failed: {error}")))?;
    let name = &list.first().ok_or_else(|| Broken("the task has no log".into()))?.name;
    let whole = read_on(harness, integration, task, name, None).await?;
    let (mut text, from) = way
        .while_faulty(async {
            let list = way.try_call("a list of logs", integration.logs(running.clone())).await?;
            let is_complete = list.iter().flatten().any(|log| log.is_complete);
            ensure!(!is_complete, "the log of a running task is said to be complete");
            parts(way, integration, task, name).await
        })
        .await?;
    if let Some(from) = from {
        text += &read_on(harness, integration, task, name, from).await?;
    }
    // It may also say that something was missing for a while.
    for line in TEXT.lines() {
        ensure!(text.contains(line), "read over a faulty way to its end, the log is {text:?}");
    }
    let count = text.matches("last line").count();
    ensure!(count == 1, "read over a faulty way, the log has a line {count} times: {text:?}");
    let again = read_on(harness, integration, task, name, None).await?;
    ensure!(again == whole, "the log was {whole:?}, and is {again:?} after the fault");
    Ok(())
}

/// Some parts of a log, and where to go on, unless it was read to its end.
async fn parts(
    way: &Way<'_>,
    integration: &dyn Integration,
    task: &TaskRef,
    name: &str,
) -> Result<(String, Option<Option<String>>), Broken> {
    let (mut text, mut from) = (String::new(), None);
    for _ in 0..4 {
        let (task, name) = (task.clone(), name.to_owned());
        let wait = std::time::Duration::ZERO;
        let call = LogRequest { task, name, from: from.clone(), bytes_max: 100, wait };
        if let Some(part) = way.try_call("a part of a log", integration.read_log(call)).await? {
            text += &part.text;
            if part.is_end {
                return Ok((text, None));
            }
            from = Some(part.next);
        }
    }
    Ok((text, Some(from)))
}
