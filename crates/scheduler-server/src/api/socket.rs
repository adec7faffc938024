//! The socket that commands speak to: only its owner can open it.

use std::path::Path;

use anyhow::Context;
use axum::Router;
use tokio_util::sync::CancellationToken;

/// What commands connect to.
#[cfg(unix)]
pub(crate) type Listener = tokio::net::UnixListener;

/// Opens the socket. One that a process has left behind is replaced: the lock of the data folder says that it has ended.
///
/// # Errors
/// The path is too long for a socket, or the folder cannot be written to.
#[cfg(unix)]
pub(crate) fn bind(path: &Path) -> anyhow::Result<Listener> {
    use std::os::unix::fs::PermissionsExt;

    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("replacing the socket {}", path.display()));
        }
    }
    let listener = Listener::bind(path).with_context(|| {
        format!(
            "opening the socket {}; a path of a socket has at most 107 bytes: `socket` in the configuration names a shorter one",
            path.display()
        )
    })?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("closing the socket {} to others", path.display()))?;
    Ok(listener)
}

/// Answers until the process is asked to end.
#[cfg(unix)]
pub(super) async fn serve(
    listener: Listener,
    router: Router,
    soft: CancellationToken,
) -> anyhow::Result<()> {
    let served = axum::serve(listener, router).with_graceful_shutdown(soft.cancelled_owned());
    served.await.context("answering commands")
}

/// What commands connect to.
#[cfg(not(unix))]
pub(crate) struct Listener;

/// There are no such sockets here.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub(crate) fn bind(path: &Path) -> anyhow::Result<Listener> {
    anyhow::bail!(
        "commands reach the scheduler over the Unix socket {}, which this system has not",
        path.display()
    )
}

/// There is nobody to answer.
#[cfg(not(unix))]
pub(super) async fn serve(_: Listener, _: Router, soft: CancellationToken) -> anyhow::Result<()> {
    soft.cancelled().await;
    Ok(())
}
