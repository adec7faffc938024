//! What becomes of a schedule when an event adds a job to it (`$JOB:ADD`, `$JOB:ADDHLD`, `opcon-domain 1.8`).

use jiff::civil::Date;

use super::ad_hoc;
use super::{Event, ReopenedBy};

/// What an event asks for, its names and its date looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The schedule, by [`ad_hoc::schedule_name`].
    pub schedule: &'a str,
    /// The master job.
    pub job: &'a str,
    /// The date of the daily schedule.
    pub date: Date,
    /// What the event says about opening a completed schedule.
    pub reopen: Option<bool>,
}

/// What is done with the schedule before the job is added. The job itself waits in Qualifying, or on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// [`ad_hoc::NAME`] is created for today, by [`ad_hoc::created`].
    CreateAdHoc,
    /// The schedule is told.
    Tell(Event),
}

/// Why a job cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is there to add it to.
    #[error(
        "the schedule `{schedule}` is not built for {date}; build it first: `ringmaster schedule build '{schedule}' \
         --date {date}`, or the event $SCHEDULE:BUILD"
    )]
    NotBuilt {
        /// Which.
        schedule: String,
        /// For when.
        date: Date,
    },
    /// The schedule is the one that is never built.
    #[error(transparent)]
    AdHoc(ad_hoc::Why),
}

/// Decides. `exists` says whether the daily schedule is there, `allow_job_events_to_restart` is the server option. What
/// the schedule says to the event that it is told may still be a refusal: its completion events are being processed.
///
/// # Errors
/// Why the job cannot be added. A completed schedule that may not be opened is no reason.
pub fn decide(
    wanted: &Wanted<'_>,
    today: Date,
    exists: bool,
    allow_job_events_to_restart: bool,
) -> Result<Decision, Refusal> {
    let by = ReopenedBy::event(wanted.reopen, allow_job_events_to_restart);
    let tell = Decision::Tell(Event::JobAdded(by));
    if ad_hoc::is_ad_hoc(wanted.schedule) {
        let add = ad_hoc::on_add(wanted.job, wanted.date, today, exists).map_err(Refusal::AdHoc)?;
        return Ok(match add {
            ad_hoc::Add::Create => Decision::CreateAdHoc,
            ad_hoc::Add::Use => tell,
        });
    }
    if exists {
        Ok(tell)
    } else {
        Err(Refusal::NotBuilt { schedule: wanted.schedule.to_owned(), date: wanted.date })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_job_goes_into_a_schedule_that_is_there_and_into_ad_hoc_today() {
        let (yesterday, today) = (date(2026, 11, 21), date(2026, 11, 22));
        let told =
            |is_allowed| Ok(Decision::Tell(Event::JobAdded(ReopenedBy::Event { is_allowed })));
        let not_built = Refusal::NotBuilt { schedule: "NIGHT".to_owned(), date: yesterday };
        let closed = Refusal::AdHoc(ad_hoc::Why::Closed(yesterday));
        for (schedule, day, exists, reopen, option, expected) in [
            ("NIGHT", yesterday, true, None, false, told(false)),
            ("NIGHT", yesterday, true, Some(false), false, told(false)),
            ("NIGHT", yesterday, true, Some(true), false, told(true)),
            ("NIGHT", yesterday, true, None, true, told(true)),
            ("NIGHT", yesterday, false, Some(true), true, Err(not_built)),
            ("AdHoc", today, false, None, false, Ok(Decision::CreateAdHoc)),
            ("AdHoc", today, true, None, false, told(false)),
            ("AdHoc", yesterday, true, Some(true), true, Err(closed)),
        ] {
            let wanted = Wanted { schedule, job: "LOAD", date: day, reopen };
            let found = decide(&wanted, today, exists, option);
            assert_eq!(found, expected, "{wanted:?} {exists} {option}");
        }
    }
}
