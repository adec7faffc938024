//! One PostgreSQL server in a directory of its own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::{User, geteuid};

use crate::wait::free_port;

/// Where Debian, Ubuntu, Red Hat and Homebrew put the server's programs, `*` being a version.
const PLACES: [&str; 4] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/pgsql/bin",
];
/// The server refuses to run as root, so root runs it as this user.
const SERVER_USER: &str = "postgres";
/// Another process may take the chosen port between the choice and the start.
const START_ATTEMPTS: u32 = 5;

/// What a crash of the machine may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Everything: much faster, for tests.
    None,
    /// Nothing, as in production: for measurements and fault tests.
    Full,
}

/// A PostgreSQL server in a directory of its own. It goes on when this value is dropped; see [`Cluster::stop`].
#[derive(Debug)]
pub struct Cluster {
    dir: PathBuf,
    bin: PathBuf,
}

impl Cluster {
    /// The cluster in `dir`, which need not exist yet. An error when PostgreSQL is not installed.
    pub fn in_dir(dir: &Path) -> Result<Self> {
        Ok(Self { dir: dir.to_owned(), bin: find_programs()? })
    }

    /// Creates the cluster if necessary, starts the server, and returns its address. It listens on a free port of
    /// 127.0.0.1 and on a socket in the directory, and lets everybody in as `postgres`.
    pub fn start(&self, durability: Durability) -> Result<String> {
        if !self.data().join("PG_VERSION").exists() {
            self.create()?;
        }
        let mut attempt = 1;
        loop {
            let port = free_port();
            match self.start_on(port, durability) {
                Ok(()) => return Ok(format!("postgres://postgres@127.0.0.1:{port}/postgres")),
                Err(error) if attempt >= START_ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
            }
        }
    }

    /// Whether the server runs.
    pub fn is_running(&self) -> bool {
        self.program("pg_ctl")
            .arg("-D")
            .arg(self.data())
            .arg("status")
            .output()
            .is_ok_and(|out| out.status.success())
    }

    /// Ends the server at once, without waiting for its clients. Nothing to do if it does not run.
    pub fn stop(&self) -> Result<()> {
        if self.is_running() {
            let mut stop = self.program("pg_ctl");
            stop.arg("-D").arg(self.data()).args(["stop", "-m", "fast", "-w"]);
            run(&mut stop, "stop PostgreSQL")?;
        }
        Ok(())
    }

    /// The shell command that ends the server.
    pub(crate) fn stop_command(&self) -> Vec<String> {
        let mut stop = self.program("pg_ctl");
        stop.arg("-D").arg(self.data()).args(["stop", "-m", "fast", "-w"]);
        std::iter::once(stop.get_program())
            .chain(stop.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn create(&self) -> Result<()> {
        fs::create_dir_all(&self.dir)
            .with_context(|| format!("while creating {}", self.dir.display()))?;
        if let Some(user) = server_user()? {
            chown(&self.dir, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .context("while giving away the directory")?;
            fs::set_permissions(&self.dir, fs::Permissions::from_mode(0o755))
                .context("while opening the directory")?;
        }
        let mut initdb = self.program("initdb");
        initdb.arg("-D").arg(self.data()).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ]);
        initdb.arg("--no-sync");
        run(&mut initdb, "create a PostgreSQL cluster")
    }

    fn start_on(&self, port: u16, durability: Durability) -> Result<()> {
        let mut settings = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c max_connections=300 \
             -c shared_buffers=128MB -c timezone=UTC",
            self.dir.display()
        );
        if durability == Durability::None {
            settings.push_str(" -c fsync=off -c synchronous_commit=off -c full_page_writes=off");
        }
        let mut start = self.program("pg_ctl");
        start.arg("-D").arg(self.data()).arg("-l").arg(self.dir.join("server.log"));
        start.args(["-w", "-t", "60", "-o"]).arg(settings).arg("start");
        run(&mut start, "start PostgreSQL")
            .with_context(|| format!("its log is {}", self.dir.join("server.log").display()))
    }

    #[expect(clippy::disallowed_methods, reason = "the server for tests is a process of its own")]
    fn program(&self, name: &str) -> Command {
        let path = self.bin.join(name);
        let mut command = if geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", SERVER_USER, "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // The caller's directory may be closed to the server's user.
        command.current_dir("/").stdin(Stdio::null());
        command
    }
}

/// Runs a program to its end. Its output goes to files' ends only, never to a pipe: the server would keep that open.
fn run(command: &mut Command, what: &str) -> Result<()> {
    let output = tempfile::tempfile().context("while creating a temporary file")?;
    command.stdout(output.try_clone()?).stderr(output.try_clone()?);
    let status =
        command.status().with_context(|| format!("cannot {what}: cannot run {command:?}"))?;
    if !status.success() {
        bail!("cannot {what}: {status}: {}", text_of(output)?);
    }
    Ok(())
}

fn text_of(mut file: fs::File) -> Result<String> {
    use std::io::{Read, Seek};
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}

/// The user that runs the server when we are root.
fn server_user() -> Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let user = User::from_name(SERVER_USER).context("while looking for the user `postgres`")?;
    ensure!(
        user.is_some(),
        "PostgreSQL does not run as root, and there is no user `{SERVER_USER}` to run it as"
    );
    Ok(user)
}

fn find_programs() -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = PLACES.iter().flat_map(|place| expand(place)).collect();
    found.retain(|dir| dir.join("initdb").exists());
    // The highest version: compared as numbers, so that 9.6 is older than 15.
    found.sort_by_key(|dir| version_in(dir));
    match found.pop() {
        Some(dir) => Ok(dir),
        None => bail!(
            "PostgreSQL is not installed: install the package `postgresql`, run the tests with `cargo xtask test`, or \
             set {} to the address of a server",
            super::SERVER_VARIABLE
        ),
    }
}

fn version_in(dir: &Path) -> Vec<u32> {
    dir.to_string_lossy()
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// The directories that a path with one `*` in one of its parts stands for.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(after.trim_start_matches('/')))
        .collect()
}
