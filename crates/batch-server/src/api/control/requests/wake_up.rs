//! `POST /requests/{id}/wake-up`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::extract::{Authenticated, Body, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Longest data of a wake-up, in characters.
const DATA_CHARS_MAX: usize = 4096;

/// What a sleeping report is told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WakeUp {
    /// Handed to the report: at most 4096 characters.
    #[serde(default)]
    data: Option<String>,
}

/// Ends the wait of a sleeping report.
#[utoipa::path(post, path = "/requests/{id}/wake-up", operation_id = "wake_up_request", tag = "requests", request_body = WakeUp,
    params(("id" = i64, Path)), responses((status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn wake_up(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Body(input): Body<WakeUp>,
) -> Answer<Json<Request>> {
    if input.data.as_ref().is_some_and(|data| data.chars().nth(DATA_CHARS_MAX).is_some()) {
        return Err(Problem::invalid(
            "data",
            format!("it is too long, use at most {DATA_CHARS_MAX} characters"),
        ));
    }
    operate::wake_up(&server, &caller, id, input.data).await?;
    Ok(Json(one(&server, id).await?))
}
