//! The environment of a job: what it is told about itself, and what it inherits from the server.

mod build;
mod inherited;
mod table;

pub use build::{Database, JobFacts, JobKind, environment};
pub use inherited::is_inherited;
pub use table::{VARIABLES, Variable};
