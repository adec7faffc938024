//! The schedule `AdHoc`: there from the start, never built (`opcon-domain 1.2`).
//!
//! It is created for today when the first job is added to it or is tracked in it, and stays open until midnight. Its
//! definition, if there is one, has the jobs that may be added.

use jiff::civil::Date;

use super::{Schedule, State};
use crate::event::ScheduleRef;

/// Its name, spelled as every name: no other one may differ from it only in case.
pub const NAME: &str = "AdHoc";

/// Whether a schedule is it.
pub fn is_ad_hoc(schedule: &str) -> bool {
    schedule == NAME
}

/// The schedule that a field of an event names.
pub fn schedule_name(of: &ScheduleRef) -> &str {
    match of {
        ScheduleRef::AdHoc => NAME,
        ScheduleRef::Named(name) => name,
    }
}

/// The daily schedule as it is created: nothing has to be waited for, its jobs may start.
pub const fn created() -> Schedule {
    let state = State::InProcess { is_reopened: false };
    Schedule { state, ..Schedule::built(false, false) }
}

/// Automatic work of the scheduler. When some of it fails, the *Failed* events of a job of its name fire, which stands
/// in `AdHoc` for that alone and is never run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maintenance {
    /// The build of schedules.
    Build,
    /// Their check.
    Check,
    /// Their deletion.
    Delete,
}

impl Maintenance {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Build, Self::Check, Self::Delete];

    /// The job that has its events.
    pub const fn job_name(self) -> &'static str {
        match self {
            Self::Build => "SMA_SKD_BUILD",
            Self::Check => "SMA_SKD_CHECK",
            Self::Delete => "SMA_SKD_DELETE",
        }
    }

    /// What a job of `AdHoc` has the events of; none for an ordinary job.
    pub fn of_job(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.job_name() == name)
    }
}

/// What becomes of `AdHoc` when a job is to be added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Add {
    /// It is created for today ([`created`]), and the job is added.
    Create,
    /// The job is added to the one that is there.
    Use,
}

/// Why a job cannot be added to `AdHoc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Why {
    /// Its day is over.
    #[error(
        "the schedule AdHoc of {0} closed at midnight; leave the date out to add the job today"
    )]
    Closed(Date),
    /// Its day has not come.
    #[error(
        "the schedule AdHoc of {0} does not exist yet, it is there for today only; leave the date out, or use \
         another schedule"
    )]
    NotYet(Date),
    /// It stands for automatic work.
    #[error(
        "`{}` has the events of automatic maintenance and never runs; add another job",
        .0.job_name()
    )]
    Maintenance(Maintenance),
}

/// What becomes of `AdHoc` when a job is to be added to it for `date`. `exists` says whether it is there for today.
///
/// # Errors
/// Only today has one, and three of its jobs never run.
pub fn on_add(job: &str, date: Date, today: Date, exists: bool) -> Result<Add, Why> {
    if let Some(maintenance) = Maintenance::of_job(job) {
        return Err(Why::Maintenance(maintenance));
    }
    match date.cmp(&today) {
        std::cmp::Ordering::Less => Err(Why::Closed(date)),
        std::cmp::Ordering::Greater => Err(Why::NotYet(date)),
        std::cmp::Ordering::Equal if exists => Ok(Add::Use),
        std::cmp::Ordering::Equal => Ok(Add::Create),
    }
}

/// Whether a daily schedule may complete: `AdHoc` not before midnight of its date, though all of its jobs have ended.
/// Until then nobody says [`Event::JobsCounted`](super::Event::JobsCounted) of it, at midnight somebody does.
pub fn may_complete(schedule: &str, date: Date, today: Date) -> bool {
    !is_ad_hoc(schedule) || date < today
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::event::Value;

    #[test]
    fn a_blank_schedule_of_an_event_is_ad_hoc_and_so_is_its_name_as_it_is_spelled() {
        assert_eq!(schedule_name(&ScheduleRef::blank().unwrap()), "AdHoc");
        let named = |name: &str| ScheduleRef::read(name, crate::event::Options::default()).unwrap();
        for (name, expected) in
            [("AdHoc", true), ("ADHOC", false), ("adhoc", false), ("AdHoc2", false)]
        {
            assert_eq!(is_ad_hoc(schedule_name(&named(name))), expected, "{name}");
        }
    }

    #[test]
    fn it_is_created_by_the_first_job_of_today_and_closed_after_midnight() {
        let (before, today, after) = (date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23));
        for (job, day, exists, expected) in [
            ("LOAD", today, false, Ok(Add::Create)),
            ("LOAD", today, true, Ok(Add::Use)),
            ("LOAD", before, false, Err(Why::Closed(before))),
            ("LOAD", before, true, Err(Why::Closed(before))),
            ("LOAD", after, false, Err(Why::NotYet(after))),
            ("SMA_SKD_BUILD", today, true, Err(Why::Maintenance(Maintenance::Build))),
            ("SMA_SKD_CHECK", today, true, Err(Why::Maintenance(Maintenance::Check))),
            ("SMA_SKD_DELETE", before, true, Err(Why::Maintenance(Maintenance::Delete))),
            ("sma_skd_delete", today, true, Ok(Add::Use)),
        ] {
            assert_eq!(on_add(job, day, today, exists), expected, "{job} {day} {exists}");
        }
        for (schedule, day, expected) in [
            (NAME, today, false),
            (NAME, before, true),
            ("NIGHT", today, true),
            ("NIGHT", after, true),
        ] {
            assert_eq!(may_complete(schedule, day, today), expected, "{schedule} {day}");
        }
        assert!(created().is_in_process() && created().is_active());
        let message = Why::Maintenance(Maintenance::Check).to_string();
        assert!(message.starts_with("`SMA_SKD_CHECK` has the events of"), "{message}");
    }
}
