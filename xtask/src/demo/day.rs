//! The business day of `demo/schedules`: applied, built, and run with an accelerated clock, while an operator does what a person
//! has to do. At the end every job must have ended well, and every log must be readable.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::center::Operator;
use super::scheduler::{Scheduler, items, text};
use super::world::World;
use crate::interrupt;

/// A Monday, on which someone is asked for the date, and the third working day of its month, on which money is collected.
pub(crate) const DATE: &str = "2027-04-05";
/// What the clock shows at first: an hour before the first job.
pub(crate) const START: &str = "2027-04-05T03:00:00+02:00";
/// Where the clock leaps no further: after the night's last job.
pub(crate) const STOP: &str = "2027-04-06T03:00:00+02:00";

/// The whole day takes no longer.
const LIMIT: Duration = Duration::from_mins(4);
/// How often the demo looks at the day.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// The job whose log is shown.
const SHOWN: &str = "Day start/Open policies";
/// The job that is tried again, and how often it is tried.
const TRIED: (&str, usize) = ("Day start/Exchange rates", 3);
/// The job that asks the operator.
const ASKS: &str = "Day start/Confirm the date";
/// The answers.
const ANSWERS: [&str; 2] = [DATE, "yes"];
/// The job that somebody has to release.
const HELD: &str = "Billing/Send direct debits";
/// The job after which that is done.
const COLLECTED: &str = "Billing/Collect direct debits";

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default().bold();
const PERSON: Style = AnsiColor::Cyan.on_default();

/// Runs the day.
///
/// # Errors
/// When something cannot be done, a job does not end as it should, or a log cannot be read.
pub(crate) fn run(world: &mut World) -> Result<()> {
    title("The scheduler: a business day");
    println!(
        "A scheduler and a batch server run in one process. The clock is accelerated: it starts on {START}\n\
         and leaps to what is due next whenever nothing goes on. First its definitions, as an engineer applies them.\n"
    );
    prepare(world)?;
    title("The day runs (times are those of the accelerated clock)");
    let mut day = Day { seen: HashMap::new(), answered: 0, is_released: false };
    let jobs = day.follow(world)?;
    let scheduler = world.scheduler()?;
    title("The day");
    scheduler.show(&["job", "list", "--date", DATE])?;
    title("A job log, as the scheduler keeps it");
    scheduler.show(&["job", "log", SHOWN, "--date", DATE])?;
    title("Checks");
    check(scheduler, &jobs)
}

/// Gives the scheduler definitions, the batch user's password and values, and builds the day.
fn prepare(world: &World) -> Result<()> {
    let scheduler = world.scheduler()?;
    // Otherwise the clock would leap to the first build before everything is there.
    scheduler.show(&["pause", "--reason", "the day is being prepared"])?;
    let definitions = world.definitions().join("schedules");
    scheduler.show_end(&["apply", &definitions.to_string_lossy()])?;
    scheduler.show_with_input(&["batch-user", "set-password", "AMT API"], &world.password)?;
    scheduler.show_with_input(&["property", "set", "BANK_KEY"], "not-a-real-key")?;
    let folder = world.definitions().join("DEMO2");
    scheduler.show(&["property", "set", "DEMO_PATH", &folder.to_string_lossy()])?;
    let connector = world.connector.program();
    let connector = connector.parent().context("the connector has no folder")?;
    scheduler.show(&["property", "set", "AMTPath", &connector.to_string_lossy()])?;
    scheduler.show(&["schedule", "build", "--date", DATE])?;
    scheduler.show(&["status"])?;
    scheduler.show(&["resume"])
}

/// What the demo has seen of the day.
struct Day {
    /// The status of each job.
    seen: HashMap<String, String>,
    /// Questions that were answered.
    answered: usize,
    is_released: bool,
}

impl Day {
    /// Follows the day to its end, as an operator.
    fn follow(&mut self, world: &mut World) -> Result<Vec<Value>> {
        let operator = Operator::log_on(world)?;
        let until = Instant::now() + LIMIT;
        loop {
            interrupt::check()?;
            world.check_server()?;
            let scheduler = world.scheduler()?;
            let answer = scheduler.json(&["job", "list", "--date", DATE])?;
            let jobs = items(&answer)?;
            self.tell(scheduler, jobs)?;
            self.act(scheduler, &operator)?;
            // What waits for a job that has failed would wait for ever.
            if jobs.iter().all(has_ended) || jobs.iter().any(has_failed) {
                return Ok(jobs.clone());
            }
            if Instant::now() > until {
                return Err(late(scheduler, jobs)?);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Says what is new.
    fn tell(&mut self, scheduler: &Scheduler, jobs: &[Value]) -> Result<()> {
        let mut news: Vec<&Value> = jobs
            .iter()
            .filter(|job| self.seen.get(&name(job)).is_none_or(|seen| seen != text(job, "status")))
            .collect();
        news.sort_by_key(|job| (text(job, "ended").to_owned(), name(job)));
        for job in news {
            let status = text(job, "status");
            self.seen.insert(name(job), status.to_owned());
            if has_ended(job) || status == "Job Running" && name(job) == ASKS {
                line(job);
            }
        }
        // A try that fails is no end: the job waits for its next one.
        let (tried, _) = TRIED;
        let before = self.seen.entry(format!("{tried} tries")).or_insert_with(|| "0".to_owned());
        let details = scheduler.json(&["job", "show", tried, "--date", DATE])?;
        let failed = details["attempts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|attempt| attempt["code"].as_i64().is_some_and(|code| code != 4));
        let failed = failed.count().to_string();
        if *before != failed {
            println!(
                "          {tried:<56} try {failed} has failed, the next one follows in a minute"
            );
            *before = failed;
        }
        Ok(())
    }

    /// Does what a person has to do.
    fn act(&mut self, scheduler: &Scheduler, operator: &Operator) -> Result<()> {
        if self.answered < ANSWERS.len()
            && let Some(question) = operator.open_question()?
        {
            let answer = ANSWERS[self.answered];
            println!(
                "{PERSON}          the batch server asks: {}  the operator answers: {answer}{PERSON:#}",
                question.text
            );
            operator.answer(&question, answer)?;
            self.answered += 1;
        }
        let is_collected = self.seen.get(COLLECTED).is_some_and(|status| status == "Finished OK");
        if !self.is_released && is_collected {
            let why = "looked through";
            println!(
                "{PERSON}          $ ringmaster job release '{HELD}' --reason '{why}'{PERSON:#}"
            );
            scheduler.said(&["job", "release", HELD, "--date", DATE, "--reason", why])?;
            self.is_released = true;
        }
        Ok(())
    }
}

fn name(job: &Value) -> String {
    format!("{}/{}", text(job, "schedule"), text(job, "name"))
}

fn has_ended(job: &Value) -> bool {
    ["Finished OK", "Failed", "Cancelled", "Skipped", "Missed", "Initialization Error"]
        .iter()
        .any(|end| text(job, "status").starts_with(end))
}

fn has_failed(job: &Value) -> bool {
    ["Failed", "Initialization Error"].iter().any(|end| text(job, "status").starts_with(end))
}

/// A line about a job: when, which, how.
fn line(job: &Value) {
    let style = if has_failed(job) { WRONG } else { Style::new() };
    let code = job["code"].as_i64().map(|code| format!("code {code}")).unwrap_or_default();
    let time = time(job);
    println!("{time:<8}  {:<56} {style}{:<12}{style:#} {code}", name(job), text(job, "status"));
}

/// The local time of its end, or of its begin: the offset of the day's zone is that of its date.
fn time(job: &Value) -> String {
    let instant = [text(job, "ended"), text(job, "started")].into_iter().find(|at| !at.is_empty());
    let Some((hour, rest)) = instant.and_then(|at| at.split_once('T')?.1.split_once(':')) else {
        return String::new();
    };
    let hour: u32 = hour.parse().unwrap_or_default();
    format!("{:02}:{}", (hour + 2) % 24, rest.get(..5).unwrap_or_default())
}

/// Why the day is not over.
fn late(scheduler: &Scheduler, jobs: &[Value]) -> Result<anyhow::Error> {
    eprintln!("{}", scheduler.tried(&["status"])?);
    for job in jobs.iter().filter(|job| !has_ended(job)).take(5) {
        eprintln!("{}", scheduler.tried(&["job", "why", &name(job), "--date", DATE])?);
    }
    Ok(anyhow::anyhow!("the day was not over after {} s", LIMIT.as_secs()))
}

/// Every job has ended well, the one that fails was tried as often as it should, and every log can be read.
fn check(scheduler: &Scheduler, jobs: &[Value]) -> Result<()> {
    let wrong: Vec<&Value> =
        jobs.iter().filter(|job| text(job, "status") != "Finished OK").collect();
    for job in &wrong {
        eprintln!("{WRONG}{} is {}{WRONG:#}", name(job), text(job, "status"));
        eprintln!("{}", scheduler.tried(&["job", "why", &name(job), "--date", DATE])?);
        eprintln!("{}", scheduler.tried(&["job", "log", &name(job), "--date", DATE])?);
    }
    if !wrong.is_empty() {
        bail!("{} of {} jobs did not end as they should", wrong.len(), jobs.len());
    }
    println!("{GOOD}{} jobs have finished OK{GOOD:#}", jobs.len());
    let (tried, times) = TRIED;
    let details = scheduler.json(&["job", "show", tried, "--date", DATE])?;
    let attempts = details["attempts"].as_array().map_or(0, Vec::len);
    if attempts != times {
        bail!("{tried} was tried {attempts} times, not {times}");
    }
    println!("{GOOD}{tried} was tried {times} times{GOOD:#}");
    let logs = logs(scheduler, jobs)?;
    println!("{GOOD}{logs} logs are in the archive and can be read{GOOD:#}");
    Ok(())
}

/// Reads the log of every job that was sent to an agent, and says how many they were.
fn logs(scheduler: &Scheduler, jobs: &[Value]) -> Result<usize> {
    let mut count = 0;
    for job in jobs.iter().filter(|job| !text(job, "agent").is_empty()) {
        interrupt::check()?;
        let name = name(job);
        let listed = scheduler.json(&["job", "log", &name, "--list", "--date", DATE])?;
        let listed = items(&listed)?;
        let is_kept = |log: &Value| log["is_archived"] == true && log["is_complete"] == true;
        if listed.is_empty() || !listed.iter().all(is_kept) {
            bail!("the logs of {name} are not all in the archive: {listed:?}");
        }
        let log = scheduler.said(&["job", "log", &name, "--date", DATE])?;
        if log.trim().is_empty() {
            bail!("the log of {name} is empty");
        }
        count += 1;
    }
    Ok(count)
}

/// What comes before a part of the demo.
fn title(title: &str) {
    println!("\n{TITLE}== {title} {}{TITLE:#}\n", "=".repeat(92_usize.saturating_sub(title.len())));
}
