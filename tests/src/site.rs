//! A batch server process and its folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::{Api, Definitions};

/// The name and password of the user that tests log on with: an operator with all rights.
const USER: &str = "TESTER";
const PASSWORD: &str = "correct horse battery";

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
    config: PathBuf,
    server: Option<Child>,
    /// A client that has logged on.
    pub api: Api,
}

/// A binary of this workspace, as built beside the tests.
pub fn binary(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let path = exe.ancestors().nth(2).unwrap().join(name);
    assert!(path.is_file(), "{} is not built; run `cargo build --workspace`", path.display());
    path
}

impl Site {
    /// Starts a server on a database with definitions.
    pub async fn start(database: &Database, definitions: &Definitions) -> Self {
        Self::start_with(database, definitions, "").await
    }

    /// Starts a server with more lines of configuration.
    pub async fn start_with(database: &Database, definitions: &Definitions, more: &str) -> Self {
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
        let mut site = Self { dir, config, server: None, api: Api::new("") };
        site.launch();
        site.add_user();
        site.api = Api::new(&site.api.base).logon(USER, PASSWORD).await;
        site
    }

    fn launch(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.path().join("server.log"))
            .unwrap();
        let mut server = Command::new(binary("ringmaster"))
            .args(["batch-server", "run", "--config"])
            .arg(&self.config)
            .env("PATH", path_with_binaries())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
            .unwrap_or_else(|| panic!("the server did not start:\n{}", self.log()));
        self.server = Some(server);
        self.api.base = url;
    }

    fn add_user(&self) {
        let mut command = Command::new(binary("ringmaster"))
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
        let Ok(controllers) = std::fs::read_dir(self.dir.path().join("data/spool")) else {
            return Vec::new();
        };
        controllers
            .flatten()
            .filter_map(|controller| std::fs::read_dir(controller.path()).ok())
            .flat_map(|spools| spools.flatten().map(|spool| spool.path()))
            .collect()
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
}

/// Jobs find `amtjob` on the path.
fn path_with_binaries() -> std::ffi::OsString {
    let own = binary("amtjob").parent().map(Path::to_owned);
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(std::env::split_paths(&others));
    std::env::join_paths(all).unwrap()
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        end_runners(&self.spools());
    }
}

/// Ends the runners of jobs that a test left running; each ends its whole process group.
fn end_runners(spools: &[PathBuf]) {
    for spool in spools {
        let Ok(claim) = std::fs::read_to_string(spool.join("claim")) else { continue };
        let Ok(claim) = serde_json::from_str::<serde_json::Value>(&claim) else { continue };
        let pid = claim["Runner"]["runner_pid"].as_i64().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid {
            // The second one is the hard one.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
    }
}
