//! The scheduler at work: use cases and reconcilers around the pure core.
//!
//! A use case authorises, asks `scheduler-core` and records what it says in one transaction. A reconciler takes no
//! input: it looks for what is due and does one bounded pass. Both step daily jobs and schedules by the same unit of
//! work ([`work`]).

mod app;
pub mod build;
mod caller;
pub mod definitions;
mod error;
mod policy;
#[cfg(test)]
mod testing;

pub use app::App;
pub use caller::Caller;
pub use error::{Error, Result};
