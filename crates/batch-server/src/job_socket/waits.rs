//! Showing that a job waits (13 to 16), as long as it does.

use std::time::Duration;

use batch_core::request::{Activity, Event, State};
use tokio::time::Instant;

use super::call::{Asker, Refusal};
use super::once::Once;
use crate::store::request::Request;
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

/// Whether a run shows that it waits for this: a call that is sent again finds what it has shown before.
pub(super) fn shows(request: &Request, activity: Activity) -> bool {
    matches!(request.state(), Ok(State::Running(_, shown)) if shown == activity)
}

/// The end of a wait of so many seconds, counted from when the call was asked first, so that a restart of this process
/// does not begin it anew; none waits for ever.
pub(super) async fn deadline(
    asker: &Asker,
    seconds: Option<u32>,
) -> Result<Option<Instant>, Refusal> {
    let Some(seconds) = seconds else { return Ok(None) };
    let once = Once::of(asker);
    let asked_at = asker
        .server
        .db
        .write(move |tx| {
            let once = once.clone();
            Box::pin(async move {
                once.begin(tx).await?;
                once.asked_at(tx).await
            })
        })
        .await?;
    Ok(Some(instant(asker, asked_at.saturating_add(i64::from(seconds) * 1_000_000))))
}

/// When a stored time comes, in microseconds; one that has passed is now.
pub(super) fn instant(asker: &Asker, at: i64) -> Instant {
    let left = at.saturating_sub(sql::to_micros(asker.server.clock.now()));
    Instant::now() + Duration::from_micros(u64::try_from(left).unwrap_or(0))
}

/// Waits for a change of a request, at most until the deadline and at most a second: the poll behind every signal. False
/// when the deadline has passed.
pub(super) async fn change(watch: crate::hub::Watch, deadline: Option<Instant>) -> bool {
    let look = Instant::now() + Duration::from_secs(1);
    let until = deadline.map_or(look, |deadline| deadline.min(look));
    let _ = tokio::time::timeout_at(until, watch.changed()).await;
    deadline.is_none_or(|deadline| Instant::now() < deadline)
}
