//! The archive at work: the logs of attempts that have ended are copied out of their agents, and read from there.
//!
//! An attempt that has ended wants `archive`: its logs are copied, and the index of what lies in the archive is stored with
//! the word that it wants `forget`. Then the integration is told to forget the task. Each step may be repeated after a crash:
//! text that no index names is swept, and a task that is forgotten already stays so.

mod archiver;
mod fetch;
mod read;
mod retention;
mod sweep;
#[cfg(test)]
mod tests;

pub use archiver::Archiver;
pub use read::{Log, LogText, logs, read_log};
pub use retention::retain;
pub use sweep::sweep;
