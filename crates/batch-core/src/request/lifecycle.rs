//! The one function that decides what an event makes of a job request.

use super::{Activity, Ending, Event, Exit, FinalCode, StartKind, State};

/// All that decides about a request's next state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lifecycle {
    /// Where it is.
    pub state: State,
    /// An end that was asked for.
    pub ending: Ending,
    /// Whether the job has saved a critical point.
    pub has_critical_point: bool,
    /// Automatic restarts used so far.
    pub restarts: u32,
    /// Automatic restarts allowed; 5 unless configured (`amt-domain 7`).
    pub restarts_max: u32,
}

/// What an event makes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The request changes.
    Advance(Change),
    /// A late or repeated message: nothing changes, nobody is to blame.
    Stale,
    /// Not possible in this state; the sender is told why.
    Refused(Refusal),
}

/// The columns that change together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The next state.
    pub state: State,
    /// The end that is now asked for.
    pub ending: Ending,
    /// Automatic restarts used.
    pub restarts: u32,
}

/// Why an event is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only a waiting request can be held, released, started or deleted.
    #[error("the request is already running")]
    Running,
    /// The request is over.
    #[error("the request has already ended")]
    Ended,
    /// Skip is for requests that missed their start.
    #[error("only a suspended request can be skipped")]
    NotSuspended,
    /// Release is for held requests.
    #[error("the request is not held")]
    NotHeld,
    /// The job server is halted.
    #[error("the job server is halted; start the request by force, or resume the server first")]
    Halted,
    /// There is nothing to attach to.
    #[error("the request does not wait for a debugger")]
    NoDebugger,
    /// Messages of a job that does not run.
    #[error("the request is not running")]
    NotRunning,
}

use Refusal as R;
use Verdict::{Refused, Stale};

impl Lifecycle {
    /// The whole lifecycle. No I/O, no clock, no randomness, and no case left out.
    pub fn on(&self, event: Event) -> Verdict {
        match self.state {
            State::Held | State::Queued(_) | State::OutsideWindow | State::Suspended => {
                self.while_waiting(event)
            }
            State::Running(kind, activity) => self.while_running(kind, activity, event),
            State::Ended(_) => Self::after_the_end(event),
        }
    }

    fn while_waiting(&self, event: Event) -> Verdict {
        match event {
            Event::Hold => match self.state {
                State::Held => Stale,
                _ => self.to(State::Held),
            },
            Event::Release { is_window_open } => match self.state {
                State::Held if is_window_open => self.to(State::Queued(StartKind::Normal)),
                State::Held => self.to(State::OutsideWindow),
                _ => Refused(R::NotHeld),
            },
            Event::WindowClosed => match self.state {
                State::Queued(StartKind::Normal) => self.to(State::OutsideWindow),
                _ => Stale,
            },
            Event::WindowOpened => match self.state {
                State::OutsideWindow => self.to(State::Queued(StartKind::Normal)),
                _ => Stale,
            },
            Event::StartMissed => match self.state {
                State::Queued(StartKind::Normal) | State::OutsideWindow => {
                    self.to(State::Suspended)
                }
                _ => Stale,
            },
            Event::Skip => match self.state {
                State::Suspended => self.end(FinalCode::SkippedByOps),
                _ => Refused(R::NotSuspended),
            },
            Event::StartManual { is_halted: true } => Refused(R::Halted),
            Event::StartManual { is_halted: false } => {
                self.to(State::Queued(self.kind_when_started(StartKind::Manual)))
            }
            Event::StartForced => self.to(State::Queued(self.kind_when_started(StartKind::Forced))),
            Event::Claimed => match self.state {
                State::Queued(StartKind::Debug) => {
                    self.to(State::Running(StartKind::Debug, Activity::Debugger))
                }
                State::Queued(kind) => self.to(State::Running(kind, Activity::Working)),
                _ => Stale,
            },
            Event::Kill => self.end(FinalCode::Killed),
            Event::Delete | Event::Stop => self.end(FinalCode::DelQueue),
            Event::NeverStarted
            | Event::Unblock
            | Event::Exited { .. }
            | Event::StartFailed
            | Event::Lost => Stale,
            Event::DebuggerAttached => Refused(R::NoDebugger),
            Event::Block(_) | Event::Abort { .. } => Refused(R::NotRunning),
        }
    }

    /// A recovery or debug start stays one when an operator hurries it.
    fn kind_when_started(&self, asked: StartKind) -> StartKind {
        match self.state {
            State::Queued(kind @ (StartKind::Recover | StartKind::Debug)) => kind,
            _ => asked,
        }
    }

    fn while_running(&self, kind: StartKind, activity: Activity, event: Event) -> Verdict {
        match event {
            Event::Hold
            | Event::Release { .. }
            | Event::Skip
            | Event::Delete
            | Event::StartManual { .. }
            | Event::StartForced => Refused(R::Running),
            Event::WindowClosed | Event::WindowOpened | Event::StartMissed | Event::Claimed => {
                Stale
            }
            Event::NeverStarted => match self.ending {
                Ending::Kill => self.end(FinalCode::Killed),
                Ending::Stop => self.end(FinalCode::DelQueue),
                Ending::None | Ending::Abort | Ending::AbortRecover | Ending::AbortRestart => {
                    self.to(State::Queued(kind))
                }
            },
            Event::Block(wanted) if wanted == activity => Stale,
            Event::Block(wanted) => self.to(State::Running(kind, wanted)),
            Event::Unblock => match activity {
                Activity::Working | Activity::Debugger => Stale,
                Activity::File | Activity::Input | Activity::Job | Activity::Report => {
                    self.to(State::Running(kind, Activity::Working))
                }
            },
            Event::DebuggerAttached => match activity {
                Activity::Debugger => self.to(State::Running(kind, Activity::Working)),
                _ => Refused(R::NoDebugger),
            },
            Event::Kill => self.ask(Ending::Kill),
            Event::Stop => self.ask(Ending::Stop),
            Event::Abort { recover: false, .. } => self.ask(Ending::Abort),
            Event::Abort { recover: true, restart: false } => self.ask(Ending::AbortRecover),
            Event::Abort { recover: true, restart: true } => self.ask(Ending::AbortRestart),
            Event::Exited { exit, within_grace } => self.exited(exit, within_grace),
            // A lost run may have done its work: it is never run again by itself.
            Event::StartFailed | Event::Lost => match self.ending {
                Ending::Kill => self.end(FinalCode::Killed),
                _ => self.end(FinalCode::Error),
            },
        }
    }

    fn after_the_end(event: Event) -> Verdict {
        match event {
            // Idempotent by contract: on a finished request they change nothing and return its status.
            Event::Kill
            | Event::Stop
            | Event::WindowClosed
            | Event::WindowOpened
            | Event::StartMissed
            | Event::Claimed
            | Event::NeverStarted
            | Event::Unblock
            | Event::Exited { .. }
            | Event::StartFailed
            | Event::Lost => Stale,
            Event::Hold
            | Event::Release { .. }
            | Event::Skip
            | Event::Delete
            | Event::StartManual { .. }
            | Event::StartForced
            | Event::Block(_)
            | Event::DebuggerAttached
            | Event::Abort { .. } => Refused(R::Ended),
        }
    }

    /// A stronger wish replaces a weaker one; kill is the strongest and stays.
    fn ask(&self, wanted: Ending) -> Verdict {
        match (self.ending, wanted) {
            (now, wanted) if now == wanted => Stale,
            (Ending::Kill, _)
            | (Ending::Abort | Ending::AbortRecover | Ending::AbortRestart, Ending::Stop) => Stale,
            _ => Verdict::Advance(Change {
                state: self.state,
                ending: wanted,
                restarts: self.restarts,
            }),
        }
    }

    fn exited(&self, exit: Exit, within_grace: bool) -> Verdict {
        match self.ending {
            Ending::Kill => self.end(FinalCode::Killed),
            Ending::Stop if exit.is_success() && within_grace => self.end(FinalCode::Done),
            Ending::Stop | Ending::Abort => self.end(FinalCode::Aborted),
            // Without a critical point there is nothing to recover from.
            Ending::AbortRecover | Ending::AbortRestart if !self.has_critical_point => {
                self.end(FinalCode::Aborted)
            }
            Ending::AbortRecover => self.end(FinalCode::AbortedWithRecover),
            Ending::AbortRestart => self.recover_or(FinalCode::AbortedWithRecover),
            Ending::None if exit.is_success() => self.end(FinalCode::Done),
            // A run that fails after a save point has crashed: it goes on from there by itself (`amt-domain 7`).
            Ending::None if self.has_critical_point => self.recover_or(FinalCode::Error),
            Ending::None => self.end(FinalCode::Error),
        }
    }

    fn recover_or(&self, otherwise: FinalCode) -> Verdict {
        if self.restarts >= self.restarts_max {
            return self.end(otherwise);
        }
        Verdict::Advance(Change {
            state: State::Queued(StartKind::Recover),
            ending: Ending::None,
            restarts: self.restarts + 1,
        })
    }

    fn to(&self, state: State) -> Verdict {
        Verdict::Advance(Change { state, ending: self.ending, restarts: self.restarts })
    }

    fn end(&self, code: FinalCode) -> Verdict {
        Verdict::Advance(Change {
            state: State::Ended(code),
            ending: self.ending,
            restarts: self.restarts,
        })
    }
}
