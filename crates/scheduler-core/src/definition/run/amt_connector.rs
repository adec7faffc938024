//! The job sub-type Asysco AMT: a command job that runs the older connector (the last of the seeds).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::Visit;
use crate::name::BatchUserName;

/// A job of an AMT batch server, through the program `amt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmtConnector {
    /// The operating system's user under whom the connector runs (User Id). Without it the agent's own.
    pub user_id: Option<BatchUserName>,
    /// The folder of the connector.
    #[serde(default = "connector_path")]
    #[schemars(length(min = 1, max = 1024), extend("format" = "token-text"))]
    pub connector_path: String,
    /// What the connector does (Job Type).
    #[serde(default)]
    pub job_type: AmtJobType,
    /// The AMT application, such as [[AMT_APPLICATION]].
    #[schemars(length(min = 1, max = 128), extend("format" = "token-text"))]
    pub application: String,
    /// The job, as the batch server knows it. Not needed when a file is given.
    #[schemars(length(max = 128), extend("format" = "token-text"))]
    pub job: Option<String>,
    /// The absolute or UNC path of a script; it overrides the job's own definition.
    #[schemars(length(max = 1024), extend("format" = "token-text"))]
    pub file: Option<String>,
    /// The AMT user under whom the job runs (RunAs). Without it the application's user.
    #[schemars(length(max = 128), extend("format" = "token-text"))]
    pub user: Option<String>,
    /// A value that modifies, overrides or elaborates what the job has.
    #[schemars(length(max = 4000), extend("format" = "token-text"))]
    pub task_value: Option<String>,
    /// Parameters for the job, one each.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub script_parameters: Vec<String>,
}

/// What the older connector does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AmtJobType {
    /// It starts the job and waits for its end.
    #[default]
    Start,
}

fn connector_path() -> String {
    "[[AMTPath]]".to_owned()
}

impl AmtConnector {
    /// Its texts, with where they stand in it.
    pub fn texts<'d>(&'d self, visit: &mut Visit<'_, 'd>) {
        let Self {
            user_id: _,
            job_type: _,
            connector_path,
            application,
            job,
            file,
            user,
            task_value,
            script_parameters,
        } = self;
        let fields = [
            ("connector_path", Some(connector_path)),
            ("application", Some(application)),
            ("job", job.as_ref()),
            ("file", file.as_ref()),
            ("user", user.as_ref()),
            ("task_value", task_value.as_ref()),
        ];
        super::texts::fields(&fields, visit);
        super::texts::list("script_parameters", script_parameters, visit);
    }
}
