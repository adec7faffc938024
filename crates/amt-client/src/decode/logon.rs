//! The answer to a logon.

use super::number::integer;
use amt_protocol::LogonAnswer;
use serde_json::Value;

/// Reads the token, whose member names are already ours; none means that the logon was refused (`amt-domain 13.2.2`).
///
/// Accepted: an object with `AmtLogonToken`, or the token as a bare JSON string.
pub fn logon_answer(value: &Value) -> Result<Option<LogonAnswer>, String> {
    let token = match value {
        Value::Object(members) => {
            members.get("AmtLogonToken").ok_or("no member `AmtLogonToken`")?
        }
        bare => bare,
    };
    let token = match token {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err("`AmtLogonToken` is not text".to_owned()),
    };
    if token.is_empty() {
        return Ok(None);
    }
    let seconds = value.get("ExpiresInSeconds").and_then(integer);
    Ok(Some(LogonAnswer {
        amt_logon_token: token,
        expires_in_seconds: seconds.and_then(|s| u64::try_from(s).ok()).unwrap_or(0),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_are_read_in_every_dress_and_null_means_refused() {
        for value in [
            json!({"AmtLogonToken": "t"}),
            json!({"AmtLogonToken": "t", "ExpiresInSeconds": "9"}),
            json!("t"),
        ] {
            let read = logon_answer(&value).unwrap();
            assert_eq!(read.map(|answer| answer.amt_logon_token).as_deref(), Some("t"), "{value}");
        }
        for value in [json!({"AmtLogonToken": null}), json!({"AmtLogonToken": ""}), json!(null)] {
            assert!(logon_answer(&value).unwrap().is_none(), "{value}");
        }
        for value in [json!({"Token": "t"}), json!({"AmtLogonToken": {}}), json!([])] {
            assert!(logon_answer(&value).is_err(), "{value}");
        }
    }
}
