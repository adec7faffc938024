//! Following a run: output while it comes, then the end.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use batch_runner::{CLAIMED, Launched};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::time::timeout;

use super::{SharedController, finish, ingest};
use crate::store::request::Request;

/// Follows a run that this life started: its wake-up pipe says when there is output, and its end when the runner has ended.
pub(super) async fn follow(
    controller: SharedController,
    request: Request,
    launched: Launched,
) -> anyhow::Result<()> {
    let mut wake = pipe::Receiver::from_owned_fd(launched.wake)
        .context("watching the wake-up pipe of a runner")?;
    let mut bytes = [0_u8; 64];
    let mut mark = ingest::Mark::start(&request);
    let (mut is_behind, mut was_claimed) = (false, false);
    loop {
        let woken = wake.read(&mut bytes);
        // A job may say nothing more for hours: what could not be stored is tried again without its doing.
        let woken = if is_behind { timeout(AGAIN_AFTER, woken).await } else { Ok(woken.await) };
        // Zero bytes, or an error, are the end of the runner.
        if matches!(woken, Ok(Ok(0) | Err(_))) {
            break;
        }
        if let Ok(Ok(count)) = woken {
            was_claimed |= bytes[..count].contains(&CLAIMED);
            if bytes[..count] == [CLAIMED] {
                continue;
            }
        }
        is_behind = !ingest::ingest(&controller, &mut mark).await;
        if is_behind && let Some(known) = finish::still_ours(&controller, &request).await {
            mark = known;
        }
    }
    finish::finish(&controller, &request, mark, was_claimed).await
}

/// When output that could not be stored is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// How often the output of an adopted run is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Follows a run that an earlier life started: its wake-up pipe is gone with that life, so its output is looked for on a
/// timer; its process tells its end at once.
pub(super) async fn follow_adopted(
    controller: SharedController,
    request: Request,
    runner: OwnedFd,
) -> anyhow::Result<()> {
    let runner = Arc::new(runner);
    let mut mark = ingest::Mark::resume(&request);
    loop {
        let watched = Arc::clone(&runner);
        let has_ended =
            tokio::task::spawn_blocking(move || batch_runner::has_ended(&watched, LOOK_EVERY))
                .await??;
        if has_ended {
            return finish::finish(&controller, &request, mark, true).await;
        }
        ingest::ingest(&controller, &mut mark).await;
    }
}
