//! Requests and answers of the scheduler's REST API. The server and every client use these types; they decide nothing.
//!
//! The API is spoken over a Unix socket that only the owner of the server can open. Names of fields are those that later
//! versions of the API will have: what is added is optional.

mod agents;
mod audit;
mod definitions;
mod error;
mod jobs;
mod limits;
mod logs;
mod messages;
mod properties;
mod schedules;
mod server;

pub use agents::{Agent, AgentOrder, BatchUser, Communication, Integration, Password};
pub use audit::{AuditChain, AuditRecord};
pub use definitions::{Applied, Apply, Changed, DayMoves, Move, Moves, Place};
pub use error::{ErrorAnswer, Kind};
pub use jobs::{
    AddJob, AddedJobs, Attempt, Job, JobAction, JobDetails, JobOrder, JobPast, Outcome, Reason,
    Restart,
};
pub use limits::{Resource, SetNumber, Threshold};
pub use logs::{Log, LogText};
pub use messages::{Acknowledge, Escalation, Message};
pub use properties::{Property, PropertyPlace, Rotated, SetProperty};
pub use schedules::{
    Build, Built, BuiltSchedule, LeftSchedule, Schedule, ScheduleAction, ScheduleOrder, Stuck,
};
pub use server::{Accelerated, Because, Node, Paused, Server, Trouble};

/// What an action has made of its object.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Done {
    /// The status afterwards.
    pub status: String,
    /// What is still in the way of what was wanted, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Done {
    /// With nothing in the way.
    pub fn new(status: impl Into<String>) -> Self {
        Self { status: status.into(), note: None }
    }
}
