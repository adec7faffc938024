//! Retry and recurrence, as a definition writes them and as a daily job follows them
//! (`opcon-domain 1.4.3`).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Job, Kind};
use crate::criteria::Criteria;
use crate::problem::Problem;
use crate::time::{Offset, later};

/// Longest time from one run to the next, in minutes: a week less a minute, as for offsets. The vendor
/// publishes none.
pub const RESTART_MINUTES_MAX: u16 = 10_079;

/// Most times of recurring instances, and most further runs of one job and day that are planned: one for every minute of a day.
pub const INSTANCES_MAX: usize = 1440;

/// Run the job again when it fails. Events, notifications and dependants see a failure only when the last
/// attempt has failed. A job that could not be started (Initialization Error) or was killed is not
/// run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Minutes from a failure to the next attempt, 0 to 1440.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1440))]
    pub minutes_between: u16,
    /// How many times it is run again, 1 to 999.
    #[schemars(range(min = 1, max = 999))]
    pub maximum_attempts: u16,
}

impl Retry {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        let wait = Problem::range("minutes_between", self.minutes_between.into(), 0, 1440);
        let count = Problem::range("maximum_attempts", self.maximum_attempts.into(), 1, 999);
        wait.into_iter().chain(count).collect()
    }
}

/// Run the job again when it has finished OK. Events and threshold updates follow every good run,
/// dependants only the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Recurrence {
    /// At fixed times.
    RecurringInstances(RecurringInstances),
    /// Some minutes after the run before.
    RestartOffset(RestartOffset),
}

/// Runs at fixed times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecurringInstances {
    /// The times of the further runs, from the start of the schedule: `["08:00", "10:30", "32:00"]`.
    pub times: Vec<Offset>,
    /// What happens with a time that passes while the job still runs.
    #[serde(default)]
    pub on_overlap: OnOverlap,
}

/// What happens with a time that passes while the job still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnOverlap {
    /// The job runs for it as soon as the run before has ended; every time gets its run.
    #[default]
    StartOnCompletion,
    /// The job does not run for it.
    Skip,
}

/// Runs some minutes after the run before. Needs `latest_run` or `number_of_runs`, or it would never end;
/// with both, whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestartOffset {
    /// Minutes, 1 to 10079.
    #[schemars(range(min = 1, max = 10079))]
    pub minutes: u16,
    /// From where the minutes are counted.
    #[serde(default)]
    pub from: RestartFrom,
    /// No run starts later than this, from the start of the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_run: Option<Offset>,
    /// How many times the job runs in all, 2 to 999.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 999))]
    pub number_of_runs: Option<u16>,
}

/// From where the minutes to the next run are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestartFrom {
    /// From the start of the run. One that takes longer than the minutes is followed at once.
    #[default]
    Start,
    /// From the end of the run.
    End,
}

impl Recurrence {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        match self {
            Self::RecurringInstances(instances) => instances.check(),
            Self::RestartOffset(offset) => offset.check(),
        }
    }

    /// What of it lies before the start of the job, which counts from the same time.
    pub fn check_start(&self, start: Offset) -> Vec<Problem> {
        match self {
            Self::RecurringInstances(of) => {
                let early = of.times.iter().enumerate().filter(|(_, time)| **time < start);
                let what = match of.on_overlap {
                    OnOverlap::StartOnCompletion => "run for it as soon as its first run has ended",
                    OnOverlap::Skip => "never run for it",
                };
                let problem = |(index, time): (usize, &Offset)| {
                    let message = format!(
                        "{time} is before the start at {start}: the job would {what}; leave it out"
                    );
                    Problem::new(format!("recurring_instances.times[{index}]"), message)
                };
                early.map(problem).collect()
            }
            Self::RestartOffset(of) => {
                let early = of.latest_run.filter(|latest| *latest < start);
                let problem = |latest| {
                    let message = format!(
                        "{latest} is before the start at {start}: the job would run once and not again"
                    );
                    Problem::new("restart_offset.latest_run", message)
                };
                early.map(problem).into_iter().collect()
            }
        }
    }

    /// Its times as instants, in order, each once: two local times in one gap are one run. `at` says when an offset from the start of the schedule is.
    pub fn resolve(&self, at: impl Fn(Offset) -> Timestamp) -> Repeat {
        match self {
            Self::RecurringInstances(instances) => {
                let mut times: Vec<_> = instances.times.iter().map(|time| at(*time)).collect();
                times.sort_unstable();
                times.dedup();
                Repeat::Instances { times, on_overlap: instances.on_overlap }
            }
            Self::RestartOffset(offset) => Repeat::Restart {
                minutes: offset.minutes,
                from: offset.from,
                latest: offset.latest_run.map(at),
                runs: offset.number_of_runs,
            },
        }
    }
}

impl RecurringInstances {
    fn check(&self) -> Vec<Problem> {
        let field = "recurring_instances.times";
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        let twice = sorted.array_windows().find(|[one, next]| one == next);
        let count = self.times.len();
        let mut problems = Vec::new();
        if count == 0 || count > INSTANCES_MAX {
            let message = format!("has {count} times; expected 1 to {INSTANCES_MAX}");
            problems.push(Problem::new(field, message));
        }
        if let Some([time, _]) = twice {
            problems.push(Problem::new(field, format!("{time} is given twice")));
        }
        problems
    }
}

impl RestartOffset {
    fn check(&self) -> Vec<Problem> {
        let max = RESTART_MINUTES_MAX.into();
        let minutes = Problem::range("restart_offset.minutes", self.minutes.into(), 1, max);
        let runs = self
            .number_of_runs
            .and_then(|runs| Problem::range("restart_offset.number_of_runs", runs.into(), 2, 999));
        let is_endless = self.latest_run.is_none() && self.number_of_runs.is_none();
        let endless = is_endless.then(|| {
            Problem::new("restart_offset", "never ends; give latest_run or number_of_runs")
        });
        [minutes, runs, endless].into_iter().flatten().collect()
    }
}

/// A recurrence with instants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Repeat {
    /// The job runs once.
    #[default]
    None,
    /// At these times, in order, each once.
    Instances {
        /// The times.
        times: Vec<Timestamp>,
        /// What happens with one that passes while the job runs.
        on_overlap: OnOverlap,
    },
    /// Some minutes after the run before.
    Restart {
        /// Minutes.
        minutes: u16,
        /// From where.
        from: RestartFrom,
        /// No run is planned for later.
        latest: Option<Timestamp>,
        /// Runs in all.
        runs: Option<u16>,
    },
}

/// The next run of a recurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextRun {
    /// When it starts at the earliest; may have passed.
    pub at: Timestamp,
    /// Times of recurring instances that are then used up.
    pub instances_used: u32,
}

impl Repeat {
    /// The further runs that are known beforehand, when the first one starts at `start` and each takes `run_minutes`. A
    /// recurrence that ends with a time only is cut there.
    pub fn planned(&self, start: Timestamp, run_minutes: u16) -> Vec<Timestamp> {
        match self {
            Self::None => Vec::new(),
            Self::Instances { times, .. } => times.iter().copied().take(INSTANCES_MAX).collect(),
            Self::Restart { minutes, from, latest, runs } => {
                let run = match from {
                    RestartFrom::Start => 0,
                    RestartFrom::End => u32::from(run_minutes),
                };
                let step = (u32::from(*minutes) + run).max(1);
                let further =
                    runs.map_or(INSTANCES_MAX, |runs| usize::from(runs).saturating_sub(1));
                (1..)
                    .map(|run: u32| later(start, step.saturating_mul(run)))
                    .take_while(|time| latest.is_none_or(|latest| *time <= latest))
                    .take(further.min(INSTANCES_MAX))
                    .collect()
            }
        }
    }

    /// The next run after a good one that has `started` and `ended`; none after the last. `job` already
    /// counts the run.
    pub fn next(&self, job: &Job, started: Timestamp, ended: Timestamp) -> Option<NextRun> {
        match self {
            Self::None => None,
            Self::Instances { times, on_overlap } => {
                let unused = job.instances_used as usize;
                let index = match on_overlap {
                    OnOverlap::StartOnCompletion => unused,
                    OnOverlap::Skip => unused.max(times.partition_point(|time| *time <= ended)),
                };
                let at = *times.get(index)?;
                Some(NextRun { at, instances_used: u32::try_from(index + 1).ok()? })
            }
            Self::Restart { minutes, from, latest, runs } => {
                if runs.is_some_and(|runs| job.runs >= u32::from(runs)) {
                    return None;
                }
                let from = match from {
                    RestartFrom::Start => started,
                    RestartFrom::End => ended,
                };
                let at = later(from, (*minutes).into());
                let is_too_late = latest.is_some_and(|latest| at.max(ended) > latest);
                (!is_too_late).then_some(NextRun { at, instances_used: job.instances_used })
            }
        }
    }
}

/// What the definition says about the life of a job on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What sort of job it is.
    pub kind: Kind,
    /// What happens when it fails.
    pub retry: Option<Retry>,
    /// What happens when it finishes OK.
    pub repeat: Repeat,
    /// What its exit code means.
    pub criteria: Criteria,
}
