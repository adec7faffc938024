//! A batch server with the application DEMO2 in a folder of its own, and a connector that may use it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::connector::Connector;
use super::{leftovers, random_password, wait_until};
use crate::http;
use crate::process::{self, Running};
use crate::project::Project;

/// The API user of the connector.
pub(crate) const USER: &str = "opcon";

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
    /// Whether the COBOL report could be built.
    pub(crate) has_cobol: bool,
    /// The folder of the application's scripts.
    pub(crate) scripts: PathBuf,
    folder: PathBuf,
    server: Running,
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
        let has_cobol = build_cobol(&application)?;

        let data = folder.join("server");
        let config = folder.join("batch-server.toml");
        fs::write(
            &config,
            configuration(plan.port, &data, &folder.join("definitions/applications.toml")),
        )
        .with_context(|| format!("while writing {}", config.display()))?;
        let password = random_password()?;
        add_user(&plan.programs, &data, &password)?;
        let (server, address) = start_server(&plan.programs, folder, &config)?;
        let connector = Connector::set_up(
            &plan.programs,
            &folder.join("connector"),
            &address,
            &[USER, &password],
        )?;
        Ok(Self {
            connector,
            address,
            password,
            has_cobol,
            scripts: application.join("scripts"),
            folder: folder.clone(),
            server,
        })
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
            Some(status) => bail!("the batch server ended with {status}"),
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
        eprintln!("\nThe batch server's last lines:");
        for line in &lines[lines.len().saturating_sub(30)..] {
            eprintln!("  {line}");
        }
    }

    /// What can be tried while the server runs.
    pub(crate) fn say_where_to_look(&self, programs: &Path) {
        println!("\nWhere to look next");
        println!("  batch server    http://{}", self.address);
        println!("  its log         {}", server_log(&self.folder).display());
        println!("                  (the administrator's password is in its first lines)");
        println!("  configuration   {}", self.folder.join("batch-server.toml").display());
        println!("  applications    {}", self.folder.join("definitions").display());
        println!("  connector       {}", self.connector.program().display());
        println!("  programs        {}", programs.display());
        println!("  guides          docs/guide/");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.end();
    }
}

fn server_log(folder: &Path) -> PathBuf {
    folder.join("batch-server.log")
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

/// Builds the COBOL report into the report folder, when there is a compiler.
fn build_cobol(application: &Path) -> Result<bool> {
    if !process::is_on_path("cobc") {
        return Ok(false);
    }
    let mut build = process::program("cobc");
    build.args(["-x", "-free", "-o"]).arg(application.join("reports/COBOLREPORT"));
    build.arg(application.join("cobol/COBOLREPORT.cob"));
    process::run(&mut build).context("while building the COBOL report")?;
    Ok(true)
}

fn add_user(programs: &Path, data: &Path, password: &str) -> Result<()> {
    let mut add = process::program(programs.join("ringmaster"));
    add.args(["batch-server", "add-user", "--data"]).arg(data);
    add.args([USER, "--password-stdin", "--role", "operator"]);
    process::run_with_input(&mut add, &format!("{password}\n"))
        .context("while adding the connector's API user")
}

/// Starts the server and waits until it says where it listens.
fn start_server(programs: &Path, folder: &Path, config: &Path) -> Result<(Running, String)> {
    let log = server_log(folder);
    // The administrator's password is going to be in it.
    let file = File::options().create(true).append(true).mode(0o600).open(&log)?;
    let mut command = process::program(programs.join("ringmaster"));
    command.args(["batch-server", "--config"]).arg(config).current_dir(folder);
    command.stdout(Stdio::from(file.try_clone()?)).stderr(Stdio::from(file));
    // The jobs find `amtjob` on the PATH that they inherit.
    command.env("PATH", path_with(programs)?);
    // An orderly end does not wait for jobs, so this is plenty.
    let mut server = Running::start("the batch server", &mut command, Duration::from_secs(20))?;
    let mut address = None;
    let ready = wait_until("the batch server to listen", || {
        address = listening_on(&fs::read_to_string(&log)?);
        if address.is_none()
            && let Some(status) = server.ended()?
        {
            bail!("the batch server ended with {status}");
        }
        Ok(address.is_some())
    });
    ready.with_context(|| {
        format!("the batch server did not start:\n{}", fs::read_to_string(&log).unwrap_or_default())
    })?;
    let address = address.context("the batch server did not say where it listens")?;
    Ok((server, address))
}

/// This process's PATH with `folder` before it.
fn path_with(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders)
        .with_context(|| format!("cannot put {} on the PATH", folder.display()))
}

/// The address in the server's line `listening on http://127.0.0.1:9001`, once the line is whole.
fn listening_on(log: &str) -> Option<String> {
    let (_, rest) = log.split_once("listening on http://")?;
    let (address, _) = rest.split_once('\n')?;
    Some(address.trim().trim_end_matches('/').to_owned())
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
        use std::os::unix::fs::PermissionsExt as _;
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
