//! The whole chain: scheduler, connector, batch server, process, log in the archive, dependants released.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::serve::Scheduler;
use crate::report::{Bar, Figure, Report};
use crate::server::{PASSWORD, Server, USER};
use crate::{Database, machine};

/// Jobs of a schedule, and how many of them have nothing before them.
const SCHEDULE: usize = 500;
const WIDTH: usize = 50;
/// Jobs that may run at once.
pub(super) const SLOTS: usize = 64;
/// Schedules and jobs of a date.
const DEFINED: usize = 10;
const DAY: usize = DEFINED * SCHEDULE;
/// Between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A scheduler and a batch server that know each other.
pub(super) struct Both {
    pub(super) scheduler: Scheduler,
    pub(super) batch: Server,
}

impl Both {
    /// Starts them with these schedules, given as JSON. On PostgreSQL they have a database each, of one server.
    pub(super) async fn start(database: Database, definitions: &str) -> anyhow::Result<Self> {
        let batch = Server::start(database, SLOTS).await?;
        let scheduler = Scheduler::start_on(batch.other_database("scheduler").await)?;
        let all = format!(
            r#"{{"options": {{"time_zone": "UTC"}},
            "frequencies": {{"Daily": {{"when": {{"all_weeks": {{"day_type": "any",
                "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}}}}}},
            "batch_users": {{"AMT": {{"target": "AsyscoAMT", "identifier": "{USER}"}}}},
            "agents": {{"AMT1": {{"connection": {{"asysco_amt": {{"batch_server_url": "{}", "batch_user": "AMT"}}}},
                "max_jobs": {SLOTS}}}}},
            "schedules": {{{definitions}}}}}"#,
            batch.url
        );
        scheduler.apply(&all)?;
        scheduler.say_with(&["batch-user", "set-password", "AMT"], PASSWORD)?;
        Ok(Self { scheduler, batch })
    }
}

/// Runs jobs for so long, then lets those that are open end. Each date has the same jobs; days that are over run at once.
pub(super) async fn run(
    report: &mut Report,
    database: Database,
    time: Duration,
) -> anyhow::Result<()> {
    let both = Both::start(database, &schedules()).await?;
    let mut date = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let (begin, mut built, mut done) = (Instant::now(), 0, 0);
    let mut open: VecDeque<Date> = VecDeque::new();
    let mut samples = Vec::new();
    loop {
        let mut left = 0;
        for each in open.clone() {
            let jobs = open_jobs(&both.scheduler, each)?;
            if jobs == 0 {
                open.retain(|other| *other != each);
                done += DAY;
            }
            left += jobs;
        }
        let ended = done + open.len() * DAY - left;
        samples.push((begin.elapsed().as_secs_f64(), ended));
        eprintln!("  {:.0} s: {ended} jobs have ended", begin.elapsed().as_secs_f64());
        let is_over = begin.elapsed() >= time;
        if is_over && left == 0 {
            break;
        }
        if !is_over && left < DAY {
            build(&both.scheduler, date)?;
            open.push_back(date);
            (built, date) = (built + DAY, date.yesterday()?);
            continue;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let seconds = archived(&both, begin).await?;
    add(report, database, built, seconds, &samples, &both)
}

fn add(
    report: &mut Report,
    database: Database,
    jobs: usize,
    seconds: f64,
    samples: &[(f64, usize)],
    both: &Both,
) -> anyhow::Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let rate = jobs as f64 / seconds;
    let resident = |pid| machine::resident_mib(pid).unwrap_or(f64::NAN);
    let (own, batch) = (resident(both.scheduler.pid()?), resident(both.batch.pid()));
    report.add(Figure {
        what: &format!(
            "{database:?}: scheduler to AMT job to archived log to dependants, {jobs} jobs over {:.1} minutes",
            seconds / 60.0
        ),
        value: rate,
        unit: "jobs/s",
        bar: Bar::Above(300.0),
        note: format!(
            "processes of /bin/true, {SLOTS} at once, each waits for another; until the last log was archived; \
             memory {own:.0} MiB and {batch:.0} MiB (batch server); {}",
            database.durability()
        ),
        details: json!({
            "jobs": jobs, "seconds": seconds, "slots": SLOTS, "durable": true, "durability": database.durability(),
            "logs_kept": true, "scheduler_mib": own, "batch_server_mib": batch, "ended_at_seconds": samples,
        }),
    });
    Ok(())
}

/// Builds a date and lets it begin: one that is over is built on hold.
fn build(scheduler: &Scheduler, date: Date) -> anyhow::Result<()> {
    let date = date.to_string();
    scheduler.say(&["schedule", "build", "--on-hold", "--date", &date])?;
    for number in 0..DEFINED {
        scheduler.say(&["schedule", "release", &name(number), "--date", &date])?;
    }
    Ok(())
}

/// How many jobs of a date have not ended.
fn open_jobs(scheduler: &Scheduler, date: Date) -> anyhow::Result<usize> {
    let list = scheduler.ask(&["schedule", "list", "--date", &date.to_string()])?;
    let all = list.as_array().context("the list of schedules is no list")?;
    let number = |each: &Value, of: &str| each[of].as_u64().unwrap_or(u64::MAX);
    anyhow::ensure!(
        all.iter().all(|each| number(each, "failed_jobs") == 0),
        "jobs have failed: {list}"
    );
    Ok(usize::try_from(all.iter().map(|each| number(each, "open_jobs")).sum::<u64>())?)
}

/// Waits until the last log is archived; seconds from the beginning.
async fn archived(both: &Both, begin: Instant) -> anyhow::Result<f64> {
    loop {
        let status = both.scheduler.ask(&["status"])?;
        if status["logs_to_archive"] == 0 {
            return Ok(begin.elapsed().as_secs_f64());
        }
        anyhow::ensure!(
            begin.elapsed() < Duration::from_hours(2),
            "logs are not archived: {status}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn name(number: usize) -> String {
    format!("Chain {number:04}")
}

fn schedules() -> String {
    let mut text = String::new();
    for number in 0..DEFINED {
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(text, r#"{comma}"{}": {{"jobs": {{"#, name(number));
        for job in 0..SCHEDULE {
            let comma = if job > 0 { "," } else { "" };
            let _ = write!(
                text,
                r#"{comma}"Job {job:04}": {}"#,
                job_json("TRUE", job.checked_sub(WIDTH))
            );
        }
        text.push_str("}}");
    }
    text
}

/// An AMT job, which may wait for another one of its schedule.
pub(super) fn job_json(job: &str, after: Option<usize>) -> Value {
    let mut all = json!({
        "run": {"amt_batch_job": {"application": "BENCH", "job": job}}, "runs_on": {"agents": ["AMT1"]},
        "frequencies": [{"use": "Daily"}],
    });
    if let Some(after) = after {
        all["depends_on"] = json!([{"requires": {"job": format!("Job {after:04}")}}]);
    }
    all
}
