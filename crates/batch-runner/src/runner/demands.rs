//! What was asked of a running job, and when what follows from it is due.

use std::time::{Duration, Instant};

use crate::{ExitRecord, Order, StopOutcome};

/// How often processes are counted: often while their number changes, seldom while it does not.
const COUNT_PAUSE_MIN: Duration = Duration::from_millis(250);
const COUNT_PAUSE_MAX: Duration = Duration::from_secs(2);
/// How soon a job that survived its forced end is tried again.
const KILL_AGAIN: Duration = Duration::from_secs(1);

/// The state of all demands.
pub(crate) struct Demands {
    kill_grace: Duration,
    stop_grace: Duration,
    processes_max: usize,
    /// When the job has had its grace.
    kill_at: Option<Instant>,
    was_killed: bool,
    stop_asked_at: Option<Instant>,
    count_at: Option<Instant>,
    count_pause: Duration,
    count_last: usize,
    is_over_process_limit: bool,
}

/// What is due now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// The job is to be ended at once.
    End,
    /// The processes are to be counted, up to this many.
    Count(usize),
}

impl Demands {
    /// Of a job that starts `now`.
    pub(crate) fn new(order: &Order, now: Instant) -> Self {
        Self {
            kill_grace: Duration::from_millis(order.kill_grace_ms),
            stop_grace: Duration::from_millis(order.stop_grace_ms),
            processes_max: order.processes_max as usize,
            kill_at: None,
            was_killed: false,
            stop_asked_at: None,
            count_at: (order.processes_max > 0).then(|| now + COUNT_PAUSE_MIN),
            count_pause: COUNT_PAUSE_MIN,
            count_last: 0,
            is_over_process_limit: false,
        }
    }

    /// Notes a kill. Whether the job is to be asked to end now: the first time. The second request hastens.
    pub(crate) fn kill(&mut self, now: Instant) -> bool {
        let is_first = !self.was_killed;
        self.was_killed = true;
        self.kill_at = Some(if is_first { now + self.kill_grace } else { now });
        is_first
    }

    /// Notes a stop. Whether the job is to be asked to end now: the first time.
    pub(crate) fn stop(&mut self, now: Instant) -> bool {
        let is_first = self.stop_asked_at.is_none();
        self.stop_asked_at.get_or_insert(now);
        is_first
    }

    /// When something is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.kill_at.into_iter().chain(self.count_at).min()
    }

    /// What is due.
    pub(crate) fn due(&self, now: Instant) -> Due {
        if self.kill_at.is_some_and(|at| now >= at) {
            Due::End
        } else if self.count_at.is_some_and(|at| now >= at) {
            Due::Count(self.processes_max + 1)
        } else {
            Due::Nothing
        }
    }

    /// The job's processes were ended. One that hangs in the kernel keeps the job alive and is tried again.
    pub(crate) fn ended(&mut self, now: Instant) {
        self.kill_at = Some(now + KILL_AGAIN);
    }

    /// The processes were counted. Whether they are too many.
    pub(crate) fn counted(&mut self, count: usize, now: Instant) -> bool {
        if count > self.processes_max {
            self.is_over_process_limit = true;
            self.count_at = None;
            return true;
        }
        let is_steady = count == self.count_last;
        self.count_last = count;
        self.count_pause =
            if is_steady { (self.count_pause * 2).min(COUNT_PAUSE_MAX) } else { COUNT_PAUSE_MIN };
        self.count_at = Some(now + self.count_pause);
        false
    }

    /// Enters what was asked into the record of a job that ended at `ended`.
    pub(crate) fn enter(&self, record: &mut ExitRecord, ended: Instant) {
        record.was_killed = self.was_killed;
        record.is_over_process_limit = self.is_over_process_limit;
        record.stop = self.stop_asked_at.map(|asked| StopOutcome {
            within_grace: ended.saturating_duration_since(asked) <= self.stop_grace,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn demands(processes_max: usize, now: Instant) -> Demands {
        Demands {
            kill_grace: 5 * SECOND,
            stop_grace: 3 * SECOND,
            processes_max,
            kill_at: None,
            was_killed: false,
            stop_asked_at: None,
            count_at: (processes_max > 0).then_some(now),
            count_pause: COUNT_PAUSE_MIN,
            count_last: 0,
            is_over_process_limit: false,
        }
    }

    #[test]
    fn the_first_kill_asks_and_the_second_hastens() {
        let now = Instant::now();
        let mut demands = demands(0, now);
        assert!(demands.kill(now));
        assert_eq!(demands.due(now + 4 * SECOND), Due::Nothing);
        assert_eq!(demands.due(now + 5 * SECOND), Due::End);
        assert!(!demands.kill(now + SECOND));
        assert_eq!(demands.due(now + SECOND), Due::End);
        demands.ended(now + SECOND);
        assert_eq!(demands.next(), Some(now + 2 * SECOND));
    }

    #[test]
    fn only_the_first_stop_asks() {
        let now = Instant::now();
        let mut demands = demands(0, now);
        assert!(demands.stop(now) && !demands.stop(now + SECOND));
        assert_eq!((demands.next(), demands.stop_asked_at), (None, Some(now)));
    }

    #[test]
    fn processes_over_the_limit_are_seen_and_a_steady_number_is_looked_at_less_often() {
        let now = Instant::now();
        let mut demands = demands(2, now);
        assert_eq!(demands.due(now), Due::Count(3));
        assert!(!demands.counted(2, now));
        assert_eq!(demands.next(), Some(now + COUNT_PAUSE_MIN));
        assert!(!demands.counted(2, now));
        assert_eq!(demands.next(), Some(now + 2 * COUNT_PAUSE_MIN));
        assert!(demands.counted(3, now) && demands.is_over_process_limit);
        assert_eq!(demands.next(), None);
    }
}
