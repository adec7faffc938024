//! What a use case can answer when it does not do what was asked: the only vocabulary the APIs know.

/// A refused or failed use case. The text of the first five is for the caller; the others are for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that the request names does not exist, or is not the caller's to see.
    #[error("{what} `{id}` does not exist")]
    NotFound {
        /// The kind of thing, such as `queue`.
        what: &'static str,
        /// As the caller named it.
        id: String,
    },
    /// A value cannot be accepted.
    #[error("{field}: {detail}")]
    Invalid {
        /// The member or parameter, spelled as on the wire.
        field: String,
        /// What is wrong with which value, and what to do.
        detail: String,
    },
    /// The thing is in a state that forbids it, or has changed since the caller read it.
    #[error("{0}")]
    Conflict(String),
    /// The caller lacks a right.
    #[error("you may not {0}")]
    Forbidden(&'static str),
    /// Nobody has logged on, or the token is not valid any more.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller has asked too often.
    #[error("{0}")]
    TooMany(String),
    /// The database or the disk cannot be used now; the same call may succeed later.
    #[error("the storage is unavailable; try again later")]
    Unavailable(#[source] anyhow::Error),
    /// A bug, or damage. The chain is logged; the caller gets a reference.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// Whether an error of any kind comes from a database or disk that cannot be used now.
    pub fn is_unavailable(error: &anyhow::Error) -> bool {
        error.chain().any(|cause| {
            matches!(cause.downcast_ref(), Some(Self::Unavailable(_)))
                || cause.downcast_ref().is_some_and(sql::Error::is_unavailable)
        })
    }

    /// A value of `field` that cannot be accepted.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), detail: detail.into() }
    }

    /// Something that does not exist.
    pub fn not_found(what: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }
}

impl From<sql::Error> for Error {
    fn from(error: sql::Error) -> Self {
        if error.is_unavailable() {
            return Self::Unavailable(error.into());
        }
        match error {
            sql::Error::Conflict { constraint } => {
                Self::Conflict(format!("the change conflicts with what is stored ({constraint})"))
            }
            other => Self::Internal(other.into()),
        }
    }
}

/// The result of a use case.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;
