//! Agents: their connections, and whether they are there.

mod heartbeat;
mod integrations;

pub use heartbeat::{Heartbeats, heartbeat};
pub use integrations::{Connectors, NoIntegration};
