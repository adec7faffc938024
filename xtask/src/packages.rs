//! Debian packages that a command needs: is it there, may we install it, and if not, what must be installed.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::process;

/// A package and how to see that it is there.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name in Debian 12.
    pub(crate) name: &'static str,
    /// What it is needed for, for people.
    pub(crate) purpose: &'static str,
    /// Whether what we need of it is there, from whatever source.
    pub(crate) is_there: fn() -> bool,
}

/// PostgreSQL's server, for the tests on the second database.
pub(crate) const POSTGRESQL: Package = Package {
    name: "postgresql",
    purpose: "the tests on PostgreSQL",
    is_there: || newest_postgres().is_some() || process::is_on_path("postgres"),
};

/// GnuCOBOL, for the demo's COBOL report.
pub(crate) const GNUCOBOL: Package = Package {
    name: "gnucobol",
    purpose: "the demo's COBOL report",
    is_there: || process::is_on_path("cobc"),
};

/// Python, for the demo's Python report and for tests.
pub(crate) const PYTHON: Package = Package {
    name: "python3",
    purpose: "the demo's Python report and the tests of scripts by file type",
    is_there: || process::is_on_path("python3"),
};

/// curl, for the examples of a guide, which a test runs.
pub(crate) const CURL: Package = Package {
    name: "curl",
    purpose: "the tests that run the examples of docs/guide",
    is_there: || process::is_on_path("curl"),
};

/// A C compiler, for the C code of SQLite and of the cryptography, and as linker.
pub(crate) const COMPILER: Package = Package {
    name: "build-essential",
    purpose: "building (linker, SQLite, cryptography)",
    is_there: || process::is_on_path("cc"),
};

/// The compiler that has Windows' target, of one version with [`RUST_SOURCE`].
pub(crate) const RUSTC: Package = Package {
    name: "rustc-web",
    purpose: "building for Windows",
    is_there: || Path::new("/usr/bin/rustc").is_file(),
};

/// The source of the standard library.
pub(crate) const RUST_SOURCE: Package = Package {
    name: "rust-web-src",
    purpose: "building the standard library for Windows",
    is_there: || {
        Path::new("/usr/lib/rustlib/src/rust/library").is_dir()
            || Path::new("/usr/lib/rustlib/src/rust/Cargo.lock").is_file()
    },
};

/// The linker and the C compiler for Windows.
pub(crate) const MINGW: Package = Package {
    name: "gcc-mingw-w64-x86-64-win32",
    purpose: "linking programs for Windows",
    is_there: || process::is_on_path("x86_64-w64-mingw32-gcc"),
};

/// Runs programs for Windows.
pub(crate) const WINE: Package = Package {
    name: "wine64",
    purpose: "running programs for Windows",
    is_there: || Path::new("/usr/lib/wine/wine64").is_file(),
};

/// Environments of Python, for peers of the load harness and the S3 server of tests.
pub(crate) const PYTHON_VENV: Package = Package {
    name: "python3-venv",
    purpose: "Python packages for measurements and for tests with an S3 server",
    is_there: || process::works(process::program("python3").args(["-c", "import venv, ensurepip"])),
};

/// Slurm's authentication, for a peer of the load harness.
pub(crate) const MUNGE: Package =
    Package { name: "munge", purpose: SLURM, is_there: || is_daemon("munged") };

/// Slurm's controller.
pub(crate) const SLURMCTLD: Package =
    Package { name: "slurmctld", purpose: SLURM, is_there: || is_daemon("slurmctld") };

/// Slurm's nodes.
pub(crate) const SLURMD: Package =
    Package { name: "slurmd", purpose: SLURM, is_there: || is_daemon("slurmd") };

/// Slurm's commands.
pub(crate) const SLURM_CLIENT: Package =
    Package { name: "slurm-client", purpose: SLURM, is_there: || process::is_on_path("sbatch") };

const SLURM: &str = "Slurm in the load harness";

/// Whether a daemon is there. Ordinary users do not have the folder of the daemons on their PATH.
fn is_daemon(name: &str) -> bool {
    process::is_on_path(name) || Path::new("/usr/sbin").join(name).is_file()
}

/// Those that are not there.
pub(crate) fn missing(packages: &[&'static Package]) -> Vec<&'static Package> {
    packages.iter().copied().filter(|package| !(package.is_there)()).collect()
}

/// Sees to it that the packages are there, installing them where this user may.
///
/// # Errors
/// With the command to type when they cannot be installed from here.
pub(crate) fn require(packages: &[&'static Package]) -> Result<()> {
    let missing_before = missing(packages);
    if missing_before.is_empty() {
        return Ok(());
    }
    for package in &missing_before {
        println!("missing: {} ({})", package.name, package.purpose);
    }
    let hint = format!("install with: {}", install_command(&missing_before));
    if !may_install() {
        bail!("{hint}");
    }
    install(&missing_before).context(hint.clone())?;
    let still_missing = missing(packages);
    if !still_missing.is_empty() {
        bail!("the packages are installed, but still not found: {}", names(&still_missing));
    }
    Ok(())
}

/// The newest PostgreSQL of Debian's layout, which keeps the server off the PATH.
fn newest_postgres() -> Option<std::path::PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let servers = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin/postgres")));
    servers.filter(|server| server.is_file()).max()
}

fn may_install() -> bool {
    rustix::process::geteuid().is_root() && process::is_on_path("apt-get")
}

/// Another installation on the machine is waited for, at most ten minutes.
const LOCK_OPTION: [&str; 2] = ["-o", "DPkg::Lock::Timeout=600"];

fn install(packages: &[&'static Package]) -> Result<()> {
    println!("installing: {}", names(packages));
    let apt = |arguments: &[&str]| {
        let mut apt = process::program("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(LOCK_OPTION).args(arguments);
        apt.stdin(Stdio::null()).stdout(Stdio::null());
        process::run(&mut apt)
    };
    apt(&["update", "-q"])?;
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(packages.iter().map(|package| package.name));
    apt(&install)
}

fn install_command(packages: &[&'static Package]) -> String {
    format!("apt-get install --no-install-recommends {}", names(packages))
}

fn names(packages: &[&'static Package]) -> String {
    packages.iter().map(|package| package.name).collect::<Vec<_>>().join(" ")
}
