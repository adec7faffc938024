//! The runs of a day in the order in which they are expected.

use jiff::Timestamp;
use scheduler_core::frequency::BuildStatus;
use scheduler_core::model::{Copies, Instance, Model};
use scheduler_core::plan::{DailyJob, DailySchedule, Plan};

/// A planned run.
pub(super) struct Row<'p> {
    pub model: &'p Model,
    pub plan: &'p Plan,
    pub daily: &'p DailyJob,
    /// When it is expected to start.
    pub start: Timestamp,
    /// Whether it is a further run of the same job and day.
    pub is_further: bool,
}

/// All runs of a day.
pub(super) fn rows<'p>(model: &'p Model, plan: &'p Plan) -> Vec<Row<'p>> {
    let mut rows: Vec<Row<'p>> = Vec::with_capacity(plan.jobs.len());
    for (id, daily) in plan.jobs() {
        let first = plan.expected_start(daily).unwrap_or_else(|| plan.start(daily));
        let further = plan.further_times(id).map(|time| (time.max(first), true));
        let times = [(first, false)].into_iter().chain(further);
        rows.extend(times.map(|(start, is_further)| Row { model, plan, daily, start, is_further }));
    }
    rows.sort_by_key(|row| row.start);
    rows
}

impl Row<'_> {
    /// The schedule with its container: `Nightly`, `Day/Load[Branch]`.
    pub(super) fn schedule(&self) -> String {
        path(self.model, self.plan, self.plan.schedule_of(self.daily))
    }

    /// The job, with what distinguishes it from its copies.
    pub(super) fn job(&self) -> String {
        let job = self.model.job(self.daily.job);
        match &job.copies {
            Copies::One => job.name.as_str().to_owned(),
            Copies::Each(values) => {
                format!("{}_{}", job.name.as_str(), values[self.daily.copy as usize])
            }
        }
    }

    /// When it is expected to start, in the time zone of its schedule.
    pub(super) fn local_start(&self) -> jiff::civil::DateTime {
        self.model.schedule(self.plan.schedule_of(self.daily).id).zone.local(self.start)
    }

    /// The time of day at which it is expected to start. After midnight it belongs to the schedule's date all the
    /// same: `01:30+1`.
    pub(super) fn shown_start(&self) -> String {
        let local = self.local_start();
        let time = local.strftime("%H:%M");
        match self.plan.date.until(local.date()).map_or(0, |span| span.get_days()) {
            0 => time.to_string(),
            days => format!("{time}{days:+}"),
        }
    }

    /// The name of the time zone.
    pub(super) fn zone(&self) -> &str {
        self.model.schedule(self.plan.schedule_of(self.daily).id).zone.name()
    }

    /// The frequency that qualified it.
    pub(super) fn frequency(&self) -> &str {
        self.model.uses(self.daily.job)[usize::from(self.daily.use_index)].frequency.as_str()
    }

    /// Why it is there, and what is special about it.
    pub(super) fn why(&self) -> String {
        let chosen = self.plan.chosen(self.model, self.daily);
        let mut parts: Vec<String> =
            chosen.map(|chosen| chosen.reason.to_string()).into_iter().collect();
        if self.is_further {
            parts.push("further run".to_owned());
        }
        match self.daily.status {
            BuildStatus::OnHold => parts.push("built on hold".to_owned()),
            BuildStatus::ToBeSkipped => parts.push("to be skipped".to_owned()),
            BuildStatus::Released | BuildStatus::DoNotSchedule | BuildStatus::DisableFrequency => {}
        }
        if self.plan.expected_start(self.daily).is_none() {
            parts.push("waits for ever in a loop".to_owned());
        }
        parts.join("; ")
    }
}

fn path(model: &Model, plan: &Plan, schedule: &DailySchedule) -> String {
    let name = model.schedule(schedule.id).name.as_str();
    let instance = match plan.instance(model, schedule) {
        None => String::new(),
        Some(Instance::Agent(agent)) => format!("_{}", agent.as_str()),
        Some(Instance::Properties(set)) => {
            set.values().next().map_or_else(String::new, |value| format!("_{value}"))
        }
        Some(Instance::Named(name)) => format!("_{}", name.as_str()),
    };
    match schedule.parent {
        None => format!("{name}{instance}"),
        Some(parent) => {
            let container = plan.job(parent);
            let above = path(model, plan, plan.schedule_of(container));
            format!("{above}_{}[{name}{instance}]", model.job(container.job).name.as_str())
        }
    }
}
