//! The connector for Windows against a batch server on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::toolchain::Toolchain;
use super::wine::{Ended, Wine};
use crate::demo::{Plan, World, configuration, write_private};
use crate::project::Project;

/// A known answer of the legacy encoding (amt-domain 13.1.3).
const KNOWN: (&str, &str) = ("abcdefg", "59574a6a5a47566d5a773d3d");

/// The folder with the programs for Windows, and wine to run them.
struct Smoke {
    wine: Wine,
    folder: PathBuf,
}

/// Runs everything.
///
/// # Errors
/// When one program does not behave as it does here.
pub(crate) fn run(
    project: &Project,
    toolchain: &Toolchain,
    wine: Wine,
    programs: &Path,
) -> Result<()> {
    let smoke = Smoke::set_up(wine, &toolchain.folder, programs)?;
    smoke.encrypt()?;

    project.build(false).context("while building the batch server")?;
    let place = toolchain.folder.join(format!("demo-{}", std::process::id()));
    let plan = Plan {
        programs: project.programs(false),
        folder: place.clone(),
        port: 0,
        step_seconds: "0.05",
        has_scheduler: false,
    };
    let mut world = World::start(project, &plan)?;
    let result = smoke.against(&world);
    if result.is_err() {
        world.show_server_log();
    }
    world.end();
    let unreachable = smoke.without_server();
    fs::remove_dir_all(&place).with_context(|| format!("while removing {}", place.display()))?;
    result.and(unreachable)
}

impl Smoke {
    fn set_up(wine: Wine, folder: &Path, programs: &Path) -> Result<Self> {
        let smoke = Self { wine, folder: folder.join("connector") };
        fs::create_dir_all(&smoke.folder)?;
        for name in ["amt.exe", "encrypt.exe"] {
            fs::copy(programs.join(name), smoke.folder.join(name))
                .with_context(|| format!("while copying {name}"))?;
        }
        Ok(smoke)
    }

    fn encrypt(&self) -> Result<()> {
        let ended = self.exe("encrypt.exe", &["-v", KNOWN.0])?;
        expect("encrypt -v gives the known answer", &ended, 0, KNOWN.1)
    }

    fn against(&self, world: &World) -> Result<()> {
        self.configure(&world.address, &world.password)?;
        let report = ["-jt", "START", "-an", "DEMO2", "-jn", "REPORTTEST01"];
        let ended = self.exe("amt.exe", &report)?;
        expect("a report ends with DONE", &ended, 4, "Report test 01 test is ended")?;
        expect("its log is framed", &ended, 4, "Connector completed with return code 4")?;

        let job = ["-jt", "START", "-an", "DEMO2", "-jn", "RUN_PARAMETERTESTA", "-pa", "'PARAM'"];
        let ended = self.exe("amt.exe", &job)?;
        expect("a parameter arrives as it is", &ended, 4, "Value test param ['PARAM']")?;

        let job = ["-jt", "START", "-an", "DEMO2", "-jn", "ABORTTEST"];
        expect("an abort ends with ABORTED", &self.exe("amt.exe", &job)?, 12, "return code 12")?;
        let job = ["-jt", "START", "-an", "DEMO2", "-jn", "REPORTTEST01", "-u", "NOBODY"];
        expect("an unknown user ends with 99", &self.exe("amt.exe", &job)?, 99, "return code 99")?;

        self.configure(&world.address, "not the password")?;
        expect(
            "a wrong password ends with 24",
            &self.exe("amt.exe", &report)?,
            24,
            "return code 24",
        )
    }

    /// The server of [`Smoke::against`] has ended, so nobody listens at its address.
    fn without_server(&self) -> Result<()> {
        let report = ["-jt", "START", "-an", "DEMO2", "-jn", "REPORTTEST01"];
        let ended = self.exe("amt.exe", &report)?;
        expect("a server that is away ends with 23", &ended, 23, "return code 23")
    }

    /// Writes the configuration with what `encrypt.exe` makes of the credentials.
    fn configure(&self, address: &str, password: &str) -> Result<()> {
        let encoded = |text: &str| -> Result<String> {
            let ended = self.exe("encrypt.exe", &["-v", text])?;
            ensure!(ended.code == 0, "encrypt.exe ended with {}: {}", ended.code, ended.stderr);
            Ok(ended.stdout.trim().to_owned())
        };
        let text = configuration(address, &encoded(crate::demo::USER)?, &encoded(password)?);
        // As an editor on Windows would write it.
        write_private(&self.folder.join("Connector.config"), &text.replace('\n', "\r\n"))
    }

    fn exe(&self, name: &str, arguments: &[&str]) -> Result<Ended> {
        self.wine.exe(&self.folder.join(name), arguments, &self.folder)
    }
}

fn expect(rule: &str, ended: &Ended, code: i32, text: &str) -> Result<()> {
    if ended.code != code || !ended.stdout.contains(text) {
        let (stdout, stderr) = (&ended.stdout, &ended.stderr);
        bail!(
            "{rule}: expected exit code {code} and `{text}`, got {}\n{stdout}\n{stderr}",
            ended.code
        );
    }
    println!("  {rule}");
    Ok(())
}
