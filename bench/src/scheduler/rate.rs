//! Jobs per second of the scheduler itself, and what a job costs in a large plan.

use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use scheduler_app::{Caller, operate};
use serde_json::json;

use super::definitions::{self, Plan, SCHEDULE, name};
use super::world::{LIMIT, Running, World};
use crate::report::{Bar, Figure, Report, Spread};
use crate::{Database, machine};

/// Schedules of one round, jobs of one round.
const SCHEDULES: usize = 4;
const JOBS: usize = SCHEDULES * SCHEDULE;
/// Rounds; the first one warms up.
const ROUNDS: usize = 6;

/// What a round has cost.
struct Cost {
    wall_ms: Vec<f64>,
    cpu_ms: Vec<f64>,
}

/// Measures rounds in a small plan and in a large one.
pub(super) async fn run(
    report: &mut Report,
    database: Database,
    jobs: usize,
) -> anyhow::Result<()> {
    let small = measure(database, 0).await?;
    let large = measure(database, jobs).await?;
    add_rate(report, database, &small);
    for (what, of) in
        [("wall", (&small.wall_ms, &large.wall_ms)), ("processor", (&small.cpu_ms, &large.cpu_ms))]
    {
        let (small, large) = (Spread::new(of.0.clone()), Spread::new(of.1.clone()));
        report.add(Figure {
            what: &format!(
                "{database:?}: {what} time per finished job with {jobs} jobs in the plan over that with {JOBS}"
            ),
            value: large.median() / small.median(),
            unit: "x",
            bar: Bar::Below(1.2),
            note: format!(
                "{:.3} over {:.3} ms; {} rounds of {JOBS} jobs each; {}",
                large.median(),
                small.median(),
                ROUNDS - 1,
                database.durability()
            ),
            details: json!({
                "large_ms": large.json(), "small_ms": small.json(), "plan_jobs": jobs, "round_jobs": JOBS,
                "durable": true, "durability": database.durability(), "logs_kept": true,
            }),
        });
    }
    Ok(())
}

fn add_rate(report: &mut Report, database: Database, small: &Cost) {
    let rates = Spread::new(small.wall_ms.iter().map(|wall| 1000.0 / wall).collect());
    report.add(Figure {
        what: &format!("{database:?}: {JOBS} jobs with two dependencies each, connector that does nothing"),
        value: rates.median(),
        unit: "jobs/s",
        bar: Bar::None,
        note: format!("{}; logs kept; {}", rates.words(0), database.durability()),
        details: json!({
            "jobs": JOBS, "rates": rates.json(), "durable": true, "durability": database.durability(), "logs_kept": true,
            "cpu_ms_per_job": Spread::new(small.cpu_ms.clone()).json(),
        }),
    });
}

/// Rounds beside so many jobs that are planned for later.
async fn measure(database: Database, later: usize) -> anyhow::Result<Cost> {
    let world = World::new(database).await?;
    let rest = Plan { prefix: "Later ", schedules: 200, ..Plan::default() };
    let rounds = Plan { prefix: "Round ", schedules: SCHEDULES * ROUNDS, ..Plan::default() };
    world.apply(&definitions::json(&[rest, rounds])).await?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    fill(&world, today, later).await?;
    let running = world.run().await?;
    let mut cost = Cost { wall_ms: Vec::new(), cpu_ms: Vec::new() };
    for number in 0..ROUNDS {
        let (wall, cpu) = round(&running, today, number).await?;
        if number > 0 {
            cost.wall_ms.push(wall);
            cost.cpu_ms.push(cpu);
        }
    }
    running.end().await?;
    Ok(cost)
}

/// Plans so many jobs for the days after tomorrow.
async fn fill(world: &World, today: Date, jobs: usize) -> anyhow::Result<()> {
    let names: Vec<String> = (0..200).map(|number| name("Later ", number)).collect();
    let mut planned = 0;
    let mut date = today.tomorrow()?;
    while planned < jobs {
        date = date.tomorrow()?;
        let built = world.build(date, Some(names.clone())).await?;
        planned += built.schedules.iter().map(|schedule| schedule.jobs).sum::<usize>();
        eprintln!("  {planned} of {jobs} jobs are planned");
    }
    world.settle().await;
    Ok(())
}

/// Milliseconds per job of one round: by the clock, and of the processors, the database's processes left out.
async fn round(running: &Running, today: Date, number: usize) -> anyhow::Result<(f64, f64)> {
    let caller = Caller::local("bench");
    operate::pause(&running.world.app, &caller, "the day is built").await?;
    let names = (number * SCHEDULES..(number + 1) * SCHEDULES).map(|each| name("Round ", each));
    running.world.build(today, Some(names.collect())).await?;
    let (begin, cpu) = (Instant::now(), machine::own_cpu_seconds()?);
    operate::resume(&running.world.app, &caller, None).await?;
    let wall = running.until_forgotten((number + 1) * JOBS, begin, LIMIT).await?.as_secs_f64();
    let cpu = machine::own_cpu_seconds()? - cpu;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let per_job = |seconds: f64| seconds * 1000.0 / JOBS as f64;
    let (wall, cpu) = (per_job(wall), per_job(cpu));
    eprintln!("  round {number}: {wall:.3} ms a job, {cpu:.3} ms of the processors");
    Ok((wall, cpu))
}
