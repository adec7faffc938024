//! What can be told.

use crate::definition::notification::{Subject as About, TriggerKind};
use crate::{job, schedule};

/// Something that happened, with what it happened to. It can only be made of things that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Happening<'a> {
    kind: TriggerKind,
    subject: Subject<'a>,
    amt_code: Option<u16>,
}

/// What it happened to, by master names: an instance or a copy has the name of what it was made of. A job of a subschedule is named with
/// the subschedule, not with the schedule above it, and a subschedule by its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject<'a> {
    /// An agent.
    Agent(&'a str),
    /// A schedule.
    Schedule(&'a str),
    /// A job.
    Job {
        /// Its schedule.
        schedule: &'a str,
        /// Its name.
        job: &'a str,
    },
}

impl<'a> Happening<'a> {
    pub(super) const fn new(kind: TriggerKind, subject: Subject<'a>) -> Self {
        Self { kind, subject, amt_code: None }
    }

    /// What was told before, from its parts; none where they do not belong together.
    pub fn again(kind: TriggerKind, subject: Subject<'a>, amt_code: Option<u16>) -> Option<Self> {
        let of = match subject {
            Subject::Agent(_) => About::Agent,
            Subject::Schedule(_) => About::Schedule,
            Subject::Job { .. } => About::Job,
        };
        (kind.subject() == of).then_some(Self { kind, subject, amt_code })
    }

    /// Something that [`job::Effect::Notify`] tells of a job. `amt_code` is the completion code of an AMT job that has ended.
    pub fn of_job(
        notice: job::Notice,
        schedule: &'a str,
        job: &'a str,
        amt_code: Option<u16>,
    ) -> Self {
        Self { amt_code, ..Self::new(notice.into(), Subject::Job { schedule, job }) }
    }

    /// Something that [`schedule::Effect::Notify`] tells of a schedule.
    pub fn of_schedule(notice: schedule::Notice, schedule: &'a str) -> Self {
        Self::new(notice.into(), Subject::Schedule(schedule))
    }

    /// What happened.
    pub const fn kind(&self) -> TriggerKind {
        self.kind
    }

    /// What it happened to.
    pub const fn subject(&self) -> Subject<'a> {
        self.subject
    }

    /// The completion code of an AMT job.
    pub const fn amt_code(&self) -> Option<u16> {
        self.amt_code
    }
}

impl From<job::Notice> for TriggerKind {
    fn from(notice: job::Notice) -> Self {
        use job::Notice as N;
        match notice {
            N::WaitMachine => Self::JobWaitMachine,
            N::LateToStart => Self::JobLateToStart,
            N::LateToFinish => Self::JobLateToFinish,
            N::Submitted => Self::JobSubmitted,
            N::StillAttempting => Self::JobStillAttempting,
            N::InitializationError => Self::JobInitializationError,
            N::PrerunFailed => Self::JobPrerunFailed,
            N::MissedStartTime => Self::JobMissedStart,
            N::Running => Self::JobRunning,
            N::ToBeKilled => Self::JobToBeKilled,
            N::ExceededMaxRunTime => Self::JobExceededMaxRunTime,
            N::FinishedOk => Self::JobFinishedOk,
            N::Failed => Self::JobFailed,
            N::MarkedFinishedOk => Self::JobMarkedOk,
            N::MarkedFailed => Self::JobMarkedFailed,
            N::Cancelled => Self::JobCancelled,
            N::Restarted => Self::JobRestarted,
            N::Skipped => Self::JobSkipped,
            N::UnderReview => Self::JobUnderReview,
            N::Fixed => Self::JobFixed,
        }
    }
}

impl From<schedule::Notice> for TriggerKind {
    fn from(notice: schedule::Notice) -> Self {
        use schedule::Notice as N;
        match notice {
            N::Started => Self::ScheduleStarted,
            N::Completed => Self::ScheduleCompleted,
            N::OnHold => Self::ScheduleOnHold,
            N::Released => Self::ScheduleReleased,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::definition::notification::Subject as Of;

    #[test]
    fn each_notice_of_a_job_or_schedule_is_a_trigger_of_its_own() {
        use job::Notice as J;
        use schedule::Notice as S;
        let jobs = [
            J::WaitMachine,
            J::LateToStart,
            J::LateToFinish,
            J::Submitted,
            J::StillAttempting,
            J::InitializationError,
            J::PrerunFailed,
            J::MissedStartTime,
            J::Running,
            J::ToBeKilled,
            J::ExceededMaxRunTime,
            J::FinishedOk,
            J::Failed,
            J::MarkedFinishedOk,
            J::MarkedFailed,
            J::Cancelled,
            J::Restarted,
            J::Skipped,
            J::UnderReview,
            J::Fixed,
        ];
        let kinds: BTreeSet<TriggerKind> = jobs.into_iter().map(TriggerKind::from).collect();
        assert_eq!(kinds.len(), 20, "the vendor has 20 of them");
        assert!(kinds.iter().all(|kind| kind.subject() == Of::Job));
        let schedules = [S::Started, S::Completed, S::OnHold, S::Released];
        let kinds: BTreeSet<TriggerKind> = schedules.into_iter().map(TriggerKind::from).collect();
        assert_eq!(kinds.len(), 4);
        assert!(kinds.iter().all(|kind| kind.subject() == Of::Schedule));
    }

    #[test]
    fn what_was_told_is_made_again_of_parts_that_belong_together() {
        let of = Subject::Job { schedule: "S", job: "J" };
        let again = Happening::again(TriggerKind::JobFailed, of, Some(11));
        assert_eq!(again, Some(Happening::of_job(job::Notice::Failed, "S", "J", Some(11))));
        assert_eq!(Happening::again(TriggerKind::AgentMarkedUp, of, None), None);
        assert_eq!(Happening::again(TriggerKind::JobFailed, Subject::Agent("A"), None), None);
    }

    #[test]
    fn parent_hold_tells_nothing() {
        use schedule::{Effect, Event, Schedule, Verdict};
        let mut schedule = Schedule::built(false, true);
        for (event, expected) in [
            (Event::ContainerStarted, vec![TriggerKind::ScheduleStarted]),
            (Event::Started, vec![]),
            (Event::ParentHeld, vec![]),
            (Event::ParentReleased, vec![]),
        ] {
            let Verdict::Advance { next, effects } = schedule.on(&event) else {
                panic!("{event:?}");
            };
            let told = effects.iter().filter_map(|effect| match effect {
                Effect::Notify(notice) => Some(Happening::of_schedule(*notice, "S").kind()),
                _ => None,
            });
            assert_eq!(told.collect::<Vec<_>>(), expected, "{event:?}");
            schedule = next;
        }
    }
}
