//! The job log.

use super::number::integer;
use amt_protocol::{Message, MessageKind, MessagePage};
use serde_json::{Map, Value};

/// Members in which servers may keep the text of a message; ours first.
const TEXT_MEMBERS: [&str; 4] = ["Text", "Message", "MessageText", "Line"];

/// Reads a page of messages, whose member names are already ours.
///
/// Accepted: an object with `Messages`, or the bare array; in it strings or objects. Messages without a number are
/// numbered on from `after`. A server that does not say `Complete` has sent everything it has.
pub fn message_page(value: &Value, after: i64) -> Result<MessagePage, String> {
    let items = match value {
        Value::Object(members) => members.get("Messages").ok_or("no member `Messages`")?,
        other => other,
    };
    let items = match items {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        Value::String(text) => return Ok(text_page(text, after)),
        _ => return Err("`Messages` is not an array".to_owned()),
    };
    let mut messages = Vec::with_capacity(items.len());
    let mut last = after;
    for item in items {
        let read = message(item, last + 1)?;
        last = read.sequence;
        messages.push(read);
    }
    Ok(MessagePage {
        messages,
        complete: value.get("Complete").and_then(Value::as_bool).unwrap_or(true),
        last: value.get("Last").and_then(integer).unwrap_or(last),
    })
}

/// A page from plain text: one message per line.
pub fn text_page(text: &str, after: i64) -> MessagePage {
    let messages: Vec<_> =
        (after + 1..).zip(text.lines()).map(|(sequence, line)| plain(sequence, line)).collect();
    let last = messages.last().map_or(after, |message| message.sequence);
    MessagePage { messages, complete: true, last }
}

/// Reads one message; `sequence` stands in for a number that the server leaves out.
pub fn message(value: &Value, sequence: i64) -> Result<Message, String> {
    match value {
        Value::String(text) => Ok(plain(sequence, text)),
        Value::Object(members) => {
            let text = text_of(members).ok_or("a message without `Text`")?;
            Ok(Message {
                sequence: members.get("Sequence").and_then(integer).unwrap_or(sequence),
                time: members.get("Time").and_then(Value::as_str).and_then(|t| t.parse().ok()),
                kind: kind(members.get("Kind")),
                batch_request_id: members.get("BatchRequestId").and_then(integer).unwrap_or(0),
                text: text.to_owned(),
            })
        }
        other => Err(format!("a message is text or an object, not `{other}`")),
    }
}

fn plain(sequence: i64, text: &str) -> Message {
    Message {
        sequence,
        time: None,
        kind: MessageKind::Output,
        batch_request_id: 0,
        text: text.to_owned(),
    }
}

fn text_of(members: &Map<String, Value>) -> Option<&str> {
    TEXT_MEMBERS.into_iter().find_map(|wanted| {
        members
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .and_then(|(_, value)| value.as_str())
    })
}

fn kind(value: Option<&Value>) -> MessageKind {
    match value.and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
        Some("information" | "info") => MessageKind::Information,
        Some("warning") => MessageKind::Warning,
        Some("error") => MessageKind::Error,
        _ => MessageKind::Output,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(page: &MessagePage) -> Vec<(i64, &str)> {
        page.messages.iter().map(|m| (m.sequence, m.text.as_str())).collect()
    }

    #[test]
    fn strings_and_objects_are_both_messages() {
        for value in [
            json!({"Messages": ["a", "b"]}),
            json!(["a", "b"]),
            json!([{"text": "a"}, {"Message": "b"}]),
            json!({"Messages": [{"Sequence": 6, "Text": "a"}, "b"], "Complete": true, "Last": 7}),
            json!("a\nb"),
        ] {
            let page = message_page(&value, 5).unwrap();
            assert_eq!(texts(&page), [(6, "a"), (7, "b")], "{value}");
            assert_eq!((page.complete, page.last), (true, 7), "{value}");
        }
        assert_eq!(texts(&text_page("a\r\nb\n", 0)), [(1, "a"), (2, "b")]);
    }

    #[test]
    fn an_unfinished_page_says_so() {
        let page =
            message_page(&json!({"Messages": [], "Complete": false, "Last": "3"}), 3).unwrap();
        assert_eq!((page.complete, page.last), (false, 3));
    }

    #[test]
    fn what_is_no_message_says_why() {
        for value in [json!({}), json!({"Messages": 1}), json!([1]), json!([{"Kind": "Error"}])] {
            assert!(message_page(&value, 0).is_err(), "{value}");
        }
    }
}
