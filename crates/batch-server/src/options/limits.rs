//! The options that come in groups: limits of jobs, retention, security, log.

use std::path::PathBuf;

use kit::trace::Format;
use kit::{DurationText, SizeText};
use serde::{Deserialize, Serialize};

use super::seconds;

/// Limits of jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Output of one attempt that is kept as messages: 64KiB to 64GiB. What comes after it is counted and dropped; the job
    /// runs on.
    pub output: SizeText,
    /// Longest line of output: 256B to 1MiB. The rest of a longer one becomes further messages.
    pub line: SizeText,
    /// Processes that a job may have at once: 8 to 1000000. A job with more is ended with all of them (code 11).
    pub processes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { output: SizeText(64 << 20), line: SizeText(64 << 10), processes: 1000 }
    }
}

/// How long things are kept.
#[expect(clippy::struct_field_names, reason = "the unit is part of each key")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Days for which ended requests are kept: 1 to 36500. A request goes together with its parents and children, when the last of
    /// them has been over for so long.
    pub requests_days: u32,
    /// Days for which the messages of ended requests are kept: 1 to 36500, not more than `requests_days`.
    pub messages_days: u32,
    /// Days for which acknowledged alerts are kept: 1 to 36500.
    pub alerts_days: u32,
    /// Days for which a request key is remembered, so that the same submission is not run twice: 7 to 36500. A request
    /// with a younger key is kept, whatever `requests_days` says.
    pub request_key_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { requests_days: 30, messages_days: 30, alerts_days: 30, request_key_days: 7 }
    }
}

/// Passwords and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Security {
    /// How long a logon token lasts after it was last used: 1m to 365d. A token whose requests are not over lasts on.
    pub token_idle: DurationText,
    /// Failed logons in a row after which a user is locked out until an administrator unlocks it: 1 to 1000, or 0 for never.
    pub lockout_after: u32,
    /// Fewest characters of a new password: 8 to 128.
    pub password_length: u32,
}

impl Default for Security {
    fn default() -> Self {
        Self { token_idle: seconds(8 * 3600), lockout_after: 5, password_length: 12 }
    }
}

/// The server's own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A level (`error`, `warn`, `info`, `debug`, `trace`), or levels per part: `info,batch_server::controller=debug`.
    pub filter: String,
    /// `text` for people, `json` for one object per line.
    pub format: Format,
    /// File at whose end lines are written. Without it, standard error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: Format::Text, file: None }
    }
}
