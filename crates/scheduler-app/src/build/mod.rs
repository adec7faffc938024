//! Building days: what the plan says is stored as daily schedules, jobs and edges.

mod add;
mod edges;
mod excluded;
mod given;
mod inside;
mod place;
mod rows;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod years;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::action::Privilege;
use scheduler_core::model::ScheduleId;
use scheduler_core::name::InstanceName;
use scheduler_core::plan::{DailyJobId, Plan, Wanted};
use scheduler_core::schedule::build::{Why, is_built_on_hold};
use scheduler_core::schedule::event_properties::Set;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::server_state;

use crate::definitions::{Loaded, load};
use crate::error::{Error, Result};
use crate::{App, Caller};

pub use add::Request as AddRequest;
pub(crate) use add::{Adder, Adding};
pub(crate) use edges::rule;
pub(crate) use excluded::outcomes as outcomes_of_excluded;
use given::{Given, Which};
pub(crate) use inside::Rebuild;

/// What is to be built.
#[derive(Debug, Clone)]
pub struct Request {
    /// The date.
    pub date: Date,
    /// The schedules, by name; none for all that are not subschedules.
    pub schedules: Option<Vec<String>>,
    /// Whether completed daily schedules are replaced.
    pub overwrite: bool,
    /// Whether they are built on hold.
    pub on_hold: bool,
    /// Why, in the caller's words.
    pub reason: Option<String>,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Built {
    /// The daily schedules that were made, subschedules after those of their containers.
    pub schedules: Vec<BuiltSchedule>,
    /// Those that stay as they are, and why.
    pub left: Vec<(String, Why)>,
}

/// A daily schedule that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltSchedule {
    /// Its number.
    pub id: i64,
    /// What it is called among those of its date.
    pub name: String,
    /// How many jobs it has.
    pub jobs: usize,
}

/// Builds a date of schedules in one transaction.
///
/// # Errors
/// [`Error::Unknown`] for a schedule that is not defined, [`Error::TooLarge`], [`Error::Forbidden`], or the database did
/// not do it. Nothing is stored then.
pub async fn build(app: &App, caller: &Caller, request: Request) -> Result<Built> {
    caller.must("build schedules", &[Privilege::BuildSchedules])?;
    let mut plans = Plans::default();
    loop {
        let planned = Planned::new(app, request.clone()).await?;
        match store(app, caller, planned).await {
            Err(why) if plans.is_one_more(&why) => {}
            done => return done,
        }
    }
}

/// Builds a date of one schedule with properties, and of one of its instances where one is named (`opcon-domain 1.9`).
///
/// # Errors
/// As [`build`]; [`Error::Refused`] for an instance of a schedule that has none.
pub async fn build_given(
    app: &App,
    caller: &Caller,
    request: Request,
    properties: Set,
    instance: Option<InstanceName>,
) -> Result<Built> {
    caller.must("build schedules", &[Privilege::BuildSchedules])?;
    let mut plans = Plans::default();
    loop {
        let (request, properties) = (request.clone(), properties.clone());
        let planned = Planned::given(app, request, properties, instance.as_ref()).await?;
        match store(app, caller, planned).await {
            Err(why) if plans.is_one_more(&why) => {}
            done => return done,
        }
    }
}

/// How often it is planned because the definitions were changed between plan and store.
#[derive(Debug, Default)]
pub(crate) struct Plans(u8);

impl Plans {
    const MAX: u8 = 5;

    /// Whether it is planned once more after `why`.
    pub(crate) fn is_one_more(&mut self, why: &Error) -> bool {
        self.0 += 1;
        matches!(why, Error::Revision { .. }) && self.0 < Self::MAX
    }
}

/// Makes sure that what was planned by a revision of the definitions counts for what is defined now, until the transaction ends.
pub(crate) async fn must_be_current(tx: &mut sql::Tx<'_>, planned_by: &Loaded) -> Result<()> {
    let (expected, found) = (planned_by.revision, server_state::lock_definitions(tx).await?);
    if found == expected { Ok(()) } else { Err(Error::Revision { expected, found }) }
}

async fn store(app: &App, caller: &Caller, planned: Planned) -> Result<Built> {
    let planned = Arc::new(planned);
    let (now, caller) = (app.now(), caller.name().to_owned());
    let done = app
        .db()
        .write(move |tx| {
            let (planned, caller) = (Arc::clone(&planned), caller.clone());
            Box::pin(async move {
                let built = planned.store(tx, now).await?;
                if !built.schedules.is_empty() {
                    let record = planned.record(&caller, &built, sql::to_micros(now));
                    audit::append(tx, &record).await?;
                }
                Ok(built)
            })
        })
        .await;
    app.wakes().advance.wake();
    done
}

/// A day that is planned and not stored yet.
pub(crate) struct Planned {
    loaded: Arc<Loaded>,
    plan: Plan,
    request: Request,
    ways: Ways,
    given: Given,
}

/// How one schedule of a day is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    /// Whether a completed daily schedule is replaced.
    pub(crate) overwrite: bool,
    /// Whether it is built on hold.
    pub(crate) on_hold: bool,
}

/// How the schedules of a day are built.
enum Ways {
    /// As the request says, and on hold for a date that has passed.
    Asked(Way),
    /// Each in its own way: what is due by itself is caught up and starts.
    Own(HashMap<String, Way>),
}

impl Planned {
    /// Plans a day by the definitions that are stored.
    pub(crate) async fn new(app: &App, request: Request) -> Result<Self> {
        let loaded = load(app).await?;
        let way = Way { overwrite: request.overwrite, on_hold: request.on_hold };
        Self::of(Arc::new(loaded), request, Ways::Asked(way))
    }

    /// Plans a day of one schedule with properties, and of one of its instances where one is named.
    ///
    /// # Errors
    /// As [`build`], and [`Error::Refused`] for an instance of a schedule that has none.
    pub(crate) async fn given(
        app: &App,
        request: Request,
        properties: Set,
        instance: Option<&InstanceName>,
    ) -> Result<Self> {
        let loaded = Arc::new(load(app).await?);
        let way = Way { overwrite: request.overwrite, on_hold: request.on_hold };
        let ids = find(&loaded, request.schedules.as_deref())?.unwrap_or_default();
        let Some(schedule) = ids.first().copied() else {
            return Err(Error::Refused("no schedule is named".to_owned()));
        };
        let (given, which) = Given::of(&loaded, schedule, properties, instance)?;
        let wanted = match which {
            Which::All => Wanted::Only(&ids),
            Which::One(instance) => Wanted::Instance { schedule, instance },
        };
        let plan = scheduler_core::plan::build(&loaded.model, request.date, wanted)?;
        Ok(Self { loaded, plan, request, ways: Ways::Asked(way), given })
    }

    /// Plans a date of schedules that are built by themselves, each in its own way.
    pub(crate) fn automatic(
        loaded: Arc<Loaded>,
        date: Date,
        ways: HashMap<String, Way>,
    ) -> Result<Self> {
        // In the order of the definitions: of jobs that exclude each other the first one stays.
        let all = loaded.model.schedules().map(|(_, schedule)| schedule.name.as_str());
        let names = all.filter(|name| ways.contains_key(*name)).map(ToOwned::to_owned);
        let schedules = Some(names.collect());
        let request = Request { date, schedules, overwrite: false, on_hold: false, reason: None };
        Self::of(loaded, request, Ways::Own(ways))
    }

    fn of(loaded: Arc<Loaded>, request: Request, ways: Ways) -> Result<Self> {
        let ids = find(&loaded, request.schedules.as_deref())?;
        let wanted = ids.as_deref().map_or(Wanted::All, Wanted::Only);
        let plan = scheduler_core::plan::build(&loaded.model, request.date, wanted)?;
        Ok(Self { loaded, plan, request, ways, given: Given::default() })
    }

    /// What is planned.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How a schedule is built whose date has passed at `now` or not.
    fn way(&self, schedule: ScheduleId, now: Timestamp) -> Way {
        let of = self.loaded.model.schedule(schedule);
        match &self.ways {
            Ways::Own(ways) => ways[of.name.as_str()],
            Ways::Asked(way) => {
                let today = of.zone.local(now).date();
                Way { on_hold: is_built_on_hold(self.request.date, today, way.on_hold), ..*way }
            }
        }
    }

    /// Stores what is not there yet.
    pub(crate) async fn store(&self, tx: &mut sql::Tx<'_>, now: Timestamp) -> Result<Built> {
        self.store_within(tx, None, now).await
    }

    /// Stores all of it, or only what is within a container that is there, given with its number.
    async fn store_within(
        &self,
        tx: &mut sql::Tx<'_>,
        container: Option<(DailyJobId, i64)>,
        now: Timestamp,
    ) -> Result<Built> {
        let (loaded, plan) = (&*self.loaded, &self.plan);
        must_be_current(tx, loaded).await?;
        let mut built = Built::default();
        let places = place::places(tx, self, container, now, &mut built).await?;
        excluded::store(tx, loaded, plan, &places, sql::to_micros(now)).await?;
        let mut edges = edges::Edges::of(plan, loaded, &places, None);
        edges.look(tx).await?;
        edges.add_all_days(tx).await?;
        rows::store(tx, (loaded, plan), &places, &edges.open, now).await?;
        edges.insert(tx).await?;
        edges::adopt(tx, plan, loaded, &places).await?;
        Ok(built)
    }

    /// The audit record of what was stored.
    pub(crate) fn record(&self, caller: &str, built: &Built, now: i64) -> NewRecord {
        record(caller, &self.request, built, now)
    }
}

/// The schedules of these names; only a container job may start a subschedule (`opcon-domain 1.2`).
fn find(loaded: &Loaded, names: Option<&[String]>) -> Result<Option<Vec<ScheduleId>>> {
    let Some(names) = names else { return Ok(None) };
    let find = |name: &String| {
        let found = loaded.model.schedule_named(name).ok_or_else(|| Error::Unknown {
            what: "schedule",
            name: name.clone(),
            hint: core_kit::nearest(name, loaded.model.schedule_names())
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?")),
        })?;
        if loaded.model.schedule(found).is_subschedule {
            return Err(Error::Refused(format!(
                "`{name}` is a subschedule: it is built with the container job that runs it, so build that one's schedule"
            )));
        }
        Ok(found)
    };
    names.iter().map(find).collect::<Result<Vec<_>>>().map(Some)
}

fn record(caller: &str, request: &Request, built: &Built, now: i64) -> NewRecord {
    let names: Vec<&str> = built.schedules.iter().map(|each| each.name.as_str()).collect();
    let jobs: usize = built.schedules.iter().map(|each| each.jobs).sum();
    NewRecord {
        at: now,
        caller: caller.to_owned(),
        action: "schedule.build",
        subject: request.date.to_string(),
        reason: request.reason.clone(),
        old_value: None,
        new_value: Some(serde_json::json!({ "schedules": names, "jobs": jobs }).to_string()),
    }
}
