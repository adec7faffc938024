//! The answer to a creation.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What was made, and where it is.
#[derive(Debug)]
pub(super) struct Created<T> {
    location: String,
    body: T,
}

impl<T> Created<T> {
    /// Something in a collection of the Control Center.
    pub(super) fn at(collection: &str, id: impl std::fmt::Display, body: T) -> Self {
        Self { location: format!("{}/{collection}/{id}", super::BASE), body }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, [(header::LOCATION, self.location)], Json(self.body)).into_response()
    }
}
