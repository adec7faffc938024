//! What is to run: the fields of a task, read and checked.

use amt_protocol::{Action, JobAction, LIST_ITEMS_MAX};
use connector::{AttemptKey, StartTask};
use serde_json::{Map, Value};

use crate::{BATCH_JOB, SCRIPT};

/// Longest name, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 128;
/// Longest script, in characters.
pub(crate) const SCRIPT_CHARS_MAX: usize = 1024;
/// Longest task value or script parameter, in characters.
pub(crate) const ITEM_CHARS_MAX: usize = 8192;
/// Submit User, unless a task has another one.
pub(crate) const SUBMIT_USER: &str = "BATCH";
/// Station, unless a task has another one.
pub(crate) const STATION: &str = "OPCON";

/// A task whose fields are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) application: String,
    pub(crate) submit_user: String,
    pub(crate) user: Option<String>,
    pub(crate) station: String,
    pub(crate) queue: Option<String>,
    pub(crate) runs: Runs,
    /// Task values of a job, parameters of a script.
    pub(crate) values: Vec<String>,
}

/// What a task runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Runs {
    Job(String),
    Script(String),
}

impl Task {
    /// Reads the fields of a task.
    ///
    /// # Errors
    /// Everything that is wrong with them, in one sentence.
    pub(crate) fn of(call: &StartTask) -> Result<Self, String> {
        let (name_field, chars_max, list_field) = match call.task_type.as_str() {
            BATCH_JOB => ("job", NAME_CHARS_MAX, "task_values"),
            SCRIPT => ("script", SCRIPT_CHARS_MAX, "script_parameters"),
            other => {
                return Err(format!(
                    "there is no task type `{other}`; use `{BATCH_JOB}` or `{SCRIPT}`"
                ));
            }
        };
        let mut fields = Fields { fields: &call.fields, problems: Vec::new() };
        fields.unknown(&[
            "application",
            "submit_user",
            "user",
            "station",
            "queue",
            name_field,
            list_field,
        ]);
        let application = fields.required("application", NAME_CHARS_MAX);
        let submit_user = fields.text("submit_user", NAME_CHARS_MAX);
        let user = fields.text("user", NAME_CHARS_MAX);
        let station = fields.text("station", NAME_CHARS_MAX);
        let queue = fields.text("queue", NAME_CHARS_MAX);
        let name = fields.required(name_field, chars_max);
        let values = fields.list(list_field);
        if !fields.problems.is_empty() {
            return Err(format!("{}; correct the job", fields.problems.join("; ")));
        }
        Ok(Self {
            application,
            submit_user: submit_user.unwrap_or_else(|| SUBMIT_USER.to_owned()),
            user,
            station: station.unwrap_or_else(|| STATION.to_owned()),
            queue,
            runs: if name_field == "job" { Runs::Job(name) } else { Runs::Script(name) },
            values,
        })
    }

    /// The request that starts it, under the attempt's key.
    pub(crate) fn action(&self, attempt: &AttemptKey) -> JobAction {
        let mut action = JobAction::new(Action::Start);
        action.application_name = Some(self.application.clone());
        action.submit_user = Some(self.submit_user.clone());
        action.station = Some(self.station.clone());
        action.user.clone_from(&self.user);
        action.queue_name.clone_from(&self.queue);
        match &self.runs {
            Runs::Job(name) => {
                action.job_name = Some(name.clone());
                action.task_values.clone_from(&self.values);
            }
            Runs::Script(name) => {
                action.script_name = Some(name.clone());
                action.script_parameters.clone_from(&self.values);
            }
        }
        action.request_key = Some(attempt.as_str().to_owned());
        action
    }
}

struct Fields<'a> {
    fields: &'a Map<String, Value>,
    problems: Vec<String>,
}

impl Fields<'_> {
    fn unknown(&mut self, known: &[&str]) {
        for name in self.fields.keys().filter(|name| !known.contains(&name.as_str())) {
            let name: String = name.chars().take(NAME_CHARS_MAX).collect();
            self.problems.push(format!("there is no field `{name}`, but {}", known.join(", ")));
        }
    }

    /// A text; none where the field is missing or empty.
    fn text(&mut self, name: &str, chars_max: usize) -> Option<String> {
        match self.fields.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.chars().count() > chars_max => {
                self.problems.push(format!("`{name}` is longer than {chars_max} characters"));
                None
            }
            Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(_) => {
                self.problems.push(format!("`{name}` is not a text"));
                None
            }
        }
    }

    fn required(&mut self, name: &str, chars_max: usize) -> String {
        let known = self.problems.len();
        let text = self.text(name, chars_max).unwrap_or_default();
        if text.is_empty() && self.problems.len() == known {
            self.problems.push(format!("`{name}` is missing"));
        }
        text
    }

    fn list(&mut self, name: &str) -> Vec<String> {
        let items = match self.fields.get(name) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(items)) => {
                items.iter().map(Value::as_str).collect::<Option<Vec<_>>>()
            }
            Some(_) => None,
        };
        let Some(items) = items else {
            self.problems.push(format!("`{name}` is not a list of texts"));
            return Vec::new();
        };
        if items.len() > LIST_ITEMS_MAX {
            let count = items.len();
            self.problems
                .push(format!("`{name}` has {count} items; at most {LIST_ITEMS_MAX} are possible"));
        }
        if items.iter().any(|item| item.chars().count() > ITEM_CHARS_MAX) {
            self.problems
                .push(format!("an item of `{name}` is longer than {ITEM_CHARS_MAX} characters"));
        }
        items.into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(task_type: &str, fields: Value) -> StartTask {
        StartTask {
            attempt: "17.NIGHTLY.1".parse().unwrap(),
            name: "NIGHTLY/REPORT".into(),
            task_type: task_type.into(),
            fields: fields.as_object().unwrap().clone(),
            secrets: Vec::new(),
            batch_user: None,
            variables: indexmap::IndexMap::new(),
        }
    }

    fn action(task_type: &str, fields: Value) -> Value {
        let call = call(task_type, fields);
        serde_json::to_value(Task::of(&call).unwrap().action(&call.attempt)).unwrap()
    }

    #[test]
    fn a_batch_job_becomes_a_start_with_the_defaults_of_the_forms() {
        let fields = json!({"application": "DEMO2", "job": "REPORTTEST01", "user": null, "queue": "",
            "task_values": ["DAY=1", ""]});
        assert_eq!(
            action(BATCH_JOB, fields),
            json!({"Action": "Start", "ApplicationName": "DEMO2", "SubmitUser": "BATCH", "Station": "OPCON",
                "JobName": "REPORTTEST01", "TaskValues": ["DAY=1", ""], "RequestKey": "17.NIGHTLY.1"})
        );
    }

    #[test]
    fn a_script_becomes_a_start_with_all_that_was_filled_in() {
        let fields = json!({"application": "DEMO2", "submit_user": "B", "user": "RUNAS", "station": "S",
            "queue": "LATE", "script": r"F:\Amt\A.ps1", "script_parameters": ["A=1"]});
        assert_eq!(
            action(SCRIPT, fields),
            json!({"Action": "Start", "ApplicationName": "DEMO2", "SubmitUser": "B", "Station": "S", "User": "RUNAS",
                "QueueName": "LATE", "ScriptName": r"F:\Amt\A.ps1", "ScriptParameters": ["A=1"],
                "RequestKey": "17.NIGHTLY.1"})
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let long = "x".repeat(129);
        for (task_type, fields, words) in [
            (BATCH_JOB, json!({}), &["`application` is missing", "`job` is missing"][..]),
            (SCRIPT, json!({"application": "A"}), &["`script` is missing"]),
            (BATCH_JOB, json!({"application": "A", "job": 7}), &["`job` is not a text"]),
            (
                BATCH_JOB,
                json!({"application": long, "job": "J"}),
                &["`application` is longer than 128"],
            ),
            (
                BATCH_JOB,
                json!({"application": "A", "job": "J", "task_values": vec!["x"; 21]}),
                &["21 items"],
            ),
            (
                BATCH_JOB,
                json!({"application": "A", "job": "J", "task_values": [1]}),
                &["list of texts"],
            ),
            (
                BATCH_JOB,
                json!({"application": "A", "job": "J", "script": "S"}),
                &["no field `script`"],
            ),
            ("report", json!({}), &["no task type `report`"]),
        ] {
            let why = Task::of(&call(task_type, fields)).unwrap_err();
            assert!(words.iter().all(|word| why.contains(word)), "{why}");
        }
        let most = json!({"application": "A", "job": "J", "task_values": vec!["x"; 20]});
        assert!(Task::of(&call(BATCH_JOB, most)).is_ok());
    }
}
