//! Whether a start is on time.

use std::time::Duration;

use jiff::Timestamp;

/// What to do with a start that was due at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Punctuality {
    /// It is not due yet.
    Early,
    /// Start it.
    OnTime,
    /// It was not started in time: the request is suspended (code 5) and an operator starts or
    /// skips it (`amt-domain 10`).
    Missed,
}

/// Decides on a start due at `due` that may happen up to `started_within` later (included), when it
/// is `now`.
pub fn missed(due: Timestamp, started_within: Duration, now: Timestamp) -> Punctuality {
    let late = now.duration_since(due);
    match Duration::try_from(late) {
        Err(_) => Punctuality::Early,
        Ok(late) if late <= started_within => Punctuality::OnTime,
        Ok(_) => Punctuality::Missed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_on_time_from_due_to_the_last_moment() {
        let due: Timestamp = "2026-06-01T06:00:00Z".parse().unwrap();
        let within = Duration::from_mins(5);
        let cases = [
            ("2026-06-01T05:59:59.999999Z", Punctuality::Early),
            ("2026-06-01T06:00:00Z", Punctuality::OnTime),
            ("2026-06-01T06:05:00Z", Punctuality::OnTime),
            ("2026-06-01T06:05:00.000001Z", Punctuality::Missed),
        ];
        for (now, expected) in cases {
            assert_eq!(missed(due, within, now.parse().unwrap()), expected, "{now}");
        }
        assert_eq!(missed(due, Duration::ZERO, due), Punctuality::OnTime);
        assert_eq!(missed(Timestamp::MIN, Duration::MAX, Timestamp::MAX), Punctuality::OnTime);
    }
}
