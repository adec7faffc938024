//! A thousand jobs whose time comes at the same instant.

use std::time::{Duration, Instant};

use jiff::{Timestamp, Unit, tz::TimeZone};
use serde_json::json;

use super::definitions::{self, Plan, SCHEDULE};
use super::world::{LIMIT, World};
use crate::Database;
use crate::report::{Bar, Figure, Report};

/// Schedules that begin at the instant.
const SCHEDULES: usize = 2;
const JOBS: usize = SCHEDULES * SCHEDULE;
/// The loops are to be at rest before it.
const REST: Duration = Duration::from_secs(5);

/// Waits for the next full minute but one.
pub(super) async fn run(report: &mut Report, database: Database) -> anyhow::Result<()> {
    let world = World::new(database).await?;
    let begin = Timestamp::now().saturating_add(REST)?.to_zoned(TimeZone::UTC);
    let at =
        begin.round(jiff::ZonedRound::new().smallest(Unit::Minute).mode(jiff::RoundMode::Ceil))?;
    let start = u32::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute()))?;
    let plan = Plan {
        prefix: "Instant ",
        schedules: SCHEDULES,
        start,
        has_dependencies: false,
        ..Plan::default()
    };
    world.apply(&definitions::json(&[plan])).await?;
    world.build(at.date(), None).await?;
    let running = world.run().await?;
    let wait = Duration::try_from(Timestamp::now().duration_until(at.timestamp()))?;
    let due = Instant::now() + wait;
    anyhow::ensure!(running.world.no_op.started() == 0, "jobs were started before their time");
    tokio::time::sleep(wait).await;
    running.until_forgotten(JOBS, due, LIMIT).await?;
    let last = running.world.no_op.last_start().map_or(0.0, |last| (last - due).as_secs_f64());
    running.end().await?;
    report.add(Figure {
        what: &format!("{database:?}: {JOBS} jobs due at one instant, last one started after"),
        value: last * 1000.0,
        unit: "ms",
        bar: Bar::Below(300.0),
        note: format!("connector that does nothing; {}", database.durability()),
        details: json!({"jobs": JOBS, "durable": true, "durability": database.durability()}),
    });
    Ok(())
}
