//! The lines between a job and the two processes that look after it.
//!
//! One JSON object per line, UTF-8, at most [`LINE_BYTES_MAX`] bytes with the line end. Enums are written with the
//! variant as the only key, in snake case: `{"ask":{"text":"Go on?"}}`, a variant without data as a text: `"aborting"`.
//!
//! * To the *runner*: one [`RunnerLine`], answered by one [`RunnerReply`]; any number of them on one connection.
//! * To the *batch server*: one [`Call`], answered by any number of [`Reply::Waiting`] and then exactly one
//!   [`Reply::Ok`] or [`Reply::Error`]. Several calls may follow each other on one connection.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest line either side may send, in bytes, with its line end. A longer line is answered with [`code::INVALID`].
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// The server sends [`Reply::Waiting`] at least this often while a call is blocked, in seconds.
pub const KEEP_ALIVE_SECONDS: u64 = 10;

/// A caller that has heard nothing for this long takes the connection as lost, in seconds.
pub const SILENCE_SECONDS: u64 = 30;

/// The stable texts of [`Reply::Error::code`].
pub mod code {
    /// The token belongs to no running job. Final.
    pub const BAD_TOKEN: &str = "bad_token";
    /// The call cannot be read or asks for something that does not exist or is not allowed. Final.
    pub const INVALID: &str = "invalid";
    /// The request named in the call does not exist or is not visible to this job. Final.
    pub const UNKNOWN_JOB: &str = "unknown_job";
    /// The time given in the call ran out. Final.
    pub const TIMED_OUT: &str = "timed_out";
    /// The server cannot answer now (it stops, or its database is away). The caller sends the same call again.
    pub const UNAVAILABLE: &str = "unavailable";
}

/// The secret that says which job is speaking. It never shows itself in `Debug` output.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// Takes a token as it stands in `AMTJOB_TOKEN`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token itself, to compare it or to write it onto the wire. Compare in constant time.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

/// How serious a message or an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageKind {
    /// For information.
    #[serde(rename = "I")]
    Information,
    /// Something to look at.
    #[serde(rename = "W")]
    Warning,
    /// Something went wrong.
    #[serde(rename = "E")]
    Error,
}

/// One line from a job to its runner.
///
/// The two forms are told apart by their members (`kind` and `text`, or `flush`), so a program without this library
/// can write them by hand: `{"token":"…","kind":"I","text":"…"}` and `{"token":"…","flush":true}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunnerLine {
    /// Who speaks.
    pub token: Token,
    /// Present in a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<MessageKind>,
    /// Present in a message; may have line breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// True in a flush, which is answered when everything written before it is stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flush: bool,
}

impl RunnerLine {
    /// A message for the job's log.
    pub fn message(token: Token, kind: MessageKind, text: impl Into<String>) -> Self {
        Self { token, kind: Some(kind), text: Some(text.into()), flush: false }
    }

    /// A request to be told when everything written so far is stored.
    pub fn flush(token: Token) -> Self {
        Self { token, kind: None, text: None, flush: true }
    }
}

/// The runner's answer to one [`RunnerLine`]: `{"ok":true}` or `{"error":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerReply {
    /// Always true: the message is stored, or everything before the flush is.
    Ok(bool),
    /// Why it was not, for a person.
    Error(String),
}

/// One line from a job to the batch server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Who speaks.
    pub token: Token,
    /// Made once per call and kept when the call is sent again after a lost connection: the server answers a call id
    /// that it knows with the first one's result and does nothing twice. At most 64 characters.
    pub call_id: String,
    /// What is asked.
    pub op: Op,
}

/// What a job can ask the batch server to do.
#[expect(clippy::large_enum_variant, reason = "one value per call; a box would only be in the way")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// Post an operator request and wait for its answer (amt-domain 9). Answered with [`Answer::Asked`].
    Ask {
        /// What the operator reads.
        text: String,
        /// How long to wait; without it for ever. When it runs out: [`code::TIMED_OUT`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
    },
    /// Store a task value of this run (amt-domain 6.6). Answered with [`Answer::Stored`].
    SetValue {
        /// Its name, compared exactly.
        key: String,
        /// Its new value.
        value: String,
    },
    /// Read one task value. Answered with [`Answer::Value`].
    GetValue {
        /// Its name.
        key: String,
        /// The run it belongs to; without it this one. The starter may read the values of what it started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<i64>,
    },
    /// Read all task values of a run. Answered with [`Answer::Values`].
    ListValues {
        /// The run; without it this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<i64>,
    },
    /// Add a job request as a child of this one. Answered with [`Answer::Started`].
    Start(StartChild),
    /// Wait until a run has ended. Answered with [`Answer::Ended`].
    WaitJob {
        /// The run.
        request_id: i64,
    },
    /// Wait until a file exists (code 13). Answered with [`Answer::File`].
    WaitFile {
        /// Absolute, or relative to the application's base path.
        path: String,
        /// How long to wait; without it for ever. Zero looks once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
    },
    /// Sleep until the time is over or somebody wakes this run up (amt-domain 7). Answered with [`Answer::Woken`].
    Sleep {
        /// How long; without it until a wake-up comes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<u32>,
    },
    /// Wake a sleeping run up, named by its report or its request id; exactly one of the two. Answered with
    /// [`Answer::Delivered`].
    WakeUp {
        /// The report's name, upper case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<String>,
        /// The run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<i64>,
        /// What the sleeper gets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
    },
    /// Save a critical point, from which a restart goes on (amt-domain 7). Answered with [`Answer::Saved`].
    CriticalPoint {
        /// A name for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What the restarted run gets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        /// Sleep after saving.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sleep_seconds: Option<u32>,
    },
    /// End this run on purpose (codes 12 and 22, amt-domain 7). Answered with [`Answer::Aborting`], after which the
    /// server ends the job's process group.
    Abort {
        /// Goes into the job's log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Keep the critical point, so that the run can be restarted there.
        #[serde(default)]
        recover: bool,
        /// Restart it there without an operator. Only with `recover`.
        #[serde(default)]
        restart: bool,
    },
    /// Post an alert for the operators (amt-domain 8.2). Answered with [`Answer::Alerted`].
    Alert {
        /// Red, yellow or green.
        kind: AlertKind,
        /// What the operator reads.
        text: String,
    },
}

/// A job request to add as a child. At least one of `job_name` and `script_name` is given; with both, the script runs
/// and the job name is a label. What is left out is taken from the parent (application, user, batch id) or from the
/// job's definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StartChild {
    /// The application; without it the parent's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// A job definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    /// A script, relative names from the application's script path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script_name: Option<String>,
    /// The queue; without it the definition's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_name: Option<String>,
    /// The AMT user to run as; without it the parent's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// At most 20, each `name=value` or a bare value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub task_values: Vec<String>,
    /// At most 20, each `name=value` or a bare value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub script_parameters: Vec<String>,
    /// The report parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_parameter: Option<String>,
    /// The global parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_parameter: Option<String>,
    /// The accept file that answers the child's operator requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_file: Option<String>,
    /// File id and file name; the child finds them as `dd_<file id>` (amt-domain 6.4).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extract_files: Vec<(String, String)>,
    /// The batch; without it the parent's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<String>,
    /// The report to run in place of the job's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternative_report_name: Option<String>,
    /// Answer only when the child has ended (code 15 meanwhile).
    pub wait: bool,
}

/// The colour of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Red.
    Error,
    /// Yellow.
    Warning,
    /// Green.
    Information,
}

/// One line from the batch server to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The call is known and still blocked; more lines follow.
    Waiting,
    /// The result. Last line of a call.
    Ok(Answer),
    /// The refusal. Last line of a call.
    Error {
        /// One of [`code`], or a newer text, to be taken as final.
        code: String,
        /// What was wrong and what to do, for a person.
        detail: String,
    },
}

/// The result of an [`Op`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Of [`Op::Ask`].
    Asked {
        /// What was answered.
        answer: String,
        /// By whom.
        source: AnswerSource,
    },
    /// Of [`Op::SetValue`].
    Stored,
    /// Of [`Op::GetValue`].
    Value {
        /// Null when there is no such key.
        value: Option<String>,
    },
    /// Of [`Op::ListValues`].
    Values {
        /// By key.
        values: BTreeMap<String, String>,
    },
    /// Of [`Op::Start`].
    Started {
        /// The child.
        request_id: i64,
        /// Given when the call asked to wait, else null.
        #[serde(default)]
        outcome: Option<Outcome>,
    },
    /// Of [`Op::WaitJob`].
    Ended(Outcome),
    /// Of [`Op::WaitFile`].
    File {
        /// False when the time ran out.
        found: bool,
        /// The file in full.
        path: String,
    },
    /// Of [`Op::Sleep`].
    Woken {
        /// False when the time ran out.
        by_wake_up: bool,
        /// What the waker sent.
        #[serde(default)]
        data: Option<String>,
    },
    /// Of [`Op::WakeUp`].
    Delivered {
        /// False when the target was not running.
        delivered: bool,
    },
    /// Of [`Op::CriticalPoint`].
    Saved {
        /// Counted from 1 within a request.
        number: u32,
    },
    /// Of [`Op::Abort`].
    Aborting,
    /// Of [`Op::Alert`].
    Alerted {
        /// The alert's id.
        id: i64,
    },
}

/// Who answered an operator request (amt-domain 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// The next line of the accept file.
    AcceptFile,
    /// An operator.
    Operator,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The run.
    pub request_id: i64,
    /// Completion code (amt-domain 3); 4 alone is success.
    pub code: u16,
    /// The code's name as AMT spells it.
    pub status: String,
    /// Empty, or why.
    #[serde(default)]
    pub description: String,
    /// Of the process, when there was one.
    #[serde(default)]
    pub exit_code: Option<i32>,
}

impl Outcome {
    /// True for code 4, DONE, the only success (amt-domain 3.2).
    pub fn is_done(&self) -> bool {
        self.code == 4
    }
}
