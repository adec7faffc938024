//! Who asks. Whoever could open the socket is its owner, and may do everything.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// The header in which a command says which user of the machine runs it, for the audit.
pub(crate) const USER: &str = "ringmaster-user";
/// Characters of a name that are kept.
const CHARS_MAX: usize = 64;

/// Who asks.
pub(crate) struct Caller(pub(crate) scheduler_app::Caller);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let said = parts.headers.get(USER).and_then(|name| name.to_str().ok()).unwrap_or("owner");
        let name: String = said.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect();
        Ok(Self(scheduler_app::Caller::local(&name)))
    }
}
