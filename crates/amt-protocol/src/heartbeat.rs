//! `GET /HeartBeat`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The sign of life that needs no token. Any non-empty answer means alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct HeartBeat {
    /// Name of the service.
    pub service: String,
    /// Version of the service.
    pub version: String,
    /// The server's clock, UTC.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub time: Timestamp,
    /// Whether the job server is halted: waiting requests start only when forced.
    pub halted: bool,
}
