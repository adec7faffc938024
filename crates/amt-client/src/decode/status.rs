//! The status object.

use super::number::{code, integer};
use amt_protocol::{CompletionCode, JobStatus};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Reads one status, whose member names are already ours.
///
/// `asked` is the request that was asked for; it stands in for a `BatchRequestId` that the server leaves out. Accepted:
/// an object, an array of one object, or a bare code. Either of `Code` and `Status` is enough.
pub fn status(value: &Value, asked: Option<i64>) -> Result<JobStatus, String> {
    match value {
        Value::Object(members) => from_members(members, asked),
        Value::Array(items) => match items.as_slice() {
            [one] => status(one, asked),
            _ => Err(format!("one status was expected, not {}", items.len())),
        },
        bare => {
            let code = code(bare).ok_or_else(|| format!("`{bare}` is not a completion code"))?;
            from_members(&Map::from_iter([("Code".to_owned(), code.into())]), asked)
        }
    }
}

/// Reads a list of statuses. Other servers may send the bare array.
pub fn statuses(value: &Value) -> Result<Vec<JobStatus>, String> {
    let items = value.get("Items").unwrap_or(value);
    let items = items.as_array().ok_or("no array `Items`")?;
    items.iter().map(|item| status(item, None)).collect()
}

fn from_members(members: &Map<String, Value>, asked: Option<i64>) -> Result<JobStatus, String> {
    let number = |name: &str| members.get(name).and_then(integer);
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let code = either(members)?;
    let named = CompletionCode::try_from(code).map_or("UNDEFINED", CompletionCode::name);
    Ok(JobStatus {
        batch_request_id: number("BatchRequestId")
            .or(asked)
            .ok_or("neither the answer nor the question names a BatchRequestId")?,
        job_id: number("JobId"),
        batch_id: number("BatchId").unwrap_or(0),
        parent_request_id: number("ParentRequestId"),
        code,
        status: named.to_owned(),
        description: text("Description").unwrap_or_default(),
        exit_code: number("ExitCode").and_then(|code| i32::try_from(code).ok()),
        version: number("Version").unwrap_or(0),
        queue_name: text("QueueName").unwrap_or_default(),
        controller: text("Controller"),
        request_key: text("RequestKey"),
        queued_at: time(members, "QueuedAt"),
        started_at: time(members, "StartedAt"),
        ended_at: time(members, "EndedAt"),
    })
}

/// The code from `Code`, or else from `Status`.
fn either(members: &Map<String, Value>) -> Result<u16, String> {
    let mut given = ["Code", "Status"]
        .into_iter()
        .filter_map(|name| members.get(name))
        .filter(|value| !value.is_null())
        .peekable();
    let first = given.peek().copied().ok_or("neither `Code` nor `Status` is there")?;
    let found = given.find_map(code);
    found.ok_or_else(|| format!("`{first}` is not a completion code"))
}

/// A time; one that is not RFC 3339 is left out rather than guessed.
fn time(members: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    members.get(name)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn our_own_answer_reads_back_whole() {
        let ours = json!({"BatchRequestId": 7, "JobId": 3, "BatchId": 9, "ParentRequestId": null, "Code": 4,
            "Status": "DONE", "Description": "", "ExitCode": 0, "Version": 5, "QueueName": "Q", "Controller": "C",
            "QueuedAt": "2026-01-02T03:04:05.000006Z", "StartedAt": null, "EndedAt": null});
        let typed: JobStatus = serde_json::from_value(ours.clone()).unwrap();
        assert_eq!(status(&ours, None), Ok(typed));
    }

    #[test]
    fn every_known_dress_of_a_status_is_read() {
        for value in [
            json!({"Code": 12}),
            json!({"Code": "12"}),
            json!({"Code": null, "Status": "ABORTED"}),
            json!({"Status": "aborted"}),
            json!({"Status": 12}),
            json!({"Code": "ABORTED", "Status": "whatever"}),
            json!([{"Status": "ABORTED", "BatchRequestId": "5"}]),
            json!("ABORTED"),
            json!(12),
        ] {
            let read = status(&value, Some(5)).unwrap();
            assert_eq!(
                (read.code, read.status.as_str(), read.batch_request_id),
                (12, "ABORTED", 5),
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_no_status_says_why() {
        assert!(status(&json!({}), Some(1)).unwrap_err().contains("`Code`"));
        assert!(status(&json!({"Code": "GREAT"}), Some(1)).unwrap_err().contains("GREAT"));
        assert!(status(&json!({"Code": 4}), None).unwrap_err().contains("BatchRequestId"));
        assert!(status(&json!([]), Some(1)).is_err());
        assert!(statuses(&json!({"Things": []})).is_err());
    }

    #[test]
    fn an_unassigned_number_reads_as_undefined() {
        let read = status(&json!({"Code": 17}), Some(1)).unwrap();
        assert_eq!((read.code, read.completion()), (17, CompletionCode::Undefined));
    }
}
