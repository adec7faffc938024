//! `GET /stations`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::station::{self, Station};
use crate::server::SharedServer;

/// The stations.
#[utoipa::path(get, path = "/stations", operation_id = "list_stations", tag = "stations", params(PageParams), responses(
    (status = 200, body = Page<Station>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<PageParams>,
) -> Answer<Json<Page<Station>>> {
    Ok(Json(station::list(&server, &caller, params.page()?).await?))
}
