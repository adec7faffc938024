//! The socket that commands speak to: only its owner can open it.

use std::path::Path;
#[cfg(unix)]
use std::{io::ErrorKind, path::PathBuf, time::Duration};

#[cfg(unix)]
use anyhow::Context;
use axum::Router;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether the socket is still there.
#[cfg(unix)]
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What commands connect to.
#[cfg(unix)]
pub(crate) struct Listener {
    socket: tokio::net::UnixListener,
    file: SocketFile,
}

/// The file of a socket.
#[cfg(unix)]
struct SocketFile {
    path: PathBuf,
    /// Its device and number: another process may have put its own in the place.
    id: (u64, u64),
}

/// Opens the socket. One that a process has left behind is replaced: the lock of the data folder says that it has ended.
///
/// # Errors
/// The path is too long for a socket, or the folder cannot be written to.
#[cfg(unix)]
pub(crate) fn bind(path: &Path) -> anyhow::Result<Listener> {
    use std::os::unix::fs::PermissionsExt;

    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("replacing the socket {}", path.display()));
        }
    }
    let socket = tokio::net::UnixListener::bind(path).with_context(|| {
        format!(
            "opening the socket {}; a path of a socket has at most 107 bytes: `socket` in the configuration names a shorter one",
            path.display()
        )
    })?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("closing the socket {} to others", path.display()))?;
    let id = id(path).with_context(|| format!("looking at the socket {}", path.display()))?;
    Ok(Listener { socket, file: SocketFile { path: path.to_owned(), id } })
}

#[cfg(unix)]
fn id(path: &Path) -> std::io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(unix)]
impl SocketFile {
    /// Waits until nobody can find it any more: somebody has tidied up.
    async fn gone(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if id(&self.path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                return;
            }
        }
    }

    /// Who connects now would wait for nobody.
    fn remove(&self) {
        if id(&self.path).is_ok_and(|found| found == self.id) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Answers until the process is asked to end. A socket that somebody removes is made anew.
#[cfg(unix)]
pub(super) async fn serve(
    mut listener: Listener,
    router: Router,
    soft: CancellationToken,
) -> anyhow::Result<()> {
    loop {
        let Listener { socket, file } = listener;
        let served = axum::serve(socket, router.clone())
            .with_graceful_shutdown(soft.clone().cancelled_owned());
        tokio::select! {
            served = served.into_future() => {
                file.remove();
                return served.context("answering commands");
            }
            () = file.gone() => {}
        }
        tracing::warn!("the socket {} was removed: it is made anew", file.path.display());
        listener = loop {
            match bind(&file.path) {
                Ok(listener) => break listener,
                Err(why) => tracing::warn!("commands cannot reach the scheduler: {why:#}"),
            }
            tokio::select! {
                () = soft.cancelled() => return Ok(()),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        };
    }
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    /// A server on this path while somebody does something; it ends with that.
    async fn during(path: &Path, steps: impl Future<Output = ()>) -> anyhow::Result<()> {
        let soft = CancellationToken::new();
        let serving = serve(bind(path)?, Router::new(), soft.clone());
        let steps = async {
            let in_time = tokio::time::timeout(LIMIT, steps).await;
            soft.cancel();
            in_time
        };
        let (served, in_time) = tokio::join!(serving, steps);
        in_time?;
        served
    }

    #[tokio::test(start_paused = true)]
    async fn a_socket_that_is_removed_is_made_anew_and_goes_with_its_own_process_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringmaster.sock");
        during(&path, async {
            std::fs::remove_file(&path).unwrap();
            while !path.exists() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            assert!(tokio::net::UnixStream::connect(&path).await.is_ok());
        })
        .await
        .unwrap();
        assert!(!path.exists());

        let mut other = None;
        during(&path, async { other = bind(&path).ok() }).await.unwrap();
        assert!(other.is_some() && path.exists(), "it is the other one's");
    }
}
