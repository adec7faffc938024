//! How often a loop writes.

use std::time::Duration;

use tokio::time::Instant;

/// Between two writes of a loop that has much to write, at least.
pub(crate) const STEP: Duration = Duration::from_millis(25);
/// Between two writes at most.
const STEP_MAX: Duration = Duration::from_millis(100);
/// After a write that failed.
const FAILED: Duration = Duration::from_secs(1);

/// How long to wait after a write that took so long, so that a third of the time goes into writing at most: a write costs about as
/// much for ten things as for one.
pub(crate) fn rest(took: Duration) -> Duration {
    (took * 2).clamp(STEP, STEP_MAX)
}

/// Spaces the writes of a loop. After a rest it may write at once; while much is going on, what comes within a step is
/// written together.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    next: Option<Instant>,
}

impl Pace {
    /// When it may write: now, or a little later.
    pub(crate) fn next(&self) -> Instant {
        let now = Instant::now();
        self.next.map_or(now, |next| next.max(now))
    }

    /// Whether it may write now.
    pub(crate) fn is_ready(&self) -> bool {
        self.next.is_none_or(|next| next <= Instant::now())
    }

    /// It has written, or has tried to, which took so long.
    pub(crate) fn wrote(&mut self, took: Duration, is_done: bool) {
        self.next = Some(Instant::now() + if is_done { rest(took) } else { FAILED });
    }
}
