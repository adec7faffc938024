//! The hours in which a queue starts work.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::zone::{Zone, whole_seconds};

/// From a time of day (included) to a time of day (excluded), every day. A queue without a window
/// is always open.
///
/// * An end before the start is on the next day.
/// * Start and end alike: always open. Fractions of a second are ignored.
/// * Both ends follow the rule of [`crate::zone`]: each boundary happens once a day, after a gap,
///   or at the first of two occurrences. So a window and the one with start and end exchanged share
///   out the time without gap or overlap, on the days of a clock change too. A window that lies
///   wholly within a gap does not open that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueWindow {
    /// Time of day at which the queue opens.
    pub start: Time,
    /// Time of day at which it closes; running requests run on.
    pub end: Time,
    /// The zone whose clock is meant.
    pub time_zone: Zone,
}

impl QueueWindow {
    /// Whether the queue may start work at that instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.is_always_open() || self.openings(at).any(|opening| opening.contains(&at))
    }

    /// The next instant, strictly later, at which [`QueueWindow::is_open`] changes. None when it
    /// never does.
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_always_open() {
            return None;
        }
        let mut closes: Option<Timestamp> = None;
        for opening in self.openings(at) {
            match closes {
                // Both ends of two days can fall together in a gap: the queue stays open.
                Some(until) if opening.start > until => break,
                Some(_) => closes = Some(opening.end),
                None if opening.start > at => return Some(opening.start),
                None if opening.end > at => closes = Some(opening.end),
                None => {}
            }
        }
        closes
    }

    /// The openings of the days around an instant, in order, without empty ones. An opening lasts a
    /// day at most, so two days back reach it wherever the clock has been turned to; days ahead
    /// reach the next one even when a gap swallowed some.
    fn openings(&self, at: Timestamp) -> impl Iterator<Item = Range<Timestamp>> + '_ {
        let today = self.time_zone.date(at);
        (-2..=3).filter_map(move |offset| self.opening(days_from(today, offset)?))
    }

    fn is_always_open(&self) -> bool {
        whole_seconds(self.start) == whole_seconds(self.end)
    }

    fn opening(&self, day: Date) -> Option<Range<Timestamp>> {
        let [start, end] = [self.start, self.end].map(whole_seconds);
        let last_day = if end > start { day } else { day.tomorrow().ok()? };
        let start = self.time_zone.first_instant(day.to_datetime(start))?;
        let end = self.time_zone.first_instant(last_day.to_datetime(end))?;
        (start < end).then_some(start..end)
    }
}

fn days_from(day: Date, offset: i64) -> Option<Date> {
    day.checked_add(jiff::Span::new().days(offset)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::zone::samples;

    fn window(start: &str, end: &str, zone: Zone) -> QueueWindow {
        QueueWindow { start: start.parse().unwrap(), end: end.parse().unwrap(), time_zone: zone }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The changes from an instant on, as text.
    fn changes(window: &QueueWindow, from: &str, count: usize) -> Vec<String> {
        let mut now = at(from);
        (0..count)
            .map(|_| {
                now = window.next_change(now).unwrap();
                format!("{} {now}", if window.is_open(now) { "open" } else { "shut" })
            })
            .collect()
    }

    #[test]
    fn the_start_is_inside_and_the_end_is_outside() {
        let day = window("08:00", "18:00", Zone::utc());
        assert!(!day.is_open(at("2026-06-01T07:59:59.999999Z")));
        assert!(day.is_open(at("2026-06-01T08:00:00Z")));
        assert!(day.is_open(at("2026-06-01T17:59:59.999999Z")));
        assert!(!day.is_open(at("2026-06-01T18:00:00Z")));
        assert_eq!(
            changes(&day, "2026-06-01T08:00:00Z", 2),
            ["shut 2026-06-01T18:00:00Z", "open 2026-06-02T08:00:00Z"]
        );
    }

    #[test]
    fn a_window_can_span_midnight() {
        let night = window("22:00", "06:00", Zone::utc());
        for (hour, is_open) in
            [(21, false), (22, true), (23, true), (0, true), (5, true), (6, false)]
        {
            assert_eq!(
                night.is_open(at(&format!("2026-06-01T{hour:02}:00:00Z"))),
                is_open,
                "{hour}"
            );
        }
        assert_eq!(night.next_change(at("2026-06-01T00:00:00Z")), Some(at("2026-06-01T06:00:00Z")));
    }

    #[test]
    fn start_and_end_alike_is_always_open() {
        let always = window("06:00", "06:00", samples::berlin());
        assert!(always.is_open(at("2026-03-29T01:00:00Z")));
        assert_eq!(always.next_change(at("2026-03-29T01:00:00Z")), None);
    }

    #[test]
    fn a_boundary_in_a_gap_is_after_it() {
        let cases = [
            ("02:30", "04:00", ["open 2026-03-29T01:00:00Z", "shut 2026-03-29T02:00:00Z"]),
            ("01:00", "02:30", ["open 2026-03-29T00:00:00Z", "shut 2026-03-29T01:00:00Z"]),
            // Wholly inside: the next opening is tomorrow's.
            ("02:10", "02:50", ["open 2026-03-30T00:10:00Z", "shut 2026-03-30T00:50:00Z"]),
        ];
        for (start, end, expected) in cases {
            let window = window(start, end, samples::berlin());
            assert_eq!(changes(&window, "2026-03-28T12:00:00Z", 2), expected, "{start} to {end}");
        }
        // Both boundaries of a window over midnight fall together, so it does not close.
        let most = window("02:40", "02:10", samples::berlin());
        assert!(most.is_open(at("2026-03-29T01:00:00Z")));
        assert_eq!(changes(&most, "2026-03-28T12:00:00Z", 1), ["shut 2026-03-30T00:10:00Z"]);
    }

    #[test]
    fn a_boundary_that_occurs_twice_counts_once_and_first() {
        let cases = [
            ("02:00", "02:30", "open 2026-10-25T00:00:00Z", "shut 2026-10-25T00:30:00Z"),
            ("02:30", "22:00", "open 2026-10-25T00:30:00Z", "shut 2026-10-25T21:00:00Z"),
            ("02:30", "02:00", "open 2026-10-25T00:30:00Z", "shut 2026-10-26T01:00:00Z"),
        ];
        for (start, end, opens, shuts) in cases {
            let window = window(start, end, samples::berlin());
            let seen = changes(&window, "2026-10-24T23:59:59Z", 3);
            let opening = seen.iter().position(|change| change == opens);
            assert_eq!(opening.map(|index| seen[index + 1].as_str()), Some(shuts), "{seen:?}");
        }
        let night = window("22:00", "02:30", samples::berlin());
        assert_eq!(
            changes(&night, "2026-10-24T20:00:00Z", 2),
            ["shut 2026-10-25T00:30:00Z", "open 2026-10-25T21:00:00Z"]
        );
    }

    fn time() -> impl Strategy<Value = Time> {
        (0i8..24, 0i8..60).prop_map(|(hour, minute)| Time::constant(hour, minute, 0, 0))
    }

    proptest! {
        #[test]
        fn a_window_and_its_reverse_share_out_the_time(
            zone in samples::any(), start in time(), end in time(), at in samples::instant(),
        ) {
            prop_assume!(start != end);
            let window = QueueWindow { start, end, time_zone: zone.clone() };
            let reverse = QueueWindow { start: end, end: start, time_zone: zone };
            prop_assert_ne!(window.is_open(at), reverse.is_open(at));
            prop_assert_eq!(window.next_change(at), reverse.next_change(at));
        }

        #[test]
        fn nothing_changes_before_the_next_change(
            zone in samples::any(), start in time(), end in time(), at in samples::instant(),
        ) {
            prop_assume!(start != end);
            let window = QueueWindow { start, end, time_zone: zone };
            let change = window.next_change(at).unwrap();
            prop_assert_ne!(window.is_open(change), window.is_open(at));
            let mut now = at;
            while now < change {
                prop_assert_eq!(window.is_open(now), window.is_open(at), "at {}", now);
                now = Timestamp::from_second(now.as_second() + 300).unwrap();
            }
        }

        /// On a day without a change of the clocks the window is what the local clock says.
        #[test]
        fn on_an_ordinary_day_the_local_time_decides(start in time(), end in time(), now in time()) {
            let zone = samples::berlin();
            let day = jiff::civil::date(2026, 6, 15);
            let at = zone.first_instant(day.to_datetime(now)).unwrap();
            let expected = match start.cmp(&end) {
                std::cmp::Ordering::Less => start <= now && now < end,
                std::cmp::Ordering::Greater => now >= start || now < end,
                std::cmp::Ordering::Equal => true,
            };
            prop_assert_eq!(QueueWindow { start, end, time_zone: zone }.is_open(at), expected);
        }
    }
}
