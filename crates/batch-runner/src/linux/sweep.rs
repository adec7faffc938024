//! Ending what a killed runner left behind.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::process;
use crate::ChildRecord;

/// How long a sweep goes on; what is alive then cannot be ended (it hangs in the kernel).
const SWEEP_MAX: Duration = Duration::from_secs(10);

/// Between two passes: time for killed processes to be gone.
const PASS_PAUSE: Duration = Duration::from_millis(5);

/// Ends every process whose environment holds `AMTJOB_ATTEMPT=<attempt_marker>`, what is below such a process, and the
/// recorded process group if one of its members has the marker (numbers are used again: a group
/// without it is somebody else's). Repeats until a pass finds nothing. Returns how many were ended.
///
/// Only for attempts whose runner is gone. Reads all of `/proc` several times. A process that emptied its
/// environment, left the group and lost its parent is not found; a live runner would have found it.
pub fn sweep(attempt_marker: &str, child: Option<&ChildRecord>) -> io::Result<u32> {
    let marker = format!("AMTJOB_ATTEMPT={attempt_marker}");
    let until = Instant::now() + SWEEP_MAX;
    let mut ended = HashSet::new();
    loop {
        let found = pass(marker.as_bytes(), child)?;
        if found.is_empty() {
            return Ok(u32::try_from(ended.len()).unwrap_or(u32::MAX));
        }
        ended.extend(found);
        if Instant::now() >= until {
            let text = format!("processes of attempt {attempt_marker} could not be ended");
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        sleep(PASS_PAUSE);
    }
}

/// Whether a process of the attempt is alive, as [`sweep`] would find it by its environment.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn has_processes(attempt_marker: &str) -> io::Result<bool> {
    let marker = format!("AMTJOB_ATTEMPT={attempt_marker}");
    Ok(process::all()?.into_iter().any(|pid| is_marked(pid, marker.as_bytes())))
}

/// Stops everything before it kills anything: a process that forks faster than it is found would win otherwise.
fn pass(marker: &[u8], child: Option<&ChildRecord>) -> io::Result<HashSet<i32>> {
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    let mut found = HashSet::new();
    let mut is_group_ours = false;
    for pid in process::all()? {
        if pid == own || !process::signal_if(pid, Signal::STOP, || is_marked(pid, marker)) {
            continue;
        }
        found.insert(pid);
        is_group_ours |=
            child.is_some_and(|c| process::stat(pid).is_some_and(|s| s.group == c.pgid));
        for below in process::descendants(pid, usize::MAX, |_| {}) {
            let is_still = || process::stat(below.pid).is_some_and(|s| s.parent == below.parent);
            if below.pid != own && process::signal_if(below.pid, Signal::STOP, is_still) {
                found.insert(below.pid);
            }
        }
    }
    if let Some(child) = child.filter(|_| is_group_ours) {
        found.extend(members(child.pgid)?.into_iter().filter(|pid| *pid != own));
    }
    for pid in &found {
        // They are stopped: none of them can have ended and given its number away, unless killed by others.
        process::signal_if(*pid, Signal::KILL, || true);
    }
    Ok(found)
}

fn members(group: i32) -> io::Result<Vec<i32>> {
    let all = process::all()?;
    let is_member = |pid: i32| process::stat(pid).is_some_and(|s| s.group == group);
    Ok(all
        .into_iter()
        .filter(|pid| process::signal_if(*pid, Signal::STOP, || is_member(*pid)))
        .collect())
}

/// Zombies and processes of other users have no readable environment and are not marked.
fn is_marked(pid: i32, marker: &[u8]) -> bool {
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == marker))
}
