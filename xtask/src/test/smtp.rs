//! A mail server for tests: aiosmtpd, which is not ours, in a Python environment of its own. Each test starts one as it needs it.

use std::path::PathBuf;

use anyhow::Result;

use crate::interrupt;
use crate::project::Project;
use crate::python;

const AIOSMTPD: &[&str] = &["aiosmtpd==1.4.6"];

/// Names the Python that has it to the tests.
pub(crate) const VARIABLE: &str = "RINGMASTER_TEST_SMTP";

/// Installs it, or takes the Python that the environment names. None when it cannot be installed here, which is said; the tests that need it then
/// leave themselves out.
///
/// # Errors
/// When this command is interrupted.
pub(crate) fn python(project: &Project) -> Result<Option<PathBuf>> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        return Ok(Some(named.into()));
    }
    // The tests look here when they are run without this command.
    let folder = project.target.join("test-tools/aiosmtpd");
    let installed = python::install(&folder, AIOSMTPD, "aiosmtpd.smtp");
    interrupt::check()?;
    if let Err(error) = installed {
        println!("there will be no mail server: {error:#}");
        return Ok(None);
    }
    Ok(Some(folder.join("bin/python")))
}
