//! What follows from the options: paths, tables, names.

use std::env;
use std::path::PathBuf;

use batch_core::path_map::{BadMapping, Host, PathMap};
use batch_core::script::{BadInterpreter, Interpreters};

use super::{ApplicationDatabase, DatabaseUrl, Options, Role};

impl Options {
    /// Whether this process answers callers.
    pub fn is_api(&self) -> bool {
        self.role != Role::Controller
    }

    /// Whether this process runs jobs.
    pub fn is_controller(&self) -> bool {
        self.role != Role::Api
    }

    /// The address of the database.
    pub fn database_url(&self) -> DatabaseUrl {
        self.database.clone().unwrap_or_else(|| {
            DatabaseUrl::new(format!("sqlite:{}", self.data_dir.join("batch.db").display()))
        })
    }

    /// The name of this batch server and of its controller.
    pub fn server_name(&self) -> String {
        self.name.clone().unwrap_or_else(host_name)
    }

    /// The folder of the spools of this process's controller.
    pub(crate) fn spool_root(&self) -> PathBuf {
        self.data_dir.join("spool").join(batch_core::names::key(&self.server_name()))
    }

    /// The program that runs one job.
    pub fn runner_path(&self) -> PathBuf {
        let name = if cfg!(windows) { "batch-runner.exe" } else { "batch-runner" };
        self.runner.clone().unwrap_or_else(|| {
            let own = env::current_exe().ok();
            own.and_then(|own| Some(own.parent()?.join(name)))
                .unwrap_or_else(|| PathBuf::from(name))
        })
    }

    /// Why there is no program that runs jobs; none when there is one.
    pub(crate) fn no_runner(&self) -> Option<String> {
        let path = self.runner_path();
        let path_shown = path.display();
        match path.metadata() {
            Ok(found) if found.is_file() => None,
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Some(format!(
                "the program batch-runner at {path_shown} cannot be reached: {error}; put it where the user of this server may read it"
            )),
            Ok(_) | Err(_) => Some(format!(
                "the program batch-runner is not at {path_shown}; put it beside this program or name it with `runner`"
            )),
        }
    }

    /// The runtime version in the first log line of a report.
    pub fn runtime_version(&self) -> &str {
        self.runtime_version.as_deref().unwrap_or(env!("CARGO_PKG_VERSION"))
    }

    /// Where drives and shares are on this machine.
    ///
    /// # Errors
    /// The first mapping that cannot be used; none after [`Options::validate`].
    pub fn path_map(&self) -> Result<PathMap, BadMapping> {
        PathMap::new(&self.path_map, Host::current())
    }

    /// The programs that run scripts: the configured ones, then the built-in ones for the other file types.
    ///
    /// # Errors
    /// The first one that cannot be used; none after [`Options::validate`].
    pub fn interpreters(&self) -> Result<Interpreters, BadInterpreter> {
        let mut table = self.interpreters.clone();
        let is_configured = |extension: &str| {
            let same = |entry: &&_| extension_key(entry) == extension.to_lowercase();
            self.interpreters.iter().find(same).is_some()
        };
        let built_in: Vec<_> = Interpreters::default().into();
        table.extend(built_in.into_iter().filter(|entry| !is_configured(&entry.extension)));
        Interpreters::new(table)
    }

    /// Whether a request of this submit user from this station is accepted.
    pub fn is_allowed_pair(&self, submit_user: &str, station: &str) -> bool {
        let fits = |pattern: &str, name: &str| {
            pattern == "*" || batch_core::names::key(pattern) == batch_core::names::key(name)
        };
        self.allowed_pairs.iter().any(|(user, at)| fits(user, submit_user) && fits(at, station))
    }

    /// What programs of an application are told of its database.
    pub(crate) fn database_of(&self, application: &str) -> Option<&ApplicationDatabase> {
        let key = batch_core::names::key(application);
        let mut all = self.application_databases.iter();
        all.find(|(name, _)| batch_core::names::key(name) == key).map(|(_, database)| database)
    }
}

fn extension_key(entry: &batch_core::script::Interpreter) -> String {
    entry.extension.to_lowercase()
}

/// The name of this machine without its domain; `localhost` where it cannot be had.
pub(crate) fn host_name() -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = kernel.or_else(|| env::var("COMPUTERNAME").ok()).unwrap_or_default();
    match name.trim().split('.').next() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => "localhost".to_owned(),
    }
}
