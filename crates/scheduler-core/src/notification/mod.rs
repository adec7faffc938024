//! Who is told of what: which things happen to agents, schedules and jobs, which notification groups are about them, and
//! which groups follow while nobody acknowledges (`opcon-domain 1.14`).
//!
//! [`Happening`] says what happened, [`Index`] finds what is to be told, and [`escalation`] is the state machine of
//! what follows.

mod agent;
pub mod escalation;
#[cfg(test)]
mod escalation_tests;
mod happening;
mod index;
#[cfg(test)]
mod tests;

pub use agent::{AgentStatus, Marked, Network};
pub use happening::{Happening, Subject};
pub use index::{Index, Match};
