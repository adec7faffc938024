//! Stepping daily schedules, and what their effects become.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use scheduler_core::job::{Exit, News};
use scheduler_core::schedule::ad_hoc::{is_ad_hoc, may_complete};
use scheduler_core::schedule::build::is_free_of_other_days;
use scheduler_core::schedule::{Action, Effect, Event, State, Status, Verdict};
use scheduler_core::time::Zone;
use scheduler_store::daily_schedule::DailySchedule;
use scheduler_store::{daily_job, daily_schedule};

use super::job::news;
use super::{Todo, Work};
use crate::error::{Error, Result};

/// How often a schedule looks whether other days of it have ended.
const OTHER_DAYS_AGAIN: SignedDuration = SignedDuration::from_secs(10);

impl Work<'_, '_> {
    /// Lets the core decide what an event makes of a schedule, and does what follows.
    pub(super) async fn step_schedule(&mut self, id: i64, event: Event) -> Result<()> {
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(()) };
        match schedule.life.on(&event) {
            Verdict::Advance { next, effects } => {
                schedule.life = next;
                schedule.row.life = serde_json::to_string(&next).unwrap_or_default();
                next.status().description().clone_into(&mut schedule.row.status);
                schedule.row.due_at =
                    (next.status() == Status::WaitToStart).then_some(schedule.row.start_at);
                if is_ad_hoc(&schedule.row.schedule) && next.is_active() {
                    schedule.row.due_at = midnight(&schedule.row)?.map(sql::to_micros);
                }
                if !matches!(next.state, State::Completed { .. }) {
                    schedule.row.completed_at = None;
                }
                schedule.is_changed = true;
                if let Event::Asked(action) = event {
                    self.note_schedule(id, action);
                }
                if event == Event::Asked(Action::Close) {
                    self.closed(id).await?;
                }
                for effect in effects {
                    self.schedule_effect(id, effect).await?;
                }
                Ok(())
            }
            Verdict::Stale => Ok(()),
            Verdict::Illegal { why } => match event {
                Event::Asked(_) | Event::JobReopened(_) | Event::JobAdded(_) => {
                    Err(Error::Refused(why.to_string()))
                }
                _ => {
                    tracing::warn!(schedule = id, "an event that cannot be: {why}");
                    Ok(())
                }
            },
        }
    }

    /// Whether the time of a schedule that is looked at has come. Where its clock was put back meanwhile, it is looked at again when
    /// it has: before its start time it does not start, and before midnight the day of `AdHoc` is not over.
    pub(super) async fn has_time_come(&mut self, id: i64) -> Result<bool> {
        let now = sql::to_micros(self.now);
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(false) };
        if schedule.row.due_at.is_none_or(|due| due > now) {
            // Another process has moved it on.
            return Ok(false);
        }
        let at = match schedule.life.status() {
            Status::WaitToStart => Some(schedule.row.start_at),
            _ if is_ad_hoc(&schedule.row.schedule) => midnight(&schedule.row)?.map(sql::to_micros),
            _ => None,
        };
        let Some(at) = at.filter(|at| *at > now) else { return Ok(true) };
        schedule.row.due_at = Some(at);
        schedule.is_changed = true;
        Ok(false)
    }

    /// Whether a schedule is `AdHoc`, and its day has passed: it is counted once, and completes when all of its jobs have ended.
    pub(super) async fn is_ad_hoc_over(&mut self, id: i64) -> Result<bool> {
        let now = sql::to_micros(self.now);
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(false) };
        let is_over = is_ad_hoc(&schedule.row.schedule)
            && schedule.life.status() != Status::WaitToStart
            && schedule.row.due_at.is_some_and(|due| due <= now);
        if is_over {
            schedule.row.due_at = None;
            schedule.is_changed = true;
        }
        Ok(is_over)
    }

    /// Whether a schedule may start as far as its other days are concerned. One that may not is looked at again later.
    pub(super) async fn is_free_of_other_days(&mut self, id: i64) -> Result<bool> {
        let now = self.now;
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(false) };
        if !schedule.definition.conflict_with_other_days {
            return Ok(true);
        }
        let (name, date) = (schedule.row.schedule.clone(), schedule.row.date.clone());
        let others = daily_schedule::of_other_days(self.tx, &name, &date).await?;
        let ids: Vec<i64> = others.iter().map(|other| other.id).collect();
        // They are locked: none of them can start elsewhere at the same time.
        self.load_schedules(ids.iter().copied()).await?;
        let others = ids.iter().filter_map(|id| self.schedules.get(id)).map(|other| other.life);
        let is_free = is_free_of_other_days(others);
        if !is_free && let Some(schedule) = self.schedules.get_mut(&id) {
            let again = now.saturating_add(OTHER_DAYS_AGAIN).unwrap_or(now);
            schedule.row.due_at = Some(sql::to_micros(again));
            schedule.is_changed = true;
        }
        Ok(is_free)
    }

    async fn schedule_effect(&mut self, id: i64, effect: Effect) -> Result<()> {
        match effect {
            Effect::WorkOutStartTimes => {
                let now = sql::to_micros(self.now);
                if let Some(schedule) = self.load_schedule(id).await? {
                    schedule.row.released_at = Some(now);
                }
                self.todo.push_front(Todo::Schedule(id, Event::Started));
            }
            Effect::TestJobs => {
                let now = sql::to_micros(self.now);
                self.done.has_due |= daily_job::wake_schedule(self.tx, id, now).await? > 0;
                let loaded = self.jobs.values().filter(|job| job.row.schedule_id == id);
                let loaded: Vec<i64> = loaded.map(|job| job.row.id).collect();
                for job in loaded {
                    self.retest(job);
                }
            }
            Effect::HoldSubschedules => self.tell_inside(id, Event::ParentHeld).await?,
            Effect::ReleaseSubschedules => self.tell_inside(id, Event::ParentReleased).await?,
            Effect::CountJobs => self.counted(id).await?,
            Effect::RunCompletionEvents { completion } => {
                self.fire_completion(id, completion).await?;
            }
            Effect::Record => {
                let now = sql::to_micros(self.now);
                if let Some(schedule) = self.load_schedule(id).await? {
                    schedule.row.completed_at = Some(now);
                }
            }
            Effect::TellContainer { failed_jobs } => self.tell_container(id, failed_jobs).await?,
            Effect::Notify(notice) => self.notify_schedule(id, notice).await?,
        }
        Ok(())
    }

    /// Tells the schedules in the containers of a schedule.
    async fn tell_inside(&mut self, id: i64, event: Event) -> Result<()> {
        for inside in daily_schedule::below(self.tx, id).await? {
            self.schedule(inside, event);
        }
        Ok(())
    }

    /// The container ends when all of its schedules are over.
    async fn tell_container(&mut self, id: i64, failed_jobs: Option<u32>) -> Result<()> {
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(()) };
        let own =
            failed_jobs.unwrap_or_else(|| u32::try_from(schedule.row.failed_jobs).unwrap_or(0));
        let Some(container) = schedule.row.parent_job_id else { return Ok(()) };
        let mut failed = own;
        for other in daily_schedule::inside(self.tx, container).await? {
            if other.id == id {
                continue;
            }
            let Some(other) = self.load_schedule(other.id).await? else { continue };
            if !matches!(other.life.state, State::Completed { .. }) {
                return Ok(());
            }
            failed += u32::try_from(other.row.failed_jobs).unwrap_or(0);
        }
        self.load_jobs([container]).await?;
        if let Some(job) = self.jobs.get(&container) {
            let attempt = job.life.attempts;
            let exit = News::Exited(Exit::Subschedule { failed_jobs: failed });
            self.job(container, news(attempt, exit));
        }
        Ok(())
    }
}

/// Whether a daily schedule may complete now: `AdHoc` stays open until midnight.
pub(super) fn may_complete_now(row: &DailySchedule, now: Timestamp) -> Result<bool> {
    if !is_ad_hoc(&row.schedule) {
        return Ok(true);
    }
    let (zone, date) = place_in_time(row)?;
    Ok(may_complete(&row.schedule, date, zone.local(now).date()))
}

/// When the date of a daily schedule is over on its clock; none at the end of time.
fn midnight(row: &DailySchedule) -> Result<Option<Timestamp>> {
    let (zone, date) = place_in_time(row)?;
    let tomorrow = date.saturating_add(1.day());
    Ok(zone.first_instant(tomorrow.to_datetime(Time::midnight())))
}

fn place_in_time(row: &DailySchedule) -> Result<(Zone, Date)> {
    let stored = |why: String| Error::Stored { what: format!("daily schedule {}", row.id), why };
    let zone = row.time_zone.parse().map_err(|why| stored(format!("{why}")))?;
    let date = row.date.parse().map_err(|why| stored(format!("{why}")))?;
    Ok((zone, date))
}
