//! When time alone changes something about a job.

use jiff::{SignedDuration, Timestamp};
use scheduler_core::definition::StartFrom;
use scheduler_core::job::times::Times;
use scheduler_core::job::{
    Event, Live, News, OnOverlap, Policy, Reason, Recurrence, Repeat, Stage, State,
};
use scheduler_core::plan::DayTimes;
use scheduler_core::time::Zone;
use scheduler_store::WaitKey;

use super::{LoadedJob, LoadedSchedule, Work, read};
use crate::body::frequency_use;
use crate::changes::changes;
use crate::error::{Error, Result};
use crate::policy::policy;

/// How long an agent may take to answer a start; from then on it counts as still attempted (`opcon-domain 1.10`, *minutes between
/// checking running jobs*).
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// How often an expression that is not true is calculated again.
const EXPRESSION_AGAIN: SignedDuration = SignedDuration::from_secs(5);

impl Work<'_, '_> {
    /// What the definition says about the life of a job; none where it is gone.
    pub(super) async fn policy_of(&mut self, id: i64) -> Result<Option<Policy>> {
        let Some(schedule_id) = self.jobs.get(&id).map(|job| job.row.schedule_id) else {
            return Ok(None);
        };
        self.load_schedule(schedule_id).await?;
        let (Some(job), Some(schedule)) = (self.jobs.get(&id), self.schedules.get(&schedule_id))
        else {
            return Ok(None);
        };
        let of = frequency_use(&job.definition, &schedule.definition, job.row.use_index);
        let repeat = match (&job.row.further_runs, of.and_then(|of| of.recurrence.as_deref())) {
            (Some(further), recurrence) => {
                let micros: Vec<i64> = read(further, || format!("daily job {id}"))?;
                let time = |micros| sql::from_micros("daily_job", "further_runs", micros);
                let on_overlap = match recurrence {
                    Some(Recurrence::RecurringInstances(instances)) => instances.on_overlap,
                    Some(Recurrence::RestartOffset(_)) | None => OnOverlap::StartOnCompletion,
                };
                match recurrence {
                    // Its further runs are known as far as each takes its time: they follow when they end.
                    Some(restart @ Recurrence::RestartOffset(_)) => {
                        times_of_day(schedule, |day| restart.resolve(|offset| day.at(offset)))?
                    }
                    Some(Recurrence::RecurringInstances(_)) | None => Repeat::Instances {
                        times: micros.into_iter().map(time).collect::<sql::Result<_>>()?,
                        on_overlap,
                    },
                }
            }
            (None, Some(restart @ Recurrence::RestartOffset(_))) => {
                times_of_day(schedule, |day| restart.resolve(|offset| day.at(offset)))?
            }
            (None, _) => Repeat::None,
        };
        Ok(Some(policy(&job.definition, of, repeat)))
    }

    /// Says that a job is late, where it is.
    pub(super) async fn say_late(&mut self, id: i64) -> Result<()> {
        let Some(times) = self.times_of(id).await? else { return Ok(()) };
        let Some(daily) = self.jobs.get(&id).map(|job| job.life) else { return Ok(()) };
        let now = self.now;
        let is_past = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let late_to_start = is_past(times.late_to_start) && !daily.is_late_to_start;
        let late_to_finish = is_past(times.late_to_finish) && !daily.is_late_to_finish;
        match daily.state {
            State::Waiting { .. } | State::Held { .. } | State::Ready
                if late_to_start && daily.attempts == 0 =>
            {
                self.step_job(id, Event::LateToStart).await
            }
            State::Live(live) => {
                if late_to_finish {
                    self.step_job(id, Event::LateToFinish).await?;
                }
                let exceeds = live.started_at.and_then(|started| times.exceeds_at(started));
                if is_past(exceeds) && !live.has_exceeded {
                    let news =
                        Event::News { attempt: live.attempt, news: News::MaxRunTimeExceeded };
                    self.step_job(id, news).await?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Says that the start of a job is still without an answer, where it is.
    pub(super) async fn say_still_attempting(&mut self, id: i64) -> Result<()> {
        let Some((live, at)) = self.unanswered(id).await? else { return Ok(()) };
        if at > self.now {
            return Ok(());
        }
        let news = Event::News { attempt: live.attempt, news: News::StillAttempting };
        self.step_job(id, news).await
    }

    /// The attempt of a job that was sent without an answer so far, and when it counts as still attempted. None where that is said
    /// already.
    async fn unanswered(&mut self, id: i64) -> Result<Option<(Live, Timestamp)>> {
        let Some(live) = self.jobs.get(&id).and_then(|job| job.life.live()) else {
            return Ok(None);
        };
        let (Stage::Submitted { is_still_attempting: false }
        | Stage::Unknown { is_still_attempting: false }) = live.stage
        else {
            return Ok(None);
        };
        let row = self.attempt(id, i64::from(live.attempt)).await?;
        // What its agent has and has not begun yet, such as one in a queue, was answered.
        let is_answered = row.is_none_or(|row| row.handle.is_some());
        let at = live.requested_at.saturating_add(ANSWERED_WITHIN).unwrap_or(Timestamp::MAX);
        Ok((!is_answered).then_some((live, at)))
    }

    /// The times of a job on its day; none for one that was added without a frequency.
    async fn times_of(&mut self, id: i64) -> Result<Option<Times>> {
        let Some(schedule_id) = self.jobs.get(&id).map(|job| job.row.schedule_id) else {
            return Ok(None);
        };
        self.load_schedule(schedule_id).await?;
        let (Some(job), Some(schedule)) = (self.jobs.get(&id), self.schedules.get(&schedule_id))
        else {
            return Ok(None);
        };
        let Some(of) = frequency_use(&job.definition, &schedule.definition, job.row.use_index)
        else {
            return Ok(None);
        };
        let start = sql::from_micros("daily_job", "start_at", job.row.start_at)?;
        let max_run = changes(&job.row)?.max_run_minutes;
        let released = schedule.row.released_at.unwrap_or(schedule.row.start_at);
        let released = sql::from_micros("daily_schedule", "released_at", released)?;
        times_of_day(schedule, |day| {
            // A cron pattern says when the job starts, and not its offset.
            let is_cron = of.recurrence.is_none()
                && of.start_from == StartFrom::ScheduleStart
                && day.at(of.start) != start;
            let cron: &[Timestamp] = if is_cron { &[start] } else { &[] };
            Times::new(of, day, released, cron).with_max_run(max_run)
        })
        .map(Some)
    }

    /// Times that count from the release of the schedule are known once it has been released.
    pub(super) async fn work_out_start(&mut self, id: i64) -> Result<()> {
        let Some(times) = self.times_of(id).await? else { return Ok(()) };
        let Some(job) = self.jobs.get_mut(&id) else { return Ok(()) };
        let Some(schedule) = self.schedules.get(&job.row.schedule_id) else { return Ok(()) };
        let of = frequency_use(&job.definition, &schedule.definition, job.row.use_index);
        let (Some(of), Some(_), 0) = (of, schedule.row.released_at, job.life.attempts) else {
            return Ok(());
        };
        if of.start_from == StartFrom::Release {
            job.row.start_at = sql::to_micros(times.start);
        }
        if of.latest_start_from == StartFrom::Release {
            job.row.latest_start = times.latest_start.map(sql::to_micros);
        }
        job.is_changed = true;
        Ok(())
    }

    /// Stores when a job is to be looked at again; `missing` is what its last test has found.
    pub(super) async fn plan_next(&mut self, id: i64, missing: Option<Reason>) -> Result<()> {
        let times = self.times_of(id).await?;
        let unanswered = self.unanswered(id).await?.map(|(_, at)| at);
        let now = self.now;
        let is_paused = self.is_paused;
        let Some(job) = self.jobs.get_mut(&id) else { return Ok(()) };
        let next = next(job, times.as_ref(), missing, now).into_iter().chain(unanswered).min();
        // It can be moved on again.
        job.row.waits_for.take_if(|waits_for| matches!(waits_for, WaitKey::Fault(_)));
        if job.row.waits_for.is_none() && waits_for_schedule(job, missing) {
            job.row.waits_for = Some(if is_paused { WaitKey::Pause } else { WaitKey::Schedule });
        }
        job.row.due_at = next.map(sql::to_micros);
        job.is_changed = true;
        Ok(())
    }
}

/// Whether a job waits for its schedule: whoever starts that wakes it.
fn waits_for_schedule(job: &LoadedJob, missing: Option<Reason>) -> bool {
    missing == Some(Reason::Qualifying)
        && matches!(job.life.state, State::Waiting { .. } | State::ToBeSkipped | State::Ready)
}

/// When a job is to be looked at again.
fn next(
    job: &LoadedJob,
    times: Option<&Times>,
    missing: Option<Reason>,
    now: Timestamp,
) -> Option<Timestamp> {
    let daily = &job.life;
    // One that was started by force waits for no time of day, unless it is to be skipped after all.
    let is_forced = daily.is_forced && !matches!(daily.state, State::ToBeSkipped);
    let planned = || sql::from_micros("daily_job", "start_at", job.row.start_at).ok();
    let start = daily.not_before.or_else(|| if is_forced { None } else { planned() });
    let test = match (daily.state, missing) {
        (State::Waiting { .. } | State::ToBeSkipped | State::Ready, Some(reason)) => match reason {
            Reason::StartTime | Reason::PrerunFailed => start,
            Reason::Expression => Some(now + EXPRESSION_AGAIN),
            // Somebody wakes it.
            Reason::Qualifying
            | Reason::Released
            | Reason::JobDependency
            | Reason::JobConflict
            | Reason::ThresholdOrResource
            | Reason::Machine => None,
        },
        // It has come here by something else than a test.
        (State::Waiting { .. } | State::ToBeSkipped | State::Ready, None) => {
            Some(start.map_or(now, |start| start.max(now)))
        }
        _ => None,
    };
    let Some(times) = times else { return test };
    let late_start = times.late_to_start.filter(|_| daily.attempts == 0 && !daily.is_late_to_start);
    let late_finish = times.late_to_finish.filter(|_| !daily.is_late_to_finish);
    // The first instant after it.
    let latest =
        job.row.latest_start.filter(|_| daily.is_bound_by_latest_start()).and_then(|latest| {
            sql::from_micros("daily_job", "latest_start", latest.saturating_add(1)).ok()
        });
    // While its schedule does not run it misses nothing: who lets that go on wakes it.
    let latest = latest.filter(|_| missing != Some(Reason::Qualifying));
    match daily.state {
        State::Waiting { .. } | State::Ready => {
            [test, late_start, latest].into_iter().flatten().min()
        }
        State::Held { .. } => late_start,
        State::Live(live) => {
            let exceeds = live.started_at.filter(|_| !live.has_exceeded);
            [late_finish, exceeds.and_then(|started| times.exceeds_at(started))]
                .into_iter()
                .flatten()
                .min()
        }
        State::ToBeSkipped => test,
        State::UnderConstruction | State::Ended { .. } => None,
    }
}

/// Calls `with` with the local times of a schedule's day.
fn times_of_day<T>(schedule: &LoadedSchedule, with: impl FnOnce(&DayTimes<'_>) -> T) -> Result<T> {
    let row = &schedule.row;
    let stored = |why: String| Error::Stored { what: format!("daily schedule {}", row.id), why };
    let zone: Zone = row.time_zone.parse().map_err(|error| stored(format!("{error}")))?;
    let date = row.date.parse().map_err(|error| stored(format!("{error}")))?;
    Ok(with(&DayTimes::new(&zone, date, schedule.definition.start_time)))
}
