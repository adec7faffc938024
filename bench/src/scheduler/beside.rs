//! Shapes of short tasks beside other schedulers: tasks in a row, and many that wait for one.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::chain::{Both, SLOTS, job_json};
use crate::Database;
use crate::peers::Shape;
use crate::peers::airflow::{self, Airflow};
use crate::peers::slurm::{self, Slurm};
use crate::report::{Bar, Figure, Report};

/// What is run.
const SHAPES: [Shape; 3] = [Shape::Row(10), Shape::Row(40), Shape::Fan(1_000)];
/// What is run in place of the last, where a peer is too slow for that.
const SMALLER: Shape = Shape::Fan(200);
/// A run that takes longer is given up.
const LIMIT: Duration = Duration::from_mins(20);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// How long one of them took.
struct Took {
    who: String,
    shape: Shape,
    seconds: f64,
    note: String,
}

/// Gives everybody the same shapes, one after the other.
pub(super) async fn run(
    report: &mut Report,
    databases: &[Database],
    airflow: Option<&Path>,
) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for database in databases {
        for shape in SHAPES.into_iter().chain([SMALLER]) {
            took.push(own(*database, shape).await?);
        }
    }
    match with_slurm().await {
        Ok(all) => took.extend(all),
        Err(error) => report.skip("Slurm", &format!("{error:#}")),
    }
    match with_airflow(airflow) {
        Ok(all) => took.extend(all),
        Err(error) => report.skip("Airflow", &format!("{error:#}")),
    }
    add(report, databases, &took);
    Ok(())
}

fn add(report: &mut Report, databases: &[Database], took: &[Took]) {
    for each in took {
        report.add(Figure {
            what: &format!("{}: {}", each.who, each.shape),
            value: each.seconds,
            unit: "s",
            bar: Bar::None,
            note: each.note.clone(),
            details: json!({"who": each.who, "shape": each.shape.to_string(), "note": each.note}),
        });
    }
    let names: Vec<String> = databases.iter().map(|database| own_name(*database)).collect();
    for own in took.iter().filter(|each| names.contains(&each.who)) {
        let same = |each: &&Took| each.shape == own.shape && !names.contains(&each.who);
        for peer in took.iter().filter(same) {
            report.add(Figure {
                what: &format!("{}: {}, times as fast as {}", own.who, own.shape, peer.who),
                value: peer.seconds / own.seconds,
                unit: "x",
                bar: Bar::None,
                note: String::new(),
                details: json!({"own_seconds": own.seconds, "peer_seconds": peer.seconds}),
            });
        }
    }
}

fn own_name(database: Database) -> String {
    format!("{database:?}")
}

/// AMT jobs: scheduler, batch server and processes, logs archived afterwards.
async fn own(database: Database, shape: Shape) -> anyhow::Result<Took> {
    let both = Both::start(database, &schedules(shape)).await?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
    // The first job of a process logs on.
    both.scheduler.say(&["schedule", "build", "Warm", "--date", &today])?;
    until_completed(&both, "Warm", &today).await?;
    let begin = Timestamp::now();
    both.scheduler.say(&["schedule", "build", "Shape", "--date", &today])?;
    until_completed(&both, "Shape", &today).await?;
    let jobs = both.scheduler.ask(&["job", "list", "--schedule", "Shape", "--date", &today])?;
    let jobs = jobs.as_array().context("the list of jobs is no list")?;
    let ends = jobs.iter().map(|job| {
        anyhow::ensure!(job["status"] == "Finished OK", "a job has not ended well: {job}");
        Ok(job["ended"].as_str().context("a job has no end")?.parse::<Timestamp>()?)
    });
    let last = ends.collect::<anyhow::Result<Vec<_>>>()?.into_iter().max().context("no jobs")?;
    let seconds = last.duration_since(begin).as_secs_f64();
    let note = format!(
        "AMT jobs of /bin/true, {SLOTS} at once, from the command that builds them; {}",
        database.durability()
    );
    Ok(Took { who: own_name(database), shape, seconds, note })
}

async fn until_completed(both: &Both, schedule: &str, date: &str) -> anyhow::Result<()> {
    let begin = Instant::now();
    loop {
        let all = both.scheduler.ask(&["schedule", "list", "--date", date])?;
        let all = all.as_array().context("the list of schedules is no list")?;
        let is_it = |each: &&serde_json::Value| each["name"] == schedule;
        if all.iter().find(is_it).is_some_and(|each| each["status"] == "Completed") {
            return Ok(());
        }
        anyhow::ensure!(begin.elapsed() < LIMIT, "{schedule} does not end: {all:?}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn schedules(shape: Shape) -> String {
    let warm = job_json("TRUE", None);
    let mut text = format!(r#""Warm": {{"jobs": {{"Job 0000": {warm}}}}}, "Shape": {{"jobs": {{"#);
    let (count, is_row) = match shape {
        Shape::Row(count) => (count, true),
        // The one for which the others wait.
        Shape::Fan(count) => (count + 1, false),
    };
    for job in 0..count {
        let after = job.checked_sub(1).map(|before| if is_row { before } else { 0 });
        let comma = if job > 0 { "," } else { "" };
        let _ = write!(text, r#"{comma}"Job {job:04}": {}"#, job_json("TRUE", after));
    }
    text.push_str("}}");
    text
}

async fn with_slurm() -> anyhow::Result<Vec<Took>> {
    let slurm = Slurm::find()?;
    let mut took = Vec::new();
    for shape in SHAPES {
        let seconds = slurm.run_shape(shape, SLOTS).await?;
        eprintln!("  Slurm, {shape}: {seconds:.1} s");
        let note = format!(
            "jobs of /bin/true, {SLOTS} at once, from the first sbatch; version {}; {}",
            slurm.version,
            slurm::DURABILITY
        );
        took.push(Took { who: "Slurm".to_owned(), shape, seconds, note });
    }
    Ok(took)
}

fn with_airflow(python: Option<&Path>) -> anyhow::Result<Vec<Took>> {
    let mut took = Vec::new();
    let mut peer = Airflow::start(python)?;
    for shape in SHAPES {
        let (shape, seconds) = match peer.run(shape, LIMIT)? {
            Some(seconds) => (shape, seconds),
            None => {
                eprintln!("  Airflow, {shape}: more than {} minutes", LIMIT.as_secs() / 60);
                // What is left of the other would be in its way.
                drop(peer);
                peer = Airflow::start(python)?;
                let seconds = peer.run(SMALLER, LIMIT)?.context("not even the smaller one")?;
                (SMALLER, seconds)
            }
        };
        eprintln!("  Airflow, {shape}: {seconds:.1} s");
        let note = format!(
            "tasks of `true`, LocalExecutor, {} at once, from the trigger; version {}; {}",
            airflow::SLOTS,
            peer.version,
            airflow::DURABILITY
        );
        took.push(Took { who: "Airflow".to_owned(), shape, seconds, note });
    }
    Ok(took)
}
