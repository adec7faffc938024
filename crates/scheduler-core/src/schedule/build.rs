//! What a build does with what is there already (`opcon-domain 1.2`).

use jiff::civil::Date;

use super::{Schedule, Status};

/// What a build of a schedule for a date becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is built.
    Build,
    /// It is built in the place of the completed one.
    Replace,
    /// It is built beside the others, under a name of its own.
    NewInstance,
    /// The one that is there stays.
    Leave(Why),
}

/// Why a daily schedule stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Why {
    /// Nobody asked to replace it.
    #[error("it is built already; `--overwrite` replaces it when it is completed")]
    Exists,
    /// It has not ended.
    #[error("it is `{0}`; only a completed schedule is replaced")]
    NotCompleted(Status),
}

/// What a build becomes where `existing` is the status of the daily schedule of that date and name. Only a
/// completed schedule is replaced, and a multi-instance one never.
pub fn build_over(existing: Option<Status>, is_multi_instance: bool, overwrite: bool) -> Outcome {
    match existing {
        None => Outcome::Build,
        Some(_) if is_multi_instance => Outcome::NewInstance,
        Some(Status::Completed) if overwrite => Outcome::Replace,
        Some(status) if overwrite => Outcome::Leave(Why::NotCompleted(status)),
        Some(_) => Outcome::Leave(Why::Exists),
    }
}

/// Whether a schedule is built on hold: when that is asked for, and always for a date in the past.
pub fn is_built_on_hold(date: Date, today: Date, asked: bool) -> bool {
    asked || date < today
}

/// Whether a schedule that may not run beside other days of itself (*conflict with other days*) can start,
/// by its other days: none of them is active, on hold or not.
pub fn is_free_of_other_days(others: impl IntoIterator<Item = Schedule>) -> bool {
    others.into_iter().all(|other| !other.is_active())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::schedule::State;

    #[test]
    fn only_a_completed_schedule_is_replaced_and_only_when_asked() {
        assert_eq!(build_over(None, false, true), Outcome::Build);
        for &status in Status::ALL {
            assert_eq!(build_over(Some(status), true, true), Outcome::NewInstance);
            assert_eq!(build_over(Some(status), false, false), Outcome::Leave(Why::Exists));
            let expected = match status {
                Status::Completed => Outcome::Replace,
                other => Outcome::Leave(Why::NotCompleted(other)),
            };
            assert_eq!(build_over(Some(status), false, true), expected);
        }
        let today = date(2026, 11, 22);
        assert!(is_built_on_hold(date(2026, 11, 21), today, false));
        assert!(!is_built_on_hold(today, today, false));
        assert!(is_built_on_hold(today, today, true));
    }

    #[test]
    fn another_day_that_has_begun_is_waited_for_also_while_it_is_held() {
        let active = [
            "starting",
            "started by its container",
            "in process",
            "open again",
            "on hold, was in process",
            "on hold, below one on hold, was in process",
            "on hold, was open again",
            "on hold, below one on hold, was open again",
            "held from above, was in process",
            "held from above, was open again",
        ];
        let mut seen = 0;
        for (name, schedule) in super::super::table::states() {
            let is_active = active.contains(&name.as_str());
            seen += usize::from(is_active);
            assert_eq!(is_free_of_other_days([schedule]), !is_active, "{name}");
            let completed =
                Schedule { state: State::Completed { is_processing: false }, ..schedule };
            assert_eq!(is_free_of_other_days([completed, schedule]), !is_active, "{name}");
        }
        assert_eq!(seen, active.len());
        assert!(is_free_of_other_days([]));
    }
}
