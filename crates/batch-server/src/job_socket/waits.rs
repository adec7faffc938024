//! Showing that a job waits (13 to 16), as long as it does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amt_job::protocol::Op;
use batch_core::request::{Activity, Event, State};
use tokio::time::Instant;

use super::asker::{Asker, Refusal};
use super::once::Once;
use super::state::State as Socket;
use crate::store::request::change::Also;
use crate::store::request::{Request, read};
use crate::transition;

/// How many calls of each run wait on the job socket.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<HashMap<i64, usize>>>);

/// One of them, as long as this value lives.
pub(super) struct Wait {
    all: Waiting,
    id: i64,
}

impl Waiting {
    /// A call of this run begins to wait.
    pub(super) fn begin(&self, id: i64) -> Wait {
        self.count(|counts| *counts.entry(id).or_default() += 1);
        Wait { all: self.clone(), id }
    }

    fn is_waiting(&self, id: i64) -> bool {
        self.count(|counts| counts.contains_key(&id))
    }

    fn count<T>(&self, work: impl FnOnce(&mut HashMap<i64, usize>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.all.count(|counts| {
            let left = counts.remove(&self.id).unwrap_or_default().saturating_sub(1);
            if left > 0 {
                counts.insert(self.id, left);
            }
        });
    }
}

/// Whether what the run shows is over with the call. A question outlives it: the operator can still answer, and the call may come again.
pub(super) fn shows_nothing_else(op: &Op) -> bool {
    match op {
        Op::WaitFile { .. } | Op::WaitJob { .. } => true,
        Op::Start(child) => child.wait,
        _ => false,
    }
}

/// The caller of a wait has gone: the run waits no longer, unless another of its calls does. When the same call comes again, it shows the
/// wait again.
pub(super) async fn hung_up(socket: &Arc<Socket>, id: i64, attempt: i64) {
    let rules = transition::Rules::of(&socket.server);
    let waiting = socket.waiting.clone();
    let done = socket
        .server
        .db
        .write(move |tx| {
            let waiting = waiting.clone();
            Box::pin(async move {
                let Some(request) = read::lock(tx, id).await? else { return Ok(None) };
                let waits = matches!(
                    request.state()?,
                    State::Running(_, Activity::File | Activity::Job | Activity::Report)
                );
                if !waits || request.attempt != attempt || waiting.is_waiting(id) {
                    return Ok(None);
                }
                let also = Also::default();
                transition::step(tx, &request, Event::Unblock, also, rules).await.map(Some)
            })
        })
        .await;
    match done {
        Ok(Some(stepped)) => transition::announce(&socket.server, &stepped),
        Ok(None) => {}
        Err(error) => {
            let error: &sql::Error = &error;
            tracing::warn!(
                error = error as &dyn std::error::Error,
                request.id = id,
                "cannot note that request {id} waits no longer"
            );
        }
    }
}

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
