//! What the tests have left out on this machine, each with its reason: they add lines to a file (`testkit::skip`).

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::project::Project;

/// Names the file to the tests.
pub(crate) const VARIABLE: &str = "RINGMASTER_TEST_SKIPPED";

/// Makes room for the lines of a new run; the file that the tests add them to.
///
/// # Errors
/// When the file of the run before cannot be removed, or its folder cannot be made.
pub(crate) fn begin(project: &Project) -> Result<PathBuf> {
    let folder = project.root.join("target/nextest/ci");
    fs::create_dir_all(&folder).with_context(|| format!("while creating {}", folder.display()))?;
    let file = folder.join("skipped.txt");
    match fs::remove_file(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("while removing {}", file.display()))
        }
        _ => Ok(file),
    }
}

/// Prints them. Tests run at the same time, so the lines come in any order, and each only once.
pub(crate) fn show(file: &std::path::Path) {
    let text = fs::read_to_string(file).unwrap_or_default();
    for line in text.lines().collect::<BTreeSet<_>>() {
        println!("left out: {line}");
    }
}
