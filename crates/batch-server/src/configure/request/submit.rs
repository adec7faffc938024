//! Submitting from the Control Center.

use amt_protocol::{Action, ExtractFile, JobAction};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{Request, one};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::submit;

/// What is to be run: a stored job, or a script.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestInput {
    /// The application; the server's default application by default.
    #[serde(default)]
    application: Option<String>,
    /// A stored job. With a script as well, it is only a label.
    #[serde(default)]
    job: Option<String>,
    /// A script: absolute path, UNC path, or a name in the application's script folder.
    #[serde(default)]
    script: Option<String>,
    /// The queue; the default queue of the application, then the general one, by default.
    #[serde(default)]
    queue: Option<String>,
    /// The user to run as; the job's, then the application's, by default.
    #[serde(default)]
    run_as: Option<String>,
    /// Who submits; `BATCH` by default.
    #[serde(default)]
    submit_user: Option<String>,
    /// Where from; the station of your user by default, `OPCON` when it has none.
    #[serde(default)]
    station: Option<String>,
    /// Up to 20 task values, `name=value` or bare.
    #[serde(default)]
    task_values: Vec<String>,
    /// Up to 20 script parameters.
    #[serde(default)]
    script_parameters: Vec<String>,
    /// The report parameter.
    #[serde(default)]
    report_parameter: Option<String>,
    /// The global parameter.
    #[serde(default)]
    global_parameter: Option<String>,
    /// The accept file that answers input requests line by line.
    #[serde(default)]
    request_file: Option<String>,
    /// Extract files of an external executable.
    #[serde(default)]
    extract_files: Vec<ExtractInput>,
    /// Its group; a group of its own by default.
    #[serde(default)]
    batch_id: Option<i64>,
    /// Wait for a debugger after the start; false by default.
    #[serde(default)]
    debug: bool,
    /// The submitter's own key: the same key with the same content gives the same request. Keys that begin with `recover:` or `job:`
    /// are the server's own.
    #[serde(default)]
    request_key: Option<String>,
}

/// An extract file of an external executable.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtractInput {
    /// Letters, digits and underscores; becomes part of a variable's name.
    file_id: String,
    /// The file name as the program sees it.
    file_name: String,
}

impl From<RequestInput> for JobAction {
    fn from(input: RequestInput) -> Self {
        let extract =
            |file: ExtractInput| ExtractFile { file_id: file.file_id, file_name: file.file_name };
        Self {
            application_name: input.application,
            job_name: input.job,
            script_name: input.script,
            queue_name: input.queue,
            user: input.run_as,
            submit_user: input.submit_user,
            station: input.station,
            task_values: input.task_values,
            script_parameters: input.script_parameters,
            report_parameter: input.report_parameter,
            global_parameter: input.global_parameter,
            request_file: input.request_file,
            extract_files: input.extract_files.into_iter().map(extract).collect(),
            batch_id: input.batch_id,
            debug: input.debug,
            request_key: input.request_key,
            ..Self::new(Action::Start)
        }
    }
}

/// Submits a request. One that can never run (a missing file) is stored all the same and has ended.
///
/// # Errors
/// `Invalid` with the reason when nothing was stored.
pub(crate) async fn create(
    server: &Server,
    caller: &Caller,
    input: RequestInput,
) -> Result<Request> {
    let answer = submit::start(server, caller, &input.into(), caller.station.clone()).await?;
    match answer.batch_request_id {
        Some(id) if id > 0 => one(server, id).await,
        _ => Err(Error::invalid(
            "body",
            answer.description.unwrap_or_else(|| "the start is refused".to_owned()),
        )),
    }
}
