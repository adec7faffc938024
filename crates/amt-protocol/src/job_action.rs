//! `POST /OpConJobAction`: start, stop or kill.

use serde::{Deserialize, Serialize};

/// Most task values or script parameters of one start (`amt-domain 12.3`).
pub const LIST_ITEMS_MAX: usize = 20;
/// Longest request key, in characters.
pub const REQUEST_KEY_CHARS_MAX: usize = 128;

/// What an `OpConJobAction` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Action {
    /// Submit a job or script.
    Start,
    /// Ask a run politely to end; no kill follows.
    Stop,
    /// End the process group whatever its state.
    Kill,
}

/// An extract file of an external executable, handed over as the variable `dd_<FileId>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct ExtractFile {
    /// Letters, digits and underscores; becomes part of a variable's name.
    pub file_id: String,
    /// The file name as the program will see it.
    pub file_name: String,
}

/// One `OpConJobAction` request. *Start* uses all members but `BatchRequestId`; *Stop* and *Kill* use only that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct JobAction {
    /// What to do.
    pub action: Action,
    /// The request to stop or kill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_request_id: Option<i64>,
    /// The application; absent means the service's default application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_name: Option<String>,
    /// A stored job. With a script name as well, it is only a label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    /// An ad-hoc script: absolute path, UNC path, or a bare name in the application's script folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script_name: Option<String>,
    /// Who submits; `BATCH` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submit_user: Option<String>,
    /// The station that submits; `OPCON` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// The AMT user to run as (`RunAs`); absent means the application's default user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The queue; absent means the default queue of the application, then the general one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_name: Option<String>,
    /// Up to 20 values, `name=value` or bare; empty ones count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub task_values: Vec<String>,
    /// Up to 20 parameters, `name=value` or bare; empty ones count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub script_parameters: Vec<String>,
    /// The parameter of a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_parameter: Option<String>,
    /// The global parameter; split on blanks for external executables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_parameter: Option<String>,
    /// The accept file that answers input requests line by line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_file: Option<String>,
    /// Extract files of an external executable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extract_files: Vec<ExtractFile>,
    /// Groups requests; 0 or absent means a group of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<i64>,
    /// Wait for a debugger after start-up (code 21).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub debug: bool,
    /// The client's idempotency key, 1 to 128 characters: the same key with the same content gives the same request,
    /// however often it is sent. Keys that begin with `recover:` or `job:` are the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub request_key: Option<String>,
}

impl JobAction {
    /// An action on nothing yet; the caller fills in what it needs.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            batch_request_id: None,
            application_name: None,
            job_name: None,
            script_name: None,
            submit_user: None,
            station: None,
            user: None,
            queue_name: None,
            task_values: Vec::new(),
            script_parameters: Vec::new(),
            report_parameter: None,
            global_parameter: None,
            request_file: None,
            extract_files: Vec::new(),
            batch_id: None,
            debug: false,
            request_key: None,
        }
    }
}

/// The answer to an `OpConJobAction`. A refused start has `BatchRequestId` 0, since known clients test `> 0`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct JobActionAnswer {
    /// The request, or 0 when nothing was stored. Other servers may send null or leave it out.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub batch_request_id: Option<i64>,
    /// Its code at the time of the answer.
    #[serde(default)]
    pub code: Option<u16>,
    /// The name of that code.
    #[serde(default)]
    pub status: Option<String>,
    /// Why a start was refused, or what ended the request at once.
    #[serde(default)]
    pub description: Option<String>,
}
