//! SIGHUP: reads certificate and definitions again, and looks for jobs on disk.

use kit::{Handle, Wake};

use super::http::Certificate;
use crate::definitions;
use crate::server::{Server, SharedServer};

/// Starts to wait for the signal. Where there is no such signal, nothing is started.
pub(super) fn start(
    server: &SharedServer,
    tasks: &Handle,
    discover: Wake,
    certificate: Option<Certificate>,
) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangups = match signal(SignalKind::hangup()) {
            Ok(hangups) => hangups,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot wait for SIGHUP");
                return;
            }
        };
        let (server, soft) = (std::sync::Arc::clone(server), tasks.soft());
        tasks.critical("reload", async move {
            loop {
                tokio::select! {
                    () = soft.cancelled() => return Ok(()),
                    _ = hangups.recv() => reload(&server, &discover, certificate.as_ref()).await,
                }
            }
        });
    }
    #[cfg(not(unix))]
    let _ = (server, tasks, discover, certificate);
}

/// What cannot be read leaves the old one in force.
async fn reload(server: &Server, discover: &Wake, certificate: Option<&Certificate>) {
    tracing::info!("asked to read certificate and definitions again");
    if let Some(Err(error)) = certificate.map(Certificate::reload) {
        tracing::error!(error = format!("{error:#}"), "the old certificate stays in use");
    }
    if server.options.is_api()
        && let Err(error) = definitions::import(server).await
    {
        tracing::error!("the old definitions stay in force: {error}");
    }
    discover.wake();
}
