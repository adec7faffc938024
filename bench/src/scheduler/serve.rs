//! A private `ringmaster serve` with its folder and database.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;

use crate::Database;
use crate::server::{binary, start_postgres, stop_postgres};

/// What the server logs.
const FILTER: &str = "RINGMASTER_LOG__FILTER";

/// A scheduler process.
pub(super) struct Scheduler {
    dir: TempDir,
    process: Option<Child>,
    cluster: Option<PathBuf>,
    /// The address of the cluster.
    url: Option<String>,
}

impl Scheduler {
    /// Starts a scheduler on a new database.
    pub(super) fn start(database: Database) -> anyhow::Result<Self> {
        let dir = new_folder()?;
        let cluster = (database == Database::Postgres).then(|| dir.path().join("postgres"));
        let url = cluster.as_deref().map(start_postgres).transpose()?;
        Self::in_folder(dir, cluster, url)
    }

    /// Starts a scheduler on a database that somebody else keeps, or on SQLite.
    pub(super) fn start_on(url: Option<String>) -> anyhow::Result<Self> {
        Self::in_folder(new_folder()?, None, url)
    }

    fn in_folder(
        dir: TempDir,
        cluster: Option<PathBuf>,
        url: Option<String>,
    ) -> anyhow::Result<Self> {
        let mut scheduler = Self { dir, process: None, cluster, url };
        scheduler.launch()?;
        Ok(scheduler)
    }

    /// Starts the process and waits until it says that it is ready.
    pub(super) fn launch(&mut self) -> anyhow::Result<()> {
        let log =
            std::fs::File::options().create(true).append(true).open(self.path("server.log"))?;
        let mut command = Command::new(binary("ringmaster")?);
        command.args(["serve", "--data"]).arg(self.path("data"));
        // Who looks for what is slow may want to see more.
        if std::env::var_os(FILTER).is_none() {
            command.env(FILTER, "warn");
        }
        if let Some(url) = &self.url {
            command.args(["--database", url]);
        }
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = process.stdout.take().context("the scheduler has no standard output")?;
        self.process = Some(process);
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let is_ready = lines.any(|line| line.starts_with("listening on "));
        anyhow::ensure!(is_ready, "the scheduler did not start: {}", self.log());
        Ok(())
    }

    /// Ends the process with SIGKILL.
    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Its process id.
    pub(super) fn pid(&self) -> anyhow::Result<u32> {
        self.process.as_ref().map(Child::id).context("the scheduler does not run")
    }

    /// Stores definitions, given as JSON.
    pub(super) fn apply(&self, definitions: &str) -> anyhow::Result<()> {
        let file = self.path("definitions.yaml");
        std::fs::write(&file, definitions)?;
        self.say(&["apply", &file.to_string_lossy()]).map(drop)
    }

    /// Runs a command, which must succeed; what it prints.
    pub(super) fn say(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.say_with(arguments, "")
    }

    /// As [`Self::say`], with something on standard input.
    pub(super) fn say_with(&self, arguments: &[&str], input: &str) -> anyhow::Result<String> {
        let mut command = Command::new(binary("ringmaster")?);
        command.args(arguments).arg("--data").arg(self.path("data"));
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        process.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
        let output = process.wait_with_output()?;
        anyhow::ensure!(
            output.status.success(),
            "ringmaster {}: {}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr),
            self.log()
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// What a command says to programs.
    pub(super) fn ask(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let mut all = arguments.to_vec();
        all.extend(["--output", "json"]);
        Ok(serde_json::from_str(&self.say(&all)?)?)
    }

    /// Lets the database finish what a bulk load leaves for later.
    pub(super) async fn settle(&self) {
        if let Some(url) = &self.url {
            testkit::postgres::settle(url).await;
        }
    }

    /// A file of its folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("server.log")).unwrap_or_default()
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        self.dir.path()
    }
}

fn new_folder() -> std::io::Result<TempDir> {
    tempfile::Builder::new().prefix("ringmaster-bench-").tempdir()
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.kill();
        if let Some(cluster) = &self.cluster {
            stop_postgres(cluster);
        }
    }
}
