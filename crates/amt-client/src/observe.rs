//! What passes over the wire, for debug logs and `amt doctor`, without secrets.

use amt_protocol::{Call, WireProfile};
use serde_json::Value;
use std::borrow::Cow;
use std::time::Duration;

/// Most characters of one body that an observer sees.
const BODY_CHARS_MAX: usize = 2000;
/// What stands in the place of a secret.
const MASK: &str = "***";

/// One call and what became of it. Passwords and tokens are already masked.
#[derive(Debug, Clone)]
pub struct Traffic {
    /// The call.
    pub call: Call,
    /// The verb.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The JSON body sent, if any.
    pub sent: Option<String>,
    /// The HTTP status, or what failed.
    pub result: Result<u16, String>,
    /// The body received, cut to 2,000 characters.
    pub received: String,
    /// From the first byte to send to the last byte received.
    pub took: Duration,
}

/// Sees every call after it has ended.
pub trait Observer: Send + Sync {
    /// Called once per call, on the task that made it.
    fn seen(&self, traffic: &Traffic);
}

/// A JSON text with passwords and tokens masked, in our spelling and in the profile's.
///
/// Text that is not JSON is kept except for the answer to a logon, which could hold a bare token.
pub fn masked(profile: &WireProfile, call: Call, body: &str) -> String {
    let shown = match serde_json::from_str::<Value>(body) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => {
            mask_members(value, profile).to_string()
        }
        _ if call == Call::Logon && !body.is_empty() => MASK.to_owned(),
        _ => body.to_owned(),
    };
    cut(&shown, BODY_CHARS_MAX)
}

/// The first `chars` characters, with a mark if there were more.
pub fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A parameter or task value `NAME=value` with the value masked if the name says that it is a secret.
///
/// A secret without a name cannot be told from any other value.
pub fn masked_value(text: &str) -> Cow<'_, str> {
    match text.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_secret_name(name) => {
            Cow::Owned(format!("{name}={MASK}"))
        }
        _ => Cow::Borrowed(text),
    }
}

fn is_secret_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["password", "passwd", "secret", "token"].iter().any(|part| lower.contains(part))
}

fn mask_members(value: Value, profile: &WireProfile) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, inner)| {
                let inner = if is_secret(&name, profile) {
                    Value::String(MASK.to_owned())
                } else {
                    mask_members(inner, profile)
                };
                (name, inner)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| mask_members(item, profile)).collect(),
        Value::String(text) => Value::String(masked_value(&text).into_owned()),
        other => other,
    }
}

fn is_secret(name: &str, profile: &WireProfile) -> bool {
    let known = ["Password", "AmtLogonToken"];
    is_secret_name(name) || known.iter().any(|ours| profile.member(ours).eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_in_every_spelling() {
        let profile =
            WireProfile::parse("name='x'\n[members]\nPassword='pw'\nAmtLogonToken='ticket'")
                .unwrap();
        for name in ["Password", "PASSWORD", "pw", "Ticket", "amtlogontoken", "AccessToken"] {
            let body = format!(r#"{{"a":[{{"{name}":"hush"}}],"UserName":"u"}}"#);
            let shown = masked(&profile, Call::Logon, &body);
            assert!(!shown.contains("hush") && shown.contains("UserName"), "{shown}");
        }
        assert_eq!(masked(&profile, Call::Logon, "\"baretoken\""), "***");
        assert_eq!(masked(&profile, Call::HeartBeat, "alive"), "alive");
    }

    #[test]
    fn values_whose_names_say_so_are_masked() {
        for (given, shown) in [
            ("PASSWORD=hush", "PASSWORD=***"),
            ("db_passwd = hush=hush", "db_passwd =***"),
            ("'TOKEN=x'", "'TOKEN=***"),
            ("DAY=1", "DAY=1"),
            ("PASSWORD=", "PASSWORD="),
            ("password", "password"),
            ("", ""),
        ] {
            assert_eq!(masked_value(given), shown);
        }
        let body = r#"{"ScriptParameters":["DAY=1","Secret=hush"]}"#;
        let shown = masked(&WireProfile::default(), Call::OpConJobAction, body);
        assert_eq!(shown, r#"{"ScriptParameters":["DAY=1","Secret=***"]}"#);
    }

    #[test]
    fn long_bodies_are_cut_at_a_character() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äö", 2), "äö");
    }
}
