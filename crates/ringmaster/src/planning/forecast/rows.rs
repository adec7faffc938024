//! What a forecast says about a day: the runs in the order in which they are expected, then what does not run.

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::frequency::{BuildStatus, MissingWhy, Subtraction, plan as plan_dates};
use scheduler_core::model::{JobId, Model};
use scheduler_core::plan::{DailyJob, DailyJobId, Plan};
use scheduler_core::time::Zone;
use serde::Serialize;

use super::names;
use super::scope::Scope;
use super::waits::waits;

/// What the reasons of a further run have more than those of the first.
pub(super) const FURTHER_RUN: &str = "further run";

/// A run, or a date on which a job does not run although one of its frequencies names it.
pub(super) struct Row<'m> {
    pub what: What,
    /// The date of the schedule.
    pub date: Date,
    /// Its own time, whatever it has to wait for; none for what does not run.
    pub planned: Option<Timestamp>,
    /// When it is expected to start; none for what waits for ever or does not run.
    pub start: Option<Timestamp>,
    pub zone: &'m Zone,
    /// The schedule with its containers.
    pub schedule: String,
    /// The job, with what distinguishes it from its copies.
    pub job: String,
    /// The frequency that decides; none where another job does.
    pub frequency: Option<&'m str>,
    pub why: String,
    /// Whether it is a further run of the same job and day.
    pub is_further: bool,
    pub latest_start: Option<Timestamp>,
    pub expected_end: Option<Timestamp>,
}

/// What becomes of a job on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// It runs.
    Run,
    /// It is built and waits for ever.
    Waits,
    /// The rule of the frequency lets it fall.
    Dropped,
    /// The frequency takes the date away from those of lower priority.
    TakenAway,
    /// The date is excluded, or another job excludes this one.
    Excluded,
}

impl What {
    /// What a person calls it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Waits => "waits",
            Self::Dropped => "dropped",
            Self::TakenAway => "taken away",
            Self::Excluded => "excluded",
        }
    }
}

/// All rows of a day.
pub(super) fn rows<'m>(model: &'m Model, plan: &Plan, scope: &Scope) -> Vec<Row<'m>> {
    let is_shown: Vec<bool> =
        plan.schedules.iter().map(|schedule| scope.has(model, plan, schedule)).collect();
    let jobs = plan.jobs().filter(|(_, daily)| {
        is_shown[daily.schedule as usize] && scope.has_daily(model, plan, daily)
    });
    let mut rows: Vec<Row<'m>> = jobs.flat_map(|job| runs(model, plan, job)).collect();
    rows.sort_by_key(|row| row.start.or(row.planned));
    let open = Open::of(model, plan, scope, &is_shown);
    let excluded = plan.excluded.iter().filter(|each| scope.has_excluded(model, plan, each));
    rows.extend(excluded.map(|each| {
        let schedule = model.schedule(model.job(each.by).schedule).name.as_str();
        let why = format!("by the job `{}` of `{schedule}`", model.job_name(each.by).as_str());
        let row = not_running(model, plan.date, each.job, (What::Excluded, None, why));
        Row { schedule: plan.schedule_of_excluded(model, each), ..row }
    }));
    let without_run = model.jobs().filter(|(id, _)| open.is_without_run(model, *id));
    rows.extend(without_run.flat_map(|(id, _)| missing(model, plan.date, id)));
    rows
}

/// The runs of a job. One whose time has come before the job can start at all is not waited for twice: it is the first.
fn runs<'m>(model: &'m Model, plan: &Plan, job: (DailyJobId, &DailyJob)) -> Vec<Row<'m>> {
    let (id, daily) = job;
    let planned = plan.start(daily);
    let Some(first) = plan.expected_start(id) else {
        let row = run(model, plan, job, (planned, planned), false);
        return vec![Row { what: What::Waits, start: None, expected_end: None, ..row }];
    };
    let further = plan.further_times(id).filter(|time| *time > first);
    let mut rows = vec![run(model, plan, job, (planned, first), false)];
    rows.extend(further.map(|time| run(model, plan, job, (time, time), true)));
    rows
}

fn run<'m>(
    model: &'m Model,
    plan: &Plan,
    (id, daily): (DailyJobId, &DailyJob),
    (planned, start): (Timestamp, Timestamp),
    is_further: bool,
) -> Row<'m> {
    let schedule = plan.schedule_of(daily);
    Row {
        what: What::Run,
        date: plan.date,
        planned: Some(planned),
        start: Some(start),
        zone: &model.schedule(schedule.id).zone,
        schedule: plan.schedule_name(model, schedule),
        job: plan.job_name(model, daily).to_owned(),
        frequency: Some(model.frequencies(daily.job)[usize::from(daily.use_index)].as_str()),
        why: why(model, plan, (id, daily), is_further),
        is_further,
        latest_start: plan.latest_start(daily),
        expected_end: plan.expected_end_of_run(id, start),
    }
}

/// Why a run is there, and what is special about it.
fn why(
    model: &Model,
    plan: &Plan,
    (id, daily): (DailyJobId, &DailyJob),
    is_further: bool,
) -> String {
    let chosen = plan.chosen(model, daily);
    let mut parts: Vec<String> =
        chosen.map(|chosen| chosen.reason.to_string()).into_iter().collect();
    if is_further {
        parts.push(FURTHER_RUN.to_owned());
    }
    match daily.status {
        BuildStatus::OnHold => parts.push("built on hold".to_owned()),
        BuildStatus::ToBeSkipped => parts.push("to be skipped".to_owned()),
        BuildStatus::Released | BuildStatus::DoNotSchedule | BuildStatus::DisableFrequency => {}
    }
    parts.extend(waits(model, plan, (id, daily)));
    if let (Some(start), Some(latest)) = (plan.expected_start(id), plan.latest_start(daily))
        && start > latest
    {
        parts.push("expected to miss its latest start".to_owned());
    }
    parts.join("; ")
}

/// The jobs of which a day could have one: their schedule is in no other, or in a container that the day has.
struct Open<'s> {
    scope: &'s Scope,
    is_asked: Vec<bool>,
    has_run: Vec<bool>,
}

impl<'s> Open<'s> {
    fn of(model: &Model, plan: &Plan, scope: &'s Scope, is_shown: &[bool]) -> Self {
        let mut is_asked = vec![false; model.schedules().len()];
        let mut has_run = vec![false; model.jobs_len()];
        for (id, _) in scope.tops(model) {
            is_asked[id.0 as usize] = scope.asks(id);
        }
        for daily in &plan.jobs {
            has_run[daily.job.0 as usize] = true;
            if let Some(inside) = names::contained(model.job(daily.job))
                && (is_shown[daily.schedule as usize] || scope.names(inside))
            {
                is_asked[inside.0 as usize] = true;
            }
        }
        for excluded in &plan.excluded {
            has_run[excluded.job.0 as usize] = true;
        }
        Self { scope, is_asked, has_run }
    }

    fn asks(&self, model: &Model, job: JobId) -> bool {
        self.scope.has_job(job) && self.is_asked[model.job(job).schedule.0 as usize]
    }

    fn is_without_run(&self, model: &Model, job: JobId) -> bool {
        self.asks(model, job) && !self.has_run[job.0 as usize] && !model.job(job).is_disabled()
    }
}

/// What a job's frequencies say about a date on which it does not run.
fn missing(model: &Model, date: Date, job: JobId) -> Vec<Row<'_>> {
    let found = plan_dates(date, date, model.rules(job)).missing.into_iter();
    let rows = found.map(|each| {
        let (what, why) = match each.why {
            MissingWhy::Not(why) => (What::Dropped, why.to_string()),
            MissingWhy::Subtracted(Subtraction::DoNotSchedule(reason)) => {
                (What::TakenAway, format!("do not schedule; {reason}"))
            }
            MissingWhy::Subtracted(Subtraction::Excluded(exclusion)) => {
                (What::Excluded, exclusion.to_string())
            }
        };
        let frequency = model.frequencies(job)[each.index].as_str();
        not_running(model, date, job, (what, Some(frequency), why))
    });
    rows.collect()
}

fn not_running<'m>(
    model: &'m Model,
    date: Date,
    job: JobId,
    (what, frequency, why): (What, Option<&'m str>, String),
) -> Row<'m> {
    let schedule = model.schedule(model.job(job).schedule);
    Row {
        what,
        date,
        planned: None,
        start: None,
        zone: &schedule.zone,
        schedule: schedule.name.as_str().to_owned(),
        job: model.job_name(job).as_str().to_owned(),
        frequency,
        why,
        is_further: false,
        latest_start: None,
        expected_end: None,
    }
}

impl Row<'_> {
    /// The time of day at which it is expected to start, in the time zone of its schedule. After midnight it belongs to
    /// the schedule's date all the same: `01:30+1`.
    pub(super) fn shown_start(&self) -> String {
        let Some(start) = self.start else {
            return if self.what == What::Waits { "never" } else { "-" }.to_owned();
        };
        let local = self.zone.local(start);
        let time = local.strftime("%H:%M");
        match self.date.until(local.date()).map_or(0, |span| span.get_days()) {
            0 => time.to_string(),
            days => format!("{time}{days:+}"),
        }
    }

    /// Why it runs, or that it does not and why.
    pub(super) fn shown_why(&self) -> String {
        match self.what {
            What::Run | What::Waits => self.why.clone(),
            What::Dropped | What::TakenAway | What::Excluded => {
                format!("{}: {}", self.what.word(), self.why)
            }
        }
    }
}
