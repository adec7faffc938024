//! A day of a million jobs, carried through by an accelerated clock.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use super::definitions::{self, Plan, SCHEDULE, name};
use super::world::{Running, World};
use crate::report::{Bar, Figure, Report};
use crate::{Database, machine};

/// Schedules, whose starts are spread over the day, and the instances of each.
const SCHEDULES: usize = 200;
const INSTANCES: usize = 10;
const JOBS: usize = SCHEDULES * INSTANCES * SCHEDULE;
/// The last schedules begin so many minutes after the first ones.
const SPREAD: u32 = 23 * 60;
/// Schedules that one call builds.
const BUILT_AT_ONCE: usize = 20;
/// The day is over within this, or the run fails.
const LIMIT: Duration = Duration::from_mins(60);

/// Measures one database.
pub(super) async fn run(report: &mut Report, database: Database) -> anyhow::Result<()> {
    let date = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let world = World::accelerated(database, date.to_zoned(TimeZone::UTC)?.timestamp()).await?;
    let plan = Plan {
        prefix: "Day ",
        schedules: SCHEDULES,
        instances: INSTANCES,
        spread: SPREAD,
        ..Plan::default()
    };
    world.apply(&definitions::json(&[plan])).await?;
    let begin = Instant::now();
    build(&world, date).await?;
    let built = begin.elapsed().as_secs_f64();
    world.settle().await;
    let (begin, cpu) = (Instant::now(), machine::own_cpu_seconds()?);
    let running = world.run().await?;
    let wall = running.until_forgotten(JOBS, begin, LIMIT).await?.as_secs_f64();
    let cpu = machine::own_cpu_seconds()? - cpu;
    let resident = machine::resident_mib(std::process::id()).context("no memory is told")?;
    ran_once(&running, date).await?;
    running.end().await?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let jobs = JOBS as f64;
    report.add(Figure {
        what: &format!("{database:?}: {JOBS} jobs carried through one accelerated day"),
        value: wall,
        unit: "s",
        bar: Bar::None,
        note: format!(
            "{:.0} jobs/s, {:.2} ms of the processors each; logs kept; built in {built:.0} s; {resident:.0} MiB at the end; {}",
            jobs / wall,
            cpu * 1000.0 / jobs,
            database.durability()
        ),
        details: json!({
            "jobs": JOBS, "built_s": built, "cpu_ms_per_job": cpu * 1000.0 / jobs, "resident_mib": resident, "logs_kept": true,
            "durable": true, "durability": database.durability(),
        }),
    });
    Ok(())
}

async fn build(world: &World, date: Date) -> anyhow::Result<()> {
    let names: Vec<String> = (0..SCHEDULES).map(|number| name("Day ", number)).collect();
    let mut jobs = 0;
    for names in names.chunks(BUILT_AT_ONCE) {
        let built = world.build(date, Some(names.to_vec())).await?;
        jobs += built.schedules.iter().map(|schedule| schedule.jobs).sum::<usize>();
        eprintln!("  {jobs} of {JOBS} jobs are built");
    }
    anyhow::ensure!(jobs == JOBS, "only {jobs} jobs were built");
    Ok(())
}

/// Each job has run once, and every schedule is over.
async fn ran_once(running: &Running, date: Date) -> anyhow::Result<()> {
    let started = running.world.no_op.started();
    anyhow::ensure!(started == JOBS, "{started} tasks were started for {JOBS} jobs");
    let begin = Instant::now();
    loop {
        let schedules = scheduler_app::view::schedules(&running.world.app, date).await?;
        let open = schedules.iter().filter(|schedule| schedule.open_jobs > 0).count();
        if open == 0 && schedules.len() == SCHEDULES * INSTANCES {
            return Ok(());
        }
        anyhow::ensure!(begin.elapsed() < Duration::from_secs(30), "{open} schedules are open");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
