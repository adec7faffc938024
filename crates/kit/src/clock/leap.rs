//! A clock that can be set forward: for demos and rehearsals, in which nobody wants to wait for the night.

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{Clock, SharedClock, truncated};

/// A clock that runs as the machine's does, some time ahead of it or behind it, and that leaps forward when it is told to. It
/// never goes back. Clones show the same time.
#[derive(Clone)]
pub struct LeapClock {
    machine: SharedClock,
    /// How far it is ahead of the machine; changes tell who waits for an instant.
    ahead: watch::Sender<SignedDuration>,
    stop: Option<Timestamp>,
}

impl LeapClock {
    /// A clock that shows `start` now and never leaps beyond `stop`.
    pub fn new(machine: SharedClock, start: Timestamp, stop: Option<Timestamp>) -> Self {
        let ahead = watch::Sender::new(start.duration_since(machine.now()));
        Self { machine, ahead, stop }
    }

    /// Sets it forward to an instant, but not beyond where it stops. One that has passed changes nothing.
    pub fn leap_to(&self, instant: Timestamp) {
        let instant = self.stop.map_or(instant, |stop| instant.min(stop));
        let ahead = instant.duration_since(self.machine.now());
        self.ahead.send_if_modified(|now| {
            let is_leap = ahead > *now;
            if is_leap {
                *now = ahead;
            }
            is_leap
        });
    }

    /// How far it is ahead of the machine; negative where it is behind.
    pub fn ahead(&self) -> SignedDuration {
        *self.ahead.borrow()
    }

    /// The instant beyond which it does not leap.
    pub const fn stop(&self) -> Option<Timestamp> {
        self.stop
    }

    /// The time of the machine.
    pub fn machine_now(&self) -> Timestamp {
        self.machine.now()
    }
}

impl Clock for LeapClock {
    fn now(&self) -> Timestamp {
        let now = self.machine.now().saturating_add(self.ahead());
        // Beyond the end of time it stands still.
        truncated(now.unwrap_or(Timestamp::MAX))
    }

    fn leaping(&self) -> Option<&LeapClock> {
        Some(self)
    }
}

impl std::fmt::Debug for LeapClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeapClock").field("ahead", &self.ahead()).finish_non_exhaustive()
    }
}

/// The leaps of a clock, for one who waits for an instant: [see](Self::see) what there were, ask the clock, wait for the
/// instant or the [next](Self::next) leap, and begin anew.
#[derive(Debug)]
pub struct Leaps(Option<watch::Receiver<SignedDuration>>);

impl Leaps {
    /// Those of this clock; one that does not leap has none.
    pub fn of(clock: &dyn Clock) -> Self {
        Self(clock.leaping().map(|clock| clock.ahead.subscribe()))
    }

    /// The leaps up to now are known.
    pub fn see(&mut self) {
        if let Some(leaps) = &mut self.0 {
            leaps.mark_unchanged();
        }
    }

    /// Returns after a leap that was not seen; never where there are none.
    pub async fn next(&mut self) {
        if let Some(leaps) = &mut self.0
            && leaps.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    struct Fixed(Timestamp);
    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a valid instant")
    }

    #[test]
    fn it_leaps_forward_only_and_not_beyond_its_stop() {
        let machine = Arc::new(Fixed(at("2026-11-23T10:00:00Z")));
        let stop = Some(at("2026-12-05T00:00:00Z"));
        let clock = LeapClock::new(machine, at("2026-12-04T04:00:00Z"), stop);
        assert_eq!(clock.now(), at("2026-12-04T04:00:00Z"));
        clock.leap_to(at("2026-12-04T06:00:00Z"));
        clock.leap_to(at("2026-12-04T05:00:00Z"));
        assert_eq!(clock.now(), at("2026-12-04T06:00:00Z"));
        assert_eq!(Clock::machine(&clock), at("2026-11-23T10:00:00Z"));
        clock.leap_to(at("2027-01-01T00:00:00Z"));
        assert_eq!(clock.now(), at("2026-12-05T00:00:00Z"));
    }
}
