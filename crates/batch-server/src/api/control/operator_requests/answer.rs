//! `POST /operator-requests/{id}/answer`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::extract::{Authenticated, Body, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::operator_request::{OperatorRequest, shown};
use crate::operate;
use crate::server::SharedServer;

/// An operator's answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerInput {
    /// One line of at most 4096 characters.
    answer: String,
}

/// Answers an open question; the job goes on with it.
#[utoipa::path(post, path = "/operator-requests/{id}/answer", operation_id = "answer_operator_request", tag = "operator-requests",
    request_body = AnswerInput, params(("id" = i64, Path)), responses(
    (status = 200, body = OperatorRequest), (status = "default", body = Problem)))]
pub(crate) async fn answer(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Body(input): Body<AnswerInput>,
) -> Answer<Json<OperatorRequest>> {
    Ok(Json(shown(operate::answer(&server, &caller, id, &input.answer).await?)?))
}
