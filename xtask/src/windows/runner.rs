//! The tests of `batch-runner` for Windows, under wine.

use anyhow::{Result, bail};

use super::toolchain::{Programs, Toolchain};
use super::wine::Wine;

/// Runs them.
///
/// # Errors
/// When one fails.
pub(crate) fn run(wine: &Wine, toolchain: &Toolchain, programs: &Programs) -> Result<()> {
    // What is captured is not shown for tests that pass, and wine's shortcomings must be.
    let arguments = ["--nocapture", "--test-threads=2"];
    let ended = wine.tests(&programs.runner_tests, &arguments, &toolchain.folder)?;
    if ended.code != 0 {
        let (stdout, stderr) = (&ended.stdout, &ended.stderr);
        bail!("the tests of batch-runner.exe ended with {}\n{stdout}\n{stderr}", ended.code);
    }
    let is_shown = |line: &&str| line.contains("SKIPPED") || line.starts_with("test result");
    for line in ended.stdout.lines().filter(is_shown) {
        println!("  batch-runner.exe: {line}");
    }
    Ok(())
}
