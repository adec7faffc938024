//! Packages of Python for measurements and tests, each in an environment of its own below the target folder.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::packages::{self, PYTHON, PYTHON_VENV};
use crate::process;

/// Makes a Python environment with packages in `folder`, once. It is there when Python can load `module`.
///
/// # Errors
/// When it cannot be made or filled from here.
pub(crate) fn install(folder: &Path, wanted: &[&str], module: &str) -> Result<()> {
    let python = folder.join("bin/python");
    let import = format!("import {module}");
    let is_there = || process::works(process::program(&python).args(["-c", &import]));
    if is_there() {
        return Ok(());
    }
    packages::require(&[&PYTHON, &PYTHON_VENV])?;
    let names = wanted.join(" ");
    println!("installing: {names} into {}", folder.display());
    process::run(process::program("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = process::program(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary"]);
    process::run(pip.arg(":all:").args(wanted))
        .with_context(|| format!("install with: {} -m pip install {names}", python.display()))?;
    if !is_there() {
        bail!("{names}: installed, but Python cannot load it");
    }
    Ok(())
}
