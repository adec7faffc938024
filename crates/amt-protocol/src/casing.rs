//! Member names in any case.

use serde_json::{Map, Value};

/// Every member name of the interface, as the server spells it. A test keeps the list complete.
const MEMBERS: &[&str] = &[
    "Action",
    "AmtLogonToken",
    "ApplicationName",
    "BatchId",
    "BatchRequestId",
    "BatchRequestIds",
    "Code",
    "Complete",
    "Controller",
    "Cursor",
    "Debug",
    "Description",
    "EndedAt",
    "ExitCode",
    "ExpiresInSeconds",
    "ExtractFiles",
    "FileId",
    "FileName",
    "GlobalParameter",
    "Halted",
    "Items",
    "JobId",
    "JobName",
    "Kind",
    "Last",
    "Messages",
    "ParentRequestId",
    "Password",
    "QueueName",
    "QueuedAt",
    "ReportParameter",
    "RequestFile",
    "RequestKey",
    "ScriptName",
    "ScriptParameters",
    "Sequence",
    "Service",
    "StartedAt",
    "Station",
    "Status",
    "SubmitUser",
    "TaskValues",
    "Text",
    "Time",
    "User",
    "UserName",
    "Version",
    "WaitSeconds",
];

/// Two members of one object that differ only in case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("member `{0}` is given twice")]
pub struct BadMembers(pub String);

/// Spells every known member name, at any depth, as the interface does. Unknown members stay as they are.
///
/// # Errors
/// An object that holds one member twice in different spellings is refused: either value could be meant.
pub fn canonical_members(value: Value) -> Result<Value, BadMembers> {
    match value {
        Value::Object(members) => {
            let mut spelled = Map::new();
            for (name, inner) in members {
                let name = canonical(&name).map_or(name, str::to_owned);
                if spelled.insert(name.clone(), canonical_members(inner)?).is_some() {
                    return Err(BadMembers(name));
                }
            }
            Ok(Value::Object(spelled))
        }
        Value::Array(items) => {
            items.into_iter().map(canonical_members).collect::<Result<_, _>>().map(Value::Array)
        }
        other => Ok(other),
    }
}

/// The interface's spelling of a member name, if it is one.
pub(crate) fn canonical(name: &str) -> Option<&'static str> {
    MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::*;
    use jiff::Timestamp;
    use serde_json::json;

    fn names(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, inner) in members {
                    into.push(name.clone());
                    names(inner, into);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| names(item, into)),
            _ => {}
        }
    }

    #[test]
    fn the_list_holds_every_member_of_the_interface() {
        let mut action = JobAction::new(Action::Start);
        action.batch_request_id = Some(1);
        for text in [
            &mut action.application_name,
            &mut action.job_name,
            &mut action.script_name,
            &mut action.submit_user,
            &mut action.station,
            &mut action.user,
            &mut action.queue_name,
            &mut action.report_parameter,
            &mut action.global_parameter,
            &mut action.request_file,
            &mut action.request_key,
        ] {
            *text = Some("x".into());
        }
        action.task_values = vec!["x".into()];
        action.script_parameters = vec!["x".into()];
        action.extract_files = vec![ExtractFile { file_id: "a".into(), file_name: "b".into() }];
        action.batch_id = Some(1);
        action.debug = true;
        let status: JobStatus =
            serde_json::from_value(json!({"BatchRequestId": 1, "Code": 4})).unwrap();
        let heart = HeartBeat {
            service: "s".into(),
            version: "1".into(),
            time: Timestamp::UNIX_EPOCH,
            halted: false,
        };
        let message: Message = serde_json::from_value(json!({"Sequence": 1, "Text": "x"})).unwrap();
        let samples = [
            serde_json::to_value(action).unwrap(),
            serde_json::to_value(MonitorAnswer { items: vec![status], cursor: "c".into() })
                .unwrap(),
            serde_json::to_value(heart).unwrap(),
            serde_json::to_value(MessagePage { messages: vec![message], complete: true, last: 1 })
                .unwrap(),
            serde_json::to_value(MonitorRequest {
                batch_request_ids: vec![1],
                cursor: Some("c".into()),
                wait_seconds: 1,
            })
            .unwrap(),
            serde_json::to_value(LogonRequest { user_name: "u".into(), password: "p".into() })
                .unwrap(),
            serde_json::to_value(LogonAnswer {
                amt_logon_token: "t".into(),
                expires_in_seconds: 1,
            })
            .unwrap(),
        ];
        let mut seen = Vec::new();
        for sample in &samples {
            names(sample, &mut seen);
        }
        for name in seen {
            assert_eq!(canonical(&name), Some(name.as_str()));
        }
    }

    #[test]
    fn any_case_is_read_and_a_double_is_refused() {
        let spelled = canonical_members(
            json!({"jobNAME": "A", "extractFILES": [{"fileid": "X"}], "other": 1}),
        );
        assert_eq!(
            spelled,
            Ok(json!({"JobName": "A", "ExtractFiles": [{"FileId": "X"}], "other": 1}))
        );
        let doubled = canonical_members(json!({"User": "A", "user": "B"}));
        assert_eq!(doubled, Err(BadMembers("User".into())));
    }
}
