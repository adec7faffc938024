//! The run that asks something, and why it may get no answer.

use amt_job::protocol::code;

use crate::error::Error;
use crate::server::SharedServer;
use crate::store::request::Request;

/// A run that asks something.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) server: SharedServer,
    pub(super) request: Request,
    pub(super) call_id: String,
}

/// Why a call is not answered with an [`Answer`].
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) detail: String,
}

impl Refusal {
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self { code: code::INVALID, detail: detail.into() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::NotFound { .. } => code::UNKNOWN_JOB,
            // Both may be over when the caller tries again; the job must not fail for them.
            Error::Unavailable(_) | Error::Internal(_) | Error::TooMany(_) => {
                tracing::warn!(
                    error = format!("{:#}", anyhow::Error::new(error)),
                    "a job's call failed, it will try again"
                );
                return Self {
                    code: code::UNAVAILABLE,
                    detail: "the batch server cannot answer now".to_owned(),
                };
            }
            Error::Invalid { .. }
            | Error::Conflict(_)
            | Error::Forbidden(_)
            | Error::Unauthenticated(_) => code::INVALID,
        };
        Self { code, detail: error.to_string() }
    }
}

impl From<sql::Error> for Refusal {
    fn from(error: sql::Error) -> Self {
        Error::from(error).into()
    }
}
