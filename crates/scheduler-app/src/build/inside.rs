//! Building what is in one container anew, by the definitions of now (`opcon-domain 1.3`): its subschedules go, and those come that
//! a build of its date would give it.

use jiff::Timestamp;
use scheduler_core::plan::DailyJobId;
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};

use super::{Built, Planned, Request, Way, Ways};
use crate::App;
use crate::definitions::load;
use crate::error::{Error, Result};
use crate::removal::{Gone, remove};

/// What is to be in a container, planned and not stored yet.
pub(crate) struct Rebuild {
    planned: Planned,
    /// The container in the plan, and its number.
    container: (DailyJobId, i64),
}

impl Rebuild {
    /// Plans what would be in a container if its date were built now.
    ///
    /// # Errors
    /// [`Error::Refused`] for a job that the definitions do not have on its date as a container, or not any more.
    pub(crate) async fn plan(app: &App, id: i64) -> Result<Self> {
        let (job, schedule, outermost) =
            app.db().read(move |tx| Box::pin(async move { around(tx, id).await })).await?;
        let date = outermost.date.parse().map_err(|why| Error::Stored {
            what: format!("daily schedule {}", outermost.id),
            why: format!("{why}"),
        })?;
        let request = Request {
            date,
            schedules: Some(vec![outermost.schedule]),
            overwrite: false,
            on_hold: false,
            reason: None,
        };
        let way = Way { overwrite: false, on_hold: false };
        let planned =
            Planned::of(std::sync::Arc::new(load(app).await?), request, Ways::Asked(way))?;
        let (plan, model) = (&planned.plan, &planned.loaded.model);
        let mut inner = plan.schedules.iter().filter_map(|each| each.parent);
        let found = inner.find(|parent| {
            let of = plan.job(*parent);
            plan.job_name(model, of) == job.name
                && plan.schedule_name(model, plan.schedule_of(of)) == schedule.name
        });
        let container = found.ok_or_else(|| {
            Error::Refused(format!(
                "cannot build what is in `{}/{}` anew: by the definitions of now it is no container on {}; restart its jobs \
                 as they are instead",
                schedule.name, job.name, schedule.date
            ))
        })?;
        Ok(Self { container: (container, job.id), planned })
    }

    /// Takes away what is in the container and stores what was planned.
    ///
    /// # Errors
    /// [`Error::Refused`] while something of it runs. Nothing has changed then.
    pub(crate) async fn store(&self, tx: &mut sql::Tx<'_>, now: Timestamp) -> Result<Built> {
        for schedule in daily_schedule::inside(tx, self.container.1).await? {
            remove(tx, &schedule, Gone::Replaced, now).await?;
        }
        self.planned.store_within(tx, Some(self.container), now).await
    }
}

/// A daily job, its schedule, and the schedule in whose containers that is.
async fn around(tx: &mut sql::Tx<'_>, id: i64) -> Result<(DailyJob, DailySchedule, DailySchedule)> {
    let (job, schedule) = one(tx, id).await?;
    let mut outermost = schedule.clone();
    while let Some(container) = outermost.parent_job_id {
        outermost = one(tx, container).await?.1;
    }
    Ok((job, schedule, outermost))
}

async fn one(tx: &mut sql::Tx<'_>, id: i64) -> Result<(DailyJob, DailySchedule)> {
    let gone = || Error::Unknown { what: "daily job", name: id.to_string(), hint: String::new() };
    let jobs = daily_job::by_ids(tx, &sql::id_list([id])).await?;
    let job = jobs.into_iter().next().ok_or_else(gone)?;
    let schedules = daily_schedule::by_ids(tx, &sql::id_list([job.schedule_id])).await?;
    let schedule = schedules.into_iter().next().ok_or_else(gone)?;
    Ok((job, schedule))
}
