//! A clock that stands still until a test moves it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kit::Clock;
use kit::clock::truncated;

/// A clock that stands still until a test moves it. Clones show the same time; `clock.shared()` is what code under
/// test takes.
#[derive(Debug, Clone)]
pub struct SimClock(Arc<Mutex<Timestamp>>);

impl SimClock {
    /// A clock that shows `now`, cut to microseconds.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(truncated(now))))
    }

    /// A clock that shows an instant such as `2026-11-23T06:00:00Z`.
    pub fn at_text(now: &str) -> Self {
        Self::at(now.parse().unwrap_or_else(|error| panic!("`{now}` is no instant: {error}")))
    }

    /// Moves it to `now`, forwards or back.
    pub fn set(&self, now: Timestamp) {
        *self.lock() = truncated(now);
    }

    /// Moves it forwards and returns the new time.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let mut now = self.lock();
        *now = truncated(*now + by);
        *now
    }

    /// The clock as code under test takes it.
    pub fn shared(&self) -> kit::SharedClock {
        Arc::new(self.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        // A time is never half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SimClock {
    /// Monday, 23 November 2026, 06:00 UTC.
    fn default() -> Self {
        Self::at_text("2026-11-23T06:00:00Z")
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_only_when_told() {
        let clock = SimClock::default();
        let shared = clock.shared();
        assert_eq!(shared.now().to_string(), "2026-11-23T06:00:00Z");
        clock.advance(Duration::from_nanos(1_500));
        assert_eq!(shared.now().to_string(), "2026-11-23T06:00:00.000001Z");
        clock.set(Timestamp::UNIX_EPOCH);
        assert_eq!(shared.now(), Timestamp::UNIX_EPOCH);
    }
}
