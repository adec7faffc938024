//! `GET /session`.

use axum::Json;
use batch_core::rights::Right;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};

/// Who the caller is and what it may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    /// The user's number.
    user_id: i64,
    /// The user's name.
    user: String,
    /// What its roles let it do.
    rights: Vec<&'static str>,
    /// Whether it may use every job.
    sees_all_jobs: bool,
}

/// Who the caller is and what it may do; every user may ask.
#[utoipa::path(get, path = "/session", operation_id = "read_session", tag = "session", responses(
    (status = 200, body = Session), (status = "default", body = Problem)))]
pub(crate) async fn read(Authenticated(caller): Authenticated) -> Answer<Json<Session>> {
    let rights = Right::ALL
        .into_iter()
        .filter(|right| caller.rights.allows(*right))
        .map(Right::name)
        .collect();
    let sees_all_jobs = caller.sees_all_jobs;
    Ok(Json(Session { user_id: caller.user_id, user: caller.name, rights, sees_all_jobs }))
}
