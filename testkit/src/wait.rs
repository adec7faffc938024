//! Waiting for things that happen elsewhere, and places of one's own.

use std::net::TcpListener;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

/// Asks again and again until `condition` is true. Panics after `limit`; `what` completes "timed out waiting until …".
pub async fn wait_until<F>(what: &str, limit: Duration, mut condition: impl FnMut() -> F)
where
    F: Future<Output = bool>,
{
    let until = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    while !condition().await {
        assert!(Instant::now() < until, "timed out after {limit:?} waiting until {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// A TCP port on 127.0.0.1 that was free a moment ago. Prefer port 0 where the program under test can report it.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind a port on 127.0.0.1");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// A new empty directory that is removed when dropped.
pub fn temp_dir() -> TempDir {
    tempfile::Builder::new()
        .prefix("ringmaster-test-")
        .tempdir()
        .expect("create a temporary directory")
}
