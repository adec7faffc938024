//! What can happen to a job request.

use super::Activity;

/// How the process of a run ended, as its runner recorded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// It returned this exit code.
    Code(i32),
    /// It was ended by this signal.
    Signal(i32),
}

impl Exit {
    /// Whether the process says that all went well.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Code(0))
    }
}

/// Something that happens to a job request: said by an operator, a controller, the clock or the job itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// An operator holds it back.
    Hold,
    /// An operator lets it go on; the data says whether its queue is open now.
    Release {
        /// Whether the window of its queue is open.
        is_window_open: bool,
    },
    /// The window of its queue has closed.
    WindowClosed,
    /// The window of its queue has opened.
    WindowOpened,
    /// It should have started by now.
    StartMissed,
    /// An operator gives up a suspended request.
    Skip,
    /// An operator takes it out of its queue.
    Delete,
    /// An operator starts it; refused while the job server is halted.
    StartManual {
        /// The halted switch.
        is_halted: bool,
    },
    /// An operator starts it whatever the switch says.
    StartForced,
    /// A controller takes it.
    Claimed,
    /// The claimed attempt is proven never to have started a process.
    NeverStarted,
    /// The job begins to wait.
    Block(Activity),
    /// What the job waited for has come.
    Unblock,
    /// A debugger is there.
    DebuggerAttached,
    /// Somebody kills it.
    Kill,
    /// Somebody asks it to stop.
    Stop,
    /// The job aborts itself on purpose.
    Abort {
        /// `SAVERECOVERY`: it can be recovered from its critical point.
        recover: bool,
        /// `RESTART`: recover it at once.
        restart: bool,
    },
    /// Its process has ended.
    Exited {
        /// How.
        exit: Exit,
        /// For a stop: whether the end came within the grace.
        within_grace: bool,
    },
    /// Its process could not be started.
    StartFailed,
    /// The runner is gone and left no exit record.
    Lost,
}
