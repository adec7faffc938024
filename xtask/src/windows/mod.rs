//! `cargo xtask windows`: the connector and the runner for Windows, built here and run under wine; the connector against a batch
//! server here.
//!
//! `rustup` is not needed: Debian's compiler knows the target, and its source package holds the standard library, which
//! is built once ([`toolchain`]). Wine is not Windows; what a green run proves is in `docs/developer/windows.md`.

mod runner;
mod smoke;
mod toolchain;
mod wine;

use anyhow::Result;

use crate::packages::{self, MINGW, RUST_SOURCE, RUSTC, WINE};
use crate::project::Project;

/// What became of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Built, run, and everything was as it should be.
    Passed,
    /// Not possible on this machine, and why.
    Skipped(String),
}

/// What a build is to be fast at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speed {
    /// It is used.
    OfProgram,
    /// It is tested and thrown away.
    OfBuild,
}

/// The command.
///
/// # Errors
/// When it does not build or does not behave.
pub(crate) fn run() -> Result<()> {
    match check(Speed::OfProgram)? {
        Outcome::Passed => println!("amt.exe, encrypt.exe and batch-runner.exe work under wine"),
        Outcome::Skipped(reason) => println!("SKIPPED, nothing was built for Windows: {reason}"),
    }
    Ok(())
}

/// The command, for the test stages.
///
/// # Errors
/// When it does not build or does not behave. Packages that cannot be had are no error.
pub(crate) fn check(speed: Speed) -> Result<Outcome> {
    if let Err(error) = packages::require(&[&RUSTC, &RUST_SOURCE, &MINGW, &WINE]) {
        return Ok(Outcome::Skipped(format!("{error:#}")));
    }
    let project = Project::find()?;
    let toolchain = match toolchain::prepare(&project)? {
        toolchain::Prepared::Ready(toolchain) => toolchain,
        toolchain::Prepared::Unusable(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let programs = toolchain.build(&project, speed)?;
    let wine = wine::Wine::start(&toolchain.folder.join("wine"))?;
    runner::run(&wine, &toolchain, &programs)?;
    smoke::run(&project, &toolchain, wine, &programs.folder)?;
    Ok(Outcome::Passed)
}
