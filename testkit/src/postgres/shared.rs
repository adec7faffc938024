//! The server that all test processes of a user share.
//!
//! Three files in its directory keep them apart: `start` is locked while somebody starts or stops the server, `users`
//! is locked in shared mode by every process that uses it, `url` holds its address. A small shell loop stops the
//! server once it could lock `users` alone at several looks in a row.

use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use nix::unistd::geteuid;

use super::cluster::{Cluster, Durability};

/// Looks the loop takes, and the seconds between them, before an unused server is stopped.
const IDLE_LOOKS: u32 = 6;
const IDLE_LOOK_S: u32 = 10;

/// The address of the shared server, started if necessary. It lives at least as long as this process.
pub(super) fn url() -> String {
    static URL: OnceLock<(String, File)> = OnceLock::new();
    let (url, _users) = URL.get_or_init(|| {
        join().unwrap_or_else(|error| panic!("cannot get a PostgreSQL server for tests: {error:#}"))
    });
    url.clone()
}

/// Ends the shared server now, whoever uses it.
pub fn stop() -> Result<()> {
    let dir = directory();
    if !dir.exists() {
        return Ok(());
    }
    let _starting = locked_start(&dir)?;
    Cluster::in_dir(&dir)?.stop()
}

fn directory() -> PathBuf {
    super::folder().join(format!("ringmaster-test-postgres-{}", geteuid()))
}

/// Becomes a user of the server. The returned file holds the lock that says so.
fn join() -> Result<(String, File)> {
    let dir = directory();
    let cluster = Cluster::in_dir(&dir)?;
    fs::create_dir_all(&dir).with_context(|| format!("while creating {}", dir.display()))?;
    let starting = locked_start(&dir)?;
    let users = open(&dir.join("users"))?;
    users.lock_shared().context("while locking the list of users")?;
    let address = dir.join("url");
    if !cluster.is_running() {
        let url = cluster.start(Durability::None)?;
        fs::write(&address, url).with_context(|| format!("while writing {}", address.display()))?;
        watch(&dir, &cluster)?;
    }
    let url = fs::read_to_string(&address)
        .with_context(|| format!("while reading {}", address.display()))?;
    drop(starting);
    Ok((url, users))
}

fn locked_start(dir: &Path) -> Result<File> {
    let file = open(&dir.join("start"))?;
    file.lock().context("while waiting for another process that starts PostgreSQL")?;
    Ok(file)
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .with_context(|| format!("while opening {}", path.display()))
}

/// Starts the loop that stops the server when nobody uses it. It is a shell, because no process of ours outlives the
/// tests, and it leaves our process group, so that a test runner does not end it with a test.
#[expect(clippy::disallowed_methods, reason = "the loop outlives every test process")]
fn watch(dir: &Path, cluster: &Cluster) -> Result<()> {
    let script = format!(
        "idle=0\n\
         while sleep {IDLE_LOOK_S}; do\n\
           exec 8>start; flock 8\n\
           [ -f data/postmaster.pid ] || exit 0\n\
           if flock -n users true; then idle=$((idle+1)); else idle=0; fi\n\
           if [ $idle -ge {IDLE_LOOKS} ]; then \"$@\" 8>&-; exit 0; fi\n\
           exec 8>&-\n\
         done"
    );
    Command::new("sh")
        .args(["-c", &script, "test-postgres-watch"])
        .args(cluster.stop_command())
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("while starting the loop that ends PostgreSQL")?;
    Ok(())
}
