//! A private batch server for one measurement.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::Database;
use crate::client::Client;

/// The API user of the harness.
pub(crate) const USER: &str = "BENCH";
/// Its password; the server lives for one measurement.
pub(crate) const PASSWORD: &str = "bench-bench-bench";

/// A running batch server with its folder and database.
pub(crate) struct Server {
    /// Its folder.
    pub(crate) dir: TempDir,
    process: Child,
    cluster: Option<PathBuf>,
    /// The address of the cluster.
    database: Option<String>,
    /// Where it answers.
    pub(crate) url: String,
    /// A client that has logged on.
    pub(crate) client: Client,
}

/// A binary beside this one.
pub(crate) fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let path = own.with_file_name(name);
    anyhow::ensure!(path.is_file(), "{} is not built; run `cargo xtask bench`", path.display());
    Ok(path)
}

impl Server {
    /// Starts a server whose queue runs so many jobs at once.
    pub(crate) async fn start(database: Database, concurrency: usize) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("ringmaster-bench-").tempdir()?;
        write_definitions(dir.path(), concurrency)?;
        let cluster = (database == Database::Postgres).then(|| dir.path().join("postgres"));
        let database = cluster.as_deref().map(start_postgres).transpose()?;
        let config = write_config(dir.path(), database.as_deref())?;
        let (process, url) = launch(&config)?;
        add_user(&config)?;
        let client = Client::new(&url).logon(USER, PASSWORD).await?;
        Ok(Self { dir, process, cluster, database, url, client })
    }

    /// Lets the database finish what a bulk load leaves for later, so that it does not do so during a measurement.
    pub(crate) async fn settle(&self) {
        if let Some(database) = &self.database {
            testkit::postgres::settle(database).await;
        }
    }

    /// The address of a new database on the cluster, if it has one.
    pub(crate) async fn other_database(&self, name: &str) -> Option<String> {
        let server = self.database.as_deref()?;
        testkit::postgres::create_on(server, name).await;
        Some(server.replacen("/postgres?", &format!("/{name}?"), 1))
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(cluster) = &self.cluster {
            stop_postgres(cluster);
        }
    }
}

/// Ends it.
pub(crate) fn stop_postgres(cluster: &Path) {
    if let Ok(tool) = binary("test-postgres") {
        let _ = Command::new(tool).arg("stop").arg(cluster).stdout(Stdio::null()).status();
    }
}

fn write_definitions(dir: &Path, concurrency: usize) -> anyhow::Result<()> {
    let reports = dir.join("app/BENCH/reports");
    std::fs::create_dir_all(&reports)?;
    std::fs::create_dir_all(dir.join("app/BENCH/scripts"))?;
    std::os::unix::fs::symlink("/bin/true", reports.join("TRUE"))?;
    std::os::unix::fs::symlink(std::env::current_exe()?, reports.join("STAMP"))?;
    let text = format!(
        "[[application]]\nname = \"BENCH\"\nbase_path = \"BENCH\"\nreport_path = \"reports\"\nscript_path = \"scripts\"\n\n\
         [[application.job]]\nname = \"TRUE\"\nkind = \"executable\"\nfile = \"TRUE\"\n\n\
         [[application.job]]\nname = \"STAMP\"\nkind = \"executable\"\nfile = \"STAMP\"\narguments = [\"stamp\"]\n\n\
         [[queue]]\nname = \"MAIN\"\ndefault = true\nconcurrency = {concurrency}\n"
    );
    std::fs::write(dir.join("app/applications.toml"), text)?;
    Ok(())
}

/// Starts a private PostgreSQL cluster and says the address of its local socket.
pub(crate) fn start_postgres(dir: &Path) -> anyhow::Result<String> {
    let output =
        Command::new(binary("test-postgres")?).arg("start").arg(dir).arg("--durable").output()?;
    anyhow::ensure!(
        output.status.success(),
        "cannot start PostgreSQL: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout)?;
    let port = text.trim().strip_suffix("/postgres").and_then(|url| url.rsplit_once(':'));
    let (_, port) = port.with_context(|| format!("the cluster has printed no address: {text}"))?;
    Ok(format!("postgres://postgres@localhost/postgres?host={}&port={port}", dir.display()))
}

fn write_config(dir: &Path, database: Option<&str>) -> anyhow::Result<PathBuf> {
    let config = dir.join("batch.toml");
    let database = database.map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
    let text = format!(
        "listen = \"127.0.0.1:0\"\ndata_dir = \"{}\"\ndefinitions = \"{}\"\n{database}\n[log]\nfilter = \"warn\"\n",
        dir.join("data").display(),
        dir.join("app/applications.toml").display(),
    );
    std::fs::write(&config, text)?;
    Ok(config)
}

fn launch(config: &Path) -> anyhow::Result<(Child, String)> {
    let mut process = Command::new(binary("ringmaster")?)
        .args(["batch-server", "run", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = process.stdout.take().context("the server has no standard output")?;
    let url = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
        .context("the batch server did not start")?;
    Ok((process, url))
}

fn add_user(config: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(binary("ringmaster")?)
        .args([
            "batch-server",
            "add-user",
            USER,
            "--password-stdin",
            "--role",
            "Administrators",
            "--config",
        ])
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    command.stdin.take().context("no standard input")?.write_all(PASSWORD.as_bytes())?;
    anyhow::ensure!(command.wait()?.success(), "cannot add the user of the harness");
    Ok(())
}
