//! A task of an integration that is plugged in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::Visit;

/// A task of an integration that this program does not know. Its settings are checked by the integration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlugIn {
    /// The integration's name, which is the type of its agents.
    #[schemars(length(min = 1, max = 64))]
    pub integration: String,
    /// The task type, as the integration names it.
    #[schemars(length(min = 1, max = 64))]
    pub task_type: String,
    /// The fields of the task's form.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

impl PlugIn {
    /// Its texts, with where they stand in it: its names are no texts, its settings may be.
    pub fn texts<'d>(&'d self, visit: &mut Visit<'_, 'd>) {
        let Self { integration: _, task_type: _, settings } = self;
        super::texts::settings("settings", settings, visit);
    }
}
