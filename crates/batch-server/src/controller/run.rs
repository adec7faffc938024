//! Following a run: output while it comes, then the end.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use batch_runner::{CLAIMED, Launched};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::time::{Instant, timeout, timeout_at};

use super::{SharedController, finish, ingest, store_end};
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
        match woken {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(count)) => {
                was_claimed |= bytes[..count].contains(&CLAIMED);
                if bytes[..count] == [CLAIMED] {
                    continue;
                }
                if has_ended_within(&mut wake, GATHER).await {
                    break;
                }
            }
            Err(_) => {}
        }
        is_behind = !ingest::ingest(&controller, &mut mark).await;
        if is_behind && let Some(known) = store_end::still_ours(&controller, &request).await {
            mark = known;
        }
    }
    finish::finish(&controller, &request, mark, was_claimed).await
}

/// How long the first output waits for more of it: most jobs end right after their last line, which then goes along with
/// the end in one transaction. A call of the job that is told in its log waits until this is stored (`job_socket/said.rs`).
const GATHER: Duration = Duration::from_millis(3);

/// Whether the runner ends meanwhile: zero bytes, or an error.
async fn has_ended_within(wake: &mut pipe::Receiver, limit: Duration) -> bool {
    let until = Instant::now() + limit;
    let mut bytes = [0_u8; 64];
    loop {
        match timeout_at(until, wake.read(&mut bytes)).await {
            Ok(Ok(0) | Err(_)) => return true,
            Ok(Ok(_)) => {}
            Err(_) => return false,
        }
    }
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
    let mut pause = LOOK_EVERY;
    loop {
        let watched = Arc::clone(&runner);
        let has_ended =
            tokio::task::spawn_blocking(move || batch_runner::has_ended(&watched, pause)).await??;
        if has_ended {
            return finish::finish(&controller, &request, mark, true).await;
        }
        let is_behind = !ingest::ingest(&controller, &mut mark).await;
        if is_behind && let Some(known) = store_end::still_ours(&controller, &request).await {
            mark = known;
        }
        pause = if is_behind { AGAIN_AFTER } else { LOOK_EVERY };
    }
}
