//! The signals that ask a process to end.

/// Waits until the process is asked to end: `SIGTERM` or `SIGINT`, Ctrl+C on Windows. Signals count from the call on, not
/// from the first poll; the first call replaces the system's own reaction, which ends the process at once. Call it in a
/// runtime.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send {
    #[cfg(unix)]
    let registered = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    };
    async move {
        #[cfg(unix)]
        match registered {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            (Err(error), _) | (_, Err(error)) => never_arrives(&error).await,
        }
        #[cfg(not(unix))]
        if let Err(error) = tokio::signal::ctrl_c().await {
            never_arrives(&error).await;
        }
    }
}

/// The system's own reaction to the signal stays in force, so waiting for ever is right.
async fn never_arrives(error: &std::io::Error) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "cannot receive signals; the process will end without a drain"
    );
    std::future::pending::<()>().await;
}
