//! How long to wait before another attempt.

use std::time::Duration;

/// Waits that double, within limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait before the second attempt.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Default for Backoff {
    /// 10 seconds, and at most one hour: attempts after 10 s, 20 s, 40 s, … 43 min, 1 h, 1 h.
    fn default() -> Self {
        Self { first: Duration::from_secs(10), longest: Duration::from_secs(3600) }
    }
}

impl Backoff {
    /// The wait before this attempt, counted from 1: none before the first, then [`Backoff::first`], and twice the wait before it each
    /// time, up to [`Backoff::longest`]. When the server has said how long to wait ([`crate::Outcome::Later`]), wait the longer of both.
    ///
    /// `jitter`, any number from 0 to 65,535 that the caller draws, takes up to half of the wait away, so that many deliveries that failed
    /// at one moment do not all come back at one moment.
    pub fn wait_before(&self, attempt: u32, jitter: u16) -> Duration {
        let Some(doublings) = attempt.checked_sub(2) else { return Duration::ZERO };
        let factor = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let whole = self.first.saturating_mul(factor).min(self.longest);
        // At most half of it, so this can neither overflow nor go below zero.
        let less = whole.as_micros() * u128::from(jitter) / (2 * u128::from(u16::MAX));
        whole.saturating_sub(Duration::from_micros(u64::try_from(less).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_double_from_the_second_attempt_up_to_the_longest() {
        let waits: Vec<u64> =
            (0..13).map(|n| Backoff::default().wait_before(n, 0).as_secs()).collect();
        assert_eq!(waits, [0, 0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
        assert_eq!(Backoff::default().wait_before(u32::MAX, 0).as_secs(), 3600);
    }

    #[test]
    fn jitter_takes_up_to_half_of_the_wait_away() {
        let wait = |jitter| Backoff::default().wait_before(4, jitter);
        assert_eq!(wait(0), Duration::from_secs(40));
        assert_eq!(wait(u16::MAX), Duration::from_secs(20));
        assert!(wait(100) > wait(200));
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_longest_or_shorter_than_half(
            first in 1..100_000u64, longest in 1..100_000u64, attempt: u32, jitter: u16,
        ) {
            let backoff = Backoff { first: Duration::from_millis(first), longest: Duration::from_millis(longest) };
            let (wait, whole) = (backoff.wait_before(attempt, jitter), backoff.wait_before(attempt, 0));
            prop_assert!(wait <= whole && whole <= backoff.longest);
            prop_assert!(wait >= whole / 2);
            prop_assert!(whole <= backoff.wait_before(attempt.saturating_add(1), 0));
        }
    }
}
