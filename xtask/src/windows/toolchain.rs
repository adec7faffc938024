//! Debian's compiler with a standard library for Windows, which is built once per compiler version into a folder of
//! our own, so that nothing is written into the system's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Speed;
use crate::process;
use crate::project::Project;

/// What we build for.
const TARGET: &str = "x86_64-pc-windows-gnu";
/// Debian's compiler, by its path because another one may come first on the PATH.
const RUSTC: &str = "/usr/bin/rustc";
/// Debian's documentation compiler; cargo asks for it in some builds.
const RUSTDOC: &str = "/usr/bin/rustdoc";

/// A compiler that can build for Windows.
#[derive(Debug)]
pub(crate) struct Toolchain {
    /// Everything of this stage, below the target folder.
    pub(crate) folder: PathBuf,
    sysroot: PathBuf,
}

/// What was built.
#[derive(Debug)]
pub(crate) struct Programs {
    /// The folder of the programs.
    pub(crate) folder: PathBuf,
    /// The tests of `batch-runner` for Windows.
    pub(crate) runner_tests: PathBuf,
}

/// Whether there is one.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// There is.
    Ready(Toolchain),
    /// The packages do not fit together.
    Unusable(String),
}

/// Looks at the installed packages and builds the standard library if that has not been done for this compiler.
///
/// # Errors
/// When the library does not build.
pub(crate) fn prepare(project: &Project) -> Result<Prepared> {
    let version = process::output(process::program(RUSTC).arg("--version"))?;
    if let Some(reason) = mismatch(&version) {
        return Ok(Prepared::Unusable(reason));
    }
    let folder = project.target.join("windows");
    let toolchain = Toolchain { sysroot: folder.join("sysroot"), folder };
    let stamp = toolchain.sysroot.join("built-by");
    if fs::read_to_string(&stamp).is_ok_and(|built_by| built_by == version) {
        return Ok(Prepared::Ready(toolchain));
    }
    toolchain.build_std()?;
    fs::write(&stamp, &version).with_context(|| format!("while writing {}", stamp.display()))?;
    Ok(Prepared::Ready(toolchain))
}

/// The two packages have no tie between them in Debian, but must be of one version.
fn mismatch(version: &str) -> Option<String> {
    let number = version.split_whitespace().nth(1)?;
    let sources = fs::read_dir("/usr/src")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let sources: Vec<String> = sources.filter(|name| name.starts_with("rustc-")).collect();
    if sources.is_empty() || sources.iter().any(|name| name == &format!("rustc-{number}")) {
        return None;
    }
    Some(format!(
        "rustc-web is version {number}, but rust-web-src brought {}; install both of one version",
        sources.join(", ")
    ))
}

impl Toolchain {
    /// Builds the programs of the connector, the runner and the runner's tests. One build for all, since each alone would build the
    /// same dependencies with other features.
    ///
    /// # Errors
    /// When they do not build.
    pub(crate) fn build(&self, project: &Project, speed: Speed) -> Result<Programs> {
        let target = self.folder.join("target");
        let mut build = Self::cargo(&target);
        // A variable rather than a wrapper: with `--target`, it does not reach build scripts and macros.
        build.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS", self.sysroot_flag());
        // The standard library that was built here has no bitcode to optimise across crates with.
        build.env("CARGO_PROFILE_RELEASE_LTO", "off");
        if speed == Speed::OfBuild {
            build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
            build.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        }
        build.current_dir(&project.root).args(["build", "--release"]);
        build.args(["--package", "amt-connector", "--package", "batch-runner", "--bins"]);
        build.args(["--test", "windows", "--example", "windows_actor"]);
        build.args(["--message-format", "json-render-diagnostics"]);
        let messages = process::output(&mut build)?;
        let runner_tests = test_program(&messages)
            .context("cargo did not say where it built the tests of batch-runner")?;
        Ok(Programs { folder: target.join(TARGET).join("release"), runner_tests })
    }

    /// Compiles the standard library in an empty crate, and collects it.
    fn build_std(&self) -> Result<()> {
        println!("building the standard library for {TARGET}; this is done once per compiler");
        let seed = self.folder.join("stdseed");
        fs::create_dir_all(seed.join("src"))
            .with_context(|| format!("while creating {}", seed.display()))?;
        // A workspace of its own, since it lies below ours.
        let manifest = "[package]\nname = \"stdseed\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n";
        fs::write(seed.join("Cargo.toml"), manifest)?;
        fs::write(seed.join("src/main.rs"), "fn main() {}\n")?;
        let target = self.folder.join("stdseed-target");
        remove(&target)?;
        let mut build = Self::cargo(&target);
        build.current_dir(&seed).env("RUSTC_BOOTSTRAP", "1");
        build.args(["build", "--release", "-Zbuild-std=std,panic_abort,proc_macro,test"]);
        process::run(&mut build)?;

        remove(&self.sysroot)?;
        let library = self.sysroot.join("lib/rustlib").join(TARGET).join("lib");
        fs::create_dir_all(&library)?;
        collect(&target.join(TARGET).join("release/deps"), &library)?;
        remove(&target)
    }

    fn cargo(target: &Path) -> Command {
        let mut cargo = process::cargo();
        cargo.env("RUSTC", RUSTC).env("RUSTDOC", RUSTDOC).env("CARGO_TARGET_DIR", target);
        // They would apply to the compiler of the ordinary build.
        for name in ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTUP_TOOLCHAIN"] {
            cargo.env_remove(name);
        }
        cargo.env("CARGO_BUILD_TARGET", TARGET);
        cargo
    }

    fn sysroot_flag(&self) -> String {
        format!("--sysroot={}", self.sysroot.display())
    }
}

/// The program of the test target `windows`, from what cargo says in JSON.
fn test_program(messages: &str) -> Option<PathBuf> {
    let mut artifacts =
        messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let test = artifacts.find(|artifact| {
        artifact["target"]["name"] == "windows" && artifact["profile"]["test"] == true
    })?;
    Some(test["executable"].as_str()?.into())
}

/// Copies the compiled libraries, without the crate that they were compiled for.
fn collect(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("while reading {}", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let is_library = path.extension().is_some_and(|kind| kind == "rlib" || kind == "rmeta");
        if is_library && !name.contains("stdseed") {
            fs::copy(&path, to.join(name)).with_context(|| format!("while copying {name}"))?;
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("while removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_program_is_found_among_what_cargo_says() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"windows"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","target":{"name":"windows"},"profile":{"test":true},"executable":"/t/windows-1.exe"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(test_program(messages), Some(PathBuf::from("/t/windows-1.exe")));
        assert_eq!(test_program(""), None);
    }
}
