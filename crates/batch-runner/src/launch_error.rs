//! Why a runner could not be started.

use std::io;
use std::path::PathBuf;

/// Why no runner was started. Nothing of the job runs after any of these.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The folder of the attempt could not be created.
    #[error("creating the spool folder {path}")]
    Spool {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The order or the wake-up pipe could not be prepared (memory or descriptors are used up).
    #[error("preparing the order for a runner")]
    Order(#[source] io::Error),
    /// The runner's program could not be started.
    #[error("starting the runner {program}")]
    Start {
        /// Its path.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
}
