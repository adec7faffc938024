//! Server-sent events, read as they come.

use reqwest::Response;
use serde_json::Value;

use crate::LIMIT;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// `event:`; `message` when it is not given.
    pub name: String,
    /// `id:`, as a number.
    pub id: Option<i64>,
    /// `data:`.
    pub data: String,
}

/// The answer of a call that goes on.
#[derive(Debug)]
pub struct Events {
    response: Response,
    text: String,
}

impl Events {
    /// The events of an answer.
    pub fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        Self { response, text: String::new() }
    }

    /// The next event; none at the end of the answer, also when the connection breaks.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                if let Some(event) = parsed(event.trim_end()) {
                    return Some(event);
                }
                continue;
            }
            let chunk = tokio::time::timeout(LIMIT, self.response.chunk()).await;
            let chunk = chunk.expect("neither an event nor a sign of life").ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

/// None for a comment, which is a sign of life.
fn parsed(text: &str) -> Option<Event> {
    let mut event = Event { name: "message".to_owned(), ..Event::default() };
    let mut is_comment = true;
    for line in text.lines() {
        let (name, value) = line.split_once(':')?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut event.name),
            "id" => event.id = Some(value.parse().unwrap()),
            "data" => event.data.push_str(value),
            _ => continue,
        }
        is_comment = false;
    }
    (!is_comment).then_some(event)
}

impl Event {
    /// Its data as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }

    /// The text of the message that it carries, in the spelling of either interface.
    pub fn text(&self) -> String {
        let message = self.json();
        let text = message.get("Text").or_else(|| message.get("text"));
        text.and_then(Value::as_str).unwrap().to_owned()
    }
}
