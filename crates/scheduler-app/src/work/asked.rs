//! Who wants that jobs and schedules are as they are.

use scheduler_core::action::Action;
use scheduler_core::schedule::Action as ScheduleAction;

use super::Work;

impl Work<'_, '_> {
    /// What is done here is asked for by somebody. It is remembered of jobs and schedules that are taken out of the course of the day,
    /// so that `why` and the outcomes of their instants can say it.
    pub(crate) fn asked_by(&mut self, caller: &str, reason: Option<&str>) {
        self.asker = Some(asker(caller, reason));
    }

    /// An action was taken on a job.
    pub(super) fn note_job(&mut self, id: i64, action: Action) {
        let asked = self.said(job_word(action));
        if let Some(job) = self.jobs.get_mut(&id) {
            job.row.asked = asked;
            job.is_changed = true;
        }
    }

    /// An action was taken on a schedule.
    pub(super) fn note_schedule(&mut self, id: i64, action: ScheduleAction) {
        let asked = self.said(schedule_word(action));
        if let Some(schedule) = self.schedules.get_mut(&id) {
            schedule.row.asked = asked;
            schedule.is_changed = true;
        }
    }

    fn said(&self, word: Option<&str>) -> Option<String> {
        Some(format!("{} by {}", word?, self.asker.as_deref()?))
    }
}

/// Who asks for something, and why: `local:anna: the tape is late`.
pub(crate) fn asker(caller: &str, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{caller}: {reason}"),
        None => caller.to_owned(),
    }
}

/// What a job is afterwards that goes on no more as it is defined; none for one that goes on.
const fn job_word(action: Action) -> Option<&'static str> {
    match action {
        Action::Hold | Action::RestartOnHold => Some("held"),
        Action::Cancel => Some("cancelled"),
        Action::Skip => Some("skipped"),
        Action::Kill => Some("killed"),
        Action::MarkFinishedOk => Some("marked as finished OK"),
        Action::MarkFailed => Some("marked as failed"),
        Action::MarkUnderReview => Some("put under review"),
        Action::MarkFixed => Some("marked as fixed"),
        Action::Release | Action::Start | Action::Restart | Action::ForceRestart => None,
    }
}

/// As [`job_word`], of a schedule.
const fn schedule_word(action: ScheduleAction) -> Option<&'static str> {
    match action {
        ScheduleAction::Hold => Some("held"),
        ScheduleAction::Close => Some("closed"),
        ScheduleAction::Release | ScheduleAction::Start => None,
    }
}
