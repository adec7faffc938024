//! Where things are: the checkout and its target folder.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process;

/// The checkout and the folder cargo builds into.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the user has put it.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Asks cargo.
    ///
    /// # Errors
    /// When cargo cannot be run here.
    pub(crate) fn find() -> Result<Self> {
        // Asked at run time: a checkout that was copied with its target folder is run without being compiled again.
        let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from);
        let text = process::output(
            process::cargo()
                .args(["metadata", "--no-deps", "--format-version", "1"])
                .current_dir(&here),
        )?;
        let metadata: Value =
            serde_json::from_str(&text).context("while reading the answer of `cargo metadata`")?;
        let folder = |member: &str| -> Result<PathBuf> {
            let path = metadata[member].as_str();
            Ok(path.with_context(|| format!("`cargo metadata` gives no {member}"))?.into())
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// The folder with the built programs.
    pub(crate) fn programs(&self, is_release: bool) -> PathBuf {
        self.target.join(if is_release { "release" } else { "debug" })
    }

    /// Builds all programs of the workspace.
    ///
    /// Always the whole workspace: a part of it alone would be built with other features of the same dependencies,
    /// and the next whole build would start from the beginning.
    ///
    /// # Errors
    /// When they do not build.
    pub(crate) fn build(&self, is_release: bool) -> Result<()> {
        let mut build = process::cargo();
        build.current_dir(&self.root).args(["build", "--workspace", "--bins"]);
        if is_release {
            build.arg("--release");
        }
        process::run(&mut build)
    }
}
