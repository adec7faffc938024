//! The connector as a site would have it: a folder with `amt` and its `Connector.config`.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::wait_until;
use crate::process::{self, Running};

/// No demo job takes longer.
const RUN_LIMIT: Duration = Duration::from_mins(3);

/// A folder with the connector in it.
#[derive(Debug)]
pub(crate) struct Connector {
    folder: PathBuf,
    runs: AtomicU32,
}

/// One run of `amt` that goes on beside us.
#[derive(Debug)]
pub(crate) struct Run {
    log: PathBuf,
    process: Running,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The AMT completion code.
    pub(crate) code: i32,
    /// The connector's log.
    pub(crate) log: String,
}

impl Connector {
    /// Puts the connector into `folder` and gives it `[user, password]` for the server at `address`.
    ///
    /// # Errors
    /// When that cannot be written or `encrypt` does not work.
    pub(crate) fn set_up(
        programs: &Path,
        folder: &Path,
        address: &str,
        credentials: &[&str; 2],
    ) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let connector = Self { folder: folder.to_owned(), runs: AtomicU32::new(0) };
        // Not a symbolic link: the configuration is looked for beside the program itself.
        let program = connector.program();
        if fs::hard_link(programs.join("amt"), &program).is_err() {
            fs::copy(programs.join("amt"), &program)
                .with_context(|| format!("while copying amt to {}", program.display()))?;
        }
        let encoded = |text: &str| -> Result<String> {
            let mut encrypt = process::program(programs.join("encrypt"));
            Ok(process::output(encrypt.args(["-v", text]))?.trim().to_owned())
        };
        let config = configuration(address, &encoded(credentials[0])?, &encoded(credentials[1])?);
        write_private(&folder.join("Connector.config"), &config)?;
        Ok(connector)
    }

    /// The program `amt`.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder.join("amt")
    }

    /// Starts `amt` beside us.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Run> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let log = self.folder.join(format!("output-{number}.log"));
        let file =
            File::create(&log).with_context(|| format!("while creating {}", log.display()))?;
        let mut command = self.command(arguments);
        command.stdout(Stdio::from(file.try_clone()?)).stderr(Stdio::from(file));
        let process = Running::start("amt", &mut command, Duration::from_secs(2))?;
        Ok(Run { log, process })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = process::program(self.program());
        command.args(arguments).current_dir(&self.folder);
        command
    }
}

impl Run {
    /// What it has printed so far.
    pub(crate) fn log(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Waits until the batch server has given the request a number.
    ///
    /// # Errors
    /// When that takes too long.
    pub(crate) fn request_id(&self) -> Result<i64> {
        let mut id = None;
        wait_until("a request id in the connector's log", || {
            id = request_id(&self.log());
            Ok(id.is_some())
        })?;
        id.context("the connector's log has no request id")
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When that takes too long, or when it was ended by a signal.
    pub(crate) fn end(mut self) -> Result<Ended> {
        let status = self.process.wait(RUN_LIMIT)?;
        let code = status.code().with_context(|| format!("amt ended with {status}"))?;
        Ok(Ended { code, log: self.log() })
    }
}

/// The number in the line `… started in AMT Environment : BatchrequestId '2112'` (amt-domain 13.1.5).
fn request_id(log: &str) -> Option<i64> {
    let (_, rest) = log.split_once("BatchrequestId '")?;
    rest.split_once('\'')?.0.parse().ok()
}

/// The file as amt-domain 13.1.2 has it, with the two encoded credentials. There is no poll interval, so that the
/// connector is told of the end and does not ask for it.
pub(crate) fn configuration(address: &str, user: &str, password: &str) -> String {
    format!(
        "[CONNECTOR]\nNAME=Asysco AMT Connector\nDEBUG=OFF\n\n[AMT_BATCH_SERVER]\nSERVER_ADDRESS={address}\nSERVER_USES_TLS=False\nUSER={user}\nPASSWORD={password}\n"
    )
}

/// Writes a file that only this user can read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let file = File::options().create(true).write(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("while writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::request_id;

    #[test]
    fn the_request_id_is_read_from_the_log() {
        let line = "14:00:14.865 [main] [AMTJobExecutorImpl] 20170518 14:00:14 : Job 'X' started in AMT Environment : BatchrequestId '2112'\n";
        assert_eq!(request_id(line), Some(2112));
        assert_eq!(request_id("BatchrequestId '21"), None);
        assert_eq!(request_id(""), None);
    }
}
