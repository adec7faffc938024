//! The time of day, as a thing that can be replaced in tests, and set forward in rehearsals.

mod leap;

use std::sync::Arc;

use jiff::Timestamp;

pub use leap::{LeapClock, Leaps};

/// Tells the time. Logic takes it from here and never from the system, so that a test can set it.
/// Waiting is done with `tokio::time`.
pub trait Clock: Send + Sync {
    /// Now, cut to whole microseconds: what both databases can hold, so that a stored time equals the one in memory.
    fn now(&self) -> Timestamp;

    /// This clock where it leaps. Who waits for an instant must then notice that it was set forward: see [`Leaps`].
    fn leaping(&self) -> Option<&LeapClock> {
        None
    }

    /// The time of the machine, which no leap changes: what processes promise each other, such as leases, is measured in it.
    fn machine(&self) -> Timestamp {
        self.leaping().map_or_else(|| self.now(), LeapClock::machine_now)
    }
}

/// A clock that several tasks share.
pub type SharedClock = Arc<dyn Clock>;

/// The clock of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everybody else is to ask"
    )]
    fn now(&self) -> Timestamp {
        truncated(Timestamp::now())
    }
}

impl SystemClock {
    /// The clock of the machine, ready to be handed around.
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

/// `time` without what is finer than a microsecond.
pub fn truncated(time: Timestamp) -> Timestamp {
    // Every instant has a number of whole microseconds that is an instant too.
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_has_no_nanoseconds() {
        assert_eq!(SystemClock.now().as_nanosecond() % 1000, 0);
    }

    #[test]
    fn truncation_keeps_the_microsecond() {
        let time: Timestamp = "2026-11-21T06:00:00.123456789Z".parse().expect("a valid instant");
        assert_eq!(truncated(time).to_string(), "2026-11-21T06:00:00.123456Z");
    }
}
