//! What a job has written before its call.

use std::time::Duration;

use amt_job::protocol::Op;
use batch_runner::spool::Spool;
use tokio::time::Instant;

use super::asker::{Asker, Refusal};
use super::waits;
use crate::store::request::{Request, read};

/// Longest wait for it. What cannot be stored now must not hold up the job; only the order in its log is at stake.
const LIMIT: Duration = Duration::from_secs(2);

/// Whether a call leaves messages of its own in the log of the job's family.
pub(super) fn is_logged(op: &Op) -> bool {
    matches!(op, Op::Ask { .. } | Op::Start(_) | Op::CriticalPoint { .. } | Op::Abort { .. })
}

/// Waits until what the job has written before its call is stored, so that it stands before what comes of the call. The
/// job has had its runner write it down, and the controller is about to read it.
pub(super) async fn until_stored(asker: &Asker) -> Result<(), Refusal> {
    let Some(written) = written(asker) else { return Ok(()) };
    let deadline = Instant::now() + LIMIT;
    let (id, attempt) = (asker.request.id, asker.request.attempt);
    let is_missing = |now: &Request| now.attempt == attempt && now.spool_offset < written;
    if !is_missing(&asker.request) {
        return Ok(());
    }
    loop {
        let watch = asker.server.hub.watch(id);
        let now = asker.server.db.read(move |tx| Box::pin(async move { read::get(tx, id).await }));
        if !now.await?.as_ref().is_some_and(is_missing)
            || !waits::change(watch, Some(deadline)).await
        {
            return Ok(());
        }
    }
}

/// The bytes in the spool of the run; none where it has not written anything, or its spool is not there.
fn written(asker: &Asker) -> Option<i64> {
    let attempt = u32::try_from(asker.request.attempt).ok()?;
    let spool = Spool::new(&asker.server.options.spool_root(), asker.request.id, attempt);
    i64::try_from(std::fs::metadata(spool.output()).ok()?.len()).ok()
}
