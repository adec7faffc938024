//! The life of a daily schedule: states, actions, completion, hold of subschedules, and the names that a
//! build gives (`opcon-domain 1.2`).

mod action;
pub mod ad_hoc;
pub mod add_job;
pub mod auto_build;
pub mod build;
mod completion;
pub mod event_properties;
pub mod instance_name;
mod lifecycle;
mod state;
mod table;

pub use action::{Action, Refusal, Why, available, decide};
pub use completion::{Tally, counts_as_ended, counts_as_failed};
pub use lifecycle::{Effect, Event, Illegal, JobsCounted, Notice, ReopenedBy, Verdict};
pub use state::{Category, Resume, Schedule, StartedBy, State, Status};
pub use table::table;

#[cfg(test)]
mod tests;
