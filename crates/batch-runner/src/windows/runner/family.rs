//! The job's processes: a job object that holds them all, which counts and ends them.
//!
//! It lies within the object that the runner itself is in. The outer one ends everything should the runner be killed; this
//! one ends everything but the runner.

use std::collections::HashSet;
use std::io;
use std::os::windows::io::AsRawHandle;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use win32job::{ExtendedLimitInfo, Job};

use super::super::bare;

/// How a process ends that was ended by force: a code that no program chooses (error, of a customer, 9 as in `SIGKILL`).
pub(super) const FORCED: u32 = 0xE000_0009;

/// How long processes are waited for; what is alive then hangs in the kernel.
const END_MAX: Duration = Duration::from_secs(10);
/// Pause between two rounds, doubling up to the second.
const PAUSE_FIRST: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(20);

/// A job object whose processes end with its last handle.
pub(super) fn object() -> io::Result<Job> {
    let mut limits = ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    Ok(Job::create_with_limit_info(&limits)?)
}

/// The job's own process and everything below it.
pub(super) struct Family {
    job: Job,
}

impl Family {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { job: object()? })
    }

    /// Takes in a process that has not begun to run.
    pub(super) fn adopt(&self, child: &Child) -> io::Result<()> {
        Ok(self.job.assign_process(child.as_raw_handle() as isize)?)
    }

    /// Processes at this moment.
    pub(super) fn count(&self) -> usize {
        // It fails only for more processes than fit its list, which has room for a thousand.
        self.job.query_process_id_list().map_or(usize::MAX, |pids| pids.len())
    }

    /// Ends everything that is left. Returns how many processes were ended beside the job's own, `child`, and how many could
    /// not be.
    pub(super) fn end_all(&self, child: u32) -> (u32, usize) {
        let until = Instant::now() + END_MAX;
        let mut pause = PAUSE_FIRST;
        let mut ended = HashSet::new();
        loop {
            let left = self.job.query_process_id_list();
            let is_clean = left.as_ref().is_ok_and(Vec::is_empty);
            let left = left.unwrap_or_default();
            ended.extend(left.iter().copied());
            if is_clean || Instant::now() >= until {
                ended.remove(&(child as usize));
                ended.retain(|pid| !left.contains(pid));
                return (u32::try_from(ended.len()).unwrap_or(u32::MAX), left.len());
            }
            // It fails for processes that are about to end already; the next look tells.
            let _ = bare::terminate(&self.job, FORCED);
            sleep(pause);
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}
