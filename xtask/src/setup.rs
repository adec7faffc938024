//! `cargo xtask setup`: what the other commands need.

use anyhow::{Context as _, Result, bail};

use crate::packages::{self, COMPILER, CURL, GNUCOBOL, POSTGRESQL, PYTHON};
use crate::process;

/// Everything for `demo` and `test`. The packages for Windows are left to `cargo xtask windows`: they take a gigabyte.
///
/// # Errors
/// When something is missing that cannot be installed from here.
pub(crate) fn run() -> Result<()> {
    for_tests()?;
    println!("everything for `cargo xtask demo` and `cargo xtask test` is there");
    Ok(())
}

/// What `cargo xtask demo` needs.
///
/// # Errors
/// When something is missing that cannot be installed from here. GnuCOBOL may be missing: the demo then leaves its
/// COBOL report out.
pub(crate) fn for_demo() -> Result<()> {
    packages::require(&[&COMPILER, &PYTHON])?;
    if let Err(error) = packages::require(&[&GNUCOBOL]) {
        println!("the COBOL report is left out: {error:#}");
    }
    Ok(())
}

/// What `cargo xtask test` needs.
///
/// # Errors
/// When something is missing that cannot be installed from here.
pub(crate) fn for_tests() -> Result<()> {
    packages::require(&[&COMPILER, &CURL, &PYTHON, &POSTGRESQL, &GNUCOBOL])?;
    nextest()
}

/// The test runner, built from the package registry when it is not there.
fn nextest() -> Result<()> {
    let is_there = || process::works(process::cargo().args(["nextest", "--version"]));
    if is_there() {
        return Ok(());
    }
    println!("installing: cargo-nextest (the test runner); this takes some minutes");
    process::run(process::cargo().args(["install", "--locked", "cargo-nextest"]))
        .context("install with: cargo install --locked cargo-nextest")?;
    if !is_there() {
        bail!("cargo-nextest is installed, but `cargo nextest` does not start");
    }
    Ok(())
}
