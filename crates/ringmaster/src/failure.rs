//! Which exit code an error deserves.

use batch_server::{BadOptions, Unreachable};
use kit::ExitCode;
use kit::config::ConfigError;

/// The exit code of a command that failed.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    let is_usage = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<ConfigError>() || cause.is::<BadOptions>()
    };
    if crate::planning::is_about_definitions(error) {
        // A file may be called whatever it likes.
        ExitCode::Failure
    } else if error.chain().any(is_usage) {
        ExitCode::Usage
    } else if error
        .chain()
        .any(|cause| cause.is::<Unreachable>() || cause.to_string().contains("unavailable"))
    {
        ExitCode::Unreachable
    } else {
        ExitCode::Failure
    }
}
