//! The options of a batch server process. Loaded by [`Options::load`], checked once by [`Options::validate`], and then
//! handed down; nothing reads the environment later.
//!
//! The comments of the fields are the reference page `docs/reference/configuration.md`, which a test writes.

mod application_database;
mod limits;
mod listen;
mod resolved;
#[cfg(test)]
mod tests;
mod validate;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use batch_core::script::Interpreter;
use kit::DurationText;
use kit::config::ConfigError;
use serde::{Deserialize, Serialize};

pub(crate) use application_database::ApplicationDatabase;
pub(crate) use limits::{Limits, Log, Retention, Security};
pub use listen::{BadListen, listen_address};
pub(crate) use resolved::host_name;
pub(crate) use sql::DatabaseUrl;
pub use validate::BadOptions;

/// What a batch server process is told: a TOML file, over it variables `RINGMASTER_BATCH_…`, over them flags.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Address and port of the AMTOpCon interface and of the Control Center API: `127.0.0.1:9001`, `[::1]:9001`, `0.0.0.0:9001`;
    /// `localhost` stands for 127.0.0.1. Port 0 takes a free one, which is printed. Any address that is not of this machine alone
    /// needs `tls`.
    #[serde(deserialize_with = "listen::deserialize")]
    pub listen: SocketAddr,
    /// Folder of the database file, the spool of running jobs and the lock. Created when missing, for this user only; one that others
    /// may write into is refused. A relative path, here and in the other keys, starts at the folder in which the process is started.
    pub data_dir: PathBuf,
    /// The database: `sqlite:PATH` or `postgres://user@host/name`. Without it, the file `batch.db` in `data_dir`. PostgreSQL is
    /// spoken to over TLS where it offers that; `?sslmode=verify-full` at the end insists on it and on the server's name, with
    /// `&sslrootcert=FILE` for an authority that the system does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseUrl>,
    /// File with applications, jobs, queues and batch users, read at each start and at SIGHUP; see
    /// `docs/guide/definitions.md`. Without it, only what the Control Center has made exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definitions: Option<PathBuf>,
    /// Name of this batch server: of its controller, and of its spool. Two processes on one database need two names. Without
    /// it, the name of the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What this process does: `api` answers callers, `controller` runs jobs, `all` does both. Separate processes share a
    /// PostgreSQL database.
    pub role: Role,
    /// Certificate and key for HTTPS: `tls = { certificate = "cert.pem", key = "key.pem" }`, both in PEM form. Read again at
    /// SIGHUP. Without it, plain HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Application of a request that names none. Without it, such a request is refused unless there is only one application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_application: Option<String>,
    /// Where drives and shares are on this machine: `'F:\Amt' = "/srv/amt"`. The longest prefix that fits decides.
    pub path_map: BTreeMap<String, String>,
    /// Programs that run scripts, by file type, before the built-in ones (`.ps1` with `pwsh`, `.sh` with `sh`, `.py` with
    /// `python3`, `.cmd` and `.bat` with `cmd`, `.js` with `node`, `.vbs` with `cscript`):
    /// `[[interpreters]]`, `extension = ".ps1"`, `program = "/opt/pwsh"`, `arguments = ["-File", "{script}"]`.
    pub interpreters: Vec<Interpreter>,
    /// `%SYSROOT%` in the folders of applications, a path of this machine or one that `path_map` maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_base_path: Option<String>,
    /// Runtime version in the first log line of a report (`AMT: 8.0.24223.0`). Without it, the version of this product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_version: Option<String>,
    /// What reports and executables of an application are told of its database, by the name of the application:
    /// `DEMO2 = { server = "db1", name = "demo2", user = "demo" }` gives them `DBSERVER`, `DBNAME` and `DBUSER`. With
    /// `password_file = "FILE"` beside it, the first line of that file is `DBPASSWORD`, in clear text as the vendor's server
    /// gives it; a start fails when the file cannot be read.
    pub application_databases: BTreeMap<String, ApplicationDatabase>,
    /// Pairs of submit user and station which a request may come with; `*` stands for any. Case does not count.
    pub allowed_pairs: Vec<(String, String)>,
    /// Requests of a queue that may run at once when its definition does not say: 1 to 100000.
    pub queue_concurrency: u32,
    /// How often a controller looks for work that nobody has told it of, and for lost processes: 500ms to 30s. Requests
    /// start without waiting for it; this is the safety net.
    pub poll_interval: DurationText,
    /// How long a killed job may take to end by itself before its processes are ended: 0s to 10m. Also how long a stopped job
    /// may take so that its exit code counts: exit 0 within it gives code 4, anything else, and any later end, code 12.
    /// No kill follows a stop.
    pub kill_grace: DurationText,
    /// How long the server may take when it is asked to end: 0s to 10m. Open calls, such as long polls, are cut after this
    /// time or after 5 seconds, whichever is shorter; their callers ask again. Jobs run on.
    pub stop_grace: DurationText,
    /// Whether the messages of a killed job are kept. The vendor's server drops them, and so does this one by default.
    pub keep_messages_of_killed: bool,
    /// How often a request is restarted by itself from its critical point: 0 to 1000.
    pub restarts_max: u32,
    /// A controller that has not been heard of for so long is lost, and its running requests end with code 11 and the
    /// description `lost`: 1m to 7d. As long as its lease has ended only recently, its host may come back and go on.
    pub controller_lost_after: DurationText,
    /// The program `batch-runner`. Without it, the one beside this program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner: Option<PathBuf>,
    /// Variables of the server's own environment that jobs get besides the usual ones (`PATH`, `HOME`, `LANG` …); `*` at the end of
    /// a name stands for anything.
    pub environment_pass_through: Vec<String>,
    /// Limits of jobs.
    pub limits: Limits,
    /// How long things are kept.
    pub retention: Retention,
    /// Passwords and tokens.
    pub security: Security,
    /// The log of the server itself; jobs' messages are not in it.
    pub log: Log,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Both.
    All,
    /// Answers callers, plans, cleans up.
    Api,
    /// Runs jobs.
    Controller,
}

/// Certificate and key for HTTPS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate chain in PEM form, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key in PEM form; nobody else should be able to read it.
    pub key: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9001)),
            data_dir: PathBuf::from("batch-data"),
            database: None,
            definitions: None,
            name: None,
            role: Role::All,
            tls: None,
            default_application: None,
            path_map: BTreeMap::new(),
            interpreters: Vec::new(),
            system_base_path: None,
            runtime_version: None,
            application_databases: BTreeMap::new(),
            allowed_pairs: [("BATCH", "OPCON"), ("OPCON", "*")]
                .map(|(user, station)| (user.to_owned(), station.to_owned()))
                .to_vec(),
            queue_concurrency: 4,
            poll_interval: seconds(1),
            kill_grace: seconds(10),
            stop_grace: seconds(30),
            keep_messages_of_killed: false,
            restarts_max: 5,
            controller_lost_after: seconds(15 * 60),
            runner: None,
            environment_pass_through: Vec::new(),
            limits: Limits::default(),
            retention: Retention::default(),
            security: Security::default(),
            log: Log::default(),
        }
    }
}

impl Options {
    /// Prefix of the environment variables that set options; `RINGMASTER_BATCH_LIMITS__OUTPUT` sets `limits.output`.
    pub const ENVIRONMENT: &str = "RINGMASTER_BATCH_";

    /// Reads the options from a file, the environment and flags (a struct whose absent values are skipped when it is
    /// serialised). They are not checked yet.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key or a value of the wrong type; the text names source and key.
    pub fn load(file: Option<&Path>, flags: impl Serialize) -> Result<Self, ConfigError> {
        kit::config::load(file, Self::ENVIRONMENT, flags)
    }
}

const fn seconds(seconds: u64) -> DurationText {
    DurationText(std::time::Duration::from_secs(seconds))
}
