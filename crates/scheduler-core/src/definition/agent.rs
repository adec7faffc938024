//! Agents: what carries jobs out (`opcon-domain 1.11`; the vendor's API calls them machines).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Named, yes};
use crate::name::{AgentName, BatchUserName, PropertyName};

/// An agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
    /// What kind of agent it is, with its settings.
    pub connection: Connection,
    /// Jobs at the same time; 0 for no limit of the scheduler's own.
    #[serde(default)]
    pub max_jobs: u32,
    /// Whether operators may kill jobs on it. Off unless it is switched on.
    #[serde(default)]
    pub allow_kill: bool,
    /// Whether texts are escaped for XML before they are sent.
    #[serde(default)]
    pub xml_escape: bool,
    /// What the agent may do when the definitions are applied for the first time.
    #[serde(default)]
    pub communication: Communication,
    /// Seconds between two looks at whether it is there.
    #[serde(default = "check_status_seconds")]
    #[schemars(range(min = 15, max = 300))]
    pub check_status_seconds: u16,
    /// Properties in the scope MI.
    #[serde(default)]
    #[schemars(with = "Named<PropertyName, String>")]
    pub properties: IndexMap<PropertyName, String>,
}

/// The kinds of agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// An AMT batch server (type AsyscoAMT).
    AsyscoAmt(AsyscoAmt),
    /// A machine on which command lines run.
    Command(CommandAgent),
    /// An integration that is plugged in.
    PlugIn(PlugInAgent),
}

impl Connection {
    /// Days that the logs of its jobs are kept after their end.
    pub fn retain_log_files_days(&self) -> u16 {
        match self {
            Self::AsyscoAmt(settings) => settings.retain_log_files_days,
            Self::Command(settings) => settings.retain_log_files_days,
            Self::PlugIn(plug_in) => plug_in.retain_log_files_days,
        }
    }

    /// The type; agents of one group have the same.
    pub fn agent_type(&self) -> &str {
        match self {
            Self::AsyscoAmt(_) => "AsyscoAMT",
            Self::Command(_) => "Command",
            Self::PlugIn(plug_in) => &plug_in.integration,
        }
    }
}

/// Settings of an AsyscoAMT agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AsyscoAmt {
    /// The batch server with its port, such as `http://BatchServer:42000`.
    #[schemars(length(min = 1, max = 1024))]
    pub batch_server_url: String,
    /// The API user, by the name of a batch user; never a password.
    pub batch_user: BatchUserName,
    /// Days that job logs are kept.
    #[serde(default = "retain_log_files_days")]
    #[schemars(range(min = 1, max = 3650))]
    pub retain_log_files_days: u16,
    /// Shortest time between two questions for a job's state, in seconds, where the server cannot call back.
    #[serde(default = "poll_seconds_min")]
    #[schemars(range(min = 0.2, max = 60.0))]
    pub poll_seconds_min: PollSeconds,
    /// Longest time between two questions for a job's state, in seconds.
    #[serde(default = "poll_seconds_max")]
    #[schemars(range(min = 0.2, max = 300.0))]
    pub poll_seconds_max: PollSeconds,
    /// PEM files on the scheduler's machine with certificate authorities that are trusted beside those of the system, for `https`;
    /// whole paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), inner(length(min = 1, max = 1024)))]
    pub ca_files: Vec<String>,
    /// A TOML file on the scheduler's machine that describes a server whose routes or member names differ (`docs/guide/connector.md`); a
    /// whole path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub wire_profile: Option<String>,
}

/// Seconds, to the millisecond.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(with = "f64")]
pub struct PollSeconds {
    /// In milliseconds, 200 to 300,000.
    pub millis: u32,
}

impl TryFrom<f64> for PollSeconds {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        if !(0.2..=300.0).contains(&seconds) {
            return Err(format!("{seconds} seconds is not between 0.2 and 300"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 300,000"
        )]
        let millis = (seconds * 1000.0).round() as u32;
        Ok(Self { millis })
    }
}

impl From<PollSeconds> for f64 {
    fn from(seconds: PollSeconds) -> Self {
        Self::from(seconds.millis) / 1000.0
    }
}

/// Settings of a command agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandAgent {
    /// The user under whom its jobs run when they name none, by the name of a batch user.
    pub batch_user: Option<BatchUserName>,
    /// The folder in which its jobs run when they name none.
    #[schemars(length(max = 1024))]
    pub working_directory: Option<String>,
    /// Whether jobs inherit the environment of the program that runs them.
    #[serde(default = "yes")]
    pub inherit_environment: bool,
    /// Variables that every job gets.
    #[serde(default)]
    pub environment: IndexMap<String, String>,
    /// Whether jobs may name a batch user and then run as that user of the machine. The scheduler must run as root for it.
    #[serde(default)]
    pub allow_batch_users: bool,
    /// The users of the machine that jobs may run as. Without any: all but root.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub batch_users: Vec<String>,
    /// Seconds between the request to a killed job to end and its end by force.
    #[serde(default = "kill_grace_seconds")]
    #[schemars(range(max = 3600))]
    pub kill_grace_seconds: u16,
    /// MiB of output that are kept of a job.
    #[serde(default = "output_limit_mib")]
    #[schemars(range(min = 1, max = 4096))]
    pub output_limit_mib: u16,
    /// Processes that a job may have at once; 0 for no limit.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub processes_max: u32,
    /// Days that job logs are kept.
    #[serde(default = "retain_log_files_days")]
    #[schemars(range(min = 1, max = 3650))]
    pub retain_log_files_days: u16,
}

impl Default for CommandAgent {
    fn default() -> Self {
        Self {
            batch_user: None,
            working_directory: None,
            inherit_environment: yes(),
            environment: IndexMap::new(),
            allow_batch_users: false,
            batch_users: Vec::new(),
            kill_grace_seconds: kill_grace_seconds(),
            output_limit_mib: output_limit_mib(),
            processes_max: 0,
            retain_log_files_days: retain_log_files_days(),
        }
    }
}

fn kill_grace_seconds() -> u16 {
    10
}

fn output_limit_mib() -> u16 {
    64
}

/// Settings of an agent whose integration is plugged in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlugInAgent {
    /// The integration's name.
    #[schemars(length(min = 1, max = 64))]
    pub integration: String,
    /// The fields of the integration's form.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// Days that job logs are kept.
    #[serde(default = "retain_log_files_days")]
    #[schemars(range(min = 1, max = 3650))]
    pub retain_log_files_days: u16,
}

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Communication {
    /// Jobs are started and followed.
    #[default]
    Full,
    /// Running jobs are followed, none is started.
    Limited,
    /// Nothing is sent to it.
    Disabled,
}

/// Agents of one type among which a job's agent is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MachineGroup {
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
    /// The agents, all of one type.
    #[schemars(length(min = 1, max = 2048))]
    pub agents: Vec<AgentName>,
}

fn check_status_seconds() -> u16 {
    120
}

fn retain_log_files_days() -> u16 {
    30
}

fn poll_seconds_min() -> PollSeconds {
    PollSeconds { millis: 200 }
}

fn poll_seconds_max() -> PollSeconds {
    PollSeconds { millis: 5000 }
}
