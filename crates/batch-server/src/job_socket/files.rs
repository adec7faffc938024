//! Waiting for a file (code 13).

use std::time::Duration;

use amt_job::protocol::Answer;
use batch_core::request::Activity;
use tokio::time::Instant;

use super::asker::{Asker, Refusal};
use super::once::keep;
use super::{place, waits};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Waits until a file exists. A path that is not absolute is below the application's base path.
pub(super) async fn wait_file(
    asker: Asker,
    path: String,
    timeout_seconds: Option<u32>,
) -> Result<Answer, Refusal> {
    let place = place::of(&asker, &path, |_| "%APPROOT%").map_err(Refusal::invalid)?;
    let deadline = waits::deadline(&asker, timeout_seconds).await?;
    // Sent again it may still show the wait that a process before this one has begun.
    let mut is_shown = waits::shows(&asker.request, Activity::File);
    loop {
        let found = tokio::fs::metadata(&place).await.is_ok();
        if found || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            if is_shown {
                waits::unblock(&asker).await?;
            }
            return keep(&asker, Answer::File { found, path: place }).await;
        }
        if !is_shown {
            waits::block(&asker, Activity::File, None).await?;
            is_shown = true;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
