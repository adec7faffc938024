//! Showing that a job waits (13 to 16), as long as it does.

use std::time::Duration;

use batch_core::request::{Activity, Event};
use tokio::time::Instant;

use super::call::{Asker, Refusal};
use crate::store::request::change::Also;
use crate::transition;

/// Shows what the job waits for.
pub(super) async fn block(
    asker: &Asker,
    activity: Activity,
    waits_for_id: Option<i64>,
) -> Result<(), Refusal> {
    let also = Also { waits_for_id, ..Also::default() };
    transition::happen(&asker.server, asker.request.id, Event::Block(activity), also).await?;
    Ok(())
}

/// Shows that the job goes on.
pub(super) async fn unblock(asker: &Asker) -> Result<(), Refusal> {
    transition::happen(&asker.server, asker.request.id, Event::Unblock, Also::default()).await?;
    Ok(())
}

/// The end of a wait of so many seconds; none waits for ever.
pub(super) fn deadline(seconds: Option<u32>) -> Option<Instant> {
    seconds.map(|seconds| Instant::now() + Duration::from_secs(u64::from(seconds)))
}

/// Waits for a change of a request, at most until the deadline and at most a second: the poll behind every signal. False
/// when the deadline has passed.
pub(super) async fn change(watch: crate::hub::Watch, deadline: Option<Instant>) -> bool {
    let look = Instant::now() + Duration::from_secs(1);
    let until = deadline.map_or(look, |deadline| deadline.min(look));
    let _ = tokio::time::timeout_at(until, watch.changed()).await;
    deadline.is_none_or(|deadline| Instant::now() < deadline)
}
