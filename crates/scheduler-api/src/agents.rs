//! Agents, integrations and batch users.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its type, such as `AsyscoAMT`.
    pub integration: String,
    /// How it is spoken to: `full`, `limited` or `disabled`.
    pub communication: String,
    /// `communicating`, `waiting`, `not_responding` or `disabled`.
    pub status: String,
    /// Why it is so.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// Jobs that it runs.
    pub running: i64,
    /// Jobs at the same time; 0 for no limit.
    pub max_jobs: u32,
    /// The machine groups that it is in.
    pub groups: Vec<String>,
    /// What operators should know though it can be used.
    pub warnings: Vec<String>,
}

/// How an agent is spoken to from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentOrder {
    /// How.
    pub communication: Communication,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// How an agent is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Communication {
    /// Jobs are started on it.
    Full,
    /// Its jobs are followed, and none is started.
    Limited,
    /// Nothing is sent to it.
    Disabled,
}

/// An integration, or a plug-in that is none yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// Its name; that of its subfolder where a plug-in has not said what it is.
    pub name: String,
    /// Its version; empty where it has not said.
    pub version: String,
    /// The types of agents that it speaks to.
    pub applications: Vec<String>,
    /// Its subfolder in the plug-in folder, empty for that folder itself; none where it is built in.
    #[serde(default)]
    pub place: Option<String>,
    /// `ready`, `starting` or `faulty`.
    pub status: String,
    /// Why it is so, and what to do; empty while all is well.
    pub why: String,
}

/// A batch user, without its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchUser {
    /// Its name in the definitions.
    pub name: String,
    /// The type of agents that it is for.
    pub target: String,
    /// The name that it logs on with.
    pub identifier: String,
    /// Whether it has a password.
    pub has_password: bool,
    /// When its password was set last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Timestamp>,
    /// The agents whose settings name it.
    pub agents: Vec<String>,
}

/// A password that a batch user gets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    /// The password. It is never given back.
    pub password: String,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password").finish_non_exhaustive()
    }
}
