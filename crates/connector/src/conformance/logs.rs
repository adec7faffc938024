//! Rules of logs.

use std::time::Duration;

use super::follow::{Follower, connect, read, soon, start};
use super::{Broken, Harness, Kept, ensure};
use crate::{Fault, Integration, LogFile, LogRequest, TaskRef};

/// One to four bytes per character, lines with both ends, and an empty one.
pub(super) const TEXT: &str = "one\r\nzwei: äöü\n\n日本語 🦀🦀🦀\nlast line";

async fn logs(
    harness: &dyn Harness,
    integration: &dyn Integration,
    task: &TaskRef,
) -> Result<Vec<LogFile>, Broken> {
    let list = soon(harness, "a list of logs is answered", integration.logs(task.clone())).await?;
    list.map_err(|error| Broken(format!("a list of logs failed: {error}")))
}

pub(super) async fn a_log_read_in_parts_is_the_log_read_as_a_whole(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "log").await?;
    let key = task.attempt.clone();
    harness.end(&key, 0, TEXT).await;
    let mut follower = Follower::new(harness, integration.as_ref(), vec![task]);
    follower.until_end(&key).await?;
    let task = &follower.tasks[0];
    let list = logs(harness, integration.as_ref(), task).await?;
    ensure!(!list.is_empty(), "a task that wrote a log has none");
    let mut is_there = false;
    for log in list {
        let name = &log.name;
        ensure!(log.is_complete, "the log `{name}` of an ended task is not complete");
        ensure!(!name.contains(['/', '\\']), "the log `{name}` has a folder in its name");
        let whole = read(harness, integration.as_ref(), task, name, 1 << 20).await?;
        for bytes_max in [LogRequest::BYTES_MIN, 5, 16] {
            let parts = read(harness, integration.as_ref(), task, name, bytes_max).await?;
            ensure!(
                parts == whole,
                "in parts of {bytes_max} bytes, `{name}` is {parts:?} and not {whole:?}"
            );
        }
        // A log of a connector may have more than the target wrote, and other line ends.
        is_there |= TEXT.lines().all(|line| whole.contains(line));
    }
    ensure!(is_there, "no log has what the target wrote");
    Ok(())
}

pub(super) async fn a_log_that_is_followed_ends(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "follow").await?;
    let key = task.attempt.clone();
    let list = logs(harness, integration.as_ref(), &task).await?;
    let Some(log) = list.first() else {
        // Where a log comes with the end of its task, there is nothing to follow.
        harness.end(&key, 0, TEXT).await;
        return Ok(());
    };
    ensure!(!log.is_complete, "the log of a running task is said to be complete");
    let follow = read(harness, integration.as_ref(), &task, &log.name, 16);
    let end = harness.end(&key, 0, TEXT);
    let (text, ()) = futures_util::future::join(follow, end).await;
    let text = text?;
    ensure!(
        TEXT.lines().all(|line| text.contains(line)),
        "followed to its end, the log is {text:?}"
    );
    Ok(())
}

pub(super) async fn a_log_that_is_not_there_is_not_found(harness: &dyn Harness) -> Kept {
    let integration = connect(harness)?;
    let task = start(harness, integration.as_ref(), "no-log").await?;
    for name in ["no such log", "../../etc/passwd", ""] {
        let call = LogRequest {
            task: task.clone(),
            name: name.into(),
            from: None,
            bytes_max: 1000,
            wait: Duration::ZERO,
        };
        let part = soon(harness, "a part of a log is answered", integration.read_log(call)).await?;
        ensure!(
            part.as_ref().is_err_and(|error| error.fault == Fault::NotFound),
            "of a log {name:?} that is not there, {part:?} was answered"
        );
    }
    harness.end(&task.attempt, 0, "").await;
    Ok(())
}
