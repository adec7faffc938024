//! What can go wrong, and whether trying again helps.

use std::error::Error as StdError;
use std::fmt;
use std::io::ErrorKind;
use std::ops::Range;
use std::time::Duration;

/// The most characters of what a store has said that an error repeats.
const REASON_CHARACTERS: usize = 400;

/// Why the archive did not do what was asked. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The settings cannot be used as they are.
    #[error("cannot use the archive {place}: {reason}")]
    Settings {
        /// The archive as the settings name it.
        place: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The folder or the bucket is not there, or is another one than before.
    #[error(
        "the archive {place} is lost: {reason}; mount or restore it, until then nothing is written to it"
    )]
    Lost {
        /// The archive.
        place: String,
        /// What is missing.
        reason: String,
    },
    /// There is no room: a full disk, a quota, a limit on the size of files.
    #[error(
        "no space in the archive {place} to {attempt}: {reason}; free some or keep logs for fewer days"
    )]
    Full {
        /// The archive.
        place: String,
        /// What was attempted.
        attempt: String,
        /// What the store has said.
        reason: String,
    },
    /// The store refuses this user.
    #[error(
        "the archive {place} does not allow to {attempt}: {reason}; give this user the right to read, write, list and delete there"
    )]
    Denied {
        /// The archive.
        place: String,
        /// What was attempted.
        attempt: String,
        /// What the store has said.
        reason: String,
    },
    /// No answer in time. What was attempted may have happened; doing it again does no harm.
    #[error("the archive {place} took longer than {limit:?} to {attempt}")]
    Slow {
        /// The archive.
        place: String,
        /// What was attempted.
        attempt: String,
        /// The longest that is waited.
        limit: Duration,
    },
    /// The store cannot be reached, or fails in a way that may pass.
    #[error("cannot {attempt} in the archive {place}: {reason}")]
    Unavailable {
        /// The archive.
        place: String,
        /// What was attempted.
        attempt: String,
        /// What the store has said.
        reason: String,
    },
    /// The archive is there, but an object of it is not.
    #[error("bytes {}..{} of the log are missing: the archive {place} has no object {object}", part.start, part.end)]
    Missing {
        /// The archive.
        place: String,
        /// Its key.
        object: String,
        /// The bytes of the log that cannot be read.
        part: Range<u64>,
    },
    /// A part of an object is not what was written.
    #[error("bytes {}..{} of the log are damaged in the object {object} of the archive {place}: expected SHA-256 {expected}, found {found}", part.start, part.end)]
    Damaged {
        /// The archive.
        place: String,
        /// Its key.
        object: String,
        /// The bytes of the log that cannot be read.
        part: Range<u64>,
        /// SHA-256 of the text that was written, in hexadecimal digits.
        expected: String,
        /// What is there instead.
        found: Found,
    },
    /// The index does not describe a log.
    #[error("the index of the log cannot be used: {reason}")]
    Index {
        /// What is wrong.
        reason: String,
    },
}

/// What a damaged part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A text with another hash: its SHA-256 in hexadecimal digits.
    Hash(String),
    /// The object ends too early; its size in bytes.
    Truncated(u64),
    /// Nothing that can be decompressed to a text of the right length, for this reason.
    Undecodable(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash(hash) => f.write_str(hash),
            Self::Truncated(bytes) => write!(f, "an object that ends after {bytes} bytes"),
            Self::Undecodable(reason) => write!(f, "nothing readable ({reason})"),
        }
    }
}

/// Whether the same call may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// By itself: try again after a pause.
    Later,
    /// When somebody has done something about the archive: tell an operator, and try again now and then.
    AfterRepair,
    /// Not ever: the call, or what is stored, is wrong.
    Never,
}

impl Error {
    /// Whether trying again helps.
    pub fn again(&self) -> Again {
        match self {
            Self::Slow { .. } | Self::Unavailable { .. } => Again::Later,
            Self::Lost { .. } | Self::Full { .. } | Self::Denied { .. } => Again::AfterRepair,
            Self::Settings { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. }
            | Self::Index { .. } => Again::Never,
        }
    }

    /// Where the log goes on after the part that is damaged or missing, in bytes from its start. None for other errors.
    pub fn readable_from(&self) -> Option<u64> {
        match self {
            Self::Missing { part, .. } | Self::Damaged { part, .. } => Some(part.end),
            _ => None,
        }
    }

    pub(crate) fn index(reason: impl Into<String>) -> Self {
        Self::Index { reason: reason.into() }
    }

    /// What an error of the store means. `attempt` completes "cannot …".
    pub(crate) fn of_store(place: &str, attempt: &str, error: &object_store::Error) -> Self {
        let (place, attempt, reason) = (place.to_owned(), attempt.to_owned(), reason(error));
        let has = |word: &str| reason.contains(word);
        if has("NoSuchBucket") {
            return Self::Lost { place, reason: "there is no such bucket".to_owned() };
        }
        if has("StorageFull") || has("QuotaExceeded") || has("InsufficientStorage") {
            return Self::Full { place, attempt, reason };
        }
        match system_error(error) {
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) => {
                return Self::Full { place, attempt, reason };
            }
            Some(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
                return Self::Denied { place, attempt, reason };
            }
            _ => {}
        }
        match error {
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => {
                Self::Denied { place, attempt, reason }
            }
            _ => Self::Unavailable { place, attempt, reason },
        }
    }
}

/// The innermost error of the operating system.
fn system_error(error: &object_store::Error) -> Option<ErrorKind> {
    let mut found = None;
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            found = Some(error.kind());
        }
        next = error.source();
    }
    found
}

/// The whole chain in one line, as far as its links say something new.
pub(crate) fn reason(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = error.source();
    }
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(REASON_CHARACTERS) {
        Some((end, _)) => format!("{}…", &flat[..end]),
        None => flat,
    }
}
