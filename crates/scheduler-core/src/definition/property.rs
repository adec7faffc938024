//! Global properties.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A global property, which texts use as `[[NAME]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Property {
    /// Its value when the definitions are applied for the first time; later the server's own value counts. Not for
    /// encrypted properties, whose value is set on the server.
    #[schemars(length(max = 4000))]
    pub value: Option<String>,
    /// Whether its value is kept encrypted and given to agents only.
    #[serde(default)]
    pub encrypted: bool,
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
}
