//! Third step: daily schedules and jobs with their times.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::select::{SelectedJob, SelectedSchedule, copies_made};
use super::times::DayTimes;
use super::times::seconds;
use super::{
    DailyJob, DailyJobId, DailySchedule, Excluded, FURTHER_TIMES_MAX, Place, Plan, Seconds,
    TooLarge,
};
use crate::model::{JobId, JobUse, Model};
use crate::time::Offset;

/// Makes daily schedules of those that were selected.
pub(super) struct Creator<'m> {
    model: &'m Model,
    plan: Plan,
    /// The daily schedules of those that were selected; none for one whose container has been taken off the day.
    /// Containers are before their subschedules.
    made: Vec<Option<usize>>,
    /// The job of which one copy only is made, and which one.
    only_copy: Option<(JobId, u32)>,
}

impl<'m> Creator<'m> {
    /// A new day in the memory of another.
    pub(super) fn new(
        model: &'m Model,
        date: Date,
        mut plan: Plan,
        only_copy: Option<(JobId, u32)>,
    ) -> Self {
        plan.date = date;
        plan.origin =
            date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp());
        plan.schedules.clear();
        plan.jobs.clear();
        plan.linked.clear();
        plan.edges.clear();
        plan.times.clear();
        Self { model, plan, made: Vec::new(), only_copy }
    }

    pub(super) fn add(&mut self, schedule: &SelectedSchedule) -> Result<(), TooLarge> {
        let Self { model, plan, made, only_copy } = self;
        let parent = match schedule.parent {
            None => None,
            Some(parent) => {
                let around = made[parent.schedule].map(|number| &plan.schedules[number]);
                let place =
                    around.map(|around| around.place(model, parent.job)).unwrap_or_default();
                if place.count == 0 {
                    made.push(None);
                    return Ok(());
                }
                Some(DailyJobId(place.first + parent.copy))
            }
        };
        made.push(Some(plan.schedules.len()));
        add_schedule(model, plan, schedule, parent, *only_copy)
    }

    pub(super) fn finish(self, excluded: Vec<Excluded>) -> Plan {
        Plan { excluded, ..self.plan }
    }
}

/// Adds a schedule with its jobs.
fn add_schedule(
    model: &Model,
    plan: &mut Plan,
    selected: &SelectedSchedule,
    parent: Option<DailyJobId>,
    only_copy: Option<(JobId, u32)>,
) -> Result<(), TooLarge> {
    let schedule = model.schedule(selected.id);
    let times = DayTimes::new(&schedule.zone, plan.date, schedule.start_time);
    let first = number(plan.jobs.len());
    let of = number(plan.schedules.len());
    let mut places = vec![Place::default(); schedule.jobs.len()];
    for job in selected.jobs.iter().filter(|job| job.excluded_by.is_none()) {
        let copies = copies_made(model.job(job.job), job.job, only_copy);
        places[(job.job.0 - schedule.jobs.start) as usize] =
            Place { first: number(plan.jobs.len()), count: number(copies.len()) };
        add_copies(model, plan, job, (of, copies), &times);
        if plan.times.len() > FURTHER_TIMES_MAX {
            let date = plan.date;
            return Err(TooLarge { date, what: "further runs", max: FURTHER_TIMES_MAX });
        }
    }
    let jobs = first..number(plan.jobs.len());
    plan.schedules.push(DailySchedule {
        id: selected.id,
        instance: selected.instance,
        parent,
        start: times.at(Offset::ZERO),
        jobs,
        places,
    });
    Ok(())
}

fn add_copies(
    model: &Model,
    plan: &mut Plan,
    selected: &SelectedJob,
    (schedule, copies): (u32, Range<u32>),
    times: &DayTimes<'_>,
) {
    let index = usize::from(selected.use_index);
    let (of, rule) = (&model.uses(selected.job)[index], &model.rules(selected.job)[index]);
    for copy in copies {
        let begin = number(plan.times.len());
        let start = times.of_job(of, &rule.rule, plan.origin, &mut plan.times);
        plan.jobs.push(DailyJob {
            job: selected.job,
            schedule,
            copy,
            use_index: selected.use_index,
            status: rule.status,
            estimated_minutes: of.estimated_minutes,
            start,
            latest_start: latest(of, plan.origin, times),
            times: begin,
        });
    }
}

fn latest(of: &JobUse, origin: Timestamp, times: &DayTimes<'_>) -> Seconds {
    if of.latest_start == Offset::ZERO {
        return Seconds::NONE;
    }
    seconds(origin, times.at(of.latest_start))
}

/// Numbers of daily things are 32 bits wide; [`super::DAILY_JOBS_MAX`] is far below.
pub(super) fn number(len: usize) -> u32 {
    u32::try_from(len).expect("a plan has a largest size")
}
