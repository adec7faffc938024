//! The body: JSON whose mistakes are told by member.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::suggestion::with_suggestion;
use crate::api::problem::Problem;
use crate::server::SharedServer;

/// How much of a wrong value a refusal repeats, in characters.
const VALUE_CHARS_MAX: usize = 50;

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
}
