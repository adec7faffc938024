//! The version that a change expects.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use crate::api::problem::Problem;
use crate::configure::Expected;
use crate::server::SharedServer;

/// The header `If-Match` of a change; required.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IfMatch(pub(crate) Expected);

/// The header `If-Match` of a deletion; without it the last one wins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaybeIfMatch(pub(crate) Expected);

impl FromRequestParts<SharedServer> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &SharedServer) -> Result<Self, Problem> {
        expected(&parts.headers)?.map(Self).ok_or_else(|| {
            Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "version_required",
                "send the version that you have read as `If-Match: \"<version>\"`, or `If-Match: *` to overwrite any",
            )
        })
    }
}

impl FromRequestParts<SharedServer> for MaybeIfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &SharedServer) -> Result<Self, Problem> {
        Ok(Self(expected(&parts.headers)?.unwrap_or(Expected::Any)))
    }
}

fn expected(headers: &HeaderMap) -> Result<Option<Expected>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Some(Expected::Any));
    }
    let version =
        text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).parse();
    version.map(|version| Some(Expected::Version(version))).map_err(|_| {
        Problem::invalid(
            "If-Match",
            "it is not a version: send `\"<version>\"` with the number that you have read, or `*`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_with_and_without_quotes() {
        let read = |value: &'static str| {
            expected(&HeaderMap::from_iter([(header::IF_MATCH, value.parse().expect("a value"))]))
        };
        assert_eq!(read("\"3\"").ok(), Some(Some(Expected::Version(3))));
        assert_eq!(read("3").ok(), Some(Some(Expected::Version(3))));
        assert_eq!(read("*").ok(), Some(Some(Expected::Any)));
        assert!(read("W/\"3\"").is_err());
        assert_eq!(expected(&HeaderMap::new()).ok(), Some(None));
    }
}
