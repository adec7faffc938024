//! What the path names.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::api::problem::Problem;
use crate::server::SharedServer;

/// A number in the path. What is no number names nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(pub(crate) i64);

impl FromRequestParts<SharedServer> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &SharedServer) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, server).await.map_err(|_| {
            Problem::new(StatusCode::NOT_FOUND, "not_found", "the id in the path cannot be read")
        })?;
        number(&text).map(Self)
    }
}

/// A number and a text in the path.
#[derive(Debug, Clone)]
pub(crate) struct IdAnd(pub(crate) i64, pub(crate) String);

impl FromRequestParts<SharedServer> for IdAnd {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &SharedServer) -> Result<Self, Problem> {
        let Path((id, text)) =
            Path::<(String, String)>::from_request_parts(parts, server).await.map_err(|_| {
                Problem::new(StatusCode::NOT_FOUND, "not_found", "the path cannot be read")
            })?;
        if text.contains('\0') {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "no name holds the character U+0000",
            ));
        }
        Ok(Self(number(&id)?, text))
    }
}

/// A number that came as text in a path.
pub(crate) fn number(text: &str) -> Result<i64, Problem> {
    i64::from_str(text).ok().filter(|id| *id > 0).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "the id in the path is not a positive number",
        )
    })
}
