//! The planned instants of a day: for each of them there is an outcome in the end, whatever becomes of the day.

use jiff::Timestamp;

use super::{DailyJobId, DayTimes, Excluded, Plan};
use crate::frequency::{Choice, choose};
use crate::job::Recurrence;
use crate::model::{Copies, JobUse, Model};

impl Plan {
    /// The planned instants of a daily job, in order: its start, and its further runs as far as they are fixed. Runs that
    /// come some minutes after the one before have no instant until that is known.
    pub fn instants(&self, model: &Model, id: DailyJobId) -> Vec<Timestamp> {
        let job = self.job(id);
        let of = &model.uses(job.job)[usize::from(job.use_index)];
        let further = self.further_times(id).filter(|_| is_fixed(of));
        std::iter::once(self.start(job)).chain(further).collect()
    }

    /// The names and planned instants that the daily jobs of a job would have had which was removed.
    pub fn instants_of_excluded<'m>(
        &self,
        model: &'m Model,
        excluded: &Excluded,
    ) -> (Vec<&'m str>, Vec<Timestamp>) {
        let job = model.job(excluded.job);
        let names = match job.copies() {
            Copies::One => vec![model.job_name(excluded.job).as_str()],
            Copies::Each(names) => names.iter().map(String::as_str).collect(),
        };
        let Choice::Built(chosen) = choose(self.date, model.rules(excluded.job)) else {
            return (names, Vec::new());
        };
        let of = &model.uses(excluded.job)[chosen.index];
        let rule = &model.rules(excluded.job)[chosen.index];
        let schedule = model.schedule(job.schedule);
        let times = DayTimes::new(&schedule.zone, self.date, schedule.start_time);
        let mut further = Vec::new();
        let start = times.of_job(of, &rule.rule, self.origin, &mut further);
        further.retain(|_| is_fixed(of));
        further.insert(0, start);
        (names, further.into_iter().map(|seconds| self.at(seconds)).collect())
    }
}

/// Whether the times of further runs do not depend on how long a run takes.
fn is_fixed(of: &JobUse) -> bool {
    !matches!(of.recurrence.as_deref(), Some(Recurrence::RestartOffset(_)))
}
