//! Telling the controller that there is something to read.
//!
//! A pipe on Windows has no way not to block, so a thread of its own writes into it: it may hang when nobody reads, and ends
//! with the process.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use crate::runner::CLAIMED;

/// How long the answer to a write is waited for. Nobody at the other end is known at once.
const ANSWER_MAX: Duration = Duration::from_millis(100);

static BELL: OnceLock<Arc<Bell>> = OnceLock::new();

#[derive(Default)]
struct Bell {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_wanted: bool,
    is_ringing: bool,
    /// Nobody is at the other end any more.
    is_abandoned: bool,
}

/// Says that this runner has the attempt: from now on the file alone is no proof that nothing was started. The pipe is empty, so this
/// cannot block.
pub(crate) fn tell_claimed() {
    let _ = write(CLAIMED);
}

/// One byte, soon. A full pipe and a controller that is gone are no errors.
pub(crate) fn ring() {
    let bell = BELL.get_or_init(start);
    bell.lock().is_wanted = true;
    bell.changed.notify_all();
}

/// Whether there is nobody at the other end any more.
pub(crate) fn is_abandoned() -> bool {
    ring();
    let bell = BELL.get_or_init(start);
    let is_open = |state: &mut State| (state.is_wanted || state.is_ringing) && !state.is_abandoned;
    let waited = bell.changed.wait_timeout_while(bell.lock(), ANSWER_MAX, is_open);
    waited.unwrap_or_else(PoisonError::into_inner).0.is_abandoned
}

fn start() -> Arc<Bell> {
    let bell = Arc::new(Bell::default());
    let ringing = Arc::clone(&bell);
    // Without the thread the controller finds the output at the end of the job.
    let _ = thread::Builder::new().name("wake".to_owned()).spawn(move || ringing.run());
    bell
}

fn write(byte: u8) -> io::Result<()> {
    let mut pipe = io::stdout().lock();
    pipe.write_all(&[byte])?;
    pipe.flush()
}

impl Bell {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let waited = self.changed.wait_while(self.lock(), |state| !state.is_wanted);
            let mut state = waited.unwrap_or_else(PoisonError::into_inner);
            state.is_wanted = false;
            state.is_ringing = true;
            drop(state);
            let rung = write(b'o');
            let mut state = self.lock();
            state.is_ringing = false;
            state.is_abandoned |= rung.is_err();
            drop(state);
            self.changed.notify_all();
        }
    }
}
