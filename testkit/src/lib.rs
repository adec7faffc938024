//! Simulated clock, both databases, an S3 server, free ports and helpers for tests that start real processes.
//!
//! Everything here fails by panicking with a sentence that says what to do: it runs in tests only.

mod certificate;
mod clock;
pub mod databases;
#[cfg(unix)]
pub mod postgres;
mod s3;
mod skip;
mod wait;

pub use certificate::Certificate;
pub use clock::SimClock;
pub use databases::TestDb;
pub use s3::S3Server;
pub use skip::skip;
pub use tempfile::TempDir;
pub use wait::{free_port, temp_dir, wait_until};

/// Used by [`both_databases!`].
#[doc(hidden)]
pub use tokio;
