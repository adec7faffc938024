//! One PostgreSQL server for all tests of a run, so that it is ended when they are done.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::process;

/// A running server. Dropping it ends the server and removes its data.
#[derive(Debug)]
pub(crate) struct Postgres {
    program: PathBuf,
    folder: PathBuf,
    url: String,
    is_ours: bool,
}

impl Postgres {
    /// Names the server to the tests.
    pub(crate) const VARIABLE: &'static str = "RINGMASTER_TEST_POSTGRES";

    /// Starts one with the helper of `testkit`, or takes the one that the environment names.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn start(programs: &Path) -> Result<Self> {
        let program = programs.join("test-postgres");
        if let Ok(url) = std::env::var(Self::VARIABLE)
            && !url.is_empty()
        {
            return Ok(Self { program, folder: PathBuf::new(), url, is_ours: false });
        }
        // Not below the target folder: PostgreSQL refuses to run as root, and the user it runs as instead may not be
        // able to look into a home folder.
        let folder = process::output(process::program(&program).arg("folder"))
            .context("while looking for a folder for PostgreSQL")?;
        let folder =
            Path::new(folder.trim()).join(format!("ringmaster-test-{}", std::process::id()));
        let url = process::output(process::program(&program).arg("start").arg(&folder))
            .context("while starting PostgreSQL for the tests")?;
        Ok(Self { program, folder, url: url.trim().to_owned(), is_ours: true })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if !self.is_ours {
            return;
        }
        let mut stop = process::program(&self.program);
        if !process::works(stop.arg("stop").arg(&self.folder)) {
            eprintln!("PostgreSQL could not be ended; its data is in {}", self.folder.display());
            return;
        }
        if self.folder.exists()
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            eprintln!("cannot remove {}: {error}", self.folder.display());
        }
    }
}
