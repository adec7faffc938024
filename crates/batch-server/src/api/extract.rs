//! What handlers take out of a request. Everything that is wrong with it becomes a problem that names the field.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use kit::Secret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use utoipa::IntoParams;

use super::problem::Problem;
use crate::caller::Caller;
use crate::configure::{Expected, PageOf};
use crate::error::Error;
use crate::server::SharedServer;

/// The header in which clients of AMTOpCon send their token.
pub(crate) const TOKEN_HEADER: &str = "x-amt-logontoken";

/// Most items of one page.
pub(crate) const LIMIT_MAX: i64 = 1000;
const LIMIT_DEFAULT: i64 = 100;
/// How much of a wrong value a refusal repeats, in characters.
const VALUE_CHARS_MAX: usize = 50;

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
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(TOKEN_HEADER) {
        return value.to_str().ok().map(str::trim);
    }
    let (scheme, token) =
        headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A JSON body. Unknown members are refused where `T` denies them, with a suggestion.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<SharedServer> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &SharedServer) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "send the body as `application/json`",
            ));
        }
        let bytes =
            Bytes::from_request(request, server).await.map_err(|error| refused_body(&error))?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

fn refused_body(error: &BytesRejection) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            error.status(),
            "too_large",
            "the body is too large; send at most 2 MiB",
        );
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed",
        "the body did not arrive completely; send it again",
    )
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        // serde would take an array for a struct.
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes)
            .map_err(|error| malformed(&error))?;
        return Err(Problem::invalid("body", "it is not a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        not_a_word::<T>(bytes, error.path())
            .unwrap_or_else(|| refused_member(&error.path().to_string(), error.inner()))
    })?;
    json.end().map_err(|error| malformed(&error))?;
    // PostgreSQL cannot store it in any text, so no text may hold it.
    if let Some(field) = serde_json::from_slice(bytes).ok().and_then(|json| nul_in("", &json)) {
        return Err(Problem::invalid(field, "remove the character U+0000"));
    }
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed",
        format!("the body is not JSON: {}", plain(error)),
    )
}

/// A number, a list or the like where one of some words is wanted. The parser calls it a mistake of syntax and does not say which words; they
/// are found by asking for a word that there is not. None when the body is no JSON, or the value is not the mistake.
fn not_a_word<T: DeserializeOwned>(
    bytes: &[u8],
    path: &serde_path_to_error::Path,
) -> Option<Problem> {
    let mut body: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let member = path.iter().try_fold(&mut body, |value, segment| match segment {
        Segment::Seq { index } => value.get_mut(*index),
        Segment::Map { key } => value.get_mut(key),
        Segment::Enum { .. } | Segment::Unknown => None,
    })?;
    if member.is_string() {
        return None;
    }
    let given: String = member.to_string().chars().take(VALUE_CHARS_MAX).collect();
    *member = serde_json::Value::String(given);
    let error = serde_path_to_error::deserialize::<_, T>(body).err()?;
    let is_about_words = error.path().to_string() == path.to_string()
        && error.inner().to_string().starts_with("unknown variant");
    is_about_words.then(|| refused_member(&path.to_string(), error.inner()))
}

fn refused_member(path: &str, error: &serde_json::Error) -> Problem {
    if error.is_syntax() || error.is_eof() {
        return malformed(error);
    }
    let text = plain(error);
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| text.strip_prefix(start)?.split_once('`'))
        .map(|(name, _)| name);
    let field = match (path, named) {
        (".", Some(name)) => name.to_owned(),
        // The path of an unknown member ends with the member itself.
        (path, Some(name)) if path == name || path.ends_with(&format!(".{name}")) => {
            path.to_owned()
        }
        (path, Some(name)) => format!("{path}.{name}"),
        (".", None) => "body".to_owned(),
        (path, None) => path.to_owned(),
    };
    Problem::invalid(field, with_suggestion(&text))
}

/// The text without the place, which is right for a body of one line only.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (error.is_syntax() || error.is_eof(), text.rfind(" at line ")) {
        (false, Some(at)) => text[..at].to_owned(),
        _ => text,
    }
}

/// Adds `did you mean` to serde's text about an unknown member, which lists the known ones.
fn with_suggestion(text: &str) -> String {
    let Some(rest) =
        text.strip_prefix("unknown field `").or_else(|| text.strip_prefix("unknown variant `"))
    else {
        return text.to_owned();
    };
    let Some((name, known)) = rest.split_once('`') else { return text.to_owned() };
    let known = known.split('`').skip(1).step_by(2);
    match batch_core::names::nearest(name, known) {
        Some(nearest) => format!("{text}; did you mean `{nearest}`?"),
        None => text.to_owned(),
    }
}

fn nul_in(path: &str, value: &serde_json::Value) -> Option<String> {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        serde_json::Value::String(text) => text
            .contains('\0')
            .then(|| if path.is_empty() { "body".to_owned() } else { path.to_owned() }),
        serde_json::Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| nul_in(&format!("{path}[{index}]"), item)),
        serde_json::Value::Object(members) => members.iter().find_map(|(name, item)| {
            if name.contains('\0') {
                Some(below(&name.replace('\0', "?")))
            } else {
                nul_in(&below(name), item)
            }
        }),
        _ => None,
    }
}

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

/// Which page of a list.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// The `next` of the page before; none for the first page.
    pub(crate) after: Option<i64>,
    /// How many items at most: 1 to 1000, 100 by default.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub(crate) limit: Option<i64>,
}

impl PageParams {
    /// Checks the range of `limit`.
    pub(crate) fn page(self) -> Result<PageOf, Problem> {
        Ok(PageOf { after: self.after, limit: limit(self.limit)? })
    }
}

/// Checks the range of a page's size.
pub(crate) fn limit(limit: Option<i64>) -> Result<i64, Problem> {
    match limit {
        None => Ok(LIMIT_DEFAULT),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(limit) => {
            Err(Problem::invalid("limit", format!("{limit} is out of range, use 1 to {LIMIT_MAX}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Outer {
        name: String,
        #[serde(default)]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Inner {
        size: u32,
        #[serde(default)]
        colours: Vec<Colour>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Green,
    }

    /// A body whose second colour is this JSON.
    fn colours(json: &str) -> String {
        format!("{{\"name\":\"a\",\"inner\":{{\"size\":1,\"colours\":[\"red\",{json}]}}}}")
    }

    #[test]
    fn a_refused_body_names_the_field_and_the_fix() {
        let cases = [
            ("", "null", "body is not JSON"),
            ("{\"name\":\"a\"} x", "null", "body is not JSON"),
            ("[]", "\"body\"", ""),
            ("{}", "\"name\"", "missing field"),
            ("{\"nme\":\"a\"}", "\"nme\"", "did you mean `name`?"),
            ("{\"name\":5}", "\"name\"", "invalid type"),
            ("{\"name\":\"a\",\"inner\":{\"size\":-1}}", "\"inner.size\"", "invalid value"),
            ("{\"name\":\"a\",\"inner\":{\"sice\":1}}", "\"inner.sice\"", "did you mean `size`?"),
            ("{\"name\":\"a\",\"inner\":{}}", "\"inner.size\"", "missing field"),
            ("{\"name\":\"a\\u0000\"}", "\"name\"", "U+0000"),
            (
                &colours("5"),
                "\"inner.colours[1]\"",
                "unknown variant `5`, expected `red` or `green`",
            ),
            (
                &colours("[1]"),
                "\"inner.colours[1]\"",
                "unknown variant `[1]`, expected `red` or `green`",
            ),
            (&colours("null"), "\"inner.colours[1]\"", "expected `red` or `green`"),
            (&colours("\"gren\""), "\"inner.colours[1]\"", "did you mean `green`?"),
            (&colours("x"), "null", "body is not JSON"),
        ];
        for (body, field, detail) in cases {
            let problem = parse::<Outer>(body.as_bytes()).expect_err(body);
            let json = serde_json::to_value(&problem).expect("it is plain data");
            assert_eq!(json["field"].to_string(), field, "{body}: {json}");
            assert!(
                json["detail"].as_str().is_some_and(|text| text.contains(detail)),
                "{body}: {json}"
            );
            assert_eq!(json["status"], 400);
        }
    }

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
