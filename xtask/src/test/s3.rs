//! One S3 server for all tests of a run: moto, which is not ours, in a Python environment of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::interrupt;
use crate::process::{self, Running};
use crate::project::Project;
use crate::python;

/// With what its server needs besides.
const MOTO: &[&str] = &["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];

const START: Duration = Duration::from_secs(60);

/// A running server. Dropping it ends the server.
#[derive(Debug)]
pub(crate) struct S3 {
    url: String,
    _running: Option<Running>,
}

impl S3 {
    /// Names the server to the tests.
    pub(crate) const VARIABLE: &'static str = "RINGMASTER_TEST_S3";

    /// Installs and starts one, or takes the one that the environment names. None when it cannot be installed here, which is said; the tests
    /// that need it then leave themselves out.
    ///
    /// # Errors
    /// When it is installed and does not start, or this command is interrupted.
    pub(crate) fn start(project: &Project) -> Result<Option<Self>> {
        if let Ok(url) = std::env::var(Self::VARIABLE)
            && !url.is_empty()
        {
            return Ok(Some(Self { url, _running: None }));
        }
        // The tests look here when they are run without this command.
        let folder = project.target.join("test-tools/moto");
        let installed = python::install(&folder, MOTO, "moto.server");
        interrupt::check()?;
        if let Err(error) = installed {
            println!("there will be no S3 server: {error:#}");
            return Ok(None);
        }
        Self::run(folder).map(Some).context("while starting moto for the tests")
    }

    fn run(folder: PathBuf) -> Result<Self> {
        let log = folder.join("server.log");
        let output = fs::File::create(&log).with_context(|| format!("{}", log.display()))?;
        let mut server = process::program(folder.join("bin/python"));
        server.args(["-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
        server.stdout(Stdio::null()).stderr(output);
        let mut running = Running::start("moto", &mut server, Duration::from_secs(5))?;
        let mut url = None;
        process::wait_until("moto to say where it listens", START, || {
            if let Some(status) = running.ended()? {
                bail!("it ended with {status}; see {}", log.display());
            }
            url = address(&fs::read_to_string(&log).unwrap_or_default());
            Ok(url.is_some())
        })?;
        Ok(Self { url: url.unwrap_or_default(), _running: Some(running) })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// The address in a line that has been written to its end.
fn address(log: &str) -> Option<String> {
    let (_, rest) = log.split_once("Running on ")?;
    let (address, _) = rest.split_once('\n')?;
    Some(address.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_address_is_read_when_its_line_is_whole() {
        let log = "WARNING: a development server\n * Running on http://127.0.0.1:4711\nPress";
        assert_eq!(address(log).as_deref(), Some("http://127.0.0.1:4711"));
        assert_eq!(address(" * Running on http://127.0.0.1:47"), None);
        assert_eq!(address(""), None);
    }
}
