//! `GET /FindJob`.

use amt_protocol::JobStatus;
use axum::Json;
use axum::extract::{Query, State};

use super::wire::WireQuery;
use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::monitor;
use crate::server::SharedServer;

/// The request of a request key: settles a start whose answer was lost.
#[utoipa::path(get, path = "/FindJob", tag = "AMTOpCon",
    params(("RequestKey" = String, Query, description = "The key that the start carried, blanks included")),
    responses((status = 200, body = JobStatus), (status = 404, description = "No start with this key was stored",
    body = Problem), (status = "default", body = Problem)))]
pub(crate) async fn find_job(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer<Json<JobStatus>> {
    let query = WireQuery::new(pairs);
    // A start keeps its key as it is, so it is looked for as it is.
    let key = query
        .exact("RequestKey")?
        .ok_or_else(|| Problem::invalid("RequestKey", "`RequestKey` is missing"))?;
    if key.contains('\0') {
        return Err(Problem::invalid("RequestKey", "remove the character U+0000"));
    }
    Ok(Json(monitor::find(&server, &caller, key).await?))
}
