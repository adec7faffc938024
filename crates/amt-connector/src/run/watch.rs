//! When to ask for the status again, and what an answer means: a pure decision.
//!
//! A known request is watched until it ends. Failing to ask is not an end: the job goes on without us.

use amt_protocol::{CodeClass, CompletionCode};
use std::time::Duration;

/// The shortest and the longest wait of the adaptive pace.
const ADAPTIVE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// The longest wait between two attempts while the server cannot be asked.
const FAILING_MAX: Duration = Duration::from_secs(30);
/// Code 19 is said after this long.
const UNDEFINED_SAID_AFTER: Duration = Duration::from_mins(1);

/// How fast to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Long polls of this length; the server answers when something changes.
    Push(Duration),
    /// Status checks.
    Poll {
        /// Before the first.
        first: Duration,
        /// Between two.
        interval: Duration,
    },
}

/// What one status call has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// A status.
    Status {
        /// Its code.
        code: CompletionCode,
        /// Its version.
        version: i64,
        /// How long the call took.
        took: Duration,
    },
    /// No status, for whatever reason.
    Failure,
    /// The server says that it does not know the request.
    Absent,
    /// The logon was refused: the password was changed. Each more try brings the user nearer to being locked out.
    Denied,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Ask again after a wait.
    Ask(Duration),
    /// The request has ended.
    End(CompletionCode),
    /// The time allowed for silence is over.
    GiveUp,
    /// A request to resume that the server has never heard of.
    NoSuchRequest,
    /// The credentials are not accepted any more.
    Denied,
}

/// What is worth a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// Asking has begun to fail.
    Failing,
    /// Asking works again after this long.
    Recovered(Duration),
    /// The state has been 19 for a minute.
    Undefined,
}

/// The watch over one request.
#[derive(Debug, Clone)]
pub struct Watch {
    pace: Pace,
    give_up_after: Option<Duration>,
    /// A request that the server has confirmed in this run. It is not given up for a 404.
    is_known: bool,
    version: Option<i64>,
    idle: u32,
    failures: u32,
    failing_since: Option<Duration>,
    undefined_since: Option<Duration>,
    is_undefined_said: bool,
}

impl Watch {
    /// `is_known` is false for a request that is only resumed.
    pub const fn new(pace: Pace, give_up_after: Option<Duration>, is_known: bool) -> Self {
        Self {
            pace,
            give_up_after,
            is_known,
            version: None,
            idle: 0,
            failures: 0,
            failing_since: None,
            undefined_since: None,
            is_undefined_said: false,
        }
    }

    /// The wait before the first call.
    pub const fn first(&self) -> Duration {
        match self.pace {
            Pace::Push(_) => Duration::ZERO,
            Pace::Poll { first, .. } => first,
        }
    }

    /// Version and wait of the next long poll; none asks for an answer at once.
    pub fn long_poll(&self) -> Option<(i64, Duration)> {
        match self.pace {
            Pace::Push(wait) => self.version.map(|version| (version, wait)),
            Pace::Poll { .. } => None,
        }
    }

    /// Takes what a call has shown. `elapsed` counts from the beginning of the watch.
    pub fn next(&mut self, sight: Sight, elapsed: Duration) -> (Step, Option<Remark>) {
        match sight {
            Sight::Absent if !self.is_known => (Step::NoSuchRequest, None),
            Sight::Denied => (Step::Denied, None),
            Sight::Absent | Sight::Failure => self.failed(elapsed),
            Sight::Status { code, version, took } => {
                let recovered =
                    self.failing_since.take().map(|since| elapsed.saturating_sub(since));
                self.failures = 0;
                self.is_known = true;
                if code.is_final() {
                    return (Step::End(code), recovered.map(Remark::Recovered));
                }
                let is_new = self.version != Some(version);
                self.version = Some(version);
                let undefined = self.undefined(code, elapsed);
                let remark = recovered.map(Remark::Recovered).or(undefined);
                (Step::Ask(self.pause(is_new, took)), remark)
            }
        }
    }

    fn failed(&mut self, elapsed: Duration) -> (Step, Option<Remark>) {
        let remark = self.failing_since.is_none().then_some(Remark::Failing);
        let since = *self.failing_since.get_or_insert(elapsed);
        self.failures += 1;
        if self.give_up_after.is_some_and(|limit| elapsed.saturating_sub(since) >= limit) {
            return (Step::GiveUp, remark);
        }
        let backoff = doubled(ADAPTIVE.0, self.failures, FAILING_MAX);
        let pause = match self.pace {
            Pace::Push(_) => backoff,
            Pace::Poll { interval, .. } => backoff.max(interval.min(FAILING_MAX)),
        };
        let left = self
            .give_up_after
            .map_or(Duration::MAX, |limit| limit.saturating_sub(elapsed.saturating_sub(since)));
        (Step::Ask(pause.min(left)), remark)
    }

    fn undefined(&mut self, code: CompletionCode, elapsed: Duration) -> Option<Remark> {
        if code.class() != CodeClass::Undefined {
            self.undefined_since = None;
            self.is_undefined_said = false;
            return None;
        }
        let since = *self.undefined_since.get_or_insert(elapsed);
        let is_due =
            !self.is_undefined_said && elapsed.saturating_sub(since) >= UNDEFINED_SAID_AFTER;
        self.is_undefined_said |= is_due;
        is_due.then_some(Remark::Undefined)
    }

    /// The wait after a live status. A server that answers a long poll at once without news is asked adaptively.
    fn pause(&mut self, is_new: bool, took: Duration) -> Duration {
        match self.pace {
            Pace::Poll { interval, .. } => interval,
            Pace::Push(wait) => {
                let is_waiting = took >= (wait / 2).min(Duration::from_secs(1));
                self.idle = if is_new || is_waiting { 0 } else { self.idle + 1 };
                if self.idle == 0 {
                    Duration::ZERO
                } else {
                    doubled(ADAPTIVE.0, self.idle, ADAPTIVE.1)
                }
            }
        }
    }
}

fn doubled(first: Duration, times: u32, ceiling: Duration) -> Duration {
    first.saturating_mul(1 << times.saturating_sub(1).min(16)).min(ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use CompletionCode as C;

    const SECOND: Duration = Duration::from_secs(1);
    const POLL: Pace =
        Pace::Poll { first: Duration::from_secs(10), interval: Duration::from_secs(5) };
    const PUSH: Pace = Pace::Push(Duration::from_secs(30));

    fn status(code: C, version: i64, took: Duration) -> Sight {
        Sight::Status { code, version, took }
    }

    #[test]
    fn a_configured_interval_is_obeyed() {
        let mut watch = Watch::new(POLL, None, true);
        assert_eq!(watch.first(), 10 * SECOND);
        for version in 1..5 {
            let (step, remark) = watch.next(status(C::Running, version, Duration::ZERO), SECOND);
            assert_eq!((step, remark), (Step::Ask(5 * SECOND), None));
            assert_eq!(watch.long_poll(), None);
        }
        assert_eq!(
            watch.next(status(C::Aborted, 9, Duration::ZERO), SECOND).0,
            Step::End(C::Aborted)
        );
    }

    #[test]
    fn push_asks_at_once_and_then_waits_at_the_server() {
        let mut watch = Watch::new(PUSH, None, true);
        assert_eq!((watch.first(), watch.long_poll()), (Duration::ZERO, None));
        assert_eq!(
            watch.next(status(C::Queued, 1, Duration::ZERO), SECOND).0,
            Step::Ask(Duration::ZERO)
        );
        assert_eq!(watch.long_poll(), Some((1, 30 * SECOND)));
        assert_eq!(
            watch.next(status(C::Queued, 1, 30 * SECOND), SECOND).0,
            Step::Ask(Duration::ZERO)
        );
    }

    #[test]
    fn a_server_that_does_not_wait_is_not_asked_in_a_loop() {
        let mut watch = Watch::new(PUSH, None, true);
        watch.next(status(C::Running, 0, Duration::ZERO), SECOND);
        let waits: Vec<_> = (0..8)
            .map(|_| match watch.next(status(C::Running, 0, Duration::ZERO), SECOND).0 {
                Step::Ask(wait) => wait.as_millis(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(waits, [200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    }

    #[test]
    fn failing_to_ask_is_not_an_end() {
        let mut watch = Watch::new(PUSH, None, true);
        assert_eq!(
            watch.next(Sight::Failure, SECOND),
            (Step::Ask(ADAPTIVE.0), Some(Remark::Failing))
        );
        for hour in 1..1000 {
            let (step, remark) = watch.next(Sight::Absent, SECOND * 3600 * hour);
            assert!(matches!(step, Step::Ask(wait) if wait <= FAILING_MAX) && remark.is_none());
        }
        let (step, remark) = watch.next(status(C::Done, 2, SECOND), SECOND * 3601);
        assert_eq!((step, remark), (Step::End(C::Done), Some(Remark::Recovered(SECOND * 3600))));
    }

    #[test]
    fn a_refused_logon_is_not_tried_again() {
        let mut watch = Watch::new(PUSH, None, true);
        watch.next(status(C::Running, 1, SECOND), SECOND);
        assert_eq!(watch.next(Sight::Denied, 2 * SECOND), (Step::Denied, None));
    }

    #[test]
    fn giving_up_counts_the_silence_only() {
        let mut watch = Watch::new(POLL, Some(60 * SECOND), true);
        assert!(matches!(watch.next(Sight::Failure, SECOND).0, Step::Ask(_)));
        assert!(matches!(watch.next(status(C::Running, 1, SECOND), 50 * SECOND).0, Step::Ask(_)));
        assert!(matches!(watch.next(Sight::Failure, 100 * SECOND).0, Step::Ask(_)));
        assert_eq!(watch.next(Sight::Failure, 159 * SECOND).0, Step::Ask(SECOND));
        assert_eq!(watch.next(Sight::Failure, 160 * SECOND).0, Step::GiveUp);
    }

    #[test]
    fn an_unknown_request_ends_only_a_resume() {
        assert_eq!(
            Watch::new(PUSH, None, false).next(Sight::Absent, SECOND).0,
            Step::NoSuchRequest
        );
        let mut watch = Watch::new(PUSH, None, false);
        watch.next(status(C::Running, 1, SECOND), SECOND);
        assert!(matches!(watch.next(Sight::Absent, SECOND).0, Step::Ask(_)));
    }

    #[test]
    fn undefined_is_as_running_and_said_once_after_a_minute() {
        let mut watch = Watch::new(POLL, Some(SECOND), true);
        let remarks: Vec<_> = (0..40)
            .map(|n| {
                let (step, remark) = watch
                    .next(status(C::Undefined, n, SECOND), SECOND * 5 * u32::try_from(n).unwrap());
                assert_eq!(step, Step::Ask(5 * SECOND));
                remark
            })
            .collect();
        assert_eq!(remarks.iter().position(Option::is_some), Some(12));
        assert_eq!(remarks.iter().flatten().count(), 1);
    }
}
