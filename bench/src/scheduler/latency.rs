//! One AMT job after the other, on idle servers: how soon an end is noticed, the next process runs and the log is archived.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::chain::{Both, job_json};
use crate::Database;
use crate::report::{Bar, Figure, Report, Spread};

/// Jobs in a row, and how many of them warm up: PostgreSQL plans each statement anew for its first five uses on each of a dozen
/// connections.
const JOBS: usize = 320;
const WARM: usize = 120;
/// The whole row takes no longer.
const LIMIT: std::time::Duration = std::time::Duration::from_mins(5);

/// What is known of a job that has run.
struct Ran {
    /// When its process printed the time, right before it ended.
    process: f64,
    /// When the scheduler stored its end.
    ended: f64,
    /// When its log was in the archive.
    archived: f64,
}

/// Runs a row of jobs, each of which prints the time.
pub(super) async fn run(report: &mut Report, database: Database) -> anyhow::Result<()> {
    let both = Both::start(database, &row()).await?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
    both.scheduler.say(&["schedule", "build", "Row", "--date", &today])?;
    let begin = std::time::Instant::now();
    while both.scheduler.ask(&["job", "show", &name(JOBS - 1), "--date", &today])?["attempts"][0]["archived"]
        .is_null()
    {
        anyhow::ensure!(begin.elapsed() < LIMIT, "the row of jobs does not end");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let jobs: Vec<Ran> =
        (0..JOBS).map(|job| ran(&both, &name(job), &today)).collect::<anyhow::Result<_>>()?;
    let of = |get: &dyn Fn(&Ran, &Ran) -> f64| {
        let pairs = jobs.windows(2).skip(WARM);
        Spread::new(pairs.map(|pair| get(&pair[0], &pair[1])).collect())
    };
    let add = |report: &mut Report, what: &str, bar: f64, spread: &Spread, percent| {
        report.add(Figure {
            what: &format!("{database:?}: {what}"),
            value: spread.percentile(percent),
            unit: "ms",
            bar: Bar::Below(bar),
            note: format!(
                "{}; AMT jobs in a row on idle servers; {}",
                spread.words(1),
                database.durability()
            ),
            details: json!({"spread_ms": spread.json(), "durable": true, "logs_kept": true}),
        });
    };
    add(
        report,
        "end of a process to end stored, p99",
        50.0,
        &of(&|_, job| job.ended - job.process),
        99,
    );
    let next = of(&|before, job| job.process - before.ended);
    add(report, "dependency satisfied to child process running, p99", 25.0, &next, 99);
    let whole = of(&|before, job| job.archived - before.ended);
    add(report, "whole overhead of an AMT job, instant to log archived, p99", 100.0, &whole, 99);
    Ok(())
}

fn name(job: usize) -> String {
    format!("Row/Job {job:04}")
}

fn row() -> String {
    let jobs = (0..JOBS).map(|job| {
        let what = job_json("STAMP", job.checked_sub(1));
        format!(r#""Job {job:04}": {what}"#)
    });
    format!(r#""Row": {{"jobs": {{{}}}}}"#, jobs.collect::<Vec<_>>().join(","))
}

/// Milliseconds of the epoch at which things happened to a job.
fn ran(both: &Both, job: &str, date: &str) -> anyhow::Result<Ran> {
    let found = both.scheduler.ask(&["job", "show", job, "--date", date])?;
    let attempt = &found["attempts"][0];
    let log = both.scheduler.say(&["job", "log", job, "--date", date])?;
    // What a process prints stands in quotation marks.
    let words = log.split(|letter: char| !letter.is_ascii_digit());
    let stamp = words.filter_map(|word| word.parse::<u64>().ok()).max();
    let stamp = stamp.filter(|stamp| *stamp > 1_000_000_000_000_000);
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this century are below 2^52")]
    let process = stamp.with_context(|| format!("{job} printed no time: {log}"))? as f64 / 1000.0;
    Ok(Ran { process, ended: instant(attempt, "ended")?, archived: instant(attempt, "archived")? })
}

fn instant(attempt: &Value, field: &str) -> anyhow::Result<f64> {
    let text = attempt[field].as_str().with_context(|| format!("{field} is missing: {attempt}"))?;
    let at: Timestamp = text.parse()?;
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this century are below 2^52")]
    let millis = at.as_microsecond() as f64 / 1000.0;
    Ok(millis)
}
