//! The lifecycle of a job request: states, events and the one function between them.
//!
//! Owns which event leads where; the store keeps what [`State`] holds, the server performs what a verdict says.
//! The table is printed into `docs/reference/request-states.md` by a test.

mod event;
mod lifecycle;
mod state;

pub use event::{Event, Exit};
pub use lifecycle::{Change, Lifecycle, Refusal, Verdict};
pub use state::{Activity, Ending, FinalCode, StartKind, State, UnknownText};

#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
