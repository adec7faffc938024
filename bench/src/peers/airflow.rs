//! Airflow, from its Python package, with a scheduler, an API server and a PostgreSQL cluster of its own.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use super::{Shape, private_python};
use crate::server::{start_postgres, stop_postgres};

/// What it keeps.
pub(crate) const DURABILITY: &str = "PostgreSQL (fsync, synchronous_commit)";
/// Tasks that it runs at once: its own default.
pub(crate) const SLOTS: usize = 32;

/// What speaks to it.
const DRIVER: &str = include_str!("airflow.py");
/// How long its processes may take to end when asked to.
const GRACE: Duration = Duration::from_secs(90);

/// A running Airflow. Dropped, it is ended.
pub(crate) struct Airflow {
    process: Child,
    input: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    cluster: PathBuf,
    dir: TempDir,
    /// Its version.
    pub(crate) version: String,
}

impl Airflow {
    /// Starts it with a new database and runs something that warms it up; by this Python, or by the one that
    /// `cargo xtask bench` makes.
    ///
    /// # Errors
    /// When it is not there or does not start.
    pub(crate) fn start(python: Option<&Path>) -> anyhow::Result<Self> {
        let python = match python {
            Some(python) => python.to_owned(),
            None => private_python("airflow")?,
        };
        anyhow::ensure!(
            python.is_file(),
            "{} is not there; run `cargo xtask bench`, or name a Python with apache-airflow by --airflow-python",
            python.display()
        );
        let dir = tempfile::Builder::new().prefix("ringmaster-bench-airflow-").tempdir()?;
        let cluster = dir.path().join("postgres");
        let url = start_postgres(&cluster)?;
        let driver = dir.path().join("driver.py");
        std::fs::write(&driver, DRIVER)?;
        let log = std::fs::File::create(dir.path().join("driver.log"))?;
        let mut process = Command::new(&python)
            .arg(&driver)
            .arg(dir.path().join("home"))
            .arg(&url)
            .arg(SLOTS.to_string())
            .current_dir(dir.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let input = process.stdin.take();
        let answers = process.stdout.take().context("the driver has no standard output")?;
        let answers = BufReader::new(answers).lines();
        let mut airflow = Self { process, input, answers, cluster, dir, version: String::new() };
        let ready = airflow.answer()?;
        ready.strip_prefix("ready ").unwrap_or("unknown").clone_into(&mut airflow.version);
        Ok(airflow)
    }

    /// Runs a shape; the seconds from its trigger to its end, or nothing where it took longer than `limit`.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn run(&mut self, shape: Shape, limit: Duration) -> anyhow::Result<Option<f64>> {
        let (word, count) = match shape {
            Shape::Row(count) => ("row", count),
            Shape::Fan(count) => ("fan", count),
        };
        let input = self.input.as_mut().context("the driver has ended")?;
        writeln!(input, "{word} {count} {}", limit.as_secs())?;
        let answer = self.answer()?;
        Ok(if answer == "limit" { None } else { Some(answer.parse()?) })
    }

    fn answer(&mut self) -> anyhow::Result<String> {
        match self.answers.next() {
            Some(line) => Ok(line?),
            None => anyhow::bail!("Airflow has ended: {}", self.words()),
        }
    }

    /// The last words of its driver.
    fn words(&self) -> String {
        let text = std::fs::read_to_string(self.dir.path().join("driver.log")).unwrap_or_default();
        text.lines().last().unwrap_or("without a word").to_owned()
    }
}

impl Drop for Airflow {
    fn drop(&mut self) {
        // It ends its own processes when its input ends; while it waits for a run, when it is asked to.
        self.input = None;
        if let Some(pid) = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
        let until = Instant::now() + GRACE;
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        stop_postgres(&self.cluster);
    }
}
