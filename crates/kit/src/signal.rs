//! The signals that ask a process to end.

/// Returns when the process is asked to end: `SIGTERM` or `SIGINT`, Ctrl+C on Windows. Each call waits for the next
/// such signal. The first call replaces the system's own reaction, which ends the process at once.
pub async fn shutdown_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            (Err(error), _) | (_, Err(error)) => never_arrives(&error).await,
        }
    }
    #[cfg(not(unix))]
    if let Err(error) = tokio::signal::ctrl_c().await {
        never_arrives(&error).await;
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
