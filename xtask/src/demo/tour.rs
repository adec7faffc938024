//! What the demo shows: the jobs of DEMO2 run through the connector, their logs, a kill and an answer of the operator.
//! Each run says beforehand with which completion code it must end, and the demo fails when one ends with another.

use std::time::{Duration, Instant};

use anstream::{print, println};
use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result, bail};

use super::center::Operator;
use super::connector::{Ended, Run};
use super::world::World;
use crate::process;

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
    tour.reports()?;
    tour.scripts()?;
    tour.failures()?;
    tour.operator()?;
    tour.kill()?;
    tour.summary()
}

impl Tour<'_> {
    fn reports(&mut self) -> Result<()> {
        self.show("A report", &["-jn", "REPORTTEST01"], DONE)?;
        let job = ["-jn", "RUN_PARAMETERTESTA", "-pa", "'PARAM'"];
        self.show("A script that runs a report", &job, DONE)?;
        self.show_together(&[
            ("A report with a task value", &["-jn", "REPORTTEST02", "-tv", "25"]),
            ("A parent with two children", &["-jn", "PARENT"]),
            ("A report under another user", &["-jn", "REPORTTEST01", "-u", "DEMO"]),
        ])?;
        if self.world.has_cobol {
            self.show("A COBOL report", &["-jn", "RUN_COBOLREPORT"], DONE)?;
        } else {
            println!("\nThe COBOL report is left out: GnuCOBOL is not installed.");
        }
        Ok(())
    }

    fn scripts(&mut self) -> Result<()> {
        self.show("An external executable", &["-jn", "RUN_SHOWPARMS"], DONE)?;
        let script = self.world.scripts.join("RUN_FILENAMETEST.sh");
        let script = script.to_string_lossy().into_owned();
        let job = ["-jn", "FILENAMETEST", "-fn", &script, "-pa", "PARAM=25"];
        self.show("A script by its file name", &job, DONE)?;
        // Where PowerShell is installed it simply works; elsewhere its start fails as the platform has it.
        let expected = if process::is_on_path("pwsh") { DONE } else { ERROR };
        let job = ["-jn", "FILENAMETEST", "-fn", "RUN_FILENAMETEST.ps1"];
        self.show("A PowerShell script", &job, expected)?;
        let title = "The same, as the block for a job log";
        self.show(title, &[&job[..], &["--output", "joblog"]].concat(), expected)
    }

    fn failures(&mut self) -> Result<()> {
        let job = ["-jn", "MISSING", "-fn", "NO_SUCH_SCRIPT.sh"];
        self.show("A script that does not exist", &job, ERROR)?;
        let job = ["-jn", "REPORTTEST01", "-u", "NOBODY"];
        self.show("A user that does not exist", &job, INVALID_USER)?;
        self.show("An abort on purpose", &["-jn", "ABORTTEST"], ABORTED)?;
        self.show("An abort that is recovered", &["-jn", "ABORTRECOVER"], DONE)
    }

    fn operator(&mut self) -> Result<()> {
        self.show("Questions answered by an accept file", &["-jn", "RUN_ASKOPERATOR"], DONE)?;
        let title = "Questions answered by the operator";
        let started = self.start(&["-jn", "ASKOPERATOR"])?;
        let request = started.run.request_id()?;
        head(title, &started.command);
        let operator = Operator::log_on(self.world)?;
        for answer in ["2026-11-20", "yes"] {
            let question = operator.question(request)?;
            println!("request {request} asks: {}\nthe operator answers: {answer}", question.text);
            operator.answer(&question, answer)?;
        }
        self.finish(title, DONE, started.at, &started.run.end()?);
        Ok(())
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

    /// Runs jobs side by side, all of which must end with DONE, and shows their logs one after the other.
    fn show_together(&mut self, jobs: &[(&'static str, &[&str])]) -> Result<()> {
        let runs = jobs.iter().map(|(title, job)| Ok((*title, self.start(job)?)));
        let runs: Vec<(&'static str, Started)> = runs.collect::<Result<_>>()?;
        for (title, started) in runs {
            let ended = started.run.end()?;
            head(title, &started.command);
            self.finish(title, DONE, started.at, &ended);
        }
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
