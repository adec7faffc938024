//! `POST /OpConJobAction`.

use amt_protocol::{Action, JobAction, JobActionAnswer, JobStatus};
use axum::Json;
use axum::extract::State;

use super::wire::WireBody;
use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::server::SharedServer;
use crate::{operate, submit};

/// Starts, stops or kills. A refused start has `BatchRequestId` 0 and says why.
#[utoipa::path(post, path = "/OpConJobAction", tag = "AMTOpCon",
    request_body = JobAction, responses(
    (status = 200, body = JobActionAnswer), (status = 404, description = "Unknown request", body = Problem),
    (status = 409, description = "The request key was used with other content", body = Problem),
    (status = "default", body = Problem)))]
pub(crate) async fn job_action(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    WireBody(action): WireBody<JobAction>,
) -> Answer<Json<JobActionAnswer>> {
    let answer = match action.action {
        Action::Start => submit::start(&server, &caller, &action, None).await?,
        Action::Stop => ended(operate::stop(&server, &caller, id(&action)?).await?),
        Action::Kill => ended(operate::kill(&server, &caller, id(&action)?).await?),
    };
    Ok(Json(answer))
}

fn id(action: &JobAction) -> Result<i64, Problem> {
    action
        .batch_request_id
        .ok_or_else(|| Problem::invalid("BatchRequestId", "name the request to stop or kill"))
}

fn ended(status: JobStatus) -> JobActionAnswer {
    JobActionAnswer {
        batch_request_id: Some(status.batch_request_id),
        code: Some(status.code),
        status: Some(status.status),
        description: Some(status.description),
    }
}
