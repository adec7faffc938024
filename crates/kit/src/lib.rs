//! Supervisor, clock, tracing, configuration, secrets and exit codes: what every binary needs.
//!
//! One module per concept; nothing here knows what a job or a schedule is.

pub mod clock;
pub mod config;
pub mod data_dir;
pub mod exit;
pub mod lock_file;
pub mod pass;
pub mod quantity;
pub mod secret;
pub mod signal;
pub mod supervisor;
pub mod tls;
pub mod trace;
pub mod wake;

pub use clock::{Clock, LeapClock, SharedClock, SystemClock};
pub use exit::ExitCode;
pub use lock_file::{DataDirLock, LockError};
pub use pass::{Fatal, Next, Pass, Report, run_pass_loop};
pub use quantity::{DurationText, SizeText};
pub use secret::Secret;
pub use signal::shutdown_signal;
pub use supervisor::{Handle, Supervisor};
pub use wake::Wake;
