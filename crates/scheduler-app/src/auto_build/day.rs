//! One date of schedules that are due by themselves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use scheduler_core::plan::{Plan, Wanted};
use scheduler_store::auto_build::{self as table, AutoBuild, BuildDay};
use scheduler_store::outcome::{self, Outcome};
use scheduler_store::{audit, node, server_state};

use super::stand::due_at;
use crate::build::{Built, Planned, Way, outcomes_of_excluded};
use crate::definitions::Loaded;
use crate::error::{Error, Result};
use crate::work::Life;

/// What becomes of a date of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// It is built.
    Build,
    /// A later one is built in its place.
    Superseded,
    /// It is not built, and none in its place.
    Missed,
}

/// What is to be done about a date.
#[derive(Debug, Clone)]
pub(super) struct Day {
    date: Date,
    pub(super) schedules: BTreeMap<String, What>,
}

/// A date that is planned and not stored yet.
pub(super) struct PlannedDay {
    day: Day,
    built: Planned,
    /// What was planned for those that are not built.
    others: BTreeMap<String, (What, Plan)>,
}

/// What has become of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// It is stored.
    Done,
    /// Nothing is: others have stored it, or the definitions have changed.
    Changed,
}

impl Day {
    pub(super) fn new(date: Date) -> Self {
        Self { date, schedules: BTreeMap::new() }
    }

    /// Each of its schedules by itself.
    pub(super) fn alone(&self) -> Vec<Self> {
        let one = |(name, what): (&String, &What)| Self {
            date: self.date,
            schedules: BTreeMap::from([(name.clone(), *what)]),
        };
        self.schedules.iter().map(one).collect()
    }

    /// Plans it. Nothing is stored.
    pub(super) fn plan(self, loaded: &Arc<Loaded>) -> Result<PlannedDay> {
        let mut ways = HashMap::new();
        let mut others = BTreeMap::new();
        for (name, what) in &self.schedules {
            let id = loaded.model.schedule_named(name).ok_or_else(|| gone(name))?;
            let auto = loaded.model.schedule(id).auto_build.as_ref().ok_or_else(|| gone(name))?;
            if *what == What::Build {
                let way = Way { overwrite: auto.overwrite, on_hold: auto.on_hold };
                ways.insert(name.clone(), way);
            } else {
                let wanted = Wanted::Only(&[id]);
                let plan = scheduler_core::plan::build(&loaded.model, self.date, wanted)?;
                others.insert(name.clone(), (*what, plan));
            }
        }
        let built = Planned::automatic(Arc::clone(loaded), self.date, ways)?;
        Ok(PlannedDay { day: self, built, others })
    }
}

impl PlannedDay {
    pub(super) fn date(&self) -> Date {
        self.day.date
    }

    pub(super) fn schedules(&self) -> usize {
        self.day.schedules.len()
    }

    /// Stores what was planned, and that its schedules have come so far.
    pub(super) async fn store(
        &self,
        tx: &mut sql::Tx<'_>,
        loaded: &Loaded,
        now: Timestamp,
        life: Life,
    ) -> Result<Stored> {
        if !node::is_current(tx, life.node_id, life.fence).await? {
            return Err(Error::Fenced);
        }
        // Builds and changes of definitions are one after the other: what is planned counts for what is defined.
        if server_state::lock_definitions(tx).await? != loaded.revision {
            return Ok(Stored::Changed);
        }
        let names = sql::text_list(self.day.schedules.keys().map(String::as_str));
        let rows = table::lock(tx, &names).await?;
        let date = self.day.date.to_string();
        let is_here = rows.iter().all(|row| row.next_date == date);
        if rows.len() != self.day.schedules.len() || !is_here {
            return Ok(Stored::Changed);
        }
        let built = self.built.store(tx, now).await?;
        let micros = sql::to_micros(now);
        let mut days = self.built_days(&built, loaded, micros);
        for (name, (what, plan)) in &self.others {
            let outcomes = unbuilt(loaded, plan, *what, micros);
            outcome::put(tx, &outcomes).await?;
            let (word, _) = words(*what);
            let instants = outcomes.iter().filter(|each| each.outcome == word).count();
            days.push(self.unbuilt_day(name, *what, instants, micros));
        }
        table::put_days(tx, &days).await?;
        table::put(tx, &self.further(loaded, rows)).await?;
        let record = self.built.record("system:auto_build", &built, micros);
        if !built.schedules.is_empty() {
            audit::append(tx, &record).await?;
        }
        Ok(Stored::Done)
    }

    /// Where the schedules stand after it.
    fn further(&self, loaded: &Loaded, rows: Vec<AutoBuild>) -> Vec<AutoBuild> {
        let next = self.day.date.saturating_add(1.day());
        let further = |row: AutoBuild| AutoBuild {
            next_date: next.to_string(),
            due_at: due_at(loaded, &row.schedule, next),
            problem: None,
            ..row
        };
        rows.into_iter().map(further).collect()
    }

    fn built_days(&self, built: &Built, loaded: &Loaded, at: i64) -> Vec<BuildDay> {
        let plan = self.built.plan();
        let planned: HashSet<&str> = plan
            .schedules
            .iter()
            .map(|schedule| loaded.model.schedule(schedule.id).name.as_str())
            .collect();
        // Names of instances begin with that of their schedule, so they are looked up in the plan's order.
        let mut left: HashMap<&str, String> = HashMap::new();
        for (name, why) in &built.left {
            let found = plan.schedules.iter().find(|schedule| {
                schedule.parent.is_none() && plan.schedule_name(&loaded.model, schedule) == *name
            });
            if let Some(found) = found {
                let of = loaded.model.schedule(found.id).name.as_str();
                left.entry(of).or_insert_with(|| why.to_string());
            }
        }
        let builds = self.day.schedules.iter().filter(|(_, what)| **what == What::Build);
        let day = |(name, _): (&String, &What)| {
            let (what, reason) = match left.get(name.as_str()) {
                Some(why) => ("left", why.clone()),
                None if planned.contains(name.as_str()) => {
                    ("built", "its time has come".to_owned())
                }
                None => ("empty", "no job runs on this date".to_owned()),
            };
            BuildDay {
                date: self.day.date.to_string(),
                schedule: name.clone(),
                what: what.to_owned(),
                reason,
                instants: 0,
                at,
            }
        };
        builds.map(day).collect()
    }

    fn unbuilt_day(&self, name: &str, what: What, instants: usize, at: i64) -> BuildDay {
        let (word, reason) = words(what);
        BuildDay {
            date: self.day.date.to_string(),
            schedule: name.to_owned(),
            what: word.to_owned(),
            reason: reason.to_owned(),
            instants: i64::try_from(instants).unwrap_or(i64::MAX),
            at,
        }
    }
}

/// What is said of a date that is not built.
fn words(what: What) -> (&'static str, &'static str) {
    match what {
        What::Build => ("built", "its time has come"),
        What::Superseded => (
            "superseded",
            "its day had passed while no scheduler ran, and a later one is built (catch_up: latest)",
        ),
        What::Missed => ("missed", "its day had passed while no scheduler ran (catch_up: none)"),
    }
}

/// The outcomes of all instants of a date that is not built.
fn unbuilt(loaded: &Loaded, plan: &Plan, what: What, now: i64) -> Vec<Outcome> {
    let (word, reason) = words(what);
    let mut all = Vec::new();
    for (id, job) in plan.jobs() {
        let schedule = plan.schedule_name(&loaded.model, plan.schedule_of(job));
        for at in plan.instants(&loaded.model, id) {
            all.push(Outcome {
                date: plan.date.to_string(),
                schedule: schedule.clone(),
                job: plan.job_name(&loaded.model, job).to_owned(),
                planned_at: sql::to_micros(at),
                outcome: word.to_owned(),
                reason: reason.to_owned(),
                at: now,
                job_id: 0,
                attempt: None,
            });
        }
    }
    for excluded in &plan.excluded {
        all.extend(outcomes_of_excluded(&loaded.model, plan, excluded, now));
    }
    all
}

fn gone(name: &str) -> Error {
    Error::Stored {
        what: format!("the automatic build of `{name}`"),
        why: "its definition says nothing of it".to_owned(),
    }
}
