//! `$JOB:…`: daily jobs.

use scheduler_core::action::Action;
use scheduler_core::definition::{Job, RunsOn};
use scheduler_core::event::{JobCommand, JobOrder, Reschedule};
use scheduler_core::job::changes::Changes;
use scheduler_core::job::reschedule::{Times, new_start};
use scheduler_core::job::{Event, SubscheduleRestart};
use scheduler_core::name::BatchUserName;
use scheduler_core::schedule::{ReopenedBy, Status as ScheduleStatus};
use scheduler_store::attempt;
use scheduler_store::daily_job::DailyJob;
use scheduler_store::{daily_schedule, definition};

use super::find::{self, known};
use super::ready::Origin;
use crate::batch_users::with_user;
use crate::error::{Error, Result};
use crate::operate::is_restart;
use crate::work::Work;

/// Performs a command on daily jobs.
pub(super) async fn perform(
    work: &mut Work<'_, '_>,
    origin: &Origin,
    command: &JobCommand,
) -> Result<String> {
    let allowed = origin.options.job_events_restart_schedules;
    work.reopens_as(ReopenedBy::event(None, allowed));
    let jobs = find::jobs(work.tx(), origin, &command.target).await?;
    let is_mask = find::is_mask(&known(&command.target.job)?.0, origin);
    let mut done = 0_usize;
    for job in &jobs {
        // Of the jobs of a mask those are left out for which it is not possible now.
        match one(work, job, &command.order).await {
            Ok(()) => done += 1,
            Err(Error::Refused(_)) if is_mask => {}
            Err(why) => return Err(why),
        }
    }
    Ok(match done {
        1 => "performed".to_owned(),
        count => format!("performed on {count} jobs"),
    })
}

async fn one(work: &mut Work<'_, '_>, job: &DailyJob, order: &JobOrder) -> Result<()> {
    match order {
        JobOrder::Act(action) => work.ask(job.id, *action).await,
        JobOrder::Restart { on_hold, force, step: _ } => {
            let is_forced = force.as_ref().map(known).transpose()?.copied().unwrap_or(false);
            let action = match (on_hold, is_forced) {
                (true, _) => Action::RestartOnHold,
                (false, true) => Action::ForceRestart,
                (false, false) => Action::Restart,
            };
            work.ask(job.id, action).await
        }
        JobOrder::Reschedule(to) => reschedule(work, job, to).await,
        JobOrder::Priority(priority) => {
            let priority = known(priority)?.get();
            work.change_job(job.id, |row| row.priority = priority).await
        }
        JobOrder::MachineGroup(group) => machine_group(work, job, known(group)?.as_str()).await,
        JobOrder::Delete => work.delete_job(job.id).await,
        // It is about no job that is there, and performed elsewhere.
        JobOrder::Add(_) => Err(Error::Refused("the job was not planned".to_owned())),
        JobOrder::MaxRunTime(minutes) => {
            let minutes = u16::try_from(known(minutes)?.get()).ok();
            work.change_own(job.id, |own, _| {
                own.max_run_minutes = minutes;
                Ok(())
            })
            .await
        }
        JobOrder::TagAdd(tags) => {
            let tags = &known(tags)?.0;
            let change = |own: &mut Changes, of: &Job| own.add_tags(&of.tags, tags);
            work.change_own(job.id, |own, of| {
                change(own, of).map_err(|why| Error::Refused(why.to_string()))
            })
            .await
        }
        JobOrder::TagDelete(tags) => {
            let tags = &known(tags)?.0;
            work.change_own(job.id, |own, of| {
                own.remove_tags(&of.tags, tags);
                Ok(())
            })
            .await
        }
        JobOrder::User(user) => batch_user(work, job, known(user)?).await,
        JobOrder::Track { .. } | JobOrder::Queued { .. } | JobOrder::QueueState { .. } => {
            Err(Error::Refused(
                "jobs that were submitted elsewhere are not followed: only agents of other platforms send this event; add \
                 the job with $JOB:ADD instead"
                    .to_owned(),
            ))
        }
    }
}

/// Lets a job run under another batch user.
async fn batch_user(work: &mut Work<'_, '_>, job: &DailyJob, user: &BatchUserName) -> Result<()> {
    if definition::current_one(work.tx(), "batch_user", "", user.as_str()).await?.is_none() {
        let (name, hint) = (user.to_string(), "; add it to the definitions first".to_owned());
        return Err(Error::Unknown { what: "batch user", name, hint });
    }
    work.change_own(job.id, |own, of| {
        if with_user(&of.run, user).is_none() {
            return Err(Error::Refused(format!(
                "`{}` runs under no batch user of its own: a job of this kind has that of its agent",
                job.name
            )));
        }
        own.batch_user = Some(user.clone());
        Ok(())
    })
    .await
}

/// Gives a job another start time.
async fn reschedule(work: &mut Work<'_, '_>, job: &DailyJob, to: &Reschedule) -> Result<()> {
    let now = work.now();
    let schedules = daily_schedule::by_ids(work.tx(), &sql::id_list([job.schedule_id])).await?;
    let is_schedule_waiting = schedules.first().is_some_and(|schedule| {
        ScheduleStatus::from_description(&schedule.status) == Some(ScheduleStatus::WaitToStart)
    });
    let last = attempt::of_jobs(work.tx(), &sql::id_list([job.id])).await?.pop();
    let at = |micros: Option<i64>| {
        micros.map(|at| sql::from_micros("attempt", "started_at", at)).transpose()
    };
    let times = Times {
        now,
        planned: sql::from_micros("daily_job", "start_at", job.start_at)?,
        is_schedule_waiting,
        started: at(last.as_ref().and_then(|last| last.started_at))?,
        ended: at(last.as_ref().and_then(|last| last.ended_at))?,
    };
    let from = to.from.as_ref().map(known).transpose()?.copied();
    let minutes = *known(&to.minutes)?;
    let not_before =
        new_start(from, minutes, &times).map_err(|why| Error::Refused(why.to_string()))?;
    work.ask_event(job.id, Event::Rescheduled { not_before, on_hold: to.on_hold }).await
}

/// Lets a job run on the agents of another group.
async fn machine_group(work: &mut Work<'_, '_>, job: &DailyJob, group: &str) -> Result<()> {
    let found = definition::current_one(work.tx(), "machine_group", "", group).await?;
    let name = group.parse().ok().filter(|_| found.is_some());
    let name = name.ok_or_else(|| Error::Unknown {
        what: "machine group",
        name: group.to_owned(),
        hint: String::new(),
    })?;
    let runs_on = serde_json::to_string(&RunsOn::LeastTasked(name)).unwrap_or_default();
    work.change_job(job.id, |row| row.runs_on = Some(runs_on)).await
}

impl Work<'_, '_> {
    /// An action is asked of a job, as an event does: refused at once where it is not possible.
    pub(super) async fn ask(&mut self, id: i64, action: Action) -> Result<()> {
        self.ask_event(id, Event::Asked { action, subschedule: SubscheduleRestart::RestartAll })
            .await
    }

    async fn ask_event(&mut self, id: i64, event: Event) -> Result<()> {
        self.check_event(id, &event).await?;
        if matches!(event, Event::Asked { action, .. } if is_restart(action)) {
            self.check_inside(id).await?;
        }
        self.job(id, event);
        Ok(())
    }
}
