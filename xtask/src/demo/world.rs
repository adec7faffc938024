//! A batch server with the application DEMO2 in a folder of its own, a connector that may use it, and on demand a scheduler in the
//! process of the batch server.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::connector::Connector;
use super::scheduler::Scheduler;
use super::{day, leftovers, random_password, wait_until};
use crate::http;
use crate::process::{self, Running};
use crate::project::Project;

/// The API user of the connector.
pub(crate) const USER: &str = "opcon";

/// Where the definitions of the demo expect the batch server.
const AGENT: &str = "http://127.0.0.1:9001";

/// The runtime that the vendor's sample logs name, so that ours can be compared with them line by line.
const RUNTIME_VERSION: &str = "8.0.24223.0";

/// What kind of world.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The folder with the built programs.
    pub(crate) programs: PathBuf,
    /// Where everything is written.
    pub(crate) folder: PathBuf,
    /// On 127.0.0.1; 0 for a free one.
    pub(crate) port: u16,
    /// How long a step of a report takes, in seconds.
    pub(crate) step_seconds: &'static str,
    /// Whether a scheduler with an accelerated clock runs in the process of the batch server.
    pub(crate) has_scheduler: bool,
}

/// A running batch server and everything around it.
#[derive(Debug)]
pub(crate) struct World {
    /// The connector of this host.
    pub(crate) connector: Connector,
    /// `host:port` of the batch server.
    pub(crate) address: String,
    /// Of [`USER`].
    pub(crate) password: String,
    folder: PathBuf,
    server: Running,
    scheduler: Option<Scheduler>,
}

impl World {
    /// Sets everything up and starts the server.
    ///
    /// # Errors
    /// When something cannot be written, built or started.
    pub(crate) fn start(project: &Project, plan: &Plan) -> Result<Self> {
        let folder = &plan.folder;
        let application = folder.join("definitions/DEMO2");
        copy_folder(&project.root.join("demo"), &folder.join("definitions"))?;
        fs::write(application.join("settings/step_seconds"), plan.step_seconds)?;
        fs::create_dir_all(folder.join("tmp"))?;
        build_cobol(&application)?;

        let data = folder.join("server");
        let config = folder.join("batch-server.toml");
        fs::write(
            &config,
            configuration(plan.port, &data, &folder.join("definitions/applications.toml")),
        )
        .with_context(|| format!("while writing {}", config.display()))?;
        let password = random_password()?;
        add_user(&plan.programs, &data, &password)?;
        let (server, address) = start_server(plan, &config)?;
        let scheduler =
            plan.has_scheduler.then(|| Scheduler::new(&plan.programs, &folder.join("scheduler")));
        if plan.has_scheduler {
            point_agent(&folder.join("definitions/schedules/common.yaml"), &address)?;
        }
        let connector = Connector::set_up(
            &plan.programs,
            &folder.join("connector"),
            &address,
            &[USER, &password],
        )?;
        Ok(Self { connector, address, password, folder: folder.clone(), server, scheduler })
    }

    /// The commands of the scheduler.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn scheduler(&self) -> Result<&Scheduler> {
        self.scheduler.as_ref().context("this demo has no scheduler")
    }

    /// The folder with the definitions of the batch server and of the scheduler.
    pub(crate) fn definitions(&self) -> PathBuf {
        self.folder.join("definitions")
    }

    /// The server's interface, without a logon.
    pub(crate) fn server(&self) -> http::Server {
        http::Server { address: self.address.clone(), token: None }
    }

    /// Fails when the server is gone.
    ///
    /// # Errors
    /// Exactly then.
    pub(crate) fn check_server(&mut self) -> Result<()> {
        match self.server.ended()? {
            None => Ok(()),
            Some(status) => bail!("the server ended with {status}"),
        }
    }

    /// Ends the server, and then what still runs of its jobs.
    pub(crate) fn end(&mut self) {
        self.server.stop();
        leftovers::end(&self.folder.join("server/spool"));
    }

    /// The last lines that the server wrote, for a demo that failed.
    pub(crate) fn show_server_log(&self) {
        let log = fs::read_to_string(server_log(&self.folder)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        eprintln!("\nThe server's last lines:");
        for line in &lines[lines.len().saturating_sub(30)..] {
            eprintln!("  {line}");
        }
    }

    /// What can be tried while the server runs.
    pub(crate) fn say_where_to_look(&self, programs: &Path) {
        println!("\nTo try, in another terminal:\n");
        println!("  export PATH={}:$PATH", programs.display());
        if let Some(scheduler) = &self.scheduler {
            let date = day::DATE;
            println!("  export RINGMASTER_DATA_DIR={}", scheduler.data().display());
            println!("  ringmaster status");
            println!("  ringmaster job list --date {date} --schedule Billing");
            println!("  ringmaster job why 'Day start/Exchange rates' --date {date}");
            println!("  ringmaster job log 'Billing/Collect direct debits' --date {date}");
            println!(
                "  ringmaster job restart 'Claims/Sales by region' --force --date {date} --reason 'to see it run'"
            );
            println!("  ringmaster agent list");
        }
        println!("  {} -jt START -an DEMO2 -jn REPORTTEST01", self.connector.program().display());
        println!("\nWhere to look:\n");
        println!("  batch server    http://{}", self.address);
        println!("  the log         {}", server_log(&self.folder).display());
        println!(
            "                  (the batch server's administrator's password is in its first lines)"
        );
        println!("  configuration   {}", self.folder.join("batch-server.toml").display());
        println!("  definitions     {}", self.folder.join("definitions").display());
        println!("  guides          docs/guide/");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.end();
    }
}

fn server_log(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// Says what to do about a busy port before anything is started. Port 0 lets the system choose.
pub(super) fn free_port(wanted: Option<u16>) -> Result<u16> {
    let Some(port) = wanted else { return Ok(0) };
    TcpListener::bind(("127.0.0.1", port)).with_context(|| {
        format!("cannot use port {port}: choose another one with --port, or leave --port out for a free one")
    })?;
    Ok(port)
}

fn configuration(port: u16, data: &Path, definitions: &Path) -> String {
    format!(
        "# Written by `cargo xtask demo`.\nlisten = \"127.0.0.1:{port}\"\ndata_dir = {}\ndefinitions = {}\nruntime_version = \"{RUNTIME_VERSION}\"\n",
        quoted(data),
        quoted(definitions)
    )
}

/// A path as TOML text: JSON's escapes are all known to TOML.
fn quoted(path: &Path) -> serde_json::Value {
    serde_json::Value::String(path.to_string_lossy().into_owned())
}

/// Builds the COBOL report into the report folder; without a compiler a stand-in says so, and goes on.
fn build_cobol(application: &Path) -> Result<()> {
    let report = application.join("reports/COBOLREPORT");
    if !process::is_on_path("cobc") {
        println!("GnuCOBOL is not installed: a stand-in takes the place of the COBOL report.");
        fs::write(
            &report,
            "#!/bin/sh\necho 'GnuCOBOL was not installed when the demo was built: this is a stand-in'\n",
        )?;
        return fs::set_permissions(&report, fs::Permissions::from_mode(0o755))
            .with_context(|| format!("while making {} executable", report.display()));
    }
    let mut build = process::program("cobc");
    build.args(["-x", "-free", "-o"]).arg(&report);
    build.arg(application.join("cobol/COBOLREPORT.cob"));
    process::run(&mut build).context("while building the COBOL report")
}

/// Leads the agent of the copied definitions to the server that was just started, whose port nobody knew before.
fn point_agent(definitions: &Path, address: &str) -> Result<()> {
    let text = fs::read_to_string(definitions)
        .with_context(|| format!("while reading {}", definitions.display()))?;
    if !text.contains(AGENT) {
        bail!("{} names no agent at {AGENT}", definitions.display());
    }
    fs::write(definitions, text.replace(AGENT, &format!("http://{address}")))
        .with_context(|| format!("while writing {}", definitions.display()))
}

fn add_user(programs: &Path, data: &Path, password: &str) -> Result<()> {
    let mut add = process::program(programs.join("ringmaster"));
    add.args(["batch-server", "add-user", "--data"]).arg(data);
    add.args([USER, "--password-stdin", "--role", "operator"]);
    process::run_with_input(&mut add, &format!("{password}\n"))
        .context("while adding the connector's API user")
}

/// Starts the server and waits until it says where it listens.
fn start_server(plan: &Plan, config: &Path) -> Result<(Running, String)> {
    let folder = &plan.folder;
    let log = server_log(folder);
    // The administrator's password is going to be in it.
    let file = File::options().create(true).append(true).mode(0o600).open(&log)?;
    let mut command = process::program(plan.programs.join("ringmaster"));
    if plan.has_scheduler {
        command.args(["serve", "--accelerated", "--clock-start", day::START]);
        command.args(["--clock-stop", day::STOP, "--data"]).arg(folder.join("scheduler"));
        command.arg("--with-batch-server").arg(config);
    } else {
        command.args(["batch-server", "--config"]).arg(config);
    }
    command.current_dir(folder).stdout(Stdio::from(file.try_clone()?)).stderr(Stdio::from(file));
    // The jobs find `amtjob` on the PATH that they inherit, and leave what they count in a folder of the demo.
    command.env("PATH", path_with(&plan.programs)?).env("TMPDIR", folder.join("tmp"));
    // An orderly end does not wait for jobs, so this is plenty.
    let mut server = Running::start("the server", &mut command, Duration::from_secs(20))?;
    let mut address = None;
    let ready = wait_until("the server to listen", || {
        address = listening_on(&fs::read_to_string(&log)?);
        if address.is_none()
            && let Some(status) = server.ended()?
        {
            bail!("the server ended with {status}");
        }
        Ok(address.is_some())
    });
    ready.with_context(|| {
        format!("the server did not start:\n{}", fs::read_to_string(&log).unwrap_or_default())
    })?;
    let address = address.context("the server did not say where it listens")?;
    Ok((server, address))
}

/// This process's PATH with `folder` before it.
fn path_with(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders)
        .with_context(|| format!("cannot put {} on the PATH", folder.display()))
}

/// The address in the server's line `listening on http://127.0.0.1:9001`, once the line is whole; beside a scheduler it is said
/// before, and the line is the scheduler's.
fn listening_on(log: &str) -> Option<String> {
    let line = |before: &str| {
        let rest = log.split_once(before)?.1;
        Some(rest.split_once('\n')?.0.trim().trim_end_matches('/').to_owned())
    };
    line("\nlistening on http://").or_else(|| {
        line("\nlistening on ")?;
        line("the batch server answers on http://")
    })
}

/// Copies files with their modes.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("while creating {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("while reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)
                .with_context(|| format!("while copying to {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_a_clear_error() {
        let busy = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = busy.local_addr().unwrap().port();
        let error = format!("{:#}", free_port(Some(port)).unwrap_err());
        assert!(error.contains(&format!("cannot use port {port}")), "{error}");
        assert!(error.contains("--port"), "{error}");
        drop(busy);
        assert_eq!(free_port(Some(port)).unwrap(), port);
        assert_eq!(free_port(None).unwrap(), 0);
    }

    #[test]
    fn the_address_is_read_when_its_line_is_whole() {
        assert_eq!(listening_on("password: x\nlistening on http://127.0.0.1:40"), None);
        let log = "password: x\nlistening on http://127.0.0.1:40123\nmore\n";
        assert_eq!(listening_on(log).as_deref(), Some("127.0.0.1:40123"));
        let beside = "the batch server answers on http://127.0.0.1:40123\n";
        assert_eq!(listening_on(beside), None);
        let both = format!("{beside}listening on /f/ringmaster.sock\n");
        assert_eq!(listening_on(&both).as_deref(), Some("127.0.0.1:40123"));
    }

    #[test]
    fn the_configuration_is_toml_whatever_the_folder_is_called() {
        let data = Path::new("/tmp/a \"b\"\\c/d");
        let text = configuration(4711, data, Path::new("/d"));
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["listen"].as_str(), Some("127.0.0.1:4711"));
        assert_eq!(table["data_dir"].as_str(), data.to_str());
    }

    #[test]
    fn a_folder_is_copied_with_its_modes() {
        let place = tempfile::tempdir().unwrap();
        let from = place.path().join("from/inner");
        fs::create_dir_all(&from).unwrap();
        fs::write(from.join("run"), "x").unwrap();
        fs::set_permissions(from.join("run"), fs::Permissions::from_mode(0o755)).unwrap();
        let to = place.path().join("to");
        copy_folder(&place.path().join("from"), &to).unwrap();
        let mode = fs::metadata(to.join("inner/run")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
