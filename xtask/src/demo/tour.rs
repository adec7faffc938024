//! What the demo shows first: jobs of DEMO2 run through the connector as an older scheduler would, their logs, and a kill.
//! Each run says beforehand with which completion code it must end, and the demo fails when one ends with another.

use std::time::{Duration, Instant};

use anstream::{print, println};
use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result, bail};

use super::connector::{Ended, Run};
use super::world::World;

/// Completion codes (amt-domain 3).
const KILLED: i32 = 3;
const DONE: i32 = 4;
const ERROR: i32 = 11;
const ABORTED: i32 = 12;
const INVALID_USER: i32 = 99;

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default().bold();

/// One row of the table at the end.
struct Row {
    title: &'static str,
    expected: i32,
    code: i32,
    took: Duration,
}

/// A job that the connector was told to start.
struct Started {
    /// The command, as it would be typed.
    command: String,
    at: Instant,
    run: Run,
}

/// The tour so far.
struct Tour<'a> {
    world: &'a World,
    rows: Vec<Row>,
}

/// Shows everything.
///
/// # Errors
/// When a job cannot be run, or ends with another code than it should.
pub(crate) fn run(world: &World) -> Result<()> {
    let mut tour = Tour { world, rows: Vec::new() };
    println!("\nThe batch server listens on http://{}", world.address);
    tour.report()?;
    tour.failures()?;
    tour.kill()?;
    tour.summary()
}

impl Tour<'_> {
    /// A report and its log; more of them, and scripts, run in the business day.
    fn report(&mut self) -> Result<()> {
        self.show("A report", &["-jn", "REPORTTEST01"], DONE)
    }

    /// What does not end with DONE: the business day has none of it.
    fn failures(&mut self) -> Result<()> {
        let job = ["-jn", "MISSING", "-fn", "NO_SUCH_SCRIPT.sh", "--output", "joblog"];
        self.show("A script that does not exist, as the block for a job log", &job, ERROR)?;
        let job = ["-jn", "REPORTTEST01", "-u", "NOBODY"];
        self.show("A user that does not exist", &job, INVALID_USER)?;
        self.show("An abort on purpose", &["-jn", "ABORTTEST"], ABORTED)?;
        self.show("An abort that is recovered", &["-jn", "ABORTRECOVER"], DONE)
    }

    fn kill(&mut self) -> Result<()> {
        let report = self.start(&["-jn", "LONGRUNNINGREPORT"])?;
        let request = report.run.request_id()?.to_string();
        // Killing takes a logon of its own: it is what an operator's console or another connector would do.
        self.show_command("The kill", &kill_arguments(&request), KILLED)?;
        let title = "A report that was killed";
        head(title, &report.command);
        self.finish(title, KILLED, report.at, &report.run.end()?);
        Ok(())
    }

    /// Runs one job and shows its log.
    fn show(&mut self, title: &'static str, job: &[&str], expected: i32) -> Result<()> {
        self.show_command(title, &start_arguments(job), expected)
    }

    fn show_command(
        &mut self,
        title: &'static str,
        arguments: &[&str],
        expected: i32,
    ) -> Result<()> {
        let started = self.start_command(arguments)?;
        head(title, &started.command);
        self.finish(title, expected, started.at, &started.run.end()?);
        Ok(())
    }

    fn start(&self, job: &[&str]) -> Result<Started> {
        self.start_command(&start_arguments(job))
    }

    fn start_command(&self, arguments: &[&str]) -> Result<Started> {
        let words: Vec<_> = arguments.iter().map(|word| format!("\"{word}\"")).collect();
        let command = format!("amt {}", words.join(" "));
        let at = Instant::now();
        let run = self.world.connector.start(arguments).context("while starting the connector")?;
        Ok(Started { command, at, run })
    }

    fn finish(&mut self, title: &'static str, expected: i32, started: Instant, ended: &Ended) {
        print!("{}", ended.log);
        let style = if ended.code == expected { GOOD } else { WRONG };
        println!("{style}exit code {}{style:#}", ended.code);
        self.rows.push(Row { title, expected, code: ended.code, took: started.elapsed() });
    }

    fn summary(&self) -> Result<()> {
        println!(
            "\n{TITLE}{:<40} {:>8} {:>8} {:>9}{TITLE:#}",
            "run", "expected", "code", "seconds"
        );
        for row in &self.rows {
            let is_right = row.code == row.expected;
            let (style, remark) = if is_right { (GOOD, "") } else { (WRONG, "  WRONG") };
            println!(
                "{:<40} {:>8} {style}{:>8}{style:#} {:>9.2}{remark}",
                row.title,
                row.expected,
                row.code,
                row.took.as_secs_f64(),
            );
        }
        let wrong = self.rows.iter().filter(|row| row.code != row.expected).count();
        if wrong > 0 {
            bail!("{wrong} of {} runs ended with another code than they should", self.rows.len());
        }
        Ok(())
    }
}

/// What comes before a log: what is shown, and how it was asked for.
fn head(title: &str, command: &str) {
    let line = "=".repeat(96_usize.saturating_sub(title.len()));
    println!("\n{TITLE}== {title} {line}{TITLE:#}\n$ {command}");
}

/// How `amt` is asked to start a job of the demo.
fn start_arguments<'a>(job: &[&'a str]) -> Vec<&'a str> {
    [&["-jt", "START", "-an", "DEMO2"], job].concat()
}

/// How `amt` is asked to kill a request.
fn kill_arguments(request: &str) -> [&str; 4] {
    ["-jt", "KILL", "--request-id", request]
}
