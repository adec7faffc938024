//! `POST /MonitorJob`.

use amt_protocol::{MONITOR_IDS_MAX, MonitorAnswer, MonitorRequest};
use axum::Json;
use axum::extract::State;

use super::monitor_job::wait;
use super::wire::WireBody;
use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::monitor;
use crate::server::SharedServer;

/// Those of many requests that have changed since the cursor.
#[utoipa::path(post, path = "/MonitorJob", tag = "AMTOpCon",
    request_body = MonitorRequest, responses(
    (status = 200, body = MonitorAnswer), (status = "default", body = Problem)))]
pub(crate) async fn monitor_jobs(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    WireBody(asked): WireBody<MonitorRequest>,
) -> Answer<Json<MonitorAnswer>> {
    if asked.batch_request_ids.len() > MONITOR_IDS_MAX {
        return Err(Problem::invalid(
            "BatchRequestIds",
            format!("at most {MONITOR_IDS_MAX} ids, not {}", asked.batch_request_ids.len()),
        ));
    }
    let wait = wait(Some(asked.wait_seconds))?;
    Ok(Json(monitor::many(&server, &caller, &asked, wait).await?))
}
