//! The life of a daily job: states, events and the one function between them (`opcon-domain 1.10`).
//!
//! Owns which event leads where. The store keeps what [`Job`] holds, the server performs what a verdict
//! says. Statuses that clients see are views of a state ([`Job::status`]): the first unmet condition,
//! lateness and a pending kill are no states of their own.
//!
//! Invariants, which the tests check with random sequences: the number of attempts never falls; nothing is
//! started while an attempt is live or its fate unknown; every start has exactly one end; a held job and a
//! killed one start nothing; an ended job stays ended until it is restarted.

pub mod changes;
mod definition;
mod effect;
mod event;
pub mod instance_name;
mod lifecycle;
mod live;
mod operator;
pub mod reschedule;
mod state;
mod status;
mod table;
pub mod times;

pub use definition::{
    INSTANCES_MAX, NextRun, OnOverlap, Policy, RESTART_MINUTES_MAX, Recurrence, RecurringInstances,
    Repeat, RestartFrom, RestartOffset, Retry,
};
pub use effect::{Effect, Illegal, Notice, Verdict};
pub use event::{BuiltAs, Event, Exit, News, Qualification, SubscheduleRestart};
pub use lifecycle::{Context, PRERUN_RETRY_SECONDS};
pub use state::{Ending, Failure, Job, Kill, Kind, Live, Reason, Stage, State};
pub use status::{Category, Status};
pub use table::table;

#[cfg(test)]
mod operator_tests;
#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod repeat_tests;
#[cfg(test)]
mod tests;
