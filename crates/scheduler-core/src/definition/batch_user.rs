//! Batch users: by name only. Their passwords are set on the server and never in a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::RoleName;

/// A user under whom an integration works. There is no field for a password: it is set on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchUser {
    /// The type of agents that it is for: AsyscoAMT, Command, or the name of an integration.
    #[schemars(length(min = 1, max = 64))]
    pub target: String,
    /// The user's name there. Without it the name of this definition.
    #[schemars(length(max = 128))]
    pub identifier: Option<String>,
    /// Roles whose members may give it to a job.
    #[serde(default)]
    pub roles: Vec<RoleName>,
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
}
