//! `cargo xtask gen`: writes the generated files anew.
//!
//! Each generated file has a test beside the code that it is made from, which compares the two; with `UPDATE_DOCS` in the
//! environment the test writes the file instead. So this command runs the tests of the packages that have such files.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::project::Project;

/// Tells those tests to write.
const VARIABLE: &str = "UPDATE_DOCS";

/// The command.
///
/// # Errors
/// When a test fails for another reason.
pub(crate) fn run() -> Result<()> {
    let project = Project::find()?;
    let packages = packages(&project.root.join("crates"))?;
    if packages.is_empty() {
        bail!("no package has a test that writes a generated file with {VARIABLE}");
    }
    let mut tests = process::cargo();
    tests.current_dir(&project.root).env(VARIABLE, "1").arg("test");
    for package in &packages {
        tests.args(["--package", package]);
    }
    process::run(&mut tests)?;
    println!("written anew where needed, by the tests of: {}", packages.join(", "));
    Ok(())
}

/// The packages whose code asks for the variable.
fn packages(crates: &Path) -> Result<Vec<String>> {
    let mut packages = Vec::new();
    for entry in
        fs::read_dir(crates).with_context(|| format!("while reading {}", crates.display()))?
    {
        let entry = entry?;
        if mentions(&entry.path())? {
            packages.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    packages.sort();
    Ok(packages)
}

fn mentions(path: &Path) -> Result<bool> {
    if path.is_dir() {
        for entry in
            fs::read_dir(path).with_context(|| format!("while reading {}", path.display()))?
        {
            if mentions(&entry?.path())? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let is_rust = path.extension().is_some_and(|extension| extension == "rs");
    Ok(is_rust
        && fs::read_to_string(path)
            .with_context(|| format!("while reading {}", path.display()))?
            .contains(VARIABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_that_ask_for_the_variable_are_run() {
        let crates = tempfile::tempdir().unwrap();
        for (path, text) in
            [("a/src/lib.rs", "UPDATE_DOCS"), ("b/src/lib.rs", ""), ("c/notes.md", "UPDATE_DOCS")]
        {
            let path = crates.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert_eq!(packages(crates.path()).unwrap(), ["a"]);
    }
}
