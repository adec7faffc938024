//! `GET /operator-requests`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::operator_request::{self, OperatorRequest};
use crate::server::SharedServer;

/// Which questions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuestionParams {
    /// The `next` of the page before; none for the first page.
    after: Option<i64>,
    /// How many items at most: 1 to 1000, 100 by default.
    limit: Option<i64>,
    /// Only those that wait for an answer; false by default.
    open: Option<bool>,
}

/// The questions of the jobs that the caller may use. A page may have fewer items than asked for.
#[utoipa::path(get, path = "/operator-requests", operation_id = "list_operator_requests", tag = "operator-requests",
    params(QuestionParams), responses((status = 200, body = Page<OperatorRequest>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<QuestionParams>,
) -> Answer<Json<Page<OperatorRequest>>> {
    let page = PageParams { after: params.after, limit: params.limit }.page()?;
    Ok(Json(operator_request::list(&server, &caller, page, params.open.unwrap_or(false)).await?))
}
