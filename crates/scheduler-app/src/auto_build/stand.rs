//! Where schedules stand when definitions change.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::definition::{AutoBuild as Auto, Definitions};
use scheduler_core::schedule::auto_build::{build_instant, first_date};
use scheduler_core::time::{TimeOfDay, Zone};
use scheduler_store::auto_build::{self as table, AutoBuild};

use crate::definitions::Loaded;
use crate::error::{Error, Result};

/// What definitions say about automatic builds.
pub(crate) struct Stands {
    schedules: HashMap<String, (Auto, Zone)>,
    default: TimeOfDay,
}

impl Stands {
    pub(crate) fn of(definitions: &Definitions) -> Self {
        let options = definitions.options.clone().unwrap_or_default();
        let own = definitions.schedules.iter().filter_map(|(name, schedule)| {
            let zone = schedule.time_zone.as_ref().unwrap_or(&options.time_zone);
            let auto = schedule.auto_build.clone()?;
            Some((name.as_str().to_owned(), (auto, zone.0.clone())))
        });
        Self { schedules: own.collect(), default: options.build_time }
    }

    /// Stores where schedules stand by these definitions. One that is new begins with tomorrow, or with today where the
    /// time for that is to come; one that is there goes on with its next date, whenever that is due now.
    pub(crate) async fn store(&self, tx: &mut sql::Tx<'_>, now: i64) -> Result<()> {
        let now = sql::from_micros("server_state", "now", now)?;
        let mut changed = Vec::new();
        let mut gone = Vec::new();
        let mut known: HashMap<String, AutoBuild> = HashMap::new();
        for row in table::all(tx).await? {
            if self.schedules.contains_key(&row.schedule) {
                known.insert(row.schedule.clone(), row);
            } else {
                gone.push(row.schedule);
            }
        }
        for (name, (auto, zone)) in &self.schedules {
            let row = match known.remove(name) {
                None => self.new_row(name, auto, zone, now),
                Some(row) => {
                    let next = date(&row)?;
                    let due_at = sql::to_micros(build_instant(auto, self.default, zone, next));
                    let new = AutoBuild { due_at, problem: None, ..row.clone() };
                    if new == row {
                        continue;
                    }
                    new
                }
            };
            changed.push(row);
        }
        table::put(tx, &changed).await?;
        if !gone.is_empty() {
            table::remove(tx, &sql::text_list(gone.iter().map(String::as_str))).await?;
        }
        Ok(())
    }

    fn new_row(&self, name: &str, auto: &Auto, zone: &Zone, now: Timestamp) -> AutoBuild {
        let next = first_date(auto, self.default, zone, now);
        let due_at = build_instant(auto, self.default, zone, next);
        AutoBuild {
            schedule: name.to_owned(),
            next_date: next.to_string(),
            due_at: sql::to_micros(due_at),
            since: next.to_string(),
            problem: None,
        }
    }
}

fn date(row: &AutoBuild) -> Result<Date> {
    row.next_date.parse().map_err(|why| Error::Stored {
        what: format!("the next date of `{}`", row.schedule),
        why: format!("{why}"),
    })
}

/// When a date of a schedule is due; the end of time for one that is not built by itself.
pub(super) fn due_at(loaded: &Loaded, schedule: &str, date: Date) -> i64 {
    let of = loaded.model.schedule_named(schedule).map(|id| loaded.model.schedule(id));
    let at = of.and_then(|of| {
        let default = loaded.definitions.options.as_ref().map(|options| options.build_time);
        Some(build_instant(of.auto_build.as_ref()?, default.unwrap_or_default(), &of.zone, date))
    });
    sql::to_micros(at.unwrap_or(Timestamp::MAX))
}
