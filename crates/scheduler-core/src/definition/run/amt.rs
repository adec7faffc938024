//! Tasks of the AsyscoAMT integration: fields, order, defaults and limits of the vendor's forms
//! (`opcon-domain 3.4`, the second of the seeds).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::Visit;

/// Submit User of the forms; it should not be changed.
const SUBMIT_USER: &str = "BATCH";
/// Station of the forms; it should not be changed.
const STATION: &str = "OPCON";

/// A job that an AMT batch server has under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmtBatchJob {
    /// The AMT application, such as DEMO2 or [[AMT_APPLICATION]].
    #[schemars(length(min = 1, max = 128), extend("format" = "token-text"))]
    pub application: String,
    /// The user who submits the request to the batch server. Should not be changed.
    #[serde(default = "submit_user")]
    #[schemars(length(min = 1, max = 128), extend("format" = "token-text"))]
    pub submit_user: String,
    /// The AMT user under whom the job runs (RunAs). Without it the application's user.
    #[schemars(length(max = 128), extend("format" = "token-text"))]
    pub user: Option<String>,
    /// Where the request comes from. Should not be changed.
    #[serde(default = "station")]
    #[schemars(length(min = 1, max = 128), extend("format" = "token-text"))]
    pub station: String,
    /// The queue of the batch server. Without it the application's default queue.
    #[schemars(length(max = 128), extend("format" = "token-text"))]
    pub queue: Option<String>,
    /// The job, as the batch server knows it.
    #[schemars(length(min = 1, max = 128), extend("format" = "token-text"))]
    pub job: String,
    /// Task values that modify, override or elaborate what the job has, at most 20.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub task_values: Vec<String>,
}

/// A script on an AMT batch server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmtScript {
    /// The AMT application, such as DEMO2 or [[AMT_APPLICATION]].
    #[schemars(length(min = 1, max = 128), extend("format" = "token-text"))]
    pub application: String,
    /// The user who submits the request to the batch server. Should not be changed.
    #[serde(default = "submit_user")]
    #[schemars(length(min = 1, max = 128), extend("format" = "token-text"))]
    pub submit_user: String,
    /// The AMT user under whom the script runs (RunAs). Without it the application's user.
    #[schemars(length(max = 128), extend("format" = "token-text"))]
    pub user: Option<String>,
    /// Where the request comes from. Should not be changed.
    #[serde(default = "station")]
    #[schemars(length(min = 1, max = 128), extend("format" = "token-text"))]
    pub station: String,
    /// The queue of the batch server. Without it the application's default queue.
    #[schemars(length(max = 128), extend("format" = "token-text"))]
    pub queue: Option<String>,
    /// The script: a bare name, an absolute path or a UNC path.
    #[schemars(length(min = 1, max = 1024), extend("format" = "token-text"))]
    pub script: String,
    /// Parameters as name=value, at most 20.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub script_parameters: Vec<String>,
}

fn submit_user() -> String {
    SUBMIT_USER.to_owned()
}

fn station() -> String {
    STATION.to_owned()
}

impl AmtBatchJob {
    /// Its texts, with where they stand in it.
    pub fn texts<'d>(&'d self, visit: &mut Visit<'_, 'd>) {
        let Self { application, submit_user, user, station, queue, job, task_values } = self;
        let fields = [
            ("application", Some(application)),
            ("submit_user", Some(submit_user)),
            ("user", user.as_ref()),
            ("station", Some(station)),
            ("queue", queue.as_ref()),
            ("job", Some(job)),
        ];
        super::texts::fields(&fields, visit);
        super::texts::list("task_values", task_values, visit);
    }
}

impl AmtScript {
    /// Its texts, with where they stand in it.
    pub fn texts<'d>(&'d self, visit: &mut Visit<'_, 'd>) {
        let Self { application, submit_user, user, station, queue, script, script_parameters } =
            self;
        let fields = [
            ("application", Some(application)),
            ("submit_user", Some(submit_user)),
            ("user", user.as_ref()),
            ("station", Some(station)),
            ("queue", queue.as_ref()),
            ("script", Some(script)),
        ];
        super::texts::fields(&fields, visit);
        super::texts::list("script_parameters", script_parameters, visit);
    }
}
