//! The scheduler as a process (`ringmaster serve`): its options, how it starts and ends, and the REST API that its commands
//! speak over a Unix socket.

mod alone;
mod api;
mod archive;
mod connectors;
mod home;
mod options;
mod plug_ins;
mod run;
pub mod upkeep;

pub use options::{BadOptions, Options};
pub use run::{Ready, run};
pub use sql::Unreachable;
