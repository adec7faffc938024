//! `GET /alerts`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::alert::{self, Alert};
use crate::server::SharedServer;

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertParams {
    /// The `next` of the page before; none for the first page.
    after: Option<i64>,
    /// How many items at most: 1 to 1000, 100 by default.
    limit: Option<i64>,
    /// Only those that nobody has acknowledged; false by default.
    open: Option<bool>,
}

/// The alerts.
#[utoipa::path(get, path = "/alerts", operation_id = "list_alerts", tag = "alerts", params(AlertParams), responses(
    (status = 200, body = Page<Alert>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<AlertParams>,
) -> Answer<Json<Page<Alert>>> {
    let page = PageParams { after: params.after, limit: params.limit }.page()?;
    Ok(Json(alert::list(&server, &caller, page, params.open.unwrap_or(false)).await?))
}
