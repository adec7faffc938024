//! Refusals on the wire: RFC 9457 problem documents.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;

/// Why a call was not carried out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `about:blank`: the status says what kind of problem it is, `code` says it more exactly.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The words of the HTTP status.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable text for programs, such as `invalid` or `stale_version`.
    code: &'static str,
    /// What is wrong with which value, and what to do.
    detail: String,
    /// The member, parameter or header that is wrong, spelled as on the wire.
    field: Option<String>,
    /// What to look for in the server's log; only for errors of the server.
    reference: Option<String>,
}

/// What a handler returns.
pub(crate) type Answer<T> = Result<T, Problem>;

impl Problem {
    /// A problem without a field.
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: readable(detail.into()),
            field: None,
            reference: None,
        }
    }

    /// A value that cannot be accepted.
    pub(crate) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let field = field.into();
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "invalid", detail);
        problem.field = Some(field);
        problem
    }

    /// The problem for a bare status, as the HTTP layer answers it.
    fn bare(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => (
                "unknown_route",
                "there is nothing at this address; the OpenAPI document lists what there is",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method_not_allowed",
                "this address has no such method; the `Allow` header lists those it has",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                ("too_large", "the body is too large; send at most 2 MiB")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("media_type", "send the body as `application/json`")
            }
            StatusCode::REQUEST_TIMEOUT => {
                ("timeout", "the request did not arrive in time; send it again")
            }
            status if status.is_server_error() => ("internal", "internal error"),
            _ => ("malformed", "the request cannot be understood"),
        };
        Self::new(status, code, detail)
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A failure of the server: the chain goes to the log, the caller gets a reference to it.
    fn internal(error: &anyhow::Error) -> Self {
        let reference = reference();
        tracing::error!(reference, error = format!("{error:#}"), "a call failed inside");
        let mut problem = Self::bare(StatusCode::INTERNAL_SERVER_ERROR);
        problem.reference = Some(reference);
        problem
    }
}

/// A short random text that is in the answer and in the log.
fn reference() -> String {
    // Without random numbers the answer has no reference, and is still an answer.
    kit::secret::random_token(6).map(|token| token.expose().to_owned()).unwrap_or_default()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            Error::Invalid { field, detail } => Self::invalid(field, detail),
            Error::Conflict(_) => Self::new(StatusCode::CONFLICT, "conflict", detail),
            Error::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            Error::Unauthenticated(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            }
            Error::TooMany(_) => Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many", detail),
            Error::Unavailable(source) => {
                tracing::warn!(error = format!("{source:#}"), "the storage is unavailable");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            }
            Error::Internal(source) => Self::internal(&source),
        }
    }
}

impl From<sql::Error> for Problem {
    fn from(error: sql::Error) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// Longest reason, in characters: it may repeat a value, which may be of any length.
const DETAIL_CHARS_MAX: usize = 1000;

fn readable(detail: String) -> String {
    match detail.char_indices().nth(DETAIL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &detail[..end]),
        None => detail,
    }
}

const PROBLEM_JSON: &str = "application/problem+json";

/// Turns every refusal of the HTTP layer itself (unknown route, wrong method, body too large) into a problem document.
pub(crate) async fn for_every_refusal(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_document(&response) {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut problem = Problem::bare(status).into_response();
    if let Some(allow) = allow {
        problem.headers_mut().insert(header::ALLOW, allow);
    }
    problem
}

fn is_document(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("json"))
}

/// The answer after a handler has panicked.
pub(crate) fn after_panic(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no text");
    Problem::internal(&anyhow::anyhow!("a handler panicked: {text}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_status_and_a_failure_inside_shows_nothing() {
        let inside = anyhow::anyhow!("password table is at /secret");
        let cases = [
            (Error::not_found("queue", 7), 404, "not_found"),
            (Error::invalid("name", "it is empty"), 400, "invalid"),
            (Error::Conflict("in use".into()), 409, "conflict"),
            (Error::Forbidden("administer"), 403, "forbidden"),
            (Error::Unauthenticated("log on"), 401, "unauthenticated"),
            (Error::TooMany("wait".into()), 429, "too_many"),
            (Error::Unavailable(anyhow::anyhow!("disk full at /secret")), 503, "unavailable"),
            (Error::Internal(inside), 500, "internal"),
        ];
        for (error, status, code) in cases {
            let problem = Problem::from(error);
            assert_eq!((problem.status, problem.code), (status, code));
            let json = serde_json::to_string(&problem).expect("it is plain data");
            assert!(!json.contains("/secret"), "{json}");
            assert_eq!(problem.reference.is_some(), status == 500);
            assert_eq!(problem.field.as_deref(), (status == 400).then_some("name"));
        }
    }
}
