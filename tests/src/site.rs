//! A batch server process and its folder.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use batch_runner::spool::Attempt;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::{Api, Definitions};

/// The user that tests log on with: it has all rights.
pub const USER: &str = "TESTER";
/// Its password.
pub const PASSWORD: &str = "correct horse battery";
/// How long runners may take to end.
const END_LIMIT: Duration = Duration::from_secs(10);

/// Where a test's batch server keeps its data.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file in the test's folder.
    Sqlite,
    /// A database of the test's own.
    Postgres(String),
}

/// A running batch server. Dropping it ends the process and, through their runners, what its jobs left.
#[derive(Debug)]
pub struct Site {
    /// The folder of everything; applications are in `app`.
    pub dir: TempDir,
    /// The configuration file.
    pub config: PathBuf,
    server: Option<Child>,
    /// A client that has logged on.
    pub api: Api,
    /// What the server has printed at its starts, up to the line that it is ready.
    pub printed: Vec<String>,
    /// Programs that start the server and pass the rest of their arguments on, such as `setpriv`.
    pub under: Vec<String>,
}

/// A binary of this workspace, as built beside the tests.
pub fn binary(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let path = exe.ancestors().nth(2).unwrap().join(name);
    assert!(path.is_file(), "{} is not built; run `cargo build --workspace`", path.display());
    path
}

/// An example of this workspace, as built beside the tests.
pub fn example(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let path = exe.ancestors().nth(2).unwrap().join("examples").join(name);
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        path.is_file(),
        "{} is not built; run `cargo build --workspace --examples`",
        path.display()
    );
    path
}

impl Site {
    /// Starts a server on a database with definitions.
    pub async fn start(database: &Database, definitions: &Definitions) -> Self {
        Self::start_with(database, definitions, "").await
    }

    /// Starts a server with more lines of configuration.
    pub async fn start_with(database: &Database, definitions: &Definitions, more: &str) -> Self {
        let mut site = Self::prepare(database, definitions, more);
        site.launch();
        site.log_on().await;
        site
    }

    /// Starts a process that runs jobs and answers nobody; others on the same database submit them.
    pub fn start_controller(database: &Database, definitions: &Definitions, more: &str) -> Self {
        let more = format!("role = \"controller\"\n{more}");
        let mut site = Self::prepare(database, definitions, &more);
        site.launch();
        site
    }

    /// Writes configuration and definitions and starts nothing.
    pub fn prepare(database: &Database, definitions: &Definitions, more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        definitions.write(&dir.path().join("app"));
        let config = dir.path().join("batch.toml");
        let database = match database {
            Database::Sqlite => String::new(),
            Database::Postgres(url) => format!("database = \"{url}\"\n"),
        };
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndata_dir = \"{}\"\ndefinitions = \"{}\"\n{database}{more}",
            dir.path().join("data").display(),
            dir.path().join("app/applications.toml").display(),
        );
        std::fs::write(&config, text).unwrap();
        Self {
            dir,
            config,
            server: None,
            api: Api::new(""),
            printed: Vec::new(),
            under: Vec::new(),
        }
    }

    /// Adds a line to the configuration, for the next start.
    pub fn configure(&self, line: &str) {
        let mut text = std::fs::read_to_string(&self.config).unwrap();
        text.push_str(line);
        text.push('\n');
        std::fs::write(&self.config, text).unwrap();
    }

    /// Makes the user of the tests and logs on as it.
    pub async fn log_on(&mut self) {
        self.add_user();
        self.api = Api::new(&self.api.base).logon(USER, PASSWORD).await;
    }

    /// Starts the server and waits until it is ready.
    pub fn launch(&mut self) {
        let mut server = self.command().stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let printed = &mut self.printed;
        let mut lines = lines.map_while(Result::ok).inspect(|line| printed.push(line.clone()));
        let ready = lines.find_map(|line| match line.as_str() {
            "running jobs" => Some(String::new()),
            line => line.strip_prefix("listening on ").map(str::to_owned),
        });
        self.server = Some(server);
        self.api.base = ready.unwrap_or_else(|| panic!("it did not start:\n{}", self.log()));
    }

    /// Starts the server, which must give up; its exit code. Standard error is in the log.
    pub fn launch_in_vain(&self) -> Option<i32> {
        let mut server = self.command().stdout(Stdio::piped()).spawn().unwrap();
        let started = BufReader::new(server.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .any(|line| line.starts_with("listening on "));
        if started {
            let _ = server.kill();
        }
        let code = server.wait().unwrap().code();
        assert!(!started, "it started:\n{}", self.log());
        code
    }

    fn command(&self) -> Command {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.path().join("server.log"))
            .unwrap();
        let mut command = behind(&self.under, "ringmaster");
        command
            .args(["batch-server", "run", "--config"])
            .arg(&self.config)
            .env("PATH", path_with_binaries())
            .stdin(Stdio::null())
            .stderr(log);
        command
    }

    /// Makes the user of the tests, which has all rights.
    pub fn add_user(&self) {
        let mut command = behind(&self.beside(), "ringmaster")
            .args([
                "batch-server",
                "add-user",
                USER,
                "--password-stdin",
                "--role",
                "Administrators",
                "--config",
            ])
            .arg(&self.config)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        command.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        // It fails when another site on the same database has added the user; the logon tells.
        command.wait().unwrap();
    }

    /// What starts another program as the server was started, on its disks.
    fn beside(&self) -> Vec<String> {
        if !self.is_apart() {
            return self.under.clone();
        }
        let pid = self.pid().to_string();
        ["nsenter", "--mount", "--target", &pid].map(str::to_owned).to_vec()
    }

    /// Whether the server has disks that only it sees.
    fn is_apart(&self) -> bool {
        self.under.first().is_some_and(|program| program == "unshare")
    }

    /// The data folder, as the server sees it.
    pub fn data(&self) -> PathBuf {
        let path = self.dir.path().join("data");
        match &self.server {
            Some(server) if self.is_apart() => {
                let root = format!("/proc/{}/root{}", server.id(), path.display());
                PathBuf::from(root)
            }
            _ => path,
        }
    }

    /// The folder of the application `TEST`.
    pub fn app(&self) -> PathBuf {
        self.dir.path().join("app/TEST")
    }

    /// Writes a script below the application's script folder and returns its full path.
    pub fn script(&self, name: &str, text: &str) -> String {
        let path = self.app().join("scripts").join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("server.log")).unwrap_or_default()
    }

    /// The spool folders of runs that are not settled.
    pub fn spools(&self) -> Vec<PathBuf> {
        let Ok(controllers) = std::fs::read_dir(self.data().join("spool")) else {
            return Vec::new();
        };
        controllers
            .flatten()
            .filter_map(|controller| std::fs::read_dir(controller.path()).ok())
            .flat_map(|spools| spools.flatten().map(|spool| spool.path()))
            .filter(|path| path.is_dir() && !is_spare(path))
            .collect()
    }

    /// The processes of the runners of these runs.
    pub fn runners(&self) -> BTreeSet<i32> {
        runners(&self.spools())
    }

    /// The process id of the server.
    pub fn pid(&self) -> Pid {
        let id = self.server.as_ref().unwrap().id();
        Pid::from_raw(i32::try_from(id).unwrap())
    }

    /// Ends the server with `kill -9`.
    pub fn kill_9(&mut self) {
        kill(self.pid(), Signal::SIGKILL).unwrap();
        self.server.take().unwrap().wait().unwrap();
    }

    /// Asks the server to end and waits for it; whether it ended cleanly.
    pub fn stop(&mut self) -> bool {
        kill(self.pid(), Signal::SIGTERM).unwrap();
        self.server.take().unwrap().wait().unwrap().success()
    }

    /// Starts the server again, on another port and with the old token.
    pub fn start_again(&mut self) {
        self.launch();
    }

    /// Asks the server to read certificate and definitions again.
    pub fn hang_up(&self) {
        kill(self.pid(), Signal::SIGHUP).unwrap();
    }
}

/// Jobs find `amtjob` on the path.
fn path_with_binaries() -> std::ffi::OsString {
    let own = binary("amtjob").parent().map(Path::to_owned);
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(std::env::split_paths(&others));
    std::env::join_paths(all).unwrap()
}

/// A command of a program of this workspace, started by programs that pass the rest of their arguments on.
pub(crate) fn behind(programs: &[String], program: &str) -> Command {
    let path = binary(program);
    let Some((first, rest)) = programs.split_first() else { return Command::new(path) };
    let mut command = Command::new(first);
    command.args(rest).arg(path);
    command
}

impl Drop for Site {
    fn drop(&mut self) {
        // A disk that only the server sees is seen through it alone.
        let mut runners = self.runners();
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        runners.extend(self.runners());
        end(&runners);
    }
}

/// The runners of jobs that a test left running.
fn runners(spools: &[PathBuf]) -> BTreeSet<i32> {
    let attempts = spools.iter().filter_map(|spool| Attempt::read(spool).ok().flatten());
    attempts.filter_map(|attempt| attempt.runner_pid).collect()
}

/// Ends runners; each ends the whole process group of its job. The number of one that has ended may be that of another process by
/// now, of another test, even.
fn end(runners: &BTreeSet<i32>) {
    let is_runner = |pid: &&i32| {
        let program = std::fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("batch-runner")
    };
    let until = Instant::now() + END_LIMIT;
    loop {
        let left: Vec<i32> = runners.iter().filter(is_runner).copied().collect();
        if left.is_empty() || Instant::now() > until {
            return;
        }
        for pid in left {
            // The second one is the hard one; two that come before the first is taken are one.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a folder is kept for an attempt to come.
fn is_spare(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("spare-"))
}
