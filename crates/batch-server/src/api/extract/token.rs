//! Who asks: the token of a request and its user.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use kit::Secret;

use crate::api::problem::Problem;
use crate::caller::Caller;
use crate::error::Error;
use crate::server::SharedServer;

/// The header in which clients of AMTOpCon send their token.
const TOKEN_HEADER: &str = "x-amt-logontoken";

/// The caller, by its token in `X-AMT-LogonToken` or `Authorization: Bearer`.
#[derive(Debug)]
pub(crate) struct Authenticated(pub(crate) Caller);

impl FromRequestParts<SharedServer> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &SharedServer) -> Result<Self, Problem> {
        let Token(token) = Token::from_request_parts(parts, server).await?;
        Ok(Self(server.auth.authenticate(server, token.expose()).await?))
    }
}

/// The token itself, for answers that take so long that the caller has to be found anew.
#[derive(Debug)]
pub(crate) struct Token(pub(crate) Secret);

impl FromRequestParts<SharedServer> for Token {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &SharedServer) -> Result<Self, Problem> {
        let token = token(&parts.headers).ok_or(Error::Unauthenticated(
            "log on first and send the token in `X-AMT-LogonToken` or as `Authorization: Bearer`",
        ))?;
        Ok(Self(Secret::new(token)))
    }
}

/// The token of a request, where it has one.
fn token(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(TOKEN_HEADER) {
        return value.to_str().ok().map(str::trim);
    }
    let (scheme, token) =
        headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_taken_from_either_header() {
        let headers = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(
                name.parse().expect("a header"),
                value.parse().expect("a value"),
            )])
        };
        assert_eq!(token(&headers("X-AMT-LogonToken", " abc ")), Some("abc"));
        assert_eq!(token(&headers("Authorization", "bearer abc")), Some("abc"));
        assert_eq!(token(&headers("Authorization", "Basic abc")), None);
        assert_eq!(token(&HeaderMap::new()), None);
    }
}
