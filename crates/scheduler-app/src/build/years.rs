//! What a forecast says of a day is what the build of that day stores: names, times, further runs and edges, of every day of
//! years, with both changes of the clock and leap days.
//!
//! `RINGMASTER_BUILD_YEARS` sets the number of years (ten without it).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use scheduler_core::dependency::OffsetRule;
use scheduler_core::model::Model;
use scheduler_core::plan::{DailyJobId, Days, Other, Plan, Wait, Wanted};
use scheduler_store::{daily_job, daily_schedule, edge};

use super::{Planned, Way};
use crate::Caller;
use crate::definitions::{Loaded, apply, load};
use crate::testing::{World, worlds};

/// Days that are stored and compared at once.
const BATCH: usize = 64;

/// One schedule of each kind of thing that moves with the calendar or the clock, and jobs by each kind of rule.
const TABLES: &str = include_str!("years.json");

/// A job of a day: start, latest start, further runs, and edges with what they lead to.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    start: i64,
    latest: Option<i64>,
    further: Vec<i64>,
    edges: Vec<String>,
}

type Day = BTreeMap<String, Seen>;

fn name(model: &Model, plan: &Plan, id: DailyJobId) -> String {
    let job = plan.job(id);
    let schedule = plan.schedule_name(model, plan.schedule_of(job));
    format!("{schedule}/{}", plan.job_name(model, job))
}

/// What the plan says of its day.
fn forecast(model: &Model, plan: &Plan, built: &BTreeMap<Date, Day>) -> Day {
    let seen = |(id, job): (DailyJobId, _)| {
        let instants = plan.instants(model, id);
        let of = |edge: &scheduler_core::plan::Edge| {
            let kind = match edge.wait {
                Wait::Requires(_) => "requires",
                Wait::After(_) => "after",
                Wait::Conflict => "conflict",
            };
            let other = match edge.other {
                Other::Here(other) => format!("{} of {}", name(model, plan, other), plan.date),
                Other::Elsewhere { job, offset, .. } => {
                    let schedule = model.schedule(model.job(job).schedule).name.as_str();
                    let name = format!("{schedule}/{}", model.job_name(job).as_str());
                    let on = match model.offset_rule() {
                        OffsetRule::Occurrence if offset < 0 => {
                            let days = built.range(..plan.date).rev();
                            let mut days = days.filter(|(_, day)| day.contains_key(&name));
                            let found = days.nth(usize::from(offset.unsigned_abs()) - 1);
                            found
                                .map_or_else(|| format!("{offset:+}"), |(date, _)| date.to_string())
                        }
                        OffsetRule::Occurrence | OffsetRule::CalendarDays => {
                            plan.date.saturating_add(i64::from(offset).days()).to_string()
                        }
                    };
                    format!("{name} of {on}")
                }
            };
            format!("{kind} {other}")
        };
        let seen = Seen {
            start: sql::to_micros(instants[0]),
            latest: plan.latest_start(job).map(sql::to_micros),
            further: instants[1..].iter().copied().map(sql::to_micros).collect(),
            edges: plan.edges(id).iter().map(of).collect(),
        };
        (name(model, plan, id), seen)
    };
    plan.jobs().map(seen).collect()
}

/// Builds days in one transaction.
async fn build(world: &World, loaded: &Arc<Loaded>, dates: &[Date]) {
    let ways = || {
        let all = loaded.model.schedules().filter(|(_, schedule)| !schedule.is_subschedule);
        let way = Way { overwrite: false, on_hold: false };
        all.map(|(_, schedule)| (schedule.name.as_str().to_owned(), way)).collect::<HashMap<_, _>>()
    };
    let days: Vec<Planned> = dates
        .iter()
        .map(|date| Planned::automatic(Arc::clone(loaded), *date, ways()).unwrap())
        .collect();
    let (days, now) = (Arc::new(days), world.app.now());
    let stored = world.app.db().write(move |tx| {
        let days = Arc::clone(&days);
        Box::pin(async move {
            for day in days.iter() {
                day.store(tx, now).await?;
            }
            Ok::<_, crate::Error>(())
        })
    });
    stored.await.unwrap();
}

/// What is stored of days.
async fn stored(world: &World, dates: Vec<Date>) -> BTreeMap<Date, Day> {
    let read = world.app.db().read(move |tx| {
        let dates = dates.clone();
        Box::pin(async move {
            let mut days = BTreeMap::new();
            for date in dates {
                let mut day = Day::new();
                for schedule in daily_schedule::of_date(tx, &date.to_string()).await? {
                    for job in daily_job::of_schedule(tx, schedule.id).await? {
                        let name = format!("{}/{}", schedule.name, job.name);
                        day.insert(name, seen(tx, &job).await?);
                    }
                }
                days.insert(date, day);
            }
            Ok::<_, sql::Error>(days)
        })
    });
    read.await.unwrap()
}

async fn seen(tx: &mut sql::Tx<'_>, job: &daily_job::DailyJob) -> sql::Result<Seen> {
    let mut edges = Vec::new();
    for edge in edge::of(tx, job.id).await? {
        let other = match edge.predecessor_id {
            None => {
                let text = |value: Option<String>| value.unwrap_or_default();
                let job = format!("{}/{}", text(edge.wanted_schedule), text(edge.wanted_job));
                format!("{job} of {}", text(edge.wanted_date))
            }
            Some(id) => {
                let other = daily_job::by_ids(tx, &sql::id_list([id])).await?.remove(0);
                let ids = sql::id_list([other.schedule_id]);
                let schedule = daily_schedule::by_ids(tx, &ids).await?.remove(0);
                format!("{}/{} of {}", schedule.name, other.name, schedule.date)
            }
        };
        edges.push(format!("{} {other}", edge.kind));
    }
    let further = job.further_runs.as_deref();
    Ok(Seen {
        start: job.start_at,
        latest: job.latest_start,
        further: further.map_or_else(Vec::new, |text| serde_json::from_str(text).unwrap()),
        edges,
    })
}

/// Builds days, compares each with its forecast, and gives them all.
async fn compare(world: &World, offset: &str, first: Date, days: usize) -> BTreeMap<Date, Day> {
    let definitions = serde_json::from_str(&TABLES.replace("OFFSET", offset));
    let definitions = definitions.unwrap_or_else(|error| panic!("{error}"));
    apply(&world.app, &Caller::local("anna"), definitions, None, None).await.unwrap();
    let loaded = Arc::new(load(&world.app).await.unwrap());
    // One forecast goes through all days, as the command does.
    let mut forecasts = Days::new(&loaded.model, first, Wanted::All).unwrap();
    let mut all: BTreeMap<Date, Day> = BTreeMap::new();
    let dates: Vec<Date> =
        (0..i64::try_from(days).unwrap()).map(|day| first.saturating_add(day.days())).collect();
    for dates in dates.chunks(BATCH) {
        build(world, &loaded, dates).await;
        for (date, stored) in stored(world, dates.to_vec()).await {
            let plan = forecasts.next_day().unwrap();
            assert_eq!(plan.date, date);
            let expected = forecast(&loaded.model, plan, &all);
            assert_eq!(stored, expected, "{date}");
            all.insert(date, stored);
        }
    }
    all
}

fn defined_jobs() -> Vec<String> {
    let tables: serde_json::Value = serde_json::from_str(TABLES).unwrap();
    let schedules = tables["schedules"].as_object().unwrap().values();
    schedules.flat_map(|schedule| schedule["jobs"].as_object().unwrap().keys().cloned()).collect()
}

fn years() -> usize {
    std::env::var("RINGMASTER_BUILD_YEARS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forecast_of_ten_years_is_what_is_stored() {
    let days = years() * 365 + years() / 4 + 1;
    for (world, offset) in worlds().await.into_iter().zip(["occurrence", "calendar_days"]) {
        let built = compare(&world, offset, date(2026, 11, 23), days).await;
        let jobs: Vec<(&String, &Seen)> = built.values().flatten().collect();
        let further: usize = jobs.iter().map(|(_, seen)| seen.further.len()).sum();
        let edges: usize = jobs.iter().map(|(_, seen)| seen.edges.len()).sum();
        // Four jobs on a day; further runs on Sundays and by cron patterns.
        assert!(jobs.len() > 4 * days && further > days / 3 && edges > 2 * days, "{days} days");
        let names: BTreeSet<&String> = jobs.iter().map(|(name, _)| *name).collect();
        for job in defined_jobs() {
            // 29 February is the last day of its month, whose job excludes that of leap days.
            let is_excluded = job == "Leap";
            assert_ne!(names.iter().any(|name| name.contains(&job)), is_excluded, "{job}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_days_on_which_clocks_change_have_their_instants() {
    let [sqlite, _] = worlds().await;
    compare(&sqlite, "occurrence", date(2027, 3, 28), 1).await;
    compare(&sqlite, "occurrence", date(2027, 10, 31), 1).await;
    let days = stored(&sqlite, vec![date(2027, 3, 28), date(2027, 10, 31)]).await;
    let shown: Vec<Vec<String>> = days
        .values()
        .map(|day| {
            let gap = &day["Clock/Gap"];
            let all = std::iter::once(&gap.start).chain(&gap.further);
            all.map(|at| sql::from_micros("daily_job", "start_at", *at).unwrap().to_string())
                .collect()
        })
        .collect();
    assert_eq!(
        shown,
        [
            // 02:30 is skipped, 03:15 and 26:30 of the next day are not.
            ["2027-03-28T01:00:00Z", "2027-03-28T01:15:00Z", "2027-03-29T00:30:00Z"],
            // 02:30 comes twice and counts once.
            ["2027-10-31T00:30:00Z", "2027-10-31T02:15:00Z", "2027-11-01T01:30:00Z"],
        ]
    );
}
