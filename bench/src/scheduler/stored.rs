//! A large day: built and stored, kept in memory's little, and there again after a restart.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Unit};
use serde_json::json;

use super::definitions::{self, Plan, SCHEDULE};
use super::serve::Scheduler;
use crate::report::{Bar, Figure, Report};
use crate::stamp::now_micros;
use crate::{Database, machine};

/// Schedules of the day.
const SCHEDULES: usize = 200;
const JOBS: usize = SCHEDULES * SCHEDULE;
/// How long the process rests before its memory is looked at.
const REST: Duration = Duration::from_secs(3);
/// The first dispatch after a restart comes within this, or the run fails.
const LIMIT: Duration = Duration::from_mins(1);

/// Measures one database.
pub(super) async fn run(report: &mut Report, database: Database) -> anyhow::Result<()> {
    let mut scheduler = Scheduler::start(database)?;
    let plan = Plan { prefix: "Day ", schedules: SCHEDULES, ..Plan::default() };
    let due = due_soon()?;
    scheduler.apply(&with_command(&definitions::json(&[plan]), &scheduler, due)?)?;
    let later = due.to_zoned(TimeZone::UTC).date().saturating_add(2.days()).to_string();
    let names: Vec<String> =
        (0..SCHEDULES).map(|number| definitions::name("Day ", number)).collect();
    let mut build = vec!["schedule", "build", "--date", &later];
    build.extend(names.iter().map(String::as_str));
    let begin = Instant::now();
    scheduler.say(&build)?;
    let time = begin.elapsed().as_secs_f64();
    add(report, database, &format!("a day of {JOBS} jobs built and stored"), time, "s", 10.0);
    tokio::time::sleep(REST).await;
    let resident = machine::resident_mib(scheduler.pid()?).context("the process is gone")?;
    add(
        report,
        database,
        &format!("memory with {JOBS} open jobs, after building them"),
        resident,
        "MiB",
        250.0,
    );
    scheduler.settle().await;
    scheduler.say(&[
        "schedule",
        "build",
        "Now",
        "--date",
        &due.to_zoned(TimeZone::UTC).date().to_string(),
    ])?;
    scheduler.kill();
    let stamp = scheduler.path("stamp");
    anyhow::ensure!(!stamp.exists(), "the job ran before the scheduler was killed");
    let wait = Timestamp::now().duration_until(due);
    tokio::time::sleep(Duration::try_from(wait).unwrap_or_default() + Duration::from_secs(1)).await;
    let (begin, clock) = (Instant::now(), now_micros());
    scheduler.launch()?;
    while !stamp.exists() {
        anyhow::ensure!(begin.elapsed() < LIMIT, "no job was started after the restart");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(REST).await;
    let ran: u64 =
        std::fs::read_to_string(&stamp)?.trim().parse().context("the job wrote no time")?;
    #[expect(clippy::cast_precision_loss, reason = "differences far below 2^52")]
    let seconds = ran.saturating_sub(clock) as f64 / 1e6;
    add(
        report,
        database,
        &format!("restart with {JOBS} open jobs to the first job's process"),
        seconds,
        "s",
        2.0,
    );
    let resident = machine::resident_mib(scheduler.pid()?).context("the process is gone")?;
    add(
        report,
        database,
        &format!("memory with {JOBS} open jobs, after a restart"),
        resident,
        "MiB",
        250.0,
    );
    Ok(())
}

/// A full minute that comes after everything is built.
fn due_soon() -> anyhow::Result<Timestamp> {
    let later = Timestamp::now().saturating_add(90.seconds())?.to_zoned(TimeZone::UTC);
    let round = jiff::ZonedRound::new().smallest(Unit::Minute).mode(jiff::RoundMode::Ceil);
    Ok(later.round(round)?.timestamp())
}

/// The definitions with a schedule `Now` whose job writes the time into a file.
fn with_command(
    definitions: &str,
    scheduler: &Scheduler,
    due: Timestamp,
) -> anyhow::Result<String> {
    let mut all: serde_json::Value = serde_json::from_str(definitions)?;
    let own = std::env::current_exe()?;
    let line = format!("sh -c '{} stamp > {}'", own.display(), scheduler.path("stamp").display());
    all["agents"]["LOCAL"] =
        json!({"connection": {"command": {"working_directory": scheduler.folder()}}});
    let start = due.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string();
    all["schedules"]["Now"] = json!({"start_time": start, "jobs": {"Stamp": {
        "run": {"command": {"line": line}}, "runs_on": {"agents": ["LOCAL"]}, "frequencies": [{"use": "Daily"}],
    }}});
    Ok(all.to_string())
}

fn add(report: &mut Report, database: Database, what: &str, value: f64, unit: &str, bar: f64) {
    report.add(Figure {
        what: &format!("{database:?}: {what}"),
        value,
        unit,
        bar: Bar::Below(bar),
        note: format!("{JOBS} jobs with two dependencies each; {}", database.durability()),
        details: json!({"jobs": JOBS, "durable": true, "durability": database.durability()}),
    });
}
