//! What a request runs: everything that is only read whole, kept as one JSON text.

use amt_protocol::{Action, ExtractFile, JobAction};
use batch_core::parameters::Parameters;
use serde::{Deserialize, Serialize};

/// The part of a request that no query looks into. Written once, at submission, so that a definition changed while the
/// request waits does not change what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// The local file to run; for a stored report or executable below the report folder.
    pub(crate) file: String,
    /// The script or file as the requester or the definition named it.
    pub(crate) shown_as: String,
    /// Arguments from the job definition, before those of the request.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Revision of a report.
    #[serde(default)]
    pub(crate) revision: String,
    #[serde(default)]
    pub(crate) script_parameters: Vec<String>,
    #[serde(default)]
    pub(crate) report_parameter: Option<String>,
    #[serde(default)]
    pub(crate) global_parameter: Option<String>,
    #[serde(default)]
    pub(crate) request_file: Option<String>,
    #[serde(default)]
    pub(crate) extract_files: Vec<ExtractFile>,
    /// The queue by name as it was asked for, for the record.
    #[serde(default)]
    pub(crate) queue_asked: Option<String>,
}

impl Spec {
    /// The parameters as the environment of a job wants them. Task values are in a table of their own.
    pub(crate) fn parameters(&self) -> Parameters {
        Parameters {
            task_values: Vec::new(),
            script_arguments: self.script_parameters.clone(),
            report_parameter: self.report_parameter.clone(),
            global_parameter: self.global_parameter.clone(),
            extract_files: self.extract_files.clone(),
        }
    }

    /// The parameters as a start action, for a request that repeats this one.
    pub(crate) fn to_action(&self) -> JobAction {
        JobAction {
            script_parameters: self.script_parameters.clone(),
            report_parameter: self.report_parameter.clone(),
            global_parameter: self.global_parameter.clone(),
            request_file: self.request_file.clone(),
            extract_files: self.extract_files.clone(),
            ..JobAction::new(Action::Start)
        }
    }
}
