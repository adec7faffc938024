//! Slurm, from Debian's packages: a controller and four nodes on this machine, with a key, ports and folders of their own.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, PidfdFlags, Signal};
use tempfile::TempDir;

use super::Shape;
use super::daemon::Daemon;

/// What its controller promises.
pub(crate) const DURABILITY: &str =
    "state saved up to 5 s late: a crash can forget or repeat what ended since";

/// Nodes on this machine; Debian's build allows several.
const NODES: usize = 4;
/// Jobs that warm it up. They take it a second or two.
const WARM: usize = 64;
/// How often a wait looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How long the daemons may take to be ready.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long a run may go without one job ending.
const STALL_LIMIT: Duration = Duration::from_secs(120);
/// How long running jobs may take to end when the rest is cancelled.
const CANCEL_LIMIT: Duration = Duration::from_secs(10);
/// The daemons lie outside the PATH of ordinary users.
const FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin"];

/// An installed Slurm.
#[derive(Debug, Clone)]
pub(crate) struct Slurm {
    munged: PathBuf,
    slurmctld: PathBuf,
    slurmd: PathBuf,
    sbatch: PathBuf,
    sinfo: PathBuf,
    squeue: PathBuf,
    scancel: PathBuf,
    /// Its version.
    pub(crate) version: String,
}

impl Slurm {
    /// Looks for its programs.
    ///
    /// # Errors
    /// When one is not there, with what to install.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let slurmctld = program("slurmctld")?;
        let version = output(Command::new(&slurmctld).arg("-V"))?;
        Ok(Self {
            munged: program("munged")?,
            slurmd: program("slurmd")?,
            sbatch: program("sbatch")?,
            sinfo: program("sinfo")?,
            squeue: program("squeue")?,
            scancel: program("scancel")?,
            version: version.split_whitespace().last().unwrap_or("unknown").to_owned(),
            slurmctld,
        })
    }

    /// Runs so many processes with fresh daemons and so many slots; the seconds from the submission to the last end.
    ///
    /// # Errors
    /// When the daemons do not start or not every job ended well.
    pub(crate) async fn run(&self, jobs: usize, slots: usize) -> anyhow::Result<f64> {
        let mut cluster = Cluster::start(self, slots).await?;
        cluster.array("warm", WARM).await.map_err(|error| cluster.explain(error))?;
        let begin = Instant::now();
        cluster.array("jobs", jobs).await.map_err(|error| cluster.explain(error))?;
        let seconds = begin.elapsed().as_secs_f64();
        let outputs = fs::read_dir(cluster.dir.path().join("jobs"))?.count();
        anyhow::ensure!(outputs == jobs, "Slurm: {outputs} of {jobs} jobs have left their output");
        Ok(seconds)
    }
}

impl Slurm {
    /// Runs a shape with fresh daemons and so many slots; the seconds from the first submission to the last end.
    ///
    /// # Errors
    /// When the daemons do not start or not every job ended well.
    pub(crate) async fn run_shape(&self, shape: Shape, slots: usize) -> anyhow::Result<f64> {
        let mut cluster = Cluster::start(self, slots).await?;
        cluster.array("warm", WARM).await.map_err(|error| cluster.explain(error))?;
        let begin = Instant::now();
        cluster.shape(shape).await.map_err(|error| cluster.explain(error))?;
        Ok(begin.elapsed().as_secs_f64())
    }
}

/// The daemons of one run. Dropped, they are ended, and what they started with them.
struct Cluster<'a> {
    slurm: &'a Slurm,
    dir: TempDir,
    /// In the order of their start: munge first, without which the others cannot even stop in order.
    daemons: Vec<Daemon>,
    completions: Completions,
}

impl<'a> Cluster<'a> {
    async fn start(slurm: &'a Slurm, slots: usize) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("ringmaster-bench-slurm-").tempdir()?;
        // Munge wants its socket to be reachable by everybody; its key has a mode of its own.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o711))?;
        for folder in ["state", "spool"] {
            fs::create_dir(dir.path().join(folder))?;
        }
        fs::write(dir.path().join("slurm.conf"), configuration(dir.path(), slots)?)?;
        fs::write(dir.path().join("job"), "#!/bin/true\n")?;
        let completions = Completions::new(dir.path().join("completions"));
        let mut cluster = Self { slurm, dir, daemons: Vec::new(), completions };
        cluster.start_munge().await.map_err(|error| cluster.explain(error))?;
        cluster.start_slurm().await.map_err(|error| cluster.explain(error))?;
        Ok(cluster)
    }

    async fn start_munge(&mut self) -> anyhow::Result<()> {
        let key = self.dir.path().join("munge.key");
        let mut random = [0_u8; 128];
        File::open("/dev/urandom")?.read_exact(&mut random)?;
        fs::write(&key, random)?;
        fs::set_permissions(&key, Permissions::from_mode(0o600))?;
        let mut command = Command::new(&self.slurm.munged);
        command.arg("--foreground").arg("--key-file").arg(key);
        for (option, file) in
            [("socket", "munge.socket"), ("pid-file", "munge.pid"), ("seed-file", "munge.seed")]
        {
            command.arg(format!("--{option}")).arg(self.dir.path().join(file));
        }
        self.add("munged", &mut command)?;
        let socket = self.dir.path().join("munge.socket");
        self.until("munge listens", |_| Ok(socket.exists())).await
    }

    async fn start_slurm(&mut self) -> anyhow::Result<()> {
        let mut controller = self.program(&self.slurm.slurmctld);
        self.add("slurmctld", controller.arg("-D"))?;
        for node in 1..=NODES {
            let name = format!("n{node}");
            let mut command = self.program(&self.slurm.slurmd);
            self.add(&format!("slurmd-{name}"), command.args(["-D", "-N", &name]))?;
        }
        let idle = format!("idle {NODES}");
        self.until("all nodes are idle", |cluster| {
            // It refuses to answer while it starts.
            let states = output(cluster.program(&cluster.slurm.sinfo).args(["-h", "-o", "%T %D"]));
            Ok(states.is_ok_and(|states| states == idle))
        })
        .await
    }

    fn add(&mut self, name: &str, command: &mut Command) -> anyhow::Result<()> {
        let log = self.dir.path().join(format!("{name}.out"));
        self.daemons.push(Daemon::start(name, command, &log)?);
        Ok(())
    }

    /// A program of Slurm that knows these daemons.
    fn program(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        command.env("SLURM_CONF", self.dir.path().join("slurm.conf")).current_dir(self.dir.path());
        command
    }

    async fn until(
        &mut self,
        what: &str,
        is_so: impl Fn(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let until = Instant::now() + START_LIMIT;
        while !is_so(self)? {
            self.daemons.iter_mut().try_for_each(Daemon::is_alive)?;
            let seconds = START_LIMIT.as_secs();
            anyhow::ensure!(Instant::now() < until, "waited {seconds} s until {what}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Runs an array of so many jobs to its end; each leaves its output in the folder `name`.
    async fn array(&mut self, name: &str, jobs: usize) -> anyhow::Result<()> {
        fs::create_dir(self.dir.path().join(name))?;
        self.submit(name, Some(jobs), None)?;
        self.until_ended(jobs).await
    }

    /// Runs jobs that wait for each other.
    async fn shape(&mut self, shape: Shape) -> anyhow::Result<()> {
        fs::create_dir(self.dir.path().join("shape"))?;
        match shape {
            Shape::Row(jobs) => {
                let mut before = None;
                for _ in 0..jobs {
                    before = Some(self.submit("shape", None, before.as_deref())?);
                }
                self.until_ended(jobs).await
            }
            Shape::Fan(jobs) => {
                let first = self.submit("shape", None, None)?;
                self.submit("shape", Some(jobs), Some(&first))?;
                self.until_ended(jobs + 1).await
            }
        }
    }

    /// Submits one job, or an array of so many, which may wait for another one; its number.
    fn submit(
        &self,
        name: &str,
        jobs: Option<usize>,
        after: Option<&str>,
    ) -> anyhow::Result<String> {
        let mut command = self.program(&self.slurm.sbatch);
        command.arg("--parsable");
        if let Some(jobs) = jobs {
            command.arg("--array").arg(format!("1-{jobs}"));
        }
        if let Some(after) = after {
            command.arg(format!("--dependency=afterok:{after}"));
        }
        let file = if jobs.is_some() { "%a.out" } else { "%j.out" };
        command.arg("--output").arg(self.dir.path().join(name).join(file));
        output(command.arg(self.dir.path().join("job")))
    }

    /// Waits until so many jobs have ended.
    async fn until_ended(&mut self, jobs: usize) -> anyhow::Result<()> {
        let (mut ended, mut since) = (0, Instant::now());
        while ended < jobs {
            let more = self.completions.more()?;
            if more > 0 {
                (ended, since) = (ended + more, Instant::now());
            }
            self.daemons.iter_mut().try_for_each(Daemon::is_alive)?;
            anyhow::ensure!(
                since.elapsed() < STALL_LIMIT,
                "{ended} of {jobs} jobs have ended, and no other for {} s",
                STALL_LIMIT.as_secs()
            );
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Adds the last words of the daemons to an error, before their folder is removed.
    fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        let tail = |name: &str| {
            let text = fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(5)..].join("\n")
        };
        let words = ["munged.out", "slurmctld.out", "slurmctld.log", "slurmd-n1.log"].map(tail);
        anyhow::anyhow!("{error:#}; the logs of Slurm end with:\n{}", words.join("\n").trim())
    }

    /// Cancels what still waits and lets the running jobs end: the process of a job outlives its daemon, and would try to
    /// report to the controller for a long time.
    fn cancel(&mut self) {
        let is_alive = |controller: &mut Daemon| controller.is_alive().is_ok();
        if !self.daemons.get_mut(1).is_some_and(is_alive) {
            // Without a controller each of the commands below would try for a minute.
            return;
        }
        let mut squeue = self.program(&self.slurm.squeue);
        squeue.arg("-h");
        let mut is_empty = || output(&mut squeue).is_ok_and(|text| text.is_empty());
        if is_empty() {
            return;
        }
        let waiting = ["--state=PENDING", "--partition=bench"];
        let _ = output(self.program(&self.slurm.scancel).args(waiting));
        let until = Instant::now() + CANCEL_LIMIT;
        while !is_empty() && Instant::now() < until {
            std::thread::sleep(LOOK_AGAIN * 10);
        }
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        self.cancel();
        // The controller first, so that it starts nothing more; munge last, since all others need it to the end.
        let munge = (!self.daemons.is_empty()).then(|| self.daemons.remove(0));
        self.daemons.drain(..).for_each(drop);
        drop(munge);
        end_leftovers(&self.dir.path().join("slurm.conf"));
    }
}

/// Ends the processes that carry this configuration in their environment, which is nobody's but this cluster's.
fn end_leftovers(configuration: &Path) {
    let mark = [b"SLURM_CONF=", configuration.as_os_str().as_encoded_bytes(), b"\0"].concat();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid =
            entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        let Some(pid) = pid else { continue };
        // Opened before the environment is read: what is signalled is what was read.
        let Ok(process) = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else { continue };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.windows(mark.len()).any(|part| part == mark) {
            let _ = rustix::process::pidfd_send_signal(&process, Signal::KILL);
        }
    }
}

/// The file in which the controller notes every job that has ended.
struct Completions {
    path: PathBuf,
    file: Option<File>,
    /// A line that is not complete yet.
    rest: Vec<u8>,
}

impl Completions {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None, rest: Vec::new() }
    }

    /// How many jobs have ended since the last call.
    ///
    /// # Errors
    /// When one did not end well.
    fn more(&mut self) -> anyhow::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            // The controller makes it with the first line.
            None if !self.path.exists() => return Ok(0),
            None => self.file.insert(File::open(&self.path)?),
        };
        file.read_to_end(&mut self.rest)?;
        let complete = self.rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.rest.drain(..complete).collect();
        let mut ended = 0;
        for line in String::from_utf8_lossy(&lines).lines() {
            anyhow::ensure!(line.contains("JobState=COMPLETED"), "a job failed: {line}");
            ended += 1;
        }
        Ok(ended)
    }
}

/// The configuration: what `bench/README.md` describes, in a private folder on free ports.
fn configuration(dir: &Path, slots: usize) -> anyhow::Result<String> {
    let user = output(Command::new("id").arg("-un"))?;
    let host = fs::read_to_string("/proc/sys/kernel/hostname")?;
    let host = host.trim().split('.').next().unwrap_or("localhost");
    // All are held until all are known, so that no two are the same.
    let listeners: Vec<TcpListener> =
        (0..=NODES).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let ports: Vec<String> = listeners
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port().to_string()))
        .collect::<anyhow::Result<_>>()?;
    let slots = slots.div_ceil(NODES);
    let nodes: String = (1..=NODES)
        .map(|node| {
            let port = &ports[node];
            format!(
                "NodeName=n{node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={slots}\n"
            )
        })
        .collect();
    let text = include_str!("slurm.conf")
        .replace("{dir}", &dir.display().to_string())
        .replace("{host}", host)
        .replace("{user}", &user)
        .replace("{port}", &ports[0]);
    Ok(text + &nodes + "PartitionName=bench Nodes=ALL Default=YES State=UP MaxTime=INFINITE\n")
}

/// The path of a program of Slurm.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(FOLDERS.map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .with_context(|| {
            format!(
                "{name} is not there; install with: apt-get install --no-install-recommends munge slurmctld slurmd \
                 slurm-client"
            )
        })
}

/// What a program printed, trimmed.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let name =
        Path::new(command.get_program()).file_name().map(OsStr::to_owned).unwrap_or_default();
    let name = name.to_string_lossy();
    let output = command.output().with_context(|| format!("cannot start {name}"))?;
    anyhow::ensure!(
        output.status.success(),
        "{name} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_line_that_is_not_complete_is_counted_when_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("completions");
        let mut completions = Completions::new(path.clone());
        assert_eq!(completions.more().unwrap(), 0);
        let mut file = File::create(&path).unwrap();
        file.write_all(b"JobId=1 JobState=COMPLETED x\nJobId=2 JobSt").unwrap();
        assert_eq!(completions.more().unwrap(), 1);
        file.write_all(b"ate=COMPLETED x\n").unwrap();
        assert_eq!(completions.more().unwrap(), 1);
        assert_eq!(completions.more().unwrap(), 0);
    }

    #[test]
    fn a_job_that_failed_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("completions");
        fs::write(&path, "JobId=1 JobState=FAILED x\n").unwrap();
        let error = Completions::new(path).more().unwrap_err().to_string();
        assert!(error.contains("JobId=1 JobState=FAILED"), "{error}");
    }

    #[test]
    fn the_configuration_has_a_port_for_every_daemon_and_the_slots_it_was_asked_for() {
        let text = configuration(Path::new("/private"), 32).unwrap();
        assert!(!text.contains('{'), "{text}");
        assert!(text.contains("StateSaveLocation=/private/state\n"), "{text}");
        assert_eq!(text.matches(" CPUs=8\n").count(), NODES, "{text}");
        let ports: std::collections::HashSet<&str> =
            text.split_whitespace().filter_map(|word| word.strip_prefix("Port=")).collect();
        assert_eq!(ports.len(), NODES, "{text}");
    }
}
