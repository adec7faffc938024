//! Jobs that still run when the demo ends. By design a job outlives its batch server, so the demo asks the runners of
//! its own jobs to end them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;
use rustix::process::{Pid, Signal};
use serde_json::Value;

/// A runner kills what does not end by itself within seconds.
const LIMIT: Duration = Duration::from_mins(1);

/// Ends the jobs below `spool`, a batch server's spool folder. The server must have ended before, or it would start
/// others.
pub(crate) fn end(spool: &Path) {
    let claims = running(spool);
    for claim in &claims {
        println!("ending the job of {}", claim.parent().unwrap_or(claim).display());
        signal_runner(claim);
    }
    // Not to be interrupted: this is what an interrupted demo does last.
    let until = Instant::now() + LIMIT;
    while let Some(claim) = claims.iter().find(|claim| is_locked(claim)) {
        if Instant::now() > until {
            eprintln!("a job still runs: {}", claim.display());
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The claims of attempts whose runner is alive: a runner holds a lock on its claim as long as it lives.
fn running(spool: &Path) -> Vec<PathBuf> {
    let attempts = folders(spool).into_iter().flat_map(|controller| folders(&controller));
    attempts.map(|attempt| attempt.join("claim")).filter(|claim| is_locked(claim)).collect()
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect()
}

fn is_locked(claim: &Path) -> bool {
    File::open(claim)
        .is_ok_and(|file| rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}

fn signal_runner(claim: &Path) {
    let Ok(text) = fs::read_to_string(claim) else { return };
    let Some(pid) = runner_pid(&text).and_then(Pid::from_raw) else { return };
    // It may have ended this moment.
    let _ = rustix::process::kill_process(pid, Signal::TERM);
}

/// The first line of a claim names its owner.
fn runner_pid(claim: &str) -> Option<i32> {
    let owner: Value = serde_json::from_str(claim.lines().next()?).ok()?;
    i32::try_from(owner["runner"].as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_claims_that_are_locked_belong_to_running_jobs() {
        let spool = tempfile::tempdir().unwrap();
        let attempts = ["1-1", "2-1"].map(|name| spool.path().join("c1").join(name));
        let claims = attempts.each_ref().map(|attempt| {
            fs::create_dir_all(attempt).unwrap();
            let claim = attempt.join("claim");
            fs::write(&claim, "{}").unwrap();
            claim
        });
        let alive = File::open(&claims[1]).unwrap();
        rustix::fs::flock(&alive, FlockOperation::LockExclusive).unwrap();
        assert_eq!(running(spool.path()), [claims[1].clone()]);
    }

    #[test]
    fn the_runner_is_found_in_its_claim() {
        assert_eq!(runner_pid("{\"runner\":17}\n{\"child\":{\"pid\":18}}\n"), Some(17));
        assert_eq!(runner_pid("\"void\"\n"), None);
    }
}
