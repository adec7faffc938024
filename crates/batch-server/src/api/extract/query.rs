//! The query parameters.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::suggestion::with_suggestion;
use crate::api::problem::Problem;
use crate::server::SharedServer;

/// The query parameters.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<SharedServer> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &SharedServer) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::invalid("query", "remove the character U+0000 (`%00`)"));
        }
        match Query::<T>::from_request_parts(parts, server).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(refused_query(&error)),
        }
    }
}

fn refused_query(error: &QueryRejection) -> Problem {
    let text = error.body_text();
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
    let quoted = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| text.split_once(start)?.1.split_once('`'))
        .map(|(name, _)| name.to_owned());
    let before = text.split_once(": ").filter(|(name, _)| !name.contains(' '));
    let field = quoted
        .or_else(|| before.map(|(name, _)| name.to_owned()))
        .unwrap_or_else(|| "query".to_owned());
    let detail = before.map_or(text, |(_, detail)| detail);
    Problem::invalid(field, with_suggestion(detail))
}
