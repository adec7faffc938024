//! Reaping runners: a thread that waits for the process of each runner that has announced its end.

use std::io;
use std::process::Child;
use std::sync::mpsc;

/// Takes runners whose wake-up pipe has closed; they end at once, so waiting for them in turn is cheap.
pub(crate) struct Reaper(mpsc::Sender<Child>);

impl Reaper {
    /// Starts the thread. It ends when the reaper is dropped and every runner handed over is reaped.
    pub(super) fn start() -> io::Result<Self> {
        let (sender, runners) = mpsc::channel::<Child>();
        std::thread::Builder::new().name("reaper".to_owned()).spawn(move || {
            for mut runner in runners {
                // A runner that cannot be waited for has been reaped already.
                let _ = runner.wait();
            }
        })?;
        Ok(Self(sender))
    }

    /// Hands over a runner that is about to end.
    pub(super) fn reap(&self, runner: Child) {
        // The thread lives as long as this sender.
        let _ = self.0.send(runner);
    }
}
