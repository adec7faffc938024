//! Actions on daily jobs.

use std::sync::Arc;

use core_kit::nearest;
use jiff::civil::Date;
use scheduler_core::action::Action;
use scheduler_core::job::{Event, SubscheduleRestart};
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::{daily_job, daily_schedule};

use crate::build::{Plans, Rebuild};
use crate::error::{Error, Result};
use crate::work::Work;
use crate::{App, Caller};

/// Where a daily job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPlace {
    /// The date of its schedule.
    pub date: Date,
    /// The name of its daily schedule.
    pub schedule: String,
    /// Its name.
    pub job: String,
}

impl std::fmt::Display for JobPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.date, self.schedule, self.job)
    }
}

/// The number of a daily job.
///
/// # Errors
/// [`Error::Unknown`] with the nearest name, or the database could not be read.
pub async fn find_job(app: &App, place: &JobPlace) -> Result<i64> {
    let schedule = super::find_schedule(app, place.date, &place.schedule).await?;
    let jobs = app
        .db()
        .read(|tx| Box::pin(async move { daily_job::of_schedule(tx, schedule).await }))
        .await?;
    let found = jobs.iter().find(|job| job.name == place.job).map(|job| job.id);
    found.ok_or_else(|| Error::Unknown {
        what: "job",
        name: place.to_string(),
        hint: nearest(&place.job, jobs.iter().map(|job| job.name.as_str()))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?")),
    })
}

/// Does something to a daily job and says its status afterwards. `subschedule` is what becomes of the jobs in a container that is
/// restarted (`opcon-domain 1.3`).
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Refused`] where the action table says no, [`Error::Unknown`]. Nothing has changed then.
pub async fn job(
    app: &App,
    caller: &Caller,
    id: i64,
    action: Action,
    subschedule: SubscheduleRestart,
    reason: Option<&str>,
) -> Result<String> {
    caller.must(format_args!("{action} jobs"), action.privileges())?;
    let order = Order { id, action, subschedule };
    let mut plans = Plans::default();
    loop {
        match act(app, caller, order, reason).await {
            Err(why) if plans.is_one_more(&why) => {}
            done => return done,
        }
    }
}

/// What is done to which job.
#[derive(Clone, Copy)]
struct Order {
    id: i64,
    action: Action,
    subschedule: SubscheduleRestart,
}

async fn act(app: &App, caller: &Caller, order: Order, reason: Option<&str>) -> Result<String> {
    let Order { id, action, subschedule } = order;
    let rebuild = match (is_restart(action), subschedule) {
        (true, SubscheduleRestart::Rebuild) => Some(Arc::new(Rebuild::plan(app, id).await?)),
        _ => None,
    };
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let (caller, reason) = (caller.name().to_owned(), reason.map(ToOwned::to_owned));
    let (status, done) = app
        .db()
        .write(move |tx| {
            let (bodies, rebuild) = (Arc::clone(&bodies), rebuild.clone());
            let (caller, reason) = (caller.clone(), reason.clone());
            Box::pin(async move {
                let before = read(tx, id).await?;
                let asked = Event::Asked { action, subschedule };
                let mut inside = String::new();
                if let Some(rebuild) = &rebuild {
                    let mut work = Work::begin(tx, Arc::clone(&bodies), now, life).await?;
                    work.check_event(id, &asked).await?;
                    drop(work);
                    // Before the container is restarted, which may start at once what is in it.
                    let built = rebuild.store(tx, now).await?;
                    let jobs: usize = built.schedules.iter().map(|each| each.jobs).sum();
                    inside = format!("; what is in it was built anew: {jobs} jobs");
                }
                let mut work = Work::begin(tx, bodies, now, life).await?;
                if is_restart(action)
                    && rebuild.is_none()
                    && subschedule != SubscheduleRestart::Leave
                {
                    work.check_inside(id).await?;
                }
                work.asked_by(&caller, reason.as_deref());
                match action {
                    Action::Kill => work.kill_all(id, asked).await?,
                    _ => work.job(id, asked),
                }
                let done = work.finish().await?;
                let after = read(tx, id).await?;
                let record = NewRecord {
                    at: sql::to_micros(now),
                    caller,
                    action: name(action),
                    subject: after.subject,
                    reason,
                    old_value: Some(before.status),
                    new_value: Some(format!("{}{inside}", after.status)),
                };
                audit::append(tx, &record).await?;
                Ok::<_, Error>((after.status, done))
            })
        })
        .await?;
    app.wakes().after(done);
    app.wakes().advance.wake();
    Ok(status)
}

/// Whether an action lets a job run once more.
pub(crate) const fn is_restart(action: Action) -> bool {
    matches!(action, Action::Restart | Action::RestartOnHold | Action::ForceRestart)
}

struct Seen {
    subject: String,
    status: String,
}

async fn read(tx: &mut sql::Tx<'_>, id: i64) -> Result<Seen> {
    let gone = || Error::Unknown { what: "daily job", name: id.to_string(), hint: String::new() };
    let job =
        daily_job::by_ids(tx, &sql::id_list([id])).await?.into_iter().next().ok_or_else(gone)?;
    let schedules = daily_schedule::by_ids(tx, &sql::id_list([job.schedule_id])).await?;
    let schedule = schedules.into_iter().next().ok_or_else(gone)?;
    let subject = format!("{}/{}/{}", schedule.date, schedule.name, job.name);
    Ok(Seen { subject, status: job.status })
}

/// The action as the audit names it.
const fn name(action: Action) -> &'static str {
    match action {
        Action::Hold => "job.hold",
        Action::Release => "job.release",
        Action::Cancel => "job.cancel",
        Action::Skip => "job.skip",
        Action::Start => "job.start",
        Action::Kill => "job.kill",
        Action::Restart => "job.restart",
        Action::RestartOnHold => "job.restart_on_hold",
        Action::ForceRestart => "job.force_restart",
        Action::MarkFinishedOk => "job.mark_finished_ok",
        Action::MarkFailed => "job.mark_failed",
        Action::MarkUnderReview => "job.mark_under_review",
        Action::MarkFixed => "job.mark_fixed",
    }
}
