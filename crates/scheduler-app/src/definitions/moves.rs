//! Which jobs of the coming days definitions would move: the days as they are planned by those that are stored and by the new ones,
//! side by side. Nothing is stored.
//!
//! It plans each date twice, and as many dates before the first as jobs look back (31 where they count occurrences), and holds two
//! days in memory at a time.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use scheduler_core::definition::Definitions;
use scheduler_core::model::Model;
use scheduler_core::plan::{Days, Difference, TooLarge, Wanted, compare};
use scheduler_core::schedule::auto_build::{build_instant, first_date};
use scheduler_store::{auto_build, daily_schedule};

use super::load;
use crate::App;
use crate::error::{Error, Result};

/// Dates that are compared at most.
pub const DAYS_MAX: u16 = 31;
/// Jobs that one answer names at most; the rest is counted.
pub const JOBS_MAX: usize = 10_000;

/// What definitions would move.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moves {
    /// Each date that was compared, in order.
    pub days: Vec<DayMoves>,
    /// Jobs that appear, vanish or change, by date, [`JOBS_MAX`] at most.
    pub jobs: Vec<Move>,
}

/// How many jobs of a date would move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayMoves {
    /// The date.
    pub date: Date,
    /// Jobs that are there by the new definitions alone.
    pub appear: usize,
    /// Jobs that are there by the stored definitions alone.
    pub vanish: usize,
    /// Jobs that start, or are expected, at another time, or wait for others.
    pub change: usize,
}

/// A job that would move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The date.
    pub date: Date,
    /// The job, and what is different.
    pub job: Difference,
    /// When it comes true.
    pub taken: Taken,
}

/// When a change of definitions counts for a date of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Not by itself: the date is built, and stays as it is until it is built anew.
    Built,
    /// When automatic build builds it then.
    At(Timestamp),
    /// When somebody builds it: automatic build does not, or has passed it.
    ByHand,
    /// With the definitions: the schedule is in them no more.
    Gone,
}

/// Which jobs of the dates from today on these definitions would move; so many dates, 1 to [`DAYS_MAX`].
///
/// # Errors
/// [`Error::TooLarge`] for a date that could not be built, or the database could not be read.
pub async fn moves(app: &App, new: Definitions, days: u16) -> Result<Moves> {
    let stored = load(app).await?;
    let now = app.now();
    let options = stored.definitions.options.clone().unwrap_or_default();
    let today = options.time_zone.0.local(now).date();
    let days = i64::from(days.clamp(1, DAYS_MAX));
    let dates: Vec<Date> = (0..days).map(|day| today.saturating_add(day.days())).collect();
    let all = dates.clone();
    // It would keep others waiting who only want to be answered.
    let planned = tokio::task::spawn_blocking(move || {
        let model = Model::new(&new).0;
        let found = differences(&stored.model, &model, &all);
        (found, new, model)
    });
    let (found, new, model) = planned.await.map_err(|why| Error::Stored {
        what: "the plan of the coming days".to_owned(),
        why: why.to_string(),
    })?;
    let taken = TakenBy { built: Built::of(app, &dates).await?, new: &new, model: &model, now };
    let mut moves = Moves::default();
    for (date, found) in dates.into_iter().zip(found?) {
        moves.days.push(count(date, &found));
        let room = JOBS_MAX - moves.jobs.len();
        let named = found.into_iter().take(room);
        moves.jobs.extend(named.map(|job| Move { date, taken: taken.of(date, &job), job }));
    }
    Ok(moves)
}

fn differences(
    before: &Model,
    after: &Model,
    dates: &[Date],
) -> Result<Vec<Vec<Difference>>, TooLarge> {
    let Some(first) = dates.first() else { return Ok(Vec::new()) };
    let mut days =
        (Days::new(before, *first, Wanted::All)?, Days::new(after, *first, Wanted::All)?);
    let one = |_: &Date| {
        let (was, is) = (days.0.next_day()?, days.1.next_day()?);
        Ok(compare((before, was), (after, is)))
    };
    dates.iter().map(one).collect()
}

fn count(date: Date, found: &[Difference]) -> DayMoves {
    let mut day = DayMoves { date, appear: 0, vanish: 0, change: 0 };
    for each in found {
        match (&each.before, &each.after) {
            (None, _) => day.appear += 1,
            (Some(_), None) => day.vanish += 1,
            (Some(_), Some(_)) => day.change += 1,
        }
    }
    day
}

/// What is built, and how far automatic build has come.
struct Built {
    /// Daily schedules, by date and name.
    daily: HashSet<(String, String)>,
    /// The next date of each schedule.
    next: HashMap<String, String>,
}

impl Built {
    async fn of(app: &App, dates: &[Date]) -> Result<Self> {
        let dates: Vec<String> = dates.iter().map(ToString::to_string).collect();
        let read = app.db().read(move |tx| {
            let dates = dates.clone();
            Box::pin(async move {
                let mut daily = HashSet::new();
                for date in &dates {
                    let built = daily_schedule::of_date(tx, date).await?;
                    daily.extend(built.into_iter().map(|each| (each.date, each.name)));
                }
                let stands = auto_build::all(tx).await?.into_iter();
                let next = stands.map(|each| (each.schedule, each.next_date)).collect();
                Ok::<_, sql::Error>(Self { daily, next })
            })
        });
        Ok(read.await?)
    }
}

/// When changes count.
struct TakenBy<'a> {
    built: Built,
    new: &'a Definitions,
    model: &'a Model,
    now: Timestamp,
}

impl TakenBy<'_> {
    fn of(&self, date: Date, job: &Difference) -> Taken {
        let (daily, definition) = &job.outermost;
        if self.built.daily.contains(&(date.to_string(), daily.clone())) {
            return Taken::Built;
        }
        let Some(of) = self.model.schedule_named(definition).map(|id| self.model.schedule(id))
        else {
            return Taken::Gone;
        };
        let Some(auto) = &of.auto_build else { return Taken::ByHand };
        let default = self.new.options.as_ref().map(|options| options.build_time);
        let default = default.unwrap_or_default();
        let own = self.built.next.get(definition).and_then(|next| next.parse().ok());
        let first = own.unwrap_or_else(|| first_date(auto, default, &of.zone, self.now));
        if date < first {
            return Taken::ByHand;
        }
        Taken::At(build_instant(auto, default, &of.zone, date).max(self.now))
    }
}
