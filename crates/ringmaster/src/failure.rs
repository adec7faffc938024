//! Which exit code an error deserves.

use batch_server::{BadOptions, Unreachable};
use kit::ExitCode;
use kit::config::ConfigError;
use scheduler_api::Kind;

use crate::scheduler::{Late, NoServer, Refusal};

/// There is nothing of that name; the text says what, and the nearest name.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotThere(pub(crate) String);

/// The exit code of a command that failed.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if let Some(refusal) = error.chain().find_map(|cause| cause.downcast_ref::<Refusal>()) {
        return of_refusal(refusal.kind());
    }
    if error.chain().any(|cause| cause.is::<NotThere>() || cause.is::<batch_server::NoSuchUser>()) {
        return ExitCode::NotFound;
    }
    if error.chain().any(<dyn std::error::Error>::is::<scheduler_server::upkeep::Refused>) {
        return ExitCode::Refused;
    }
    if error.chain().any(<dyn std::error::Error>::is::<Late>) {
        return ExitCode::Timeout;
    }
    let is_usage = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<ConfigError>()
            || cause.is::<BadOptions>()
            || cause.is::<scheduler_server::BadOptions>()
    };
    if error.chain().any(is_usage) {
        ExitCode::Usage
    } else if error.chain().any(<dyn std::error::Error>::is::<Unreachable>)
        || error.chain().any(<dyn std::error::Error>::is::<NoServer>)
        || batch_server::Error::is_unavailable(error)
    {
        ExitCode::Unreachable
    } else {
        ExitCode::Failure
    }
}

/// The exit code of what the server has refused.
const fn of_refusal(kind: Kind) -> ExitCode {
    match kind {
        Kind::BadRequest => ExitCode::Usage,
        Kind::NotFound => ExitCode::NotFound,
        Kind::Forbidden | Kind::Refused => ExitCode::Refused,
        Kind::Conflict => ExitCode::Conflict,
        Kind::Unavailable => ExitCode::Unreachable,
        Kind::Definitions | Kind::Internal => ExitCode::Failure,
    }
}
