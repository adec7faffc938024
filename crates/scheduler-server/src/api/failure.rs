//! Answers that say why something was not done.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use scheduler_api::{ErrorAnswer, Kind};
use scheduler_app::Error;

/// Lines of mistakes that one answer has at most.
const DETAILS_MAX: usize = 200;

/// Why a request was not carried out.
#[derive(Debug)]
pub(crate) struct Failure(ErrorAnswer);

impl Failure {
    /// A request that cannot be carried out as it is.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, message)
    }

    /// Whether something was named that is not there.
    pub(crate) fn is_unknown(&self) -> bool {
        self.0.kind == Kind::NotFound
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(ErrorAnswer { kind, message: message.into(), details: Vec::new() })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Forbidden { .. } => Kind::Forbidden,
            Error::Definitions(_) => Kind::Definitions,
            Error::Revision { .. } => Kind::Conflict,
            Error::Refused(_) | Error::TooLarge(_) => Kind::Refused,
            Error::Unknown { .. } => Kind::NotFound,
            Error::Sql(sql) if sql.is_unavailable() => Kind::Unavailable,
            Error::Fenced => Kind::Unavailable,
            Error::Sql(_) | Error::Stored { .. } => Kind::Internal,
        };
        if kind == Kind::Internal {
            tracing::error!("a request failed: {error}");
        }
        let details = match &error {
            Error::Definitions(problems) => problems
                .iter()
                .take(DETAILS_MAX)
                .map(|problem| format!("{}: {}", problem.path, problem.message))
                .collect(),
            _ => Vec::new(),
        };
        Self(ErrorAnswer { kind, message: error.to_string(), details })
    }
}

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

impl From<PathRejection> for Failure {
    fn from(rejection: PathRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self.0.kind {
            Kind::BadRequest | Kind::Definitions => StatusCode::BAD_REQUEST,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Refused | Kind::Conflict => StatusCode::CONFLICT,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.0)).into_response()
    }
}

/// A verb that an endpoint has not.
pub(crate) async fn no_method() -> Failure {
    Failure::bad("this path of the API has no such verb")
}

/// A path that no endpoint has.
pub(crate) async fn no_route() -> Failure {
    Failure::new(Kind::NotFound, "there is no such path in this API")
}
