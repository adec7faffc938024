//! HyperQueue, from its Python package: server, worker and client in one private process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::daemon::Daemon;
use super::private_python;

/// What its package offers.
pub(crate) const DURABILITY: &str =
    "results in memory only: its Python package starts the server without a journal";

/// The client of the package, as the harness uses it.
const DRIVER: &str = include_str!("hyperqueue_client.py");
/// Tasks that warm it up, as many as the batch server gets.
const WARM: usize = 200;
/// How often the end of the driver is looked for; it takes the time itself.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// An installed package.
#[derive(Debug, Clone)]
pub(crate) struct HyperQueue {
    python: PathBuf,
    /// The version of the package.
    pub(crate) version: String,
}

impl HyperQueue {
    /// Looks for the package in this Python, or in the one that `cargo xtask bench` makes beside the folder of the programs.
    ///
    /// # Errors
    /// When it is not there, with what to do.
    pub(crate) fn find(python: Option<&Path>) -> anyhow::Result<Self> {
        let python = match python {
            Some(python) => python.to_owned(),
            None => private_python("hyperqueue")?,
        };
        let question =
            "import hyperqueue.cluster, importlib.metadata as m; print(m.version('hyperqueue'))";
        let output = Command::new(&python)
            .args(["-c", question])
            .output()
            .with_context(|| {
                format!(
                    "cannot start {}; run `cargo xtask bench`, or name a Python with the package hyperqueue by \
                     --hyperqueue-python",
                    python.display()
                )
            })?;
        anyhow::ensure!(
            output.status.success(),
            "{} cannot load the package hyperqueue: {}",
            python.display(),
            String::from_utf8_lossy(&output.stderr).trim().lines().last().unwrap_or_default()
        );
        Ok(Self { python, version: String::from_utf8(output.stdout)?.trim().to_owned() })
    }

    /// Runs so many processes with a fresh server and one worker of so many slots; the seconds from the first submission to the last end.
    ///
    /// # Errors
    /// When it fails or not every task ended well.
    pub(crate) async fn run(
        &self,
        jobs: usize,
        slots: usize,
        is_one_request: bool,
    ) -> anyhow::Result<f64> {
        let dir = tempfile::Builder::new().prefix("ringmaster-bench-hyperqueue-").tempdir()?;
        let (driver, log) = (dir.path().join("driver.py"), dir.path().join("driver.log"));
        std::fs::write(&driver, DRIVER)?;
        let mut command = Command::new(&self.python);
        command.arg(&driver).arg(dir.path()).current_dir(dir.path());
        command.args([slots, WARM, jobs].map(|number| number.to_string()));
        command.arg(if is_one_request { "one" } else { "each" });
        let mut process = Daemon::start("HyperQueue", &mut command, &log)?;
        let status = loop {
            if let Some(status) = process.ended()? {
                break status;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        };
        let text = std::fs::read_to_string(&log)?;
        anyhow::ensure!(status.success(), "HyperQueue ended with {status}:\n{text}");
        let answer: Value = serde_json::from_str(text.lines().last().unwrap_or_default())
            .with_context(|| format!("HyperQueue's driver gave no answer:\n{text}"))?;
        for counted in ["finished", "outputs"] {
            anyhow::ensure!(
                answer[counted] == jobs,
                "HyperQueue: {} of {jobs} tasks are {counted}",
                answer[counted]
            );
        }
        answer["seconds"].as_f64().context("HyperQueue's driver gave no seconds")
    }
}
