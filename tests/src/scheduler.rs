//! A scheduler process and its folder.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::site::behind;
use crate::{Database, binary};

/// A running scheduler. Dropping it ends the process by force; jobs that run are ended by their tests.
#[derive(Debug)]
pub struct Scheduler {
    /// The folder of everything.
    pub dir: TempDir,
    database: Database,
    process: Option<Child>,
    /// More options of the process.
    pub options: Vec<String>,
    /// What starts the process, if not the test itself: a program with its arguments.
    pub under: Vec<String>,
    /// What the process has printed at its last start, up to the line that it is ready.
    pub printed: Vec<String>,
}

/// What a command has said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Scheduler {
    /// Starts a scheduler on a database and gives it definitions.
    pub fn start(database: &Database, definitions: &str) -> Self {
        let mut scheduler = Self::prepare(database, &[]);
        scheduler.launch();
        scheduler.apply(definitions);
        scheduler
    }

    /// A scheduler that is not started yet, with more options.
    pub fn prepare(database: &Database, options: &[&str]) -> Self {
        Self {
            dir: testkit::temp_dir(),
            database: database.clone(),
            process: None,
            options: options.iter().map(|&option| option.to_owned()).collect(),
            under: Vec::new(),
            printed: Vec::new(),
        }
    }

    /// Starts the process and waits until it is ready.
    pub fn launch(&mut self) {
        let mut process = self.spawn();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        self.printed.clear();
        let printed = &mut self.printed;
        let mut lines = lines.map_while(Result::ok).inspect(|line| printed.push(line.clone()));
        let is_ready = lines.any(|line| line.starts_with("listening on "));
        self.process = Some(process);
        assert!(is_ready, "it did not start:\n{}", self.log());
    }

    /// Starts the process, which must give up; its exit code. Standard error is in the log.
    pub fn launch_in_vain(&self) -> Option<i32> {
        let output = self.spawn().wait_with_output().unwrap();
        assert!(output.stdout.is_empty(), "it started:\n{}", self.log());
        output.status.code()
    }

    fn spawn(&self) -> Child {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.path().join("server.log"))
            .unwrap();
        let mut command = behind(&self.under, "ringmaster");
        command.args(["serve", "--data"]).arg(self.data());
        if let Database::Postgres(url) = &self.database {
            command.args(["--database", url]);
        }
        command.args(&self.options);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap()
    }

    /// A path as the process sees it, which may have a disk of its own.
    pub fn seen(&self, path: &Path) -> PathBuf {
        let id = self.process.as_ref().unwrap().id();
        Path::new("/proc").join(id.to_string()).join("root").join(path.strip_prefix("/").unwrap())
    }

    /// Sends the process a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.as_ref().unwrap().id()).unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }

    /// Ends the process with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Stores definitions.
    pub fn apply(&self, definitions: &str) {
        let file = self.file("definitions.yaml");
        std::fs::write(&file, definitions).unwrap();
        self.must(&["apply", file.to_str().unwrap()]);
    }

    /// Runs `ringmaster` with these arguments against the process.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with_input(arguments, "")
    }

    /// As [`Self::run`], with a text on standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Said {
        let file = self.file("input");
        std::fs::write(&file, input).unwrap();
        let output: Output = Command::new(binary("ringmaster"))
            .args(arguments)
            .args(["--data", self.data().to_str().unwrap()])
            .stdin(std::fs::File::open(&file).unwrap())
            .output()
            .unwrap();
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// As [`Self::run`]; it must succeed. Its standard output.
    pub fn must(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}\n{}", self.log());
        said.out
    }

    /// As [`Self::run`]; it must end with this exit code, print nothing for programs, and say why. What it has said.
    pub fn fails(&self, arguments: &[&str], code: i32) -> String {
        let said = self.run(arguments);
        let is_told = said.out.is_empty() && said.err.starts_with("ringmaster: ");
        assert!(said.code == Some(code) && is_told, "{arguments:?}: {said:?}\n{}", self.log());
        said.err
    }

    /// What a command prints for scripts, line by line; it must succeed.
    pub fn quiet(&self, arguments: &[&str]) -> Vec<String> {
        let out = self.must(&[arguments, &["--output", "quiet"]].concat());
        out.lines().map(ToOwned::to_owned).collect()
    }

    /// The answer to a command, for programs.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = arguments.to_vec();
        all.extend(["--output", "json"]);
        serde_json::from_str(&self.must(&all)).unwrap()
    }

    /// The status of a job of today.
    pub fn status(&self, job: &str) -> String {
        self.json(&["job", "show", job])["status"].as_str().unwrap().to_owned()
    }

    /// Waits until a job of today has a status.
    pub async fn until(&self, job: &str, status: &str) {
        let limit = tokio::time::Instant::now() + crate::LIMIT;
        loop {
            let found = self.status(job);
            if found == status {
                return;
            }
            assert!(
                tokio::time::Instant::now() < limit,
                "{job} is {found}, not {status}:\n{}\n{}",
                self.must(&["job", "why", job]),
                self.log()
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// A file of the test's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What the process has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.file("server.log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The test's folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.kill();
    }
}
