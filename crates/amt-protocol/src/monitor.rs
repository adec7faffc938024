//! `MonitorJob` and `FindJob`: the status object, for one request or for many.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::CompletionCode;

/// Most request ids of one `POST /MonitorJob`.
pub const MONITOR_IDS_MAX: usize = 10_000;
/// Longest wait of one long poll, in seconds.
pub const WAIT_SECONDS_MAX: u32 = 60;

/// The state of one job request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct JobStatus {
    /// The request.
    pub batch_request_id: i64,
    /// The stored job it runs, if it is not an ad-hoc script.
    #[serde(default)]
    pub job_id: Option<i64>,
    /// Its group.
    #[serde(default)]
    pub batch_id: i64,
    /// The request that started it from inside a job.
    #[serde(default)]
    pub parent_request_id: Option<i64>,
    /// A completion code, such as 2 (RUNNING) or 4 (DONE).
    pub code: u16,
    /// The name of the code, such as `RUNNING`.
    #[serde(default)]
    pub status: String,
    /// What there is to say about the state, such as `File not found` or `lost`. Empty when there is nothing.
    #[serde(default)]
    pub description: String,
    /// The exit code of the process, once it has ended by itself.
    #[serde(default)]
    pub exit_code: Option<i32>,
    /// Grows by one with every change; 0 from servers that do not count.
    #[serde(default)]
    pub version: i64,
    /// The queue that the request waits or waited in.
    #[serde(default)]
    pub queue_name: String,
    /// The controller that runs or ran it.
    #[serde(default)]
    pub controller: Option<String>,
    /// The key with which it was submitted. A client that knows the key of its request sees by it that a server holds another one under that
    /// number. Absent where it had none, and from servers that do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_key: Option<String>,
    /// When it was accepted, UTC.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub queued_at: Option<Timestamp>,
    /// When its newest run began, UTC.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub started_at: Option<Timestamp>,
    /// When it ended, UTC.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Timestamp>,
}

impl JobStatus {
    /// The code as a type; numbers that no source assigns read as [`CompletionCode::Undefined`].
    pub fn completion(&self) -> CompletionCode {
        CompletionCode::try_from(self.code).unwrap_or(CompletionCode::Undefined)
    }
}

/// `POST /MonitorJob`: which of many requests have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct MonitorRequest {
    /// At most 10,000 requests.
    #[cfg_attr(feature = "openapi", schema(max_items = 10000))]
    pub batch_request_ids: Vec<i64>,
    /// The cursor of the answer before, or absent for the first call: then all are answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How long to wait for a change, at most 60 seconds; 0 answers at once.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(maximum = 60))]
    pub wait_seconds: u32,
}

/// Those of many requests that have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct MonitorAnswer {
    /// The requests that have changed since the cursor, and possibly some that have not. Unknown ids are left out.
    pub items: Vec<JobStatus>,
    /// Opaque; send it with the next call.
    pub cursor: String,
}
