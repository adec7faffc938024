//! What people define: schedules, jobs and everything that they refer to, as it is written in files, sent
//! to the API and stored. Data only; what it means is decided elsewhere.

pub mod access;
pub mod agent;
mod batch_user;
mod definitions;
pub mod formats;
mod frequency_use;
mod job;
mod limits;
mod named;
pub mod notification;
mod options;
mod problem;
mod property;
pub mod references;
pub mod run;
mod schedule;

pub use batch_user::BatchUser;
pub use definitions::{Definitions, MASTER_HOLIDAY};
pub use frequency_use::{FrequencyUse, StartFrom};
pub use job::Job;
pub use limits::{Resource, Threshold};
pub use named::Named;
pub use options::Options;
pub use problem::Problem;
pub use property::Property;
pub use schedule::{AutoBuild, CatchUp, Instances, RunsOn, Schedule};

/// For serde: a switch that is on unless it is switched off.
pub(crate) fn yes() -> bool {
    true
}
