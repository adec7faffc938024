//! `GET /MonitorJob`.

use std::time::Duration;

use amt_protocol::{JobStatus, WAIT_SECONDS_MAX};
use axum::Json;
use axum::extract::{Query, State};

use super::wire::WireQuery;
use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::monitor;
use crate::server::SharedServer;

/// The status of one request; with `KnownVersion` and `WaitSeconds` as soon as it is newer.
#[utoipa::path(get, path = "/MonitorJob", tag = "AMTOpCon", params(
    ("BatchRequestId" = i64, Query, description = "The request"),
    ("KnownVersion" = Option<i64>, Query, description = "Wait for a version above this one"),
    ("WaitSeconds" = Option<u32>, Query, description = "How long, 0 to 60")),
    responses((status = 200, body = JobStatus), (status = 404, body = Problem), (status = "default", body = Problem)))]
pub(crate) async fn monitor_job(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer<Json<JobStatus>> {
    let query = WireQuery::new(pairs);
    let known_version = query.value("KnownVersion", "a number")?;
    let wait = wait(query.value("WaitSeconds", "a number of seconds")?)?;
    Ok(Json(monitor::poll(&server, &caller, query.id()?, known_version, wait).await?))
}

/// A wait that is allowed.
pub(super) fn wait(seconds: Option<u32>) -> Result<Duration, Problem> {
    let seconds = seconds.unwrap_or(0);
    if seconds > WAIT_SECONDS_MAX {
        return Err(Problem::invalid(
            "WaitSeconds",
            format!("`WaitSeconds` is at most {WAIT_SECONDS_MAX}, not {seconds}"),
        ));
    }
    Ok(Duration::from_secs(u64::from(seconds)))
}
