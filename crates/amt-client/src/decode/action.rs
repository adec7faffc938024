//! The answer to an `OpConJobAction`.

use super::number::{code, integer};
use amt_protocol::{CompletionCode, JobActionAnswer};
use serde_json::Value;

/// Reads the answer, whose member names are already ours.
///
/// Accepted: an object, or a bare request id. A null or missing `BatchRequestId` in an object means that nothing was
/// stored, as known clients read it (`amt-domain 13.2.2`); an object without any member we know is not an answer.
pub fn action_answer(value: &Value) -> Result<JobActionAnswer, String> {
    if let Some(id) = integer(value) {
        return Ok(JobActionAnswer {
            batch_request_id: Some(id),
            code: None,
            status: None,
            description: None,
        });
    }
    let members = value.as_object().ok_or("a JSON object was expected")?;
    let known = ["BatchRequestId", "Code", "Status", "Description"];
    if !known.iter().any(|name| members.contains_key(*name)) {
        return Err("no member `BatchRequestId`, `Code`, `Status` or `Description`".to_owned());
    }
    let id = match members.get("BatchRequestId") {
        None | Some(Value::Null) => None,
        Some(given) => Some(
            integer(given).ok_or_else(|| format!("BatchRequestId `{given}` is not a number"))?,
        ),
    };
    let code = ["Code", "Status"].into_iter().filter_map(|name| members.get(name)).find_map(code);
    let name = code.and_then(|code| CompletionCode::try_from(code).ok()).map(CompletionCode::name);
    Ok(JobActionAnswer {
        batch_request_id: id,
        code,
        status: name.map(str::to_owned),
        description: members.get("Description").and_then(Value::as_str).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn id(value: &Value) -> Option<i64> {
        action_answer(value).unwrap().batch_request_id
    }

    #[test]
    fn request_ids_are_read_in_every_dress() {
        for value in
            [json!({"BatchRequestId": 7}), json!({"BatchRequestId": "7"}), json!(7), json!("7")]
        {
            assert_eq!(id(&value), Some(7), "{value}");
        }
        assert_eq!(id(&json!({"BatchRequestId": null})), None);
        let refused =
            action_answer(&json!({"Status": "ERROR", "Description": "unknown job"})).unwrap();
        assert_eq!((refused.batch_request_id, refused.code), (None, Some(11)));
    }

    #[test]
    fn what_is_no_answer_is_not_taken_for_a_refusal() {
        for value in [json!({}), json!({"hello": 1}), json!([]), json!({"BatchRequestId": "x"})] {
            assert!(action_answer(&value).is_err(), "{value}");
        }
    }
}
