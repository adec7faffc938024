//! `GET /requests`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::request::{self, Asked, Order, Request, StateFilter};
use crate::server::SharedServer;

/// Which requests; what is left out does not filter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RequestParams {
    /// The `next` of the page before; none for the first page.
    after: Option<i64>,
    /// How many items at most: 1 to 1000, 100 by default.
    limit: Option<i64>,
    /// Those of this application.
    application: Option<String>,
    /// Those in this queue.
    queue: Option<String>,
    /// Those of this job, or with this label.
    job: Option<String>,
    /// Those in this state.
    #[param(inline)]
    state: Option<StateFilter>,
    /// Those with this completion code.
    code: Option<u16>,
    /// The children of this request.
    parent_id: Option<i64>,
    /// Those queued at or after this time, such as `2026-11-23T06:00:00Z`.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<jiff::Timestamp>,
    /// Those queued before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<jiff::Timestamp>,
    /// The newest first, as by default, or the oldest.
    #[serde(default)]
    #[param(inline, required = false)]
    order: Order,
}

/// The requests of the jobs that the caller may use, and those that it has submitted itself.
#[utoipa::path(get, path = "/requests", operation_id = "list_requests", tag = "requests", params(RequestParams), responses(
    (status = 200, body = Page<Request>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<RequestParams>,
) -> Answer<Json<Page<Request>>> {
    let page = PageParams { after: params.after, limit: params.limit }.page()?;
    let asked = Asked {
        application: params.application,
        queue: params.queue,
        job: params.job,
        state: params.state,
        code: params.code,
        parent_id: params.parent_id,
        since: params.since,
        until: params.until,
        order: params.order,
    };
    Ok(Json(request::list(&server, &caller, page, asked).await?))
}
