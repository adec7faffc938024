//! Adding a job to a daily schedule that is there (`opcon-domain 1.8`, `$JOB:ADD`): the definition of today with the details of one
//! of its frequencies, whatever that says of the date.
//!
//! It is planned as a day of one job. What it waits for is looked up in the daily schedule, who has waited for it gets it,
//! and the schedule has one open job more: all in one unit of work, so that an event adds it once or not at all.

mod chosen;
mod names;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;
use scheduler_core::frequency::BuildStatus;
use scheduler_core::model::{Model, ScheduleId};
use scheduler_core::plan::{self, Added, Plan, Wanted};
use scheduler_core::schedule::event_properties::Set;
use scheduler_core::schedule::{ad_hoc, add_job};
use scheduler_store::daily_schedule;

use crate::App;
use crate::definitions::{Loaded, load};
use crate::error::{Error, Result};
use chosen::Chosen;

/// What is to be added, and where.
#[derive(Debug, Clone)]
pub struct Request {
    /// The date of the daily schedule.
    pub date: Date,
    /// The name of the daily schedule.
    pub schedule: String,
    /// The job, by its name in the definition of that schedule.
    pub job: String,
    /// The frequency whose details it has; its first one if left out.
    pub frequency: Option<String>,
    /// Whether it is added on hold.
    pub on_hold: bool,
    /// Its instance properties, over those of the definition. With several, the first value names a job that may be there more
    /// than once.
    pub properties: Set,
    /// Whether the instances count which the definition names for it; without that it is added to any.
    pub apply_exceptions: bool,
}

/// Who adds a job.
#[derive(Debug, Clone)]
pub(crate) struct Adder {
    /// As the audit names it: `event:2026-11-23/Night/Load`, `local:anna`.
    pub(crate) name: String,
    /// What an event says of opening a completed schedule, and whether the option lets all events do it; none for an operator,
    /// who opens it.
    pub(crate) event: Option<(Option<bool>, bool)>,
}

/// A job that is planned and not added yet.
pub(crate) struct Adding {
    loaded: Arc<Loaded>,
    plan: Plan,
    request: Request,
    chosen: Chosen,
}

impl Adding {
    /// Plans it by the definitions that are stored.
    ///
    /// # Errors
    /// [`Error::Unknown`] for names that lead nowhere, [`Error::Refused`] with what to do, or the database could not be read.
    pub(crate) async fn plan(app: &App, request: Request) -> Result<Self> {
        let loaded = Arc::new(load(app).await?);
        let of = master(app, &request).await?;
        let chosen = chosen::choose(&loaded, &request, &of)?;
        let added = Added {
            job: chosen.job,
            instance: chosen.instance,
            use_index: chosen.use_index,
            copy: chosen.copy,
            status: if request.on_hold { BuildStatus::OnHold } else { BuildStatus::Released },
        };
        let plan = plan::build(&loaded.model, request.date, Wanted::Added(added))?;
        if plan.jobs.is_empty() {
            return Err(Error::Refused(format!(
                "`{}/{}` cannot be added: a job in it excludes it",
                request.schedule, request.job
            )));
        }
        Ok(Self { loaded, plan, request, chosen })
    }
}

/// The schedule of which the daily one is one.
async fn master(app: &App, request: &Request) -> Result<String> {
    if ad_hoc::is_ad_hoc(&request.schedule) {
        return Ok(ad_hoc::NAME.to_owned());
    }
    let (date, name) = (request.date.to_string(), request.schedule.clone());
    let found = app
        .db()
        .read(move |tx| {
            let (date, name) = (date.clone(), name.clone());
            Box::pin(async move { daily_schedule::found(tx, &date, &name).await })
        })
        .await?;
    found.map(|row| row.schedule).ok_or_else(|| not_built(request))
}

fn not_built(request: &Request) -> Error {
    let (schedule, date) = (request.schedule.clone(), request.date);
    Error::Refused(add_job::Refusal::NotBuilt { schedule, date }.to_string())
}

/// The number of the instance that a daily schedule of that name is: `Regions_NORTH`, `Regions_NORTH$0002`,
/// `Day_Run[Regions_NORTH]`. None for one that the definition has not.
pub(super) fn instance_of(model: &Model, schedule: ScheduleId, name: &str) -> Option<u32> {
    let inside = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
    let own = inside.map_or(name, |(_, own)| own);
    let names = &model.schedule(schedule).instance_names;
    let find = |wanted: &str| names.iter().position(|name| name == wanted);
    let plain = || own.rsplit_once('$').and_then(|(plain, _)| find(plain));
    find(own).or_else(plain).and_then(|place| u32::try_from(place).ok())
}
