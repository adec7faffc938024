//! What a refusal says.

use crate::observe::cut;
use amt_protocol::Problem;
use serde_json::Value;

/// Most characters of a refusal that is not a problem document.
const TEXT_CHARS_MAX: usize = 300;

/// Reads the body of a 4xx or 5xx answer. Text of another shape becomes the detail.
pub fn problem(status: u16, body: &str) -> Problem {
    if let Ok(value @ Value::Object(_)) = serde_json::from_str::<Value>(body) {
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| value.get(*name).and_then(Value::as_str))
                .unwrap_or_default()
                .to_owned()
        };
        let mut read = Problem::new(status, &text(&["title"]), &text(&["code"]), "");
        read.detail = text(&["detail", "Detail", "Description", "message", "Message", "error"]);
        if !read.detail.is_empty() || !read.title.is_empty() {
            return read;
        }
    }
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    Problem::new(status, "", "", cut(&line, TEXT_CHARS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_documents_and_plain_text_are_both_read() {
        let document =
            serde_json::to_string(&Problem::new(409, "Conflict", "key", "other content")).unwrap();
        assert_eq!(problem(409, &document).detail, "other content");
        assert_eq!(problem(409, &document).code, "key");
        assert_eq!(problem(400, "<h1>Bad\r\n Request</h1>").detail, "<h1>Bad Request</h1>");
        assert_eq!(problem(400, r#"{"x":1}"#).detail, r#"{"x":1}"#);
        assert_eq!(problem(503, "").detail, "");
    }
}
