//! One configured agent.

use kit::secret::Secret;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// What a connector needs to know of an agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    /// The agent's name, for messages.
    pub agent: String,
    /// The kind of agent, one of [`crate::Info::applications`].
    pub application: String,
    /// What the form of the settings asks for.
    pub settings: Map<String, Value>,
    /// The batch user of the settings.
    pub batch_user: Option<BatchUser>,
}

/// A user and password on the agent's side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BatchUser {
    /// The name to log on with.
    pub identifier: String,
    /// The password.
    #[serde(serialize_with = "exposed")]
    pub password: Secret,
}

/// As [`exposed`].
#[expect(clippy::ptr_arg, reason = "serde passes the field")]
pub(crate) fn all_exposed<S: Serializer>(
    secrets: &Vec<Secret>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(secrets.iter().map(Secret::expose))
}

/// Only towards a connector that needs it: over a pipe of its own process, or a relay's encrypted connection.
fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// Something that is wrong with an agent's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {message}")]
pub struct SettingsProblem {
    /// The field, as the form names it.
    pub field: String,
    /// What is wrong and what to do, without values that may be secret.
    pub message: String,
}
