//! Which exit code an error deserves.

use batch_server::{BadOptions, Unreachable};
use kit::ExitCode;
use kit::config::ConfigError;

/// The exit code of a command that failed.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    let is_usage = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<ConfigError>() || cause.is::<BadOptions>()
    };
    if error.chain().any(is_usage) {
        ExitCode::Usage
    } else if error.chain().any(<dyn std::error::Error>::is::<Unreachable>)
        || batch_server::Error::is_unavailable(error)
    {
        ExitCode::Unreachable
    } else {
        ExitCode::Failure
    }
}
