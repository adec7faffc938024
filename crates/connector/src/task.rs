//! What names a task.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest key, in bytes: what AMTOpCon takes as a `RequestKey`.
const KEY_BYTES_MAX: usize = 128;

/// Names one attempt of one job in all systems and for ever: the idempotency key of its start. 1 to 128 letters,
/// digits and `-`, `_`, `.`, `:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AttemptKey(String);

/// A text that is no [`AttemptKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key of an attempt: it has 1 to 128 letters, digits and - _ . :")]
pub struct BadAttemptKey(String);

impl AttemptKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AttemptKey {
    type Error = BadAttemptKey;

    fn try_from(text: String) -> Result<Self, BadAttemptKey> {
        let is_right = |sign: char| sign.is_ascii_alphanumeric() || "-_.:".contains(sign);
        if text.is_empty() || text.len() > KEY_BYTES_MAX || !text.chars().all(is_right) {
            return Err(BadAttemptKey(text.chars().take(KEY_BYTES_MAX).collect()));
        }
        Ok(Self(text))
    }
}

impl FromStr for AttemptKey {
    type Err = BadAttemptKey;

    fn from_str(text: &str) -> Result<Self, BadAttemptKey> {
        Self::try_from(text.to_owned())
    }
}

impl From<AttemptKey> for String {
    fn from(key: AttemptKey) -> Self {
        key.0
    }
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an integration must remember of a task. The scheduler stores it and hands it back, and never looks into it. No
/// secret belongs into it. At most [`State::BYTES_MAX`] bytes, since a question about many tasks carries all of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct State(pub String);

impl State {
    /// Longest state, in bytes.
    pub const BYTES_MAX: usize = 1024;
}

/// A task that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRef {
    /// Its key.
    pub attempt: AttemptKey,
    /// What the integration last said to remember.
    pub state: State,
}
