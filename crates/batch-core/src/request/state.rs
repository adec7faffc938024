//! What a job request can be.

use amt_protocol::CompletionCode as Code;

/// A stored text that no state, kind or activity has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a stored {1}")]
pub struct UnknownText(pub String, pub &'static str);

/// Text forms for the database: one list serves both directions.
macro_rules! stored_as {
    ($type:ident, $what:literal, $($variant:ident = $text:literal),+ $(,)?) => {
        impl $type {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $type {
            type Err = UnknownText;

            fn from_str(text: &str) -> Result<Self, UnknownText> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err(UnknownText(other.to_owned(), $what)),
                }
            }
        }
    };
}

/// How a run was or will be started. It decides which running code users see (2, 7, 8, 9, 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StartKind {
    /// By a controller, from its queue.
    Normal,
    /// By an operator: passes window, hold and concurrency, but not the halted switch.
    Manual,
    /// By an operator: passes the halted switch too.
    Forced,
    /// Waits for a debugger before it begins.
    Debug,
    /// Goes on from a saved critical point.
    Recover,
}

stored_as!(
    StartKind,
    "start kind",
    Normal = "normal",
    Manual = "manual",
    Forced = "forced",
    Debug = "debug",
    Recover = "recover"
);

/// What a running request is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activity {
    /// Its process works.
    Working,
    /// Waits for a file.
    File,
    /// Waits for an operator's answer.
    Input,
    /// Waits for a child job; gives up its slot, so that a queue of one cannot block itself.
    Job,
    /// Waits for a child report; gives up its slot.
    Report,
    /// Stopped until a debugger attaches.
    Debugger,
}

stored_as!(
    Activity,
    "activity",
    Working = "working",
    File = "file",
    Input = "input",
    Job = "job",
    Report = "report",
    Debugger = "debugger"
);

impl Activity {
    /// Whether the request counts against the concurrency of its queue while it does this.
    pub const fn occupies_slot(self) -> bool {
        !matches!(self, Self::Job | Self::Report)
    }
}

/// An end that somebody has asked for while the process still runs. It decides the final code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Nobody has asked: the exit code decides.
    None,
    /// Kill: 3, whatever the process does.
    Kill,
    /// Stop: 4 when it ends with 0 within the grace, else 12.
    Stop,
    /// Aborted by its own logic: 12.
    Abort,
    /// Aborted, to be recovered by hand: 22.
    AbortRecover,
    /// Aborted, to be recovered at once while restarts are left.
    AbortRestart,
}

impl Ending {
    /// Whether the job itself has asked.
    pub const fn is_abort(self) -> bool {
        matches!(self, Self::Abort | Self::AbortRecover | Self::AbortRestart)
    }
}

stored_as!(
    Ending,
    "ending",
    None = "none",
    Kill = "kill",
    Stop = "stop",
    Abort = "abort",
    AbortRecover = "abort_recover",
    AbortRestart = "abort_restart"
);

/// The codes a request ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinalCode {
    /// 3
    Killed,
    /// 4
    Done,
    /// 6
    SkippedByOps,
    /// 10
    DelQueue,
    /// 11
    Error,
    /// 12
    Aborted,
    /// 22
    AbortedWithRecover,
    /// 99
    InvalidAmtUser,
}

impl FinalCode {
    /// Every final code, in numeric order.
    pub const ALL: [Self; 8] = [
        Self::Killed,
        Self::Done,
        Self::SkippedByOps,
        Self::DelQueue,
        Self::Error,
        Self::Aborted,
        Self::AbortedWithRecover,
        Self::InvalidAmtUser,
    ];

    /// The completion code that users see.
    pub const fn code(self) -> Code {
        match self {
            Self::Killed => Code::Killed,
            Self::Done => Code::Done,
            Self::SkippedByOps => Code::SkippedByOps,
            Self::DelQueue => Code::DelQueue,
            Self::Error => Code::Error,
            Self::Aborted => Code::Aborted,
            Self::AbortedWithRecover => Code::AbortedWithRecover,
            Self::InvalidAmtUser => Code::InvalidAmtUser,
        }
    }

    /// The final code of a stored number.
    pub fn from_number(number: i64) -> Result<Self, UnknownText> {
        Self::ALL
            .into_iter()
            .find(|code| i64::from(code.code().number()) == number)
            .ok_or_else(|| UnknownText(number.to_string(), "final code"))
    }
}

/// The state of a job request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Held back by an operator.
    Held,
    /// In an open queue, or started by hand and about to be taken.
    Queued(StartKind),
    /// In a queue that is closed at this time of day.
    OutsideWindow,
    /// Not started on time; an operator decides.
    Suspended,
    /// A controller has it. Written before anything is started.
    Running(StartKind, Activity),
    /// Over.
    Ended(FinalCode),
}

impl State {
    /// The code that users see for this state: one total function (`amt-domain 3`).
    pub const fn code(self) -> Code {
        match self {
            Self::Held => Code::Idle,
            Self::Queued(StartKind::Recover) => Code::RecoverCp,
            Self::Queued(
                StartKind::Normal | StartKind::Manual | StartKind::Forced | StartKind::Debug,
            ) => Code::Queued,
            Self::OutsideWindow => Code::WaitForQueue,
            Self::Suspended => Code::Suspended,
            Self::Running(kind, Activity::Working) => running_code(kind),
            Self::Running(_, Activity::File) => Code::WaitForFile,
            Self::Running(_, Activity::Input) => Code::WaitForInputRequest,
            Self::Running(_, Activity::Job) => Code::WaitForJob,
            Self::Running(_, Activity::Report) => Code::WaitForReport,
            Self::Running(_, Activity::Debugger) => Code::WaitForDebugger,
            Self::Ended(code) => code.code(),
        }
    }

    /// The name of the state in the database; its data is in columns of its own.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Queued(_) => "queued",
            Self::OutsideWindow => "window",
            Self::Suspended => "suspended",
            Self::Running(..) => "running",
            Self::Ended(_) => "ended",
        }
    }

    /// Puts a state together from its columns.
    ///
    /// # Errors
    /// Texts and combinations that this program never writes: the row is damaged and shows as 19.
    pub fn from_columns(
        state: &str,
        kind: &str,
        activity: &str,
        final_code: Option<i64>,
    ) -> Result<Self, UnknownText> {
        let kind: StartKind = kind.parse()?;
        let activity: Activity = activity.parse()?;
        match (state, final_code) {
            ("held", None) => Ok(Self::Held),
            ("queued", None) => Ok(Self::Queued(kind)),
            ("window", None) => Ok(Self::OutsideWindow),
            ("suspended", None) => Ok(Self::Suspended),
            ("running", None) => Ok(Self::Running(kind, activity)),
            ("ended", Some(code)) => Ok(Self::Ended(FinalCode::from_number(code)?)),
            (other, _) => Err(UnknownText(other.to_owned(), "state")),
        }
    }

    /// Whether a process may exist for this state.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Running(..))
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

const fn running_code(kind: StartKind) -> Code {
    match kind {
        StartKind::Normal => Code::Running,
        StartKind::Manual => Code::RunManual,
        StartKind::Forced => Code::RunForced,
        StartKind::Debug => Code::RunDebug,
        StartKind::Recover => Code::RecoverCp,
    }
}
