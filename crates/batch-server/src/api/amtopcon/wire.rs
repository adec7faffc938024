//! Reading requests of clients that spell members and parameters in any case and may send more than we know.

use std::str::FromStr;

use amt_protocol::canonical_members;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use crate::api::problem::Problem;
use crate::server::SharedServer;

/// A JSON body; the content type does not matter, since known clients differ.
#[derive(Debug)]
pub(super) struct WireBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<SharedServer> for WireBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &SharedServer) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, server).await.map_err(|error| {
            let (code, detail) = match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    ("too_large", "the body is too large; send at most 2 MiB")
                }
                _ => ("malformed", "the body did not arrive completely; send it again"),
            };
            Problem::new(error.status(), code, detail)
        })?;
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "malformed", detail);
    let value = serde_json::from_slice(bytes)
        .map_err(|error| malformed(format!("the body is not JSON: {error}")))?;
    let value = canonical_members(value)
        .map_err(|error| Problem::invalid(error.0.clone(), error.to_string()))?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, text) = (error.path().to_string(), error.inner().to_string());
        let field = match text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'))
        {
            Some((name, _)) if path == "." => name.to_owned(),
            Some((name, _)) => format!("{path}.{name}"),
            None if path == "." => "body".to_owned(),
            None => path,
        };
        Problem::invalid(field, text)
    })
}

/// The query of a request, its names in any case.
#[derive(Debug)]
pub(super) struct WireQuery(Vec<(String, String)>);

impl WireQuery {
    /// Reads the query of an address.
    pub(super) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// A parameter without the blanks around it, when it is there and not empty.
    ///
    /// # Errors
    /// A problem that names the parameter when it is given twice.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        let text = self.exact(name)?.map(str::trim);
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// A parameter just as it was sent, when it is there and not empty.
    ///
    /// # Errors
    /// A problem that names the parameter when it is given twice.
    pub(super) fn exact(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut given = self.0.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        let first = given.next().map(|(_, value)| value.as_str());
        if given.next().is_some() {
            return Err(Problem::invalid(name, format!("`{name}` is given twice")));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// A parameter as a number or a truth value.
    pub(super) fn value<T: FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, Problem> {
        self.text(name)?
            .map(|text| {
                text.to_ascii_lowercase().parse().map_err(|_| {
                    Problem::invalid(name, format!("`{name}` is {what}, not `{}`", shown(text)))
                })
            })
            .transpose()
    }

    /// A number that must be there.
    pub(super) fn id(&self) -> Result<i64, Problem> {
        self.value("BatchRequestId", "a number")?
            .ok_or_else(|| Problem::invalid("BatchRequestId", "`BatchRequestId` is missing"))
    }
}

/// A value as a message shows it: not longer than a line.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
