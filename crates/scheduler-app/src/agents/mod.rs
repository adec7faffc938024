//! Agents: their connections, and whether they are there.

mod communicate;
mod heartbeat;
mod integrations;
mod list;
mod masked;
mod plugged;
pub(crate) mod settings;
#[cfg(test)]
mod tests;

pub use communicate::{Communication, set_communication};
pub use heartbeat::{Asker, Heartbeats, heartbeat};
pub use integrations::{Connectors, NoIntegration};
pub use list::{AgentEntry, integrations, list};
pub use plugged::{IntegrationEntry, IntegrationStatus, Plugged, plug, plug_in_folder, unplug};
