//! Running a program for Windows under wine, in a prefix of our own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::process::{self, Running};

/// Debian's package puts nothing on the PATH.
const WINE: &str = "/usr/lib/wine/wine64";
const WINESERVER: &str = "/usr/lib/wine/wineserver64";

/// A prefix takes seconds to make; a program should take less than one.
const PREFIX_LIMIT: Duration = Duration::from_mins(3);
const RUN_LIMIT: Duration = Duration::from_secs(90);
const TESTS_LIMIT: Duration = Duration::from_mins(4);

/// Wine with a prefix of its own, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Wine {
    prefix: PathBuf,
    scratch: PathBuf,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code. Only the low eight bits come through.
    pub(crate) code: i32,
    /// What it printed on standard output.
    pub(crate) stdout: String,
    /// What it and wine printed on standard error; wine says harmless things there.
    pub(crate) stderr: String,
}

impl Wine {
    /// Makes the prefix in `folder`, or takes the one that is there from the last time.
    ///
    /// # Errors
    /// When wine does not start or the stand-in DLL does not build.
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let wine = Self { prefix: folder.join("prefix"), scratch: folder.join("scratch") };
        fs::create_dir_all(&wine.scratch)
            .with_context(|| format!("while creating {}", wine.scratch.display()))?;
        let system = wine.prefix.join("drive_c/windows/system32");
        if !system.join("kernel32.dll").is_file() {
            println!("making a wine prefix");
            wine.run(Path::new("wineboot"), &["-i"], &wine.scratch, PREFIX_LIMIT)?;
        }
        if !system.is_dir() {
            bail!("wine made no {}", system.display());
        }
        wine.build_stand_in(&system.join("bcryptprimitives.dll"))?;
        Ok(wine)
    }

    /// Runs a program in `folder` to its end.
    ///
    /// # Errors
    /// When it does not end in time, or printed something that is not UTF-8.
    pub(crate) fn exe(&self, exe: &Path, arguments: &[&str], folder: &Path) -> Result<Ended> {
        self.run(exe, arguments, folder, RUN_LIMIT)
    }

    /// Runs a program of tests in `folder` to its end, for which it has more time.
    ///
    /// # Errors
    /// When it does not end in time.
    pub(crate) fn tests(&self, exe: &Path, arguments: &[&str], folder: &Path) -> Result<Ended> {
        self.run(exe, arguments, folder, TESTS_LIMIT)
    }

    fn run(&self, exe: &Path, arguments: &[&str], folder: &Path, limit: Duration) -> Result<Ended> {
        let (out, err) = (self.scratch.join("stdout"), self.scratch.join("stderr"));
        let mut command = self.command(WINE);
        command.arg(exe).args(arguments).current_dir(folder);
        command.stdout(Stdio::from(fs::File::create(&out)?));
        command.stderr(Stdio::from(fs::File::create(&err)?));
        let status = Running::start("wine", &mut command, Duration::from_secs(2))?.wait(limit)?;
        let read = |path: &Path| -> Result<String> {
            let bytes = fs::read(path)?;
            Ok(String::from_utf8_lossy(&bytes).replace('\r', ""))
        };
        let code = status.code().with_context(|| format!("wine ended with {status}"))?;
        Ok(Ended { code, stdout: read(&out)?, stderr: read(&err)? })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = process::program(program);
        command.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all");
        command
    }

    fn build_stand_in(&self, dll: &Path) -> Result<()> {
        if dll.is_file() {
            return Ok(());
        }
        let source = self.scratch.join("bcryptprimitives.c");
        fs::write(&source, include_str!("bcryptprimitives.c"))?;
        let mut build = process::program("x86_64-w64-mingw32-gcc");
        build.args(["-O2", "-s", "-shared", "-o"]).arg(dll).arg(&source).arg("-ladvapi32");
        process::run(&mut build)
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Ends the server of this prefix only, and with it what still runs there.
        let _ = process::works(self.command(WINESERVER).arg("-k"));
    }
}
