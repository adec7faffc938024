//! The new start time that an event gives to a job (`opcon-domain 1.8`, `$JOB:RESCHEDULE`).

use jiff::{SignedDuration, Timestamp};

use crate::event::{Minutes, RescheduleFrom};

/// What is known of the job that is rescheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The time at which the event runs.
    pub now: Timestamp,
    /// Its start by its start offset, or by an earlier reschedule.
    pub planned: Timestamp,
    /// Whether its schedule has not started.
    pub is_schedule_waiting: bool,
    /// When it began to run last; none before its first run.
    pub started: Option<Timestamp>,
    /// When it ended last; none before its first end.
    pub ended: Option<Timestamp>,
}

/// A new start time that cannot be worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStart {
    /// `+` and `-` are for jobs that have not run.
    #[error(
        "the job has run: its start offset cannot be changed by {0:+} minutes; leave the sign out"
    )]
    HasRun(i16),
    /// Beyond the end of time.
    #[error("the new start time is too far away")]
    TooFar,
}

/// The new start time of a job. `from` is N unless given.
///
/// A job that has not run in a schedule that has started counts from now, whatever `from` says; in a schedule
/// that waits, T and S count from its planned start.
///
/// # Errors
/// A change of the start offset of a job that has run.
pub fn new_start(
    from: Option<RescheduleFrom>,
    minutes: Minutes,
    times: &Times,
) -> Result<Timestamp, NoStart> {
    let (base, minutes) = match (minutes, times.started) {
        (Minutes::Change(minutes), Some(_)) => return Err(NoStart::HasRun(minutes)),
        (Minutes::Change(minutes), None) => (times.planned, minutes.into()),
        (Minutes::After(minutes), started) => {
            let base = match (from.unwrap_or(RescheduleFrom::Now), started) {
                (RescheduleFrom::Now, _) => times.now,
                (RescheduleFrom::End | RescheduleFrom::Start, None) => {
                    if times.is_schedule_waiting { times.planned } else { times.now }
                }
                (RescheduleFrom::Start, Some(started)) => started,
                (RescheduleFrom::End, Some(_)) => times.ended.unwrap_or(times.now),
            };
            (base, minutes.into())
        }
    };
    base.checked_add(SignedDuration::from_mins(minutes)).map_err(|_| NoStart::TooFar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_start_counts_from_what_the_event_says() {
        use Minutes::{After, Change};
        use RescheduleFrom::{End, Now, Start};
        let at = |minute: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        let fresh = Times {
            now: at(100),
            planned: at(50),
            is_schedule_waiting: false,
            started: None,
            ended: None,
        };
        let waiting = Times { is_schedule_waiting: true, ..fresh };
        let ran = Times { started: Some(at(60)), ended: Some(at(80)), ..fresh };
        for (times, from, minutes, expected) in [
            (fresh, None, After(5), 105),
            (fresh, Some(End), After(5), 105),
            (fresh, Some(Start), After(5), 105),
            (waiting, Some(Start), After(5), 55),
            (waiting, Some(End), After(5), 55),
            (waiting, Some(Now), After(5), 105),
            (ran, Some(Start), After(5), 65),
            (ran, Some(End), After(5), 85),
            (ran, Some(Now), After(0), 100),
            (fresh, Some(End), Change(-20), 30),
            (waiting, None, Change(20), 70),
        ] {
            assert_eq!(new_start(from, minutes, &times), Ok(at(expected)), "{from:?} {minutes:?}");
        }
        let error = new_start(None, Change(-5), &ran).unwrap_err();
        assert!(error.to_string().contains("by -5 minutes"), "{error}");
        let late = Times { now: Timestamp::MAX, ..fresh };
        assert_eq!(new_start(None, After(1), &late), Err(NoStart::TooFar));
    }
}
