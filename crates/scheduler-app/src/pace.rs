//! How often a loop writes.

use std::time::Duration;

use tokio::time::Instant;

/// Between two writes of a loop that has much to write, at least.
pub(crate) const STEP: Duration = Duration::from_millis(25);
/// Between two writes at most.
const STEP_MAX: Duration = Duration::from_millis(100);
/// After a write that failed.
const FAILED: Duration = Duration::from_secs(1);

/// After something that costs next to nothing, such as a look at what is wanted.
const LIGHT: Duration = Duration::from_millis(5);

/// How long to wait after a write that took so long, so that a third of the time goes into writing at most: a write costs about as
/// much for ten things as for one.
fn rest(took: Duration) -> Duration {
    (took * 2).clamp(STEP, STEP_MAX)
}

/// Writes that a loop may do without a rest, where it has rested before: so one job on its way is not held up.
const AT_ONCE: u32 = 4;

/// Spaces the writes of a loop. After a time without any it may write a few times at once; while much is going on, what comes within
/// a step is written together.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When it will have had all the rests that it owes.
    rested: Option<Instant>,
}

impl Pace {
    /// When it may write: now, or a little later.
    pub(crate) fn next(&self) -> Instant {
        let now = Instant::now();
        let next = self.rested.and_then(|rested| rested.checked_sub(STEP * (AT_ONCE - 1)));
        next.map_or(now, |next| next.max(now))
    }

    /// Whether it may write now.
    pub(crate) fn is_ready(&self) -> bool {
        self.next() <= Instant::now()
    }

    /// It has done something that is no write.
    pub(crate) fn looked(&mut self) {
        self.owe(LIGHT);
    }

    fn owe(&mut self, rest: Duration) {
        let now = Instant::now();
        self.rested = Some(self.rested.map_or(now, |rested| rested.max(now)) + rest);
    }

    /// It has written, or has tried to, which took so long.
    pub(crate) fn wrote(&mut self, took: Duration, is_done: bool) {
        if is_done {
            self.owe(rest(took));
        } else {
            self.rested = Some(Instant::now() + FAILED + STEP * AT_ONCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_no_write_is_followed_by_a_short_rest() {
        let mut pace = Pace::default();
        let begun = Instant::now();
        for _ in 0..50 {
            tokio::time::sleep_until(pace.next()).await;
            pace.looked();
        }
        // As many as the rest of four writes holds are done at once.
        assert_eq!(begun.elapsed(), LIGHT * 34);
        tokio::time::sleep_until(pace.next()).await;
        pace.looked();
        pace.wrote(Duration::ZERO, false);
        assert!(pace.next() >= Instant::now() + FAILED);
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_writes_at_once_and_then_one_in_a_step() {
        let mut pace = Pace::default();
        let begun = Instant::now();
        let mut at = Vec::new();
        for _ in 0..7 {
            tokio::time::sleep_until(pace.next()).await;
            assert!(pace.is_ready());
            at.push(begun.elapsed().as_millis());
            pace.wrote(Duration::from_millis(1), true);
        }
        assert_eq!(at, [0, 0, 0, 0, 25, 50, 75]);
        // What costs more is written less often.
        pace.wrote(Duration::from_millis(30), true);
        assert!(pace.next() >= Instant::now() + Duration::from_millis(60));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(pace.is_ready());
        pace.wrote(Duration::ZERO, false);
        assert!(pace.next() >= Instant::now() + FAILED);
    }
}
