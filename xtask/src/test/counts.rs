//! How many tests passed and failed, from the file that nextest writes (`.config/nextest.toml`, profile `ci`).

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::project::Project;

/// The numbers of one run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed, did not end in time or could not be started.
    pub(crate) failed: u64,
}

/// Removes the file of the run before.
///
/// # Errors
/// When it is there and cannot be removed.
pub(crate) fn forget(project: &Project) -> Result<()> {
    match fs::remove_file(file(project)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context("while removing the result of the run before")
        }
        _ => Ok(()),
    }
}

/// The numbers, when tests were run.
///
/// # Errors
/// When the file is not as nextest writes it.
pub(crate) fn read(project: &Project) -> Result<Option<Counts>> {
    let file = file(project);
    match fs::read_to_string(&file) {
        Ok(text) => {
            let counts = parse(&text);
            counts.map(Some).with_context(|| format!("no numbers in {}", file.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("while reading {}", file.display())),
    }
}

/// Below the checkout, wherever cargo's own target folder is.
fn file(project: &Project) -> PathBuf {
    project.root.join("target/nextest/ci/junit.xml")
}

/// Reads the attributes of the outermost element. Their text cannot be mistaken: it is the first in the file.
fn parse(text: &str) -> Option<Counts> {
    let (_, element) = text.split_once("<testsuites ")?;
    let (element, _) = element.split_once('>')?;
    let number = |name: &str| -> Option<u64> {
        let (_, value) = element.split_once(&format!(" {name}=\""))?;
        value.split_once('"')?.0.parse().ok()
    };
    let failed = number("failures")? + number("errors")?;
    Some(Counts { passed: number("tests")?.checked_sub(failed)?, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_whole_run() {
        let text = "<?xml version=\"1.0\"?>\n<testsuites name=\"nextest-run\" tests=\"12\" failures=\"2\" errors=\"1\" uuid=\"x\">\n<testsuite name=\"a\" tests=\"5\" failures=\"0\">";
        assert_eq!(parse(text), Some(Counts { passed: 9, failed: 3 }));
    }

    #[test]
    fn a_file_that_is_cut_off_has_no_numbers() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("<testsuites name=\"x\" tests=\"12\""), None);
        assert_eq!(parse("<testsuites name=\"x\" tests=\"12\">"), None);
    }
}
