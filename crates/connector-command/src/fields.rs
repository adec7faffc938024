//! The fields of the two types of tasks, as the scheduler sends them.

use connector::StartTask;
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::task::OutputRule;

/// Of the type `command`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandFields {
    pub(crate) line: String,
    pub(crate) working_directory: Option<String>,
    pub(crate) batch_user: Option<String>,
    #[serde(default)]
    pub(crate) environment: IndexMap<String, String>,
    pub(crate) pre_run: Option<PreRunFields>,
    #[serde(default)]
    pub(crate) output_rules: Vec<OutputRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreRunFields {
    pub(crate) line: String,
}

/// Of the type `amt_connector`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AmtFields {
    pub(crate) user_id: Option<String>,
    pub(crate) connector_path: String,
    #[serde(default)]
    pub(crate) job_type: JobType,
    pub(crate) application: String,
    pub(crate) job: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) task_value: Option<String>,
    #[serde(default)]
    pub(crate) script_parameters: Vec<String>,
}

/// What the older connector does.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobType {
    #[default]
    Start,
}

impl JobType {
    const fn word(self) -> &'static str {
        match self {
            Self::Start => "START",
        }
    }
}

impl AmtFields {
    /// The arguments of the older connector, in the order of its log; parameters have one argument.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let parameters = self.script_parameters.join(";");
        let pairs = [
            ("-jt", Some(self.job_type.word())),
            ("-an", Some(self.application.as_str())),
            ("-jn", self.job.as_deref()),
            ("-fn", self.file.as_deref()),
            ("-pa", Some(parameters.as_str())),
            ("-u", self.user.as_deref()),
            ("-tv", self.task_value.as_deref()),
        ];
        let given = pairs.into_iter().filter_map(|(name, value)| {
            Some([name.to_owned(), value.filter(|value| !value.is_empty())?.to_owned()])
        });
        given.flatten().collect()
    }
}

/// Reads the fields of a task. Says which field is wrong, and no value, since that may be a secret.
pub(crate) fn read<T: DeserializeOwned>(call: &StartTask) -> Result<T, String> {
    serde_path_to_error::deserialize(Value::Object(call.fields.clone())).map_err(|error| {
        let path = error.path().to_string();
        let words = error.inner().to_string();
        // These two have no value in them.
        if words.starts_with("missing field") || words.starts_with("unknown field") {
            return format!("{words}; correct the job");
        }
        format!("the field `{path}` is not of the kind that its form says; correct the job")
    })
}
