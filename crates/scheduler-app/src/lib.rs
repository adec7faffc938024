//! The scheduler at work: use cases and reconcilers around the pure core.
//!
//! A use case authorises, asks `scheduler-core` and records what it says in one transaction. A reconciler takes no
//! input: it looks for what is due and does one bounded pass. Both step daily jobs and schedules by the same unit of
//! work ([`work`]).

pub mod advance;
pub mod agents;
mod app;
pub mod archive;
pub mod attempts;
pub mod audit;
pub mod auto_build;
pub mod batch_users;
mod body;
pub mod build;
mod caller;
mod changes;
pub mod clock;
pub mod definitions;
pub mod delete;
mod error;
pub mod events;
pub mod history;
mod instants;
pub mod messages;
mod notices;
pub mod operate;
pub mod outcomes;
mod pace;
mod places;
mod policy;
pub mod properties;
mod removal;
pub mod run;
pub mod secrets;
#[cfg(test)]
mod testing;
mod tokens;
mod trouble;
mod turns;
pub mod view;
mod work;

pub use app::{App, LEASE, Process};
pub use caller::Caller;
pub use error::{Error, Result};
