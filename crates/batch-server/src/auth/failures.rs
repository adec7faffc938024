//! Counts failed logons, to slow down guessing.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

/// The time over which failures are counted.
const WINDOW: Duration = Duration::from_mins(1);
/// Names counted at most; beyond it the oldest are dropped, so that guessing names costs no memory.
const NAMES_MAX: usize = 4096;

/// Failed logons of the last minute by user key. Unknown users are counted like known ones.
#[derive(Debug, Default)]
pub(super) struct Failures(HashMap<String, VecDeque<Timestamp>>);

impl Failures {
    /// Whether the user has failed `max` times within the last minute.
    pub(super) fn is_limited(&mut self, user_key: &str, max: usize, now: Timestamp) -> bool {
        let Some(times) = self.0.get_mut(user_key) else { return false };
        times.retain(|time| now.duration_since(*time).unsigned_abs() < WINDOW);
        if times.is_empty() {
            self.0.remove(user_key);
            return false;
        }
        times.len() >= max
    }

    /// Counts a failure.
    pub(super) fn add(&mut self, user_key: &str, now: Timestamp) {
        if self.0.len() >= NAMES_MAX && !self.0.contains_key(user_key) {
            self.make_room(now);
        }
        self.0.entry(user_key.to_owned()).or_default().push_back(now);
    }

    /// Forgets the failures of a user: it has logged on, or an administrator has unlocked it.
    pub(super) fn clear(&mut self, user_key: &str) {
        self.0.remove(user_key);
    }

    fn make_room(&mut self, now: Timestamp) {
        self.0.retain(|_, times| {
            times.back().is_some_and(|time| now.duration_since(*time).unsigned_abs() < WINDOW)
        });
        if self.0.len() >= NAMES_MAX {
            let oldest = self
                .0
                .iter()
                .min_by_key(|(_, times)| times.back().copied())
                .map(|(name, _)| name.clone());
            if let Some(oldest) = oldest {
                self.0.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_count_for_a_minute_and_per_user() {
        let mut failures = Failures::default();
        let start = Timestamp::UNIX_EPOCH;
        for second in 0..3 {
            assert!(!failures.is_limited("A", 3, start + Duration::from_secs(second)));
            failures.add("A", start + Duration::from_secs(second));
        }
        assert!(failures.is_limited("A", 3, start + Duration::from_secs(59)));
        assert!(!failures.is_limited("B", 3, start));
        assert!(!failures.is_limited("A", 3, start + Duration::from_mins(1)));
        failures.clear("A");
        assert!(failures.0.is_empty());
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        let mut failures = Failures::default();
        for number in 0..NAMES_MAX + 10 {
            failures.add(
                &number.to_string(),
                Timestamp::UNIX_EPOCH + Duration::from_millis(number as u64),
            );
        }
        assert_eq!(failures.0.len(), NAMES_MAX);
        assert!(!failures.0.contains_key("0") && failures.0.contains_key("4100"));
    }
}
