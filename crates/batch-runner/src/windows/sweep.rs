//! Making sure that a killed runner has left nothing.

use std::io;
use std::time::Duration;

use super::bare;
use crate::ChildRecord;

/// How long a process may take to end; what is alive then cannot be ended (it hangs in the kernel).
const SWEEP_MAX: Duration = Duration::from_secs(10);

/// Waits until the recorded process is gone. The system ends all processes of a runner with it, since they are in its job
/// object; so nothing is left to be ended here, and the result is always zero.
///
/// Only for attempts whose runner is gone. A process with the recorded number that was started at another time is somebody
/// else's.
pub fn sweep(attempt_marker: &str, child: Option<&ChildRecord>) -> io::Result<u32> {
    let Some(child) = child else { return Ok(0) };
    let pid = u32::try_from(child.pid).map_err(io::Error::other)?;
    let Some(process) = bare::open(pid)? else { return Ok(0) };
    if bare::started_at(&process)? != child.started_at || bare::wait(&process, SWEEP_MAX)? {
        return Ok(0);
    }
    let text = format!("process {pid} of attempt {attempt_marker} has not ended with its runner");
    Err(io::Error::new(io::ErrorKind::TimedOut, text))
}
