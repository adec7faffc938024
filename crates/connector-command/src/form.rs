//! The forms of agents and tasks. Those of *Asysco AMT* have the fields, order and defaults of the vendor's screens.

use connector::{CallError, Fault, Form, FormRequest};
use serde_json::{Map, Value, json};

use crate::settings::{
    KILL_GRACE, OUTPUT_LIMIT, PATH_CHARS_MAX, PROCESSES, RETAIN_DAYS, USERS_MAX,
};
use crate::task::{PARAMETERS_MAX, RULES_MAX, VARIABLES_MAX};
use crate::{AMT_CONNECTOR, APPLICATION, COMMAND};

/// Longest command line of a definition, in characters.
const LINE_CHARS_MAX: usize = 4000;
/// Longest name on the AMT side, in characters.
const NAME_CHARS_MAX: usize = 128;
/// Longest text of an output rule, in characters.
const RULE_CHARS_MAX: usize = 1024;

/// The form of an agent's settings, or of a task type.
pub(crate) fn form(request: &FormRequest) -> Result<Form, CallError> {
    if request.application != APPLICATION {
        let message =
            format!("there is no form of `{}` here, but of `{APPLICATION}`", request.application);
        return Err(CallError::new(Fault::NotFound, message));
    }
    match request.task_type.as_deref() {
        None => Ok(agent()),
        Some(COMMAND) => Ok(command()),
        Some(AMT_CONNECTOR) => Ok(amt_connector()),
        Some(other) => {
            let message =
                format!("there is no task type `{other}`, but `{COMMAND}` and `{AMT_CONNECTOR}`");
            Err(CallError::new(Fault::NotFound, message))
        }
    }
}

fn text(title: &str, about: &str, least: usize, most: usize) -> Value {
    let mut field =
        json!({"type": "string", "title": title, "description": about, "maxLength": most});
    if least > 0 {
        field["minLength"] = least.into();
    }
    field
}

fn number(title: &str, about: &str, (least, most, default): (u64, u64, u64)) -> Value {
    json!({"type": "integer", "title": title, "description": about, "minimum": least, "maximum": most,
        "default": default})
}

fn variables(about: &str) -> Value {
    json!({"type": "object", "title": "Environment", "description": about,
        "additionalProperties": {"type": "string"}, "maxProperties": VARIABLES_MAX, "default": {}})
}

fn agent() -> Form {
    let fields = [
        (
            "working_directory",
            text(
                "Working Directory",
                "The folder in which jobs run that name none. Without it the home of the agent's user.",
                0,
                PATH_CHARS_MAX,
            ),
        ),
        (
            "batch_user",
            text(
                "User Id",
                "The batch user under whom jobs run that name none. Without it the agent's own user.",
                0,
                NAME_CHARS_MAX,
            ),
        ),
        (
            "inherit_environment",
            json!({"type": "boolean", "title": "Inherit Environment", "default": true,
                "description": "Whether jobs get the ordinary variables of the scheduler's process, such as PATH."}),
        ),
        ("environment", variables("Variables that every job of this agent gets.")),
        (
            "allow_batch_users",
            json!({"type": "boolean", "title": "Allow Batch Users", "default": false,
                "description": "Whether jobs may run as other users of this machine. The scheduler must run as root for it."}),
        ),
        (
            "batch_users",
            json!({"type": "array", "title": "Batch Users", "default": [], "maxItems": USERS_MAX,
                "description": "The users that jobs may run as. Without any: all but root.",
                "items": {"type": "string", "minLength": 1}}),
        ),
        (
            "kill_grace_seconds",
            number(
                "Kill Grace",
                "Seconds between the request to a killed job to end and its end by force.",
                KILL_GRACE,
            ),
        ),
        (
            "output_limit_mib",
            number("Output Limit", "MiB of output that are kept of a job.", OUTPUT_LIMIT),
        ),
        (
            "processes_max",
            number("Process Limit", "Processes of a job at once; 0 is no limit.", PROCESSES),
        ),
        (
            "retain_log_files_days",
            number("Retain Log Files", "Days that job logs are kept.", RETAIN_DAYS),
        ),
    ];
    built(&fields, &[], json!({"batch_user": {"ui:widget": "batch_user"}}))
}

fn command() -> Form {
    let rule = json!({"type": "object", "additionalProperties": false, "required": ["text", "exit_code"],
    "properties": {
        "text": text("Text", "The text that is looked for.", 1, RULE_CHARS_MAX),
        "contains": {"type": "boolean", "title": "Contains", "default": true,
            "description": "Whether the rule applies when the text is there, or when it is not."},
        "exit_code": {"type": "integer", "title": "Exit Code", "minimum": i32::MIN, "maximum": i32::MAX},
    }});
    let fields = [
        ("line", text("Command Line", "The program and its arguments.", 1, LINE_CHARS_MAX)),
        (
            "working_directory",
            text(
                "Working Directory",
                "The folder in which it runs. Without it the agent's own.",
                0,
                PATH_CHARS_MAX,
            ),
        ),
        (
            "batch_user",
            text(
                "User Id",
                "The batch user under whom it runs. Without it the agent's own user.",
                0,
                NAME_CHARS_MAX,
            ),
        ),
        ("environment", variables("Variables beside those of the agent.")),
        (
            "pre_run",
            json!({"type": "object", "title": "Prerun", "additionalProperties": false, "required": ["line"],
                "description": "A command that must succeed first; while it fails it is tried again.",
                "properties": {"line": text("Command Line", "The program and its arguments.", 1, LINE_CHARS_MAX)}}),
        ),
        (
            "output_rules",
            json!({"type": "array", "title": "Output Rules", "items": rule, "maxItems": RULES_MAX, "default": [],
                "description": "Texts in the output that set the exit code; the first rule that applies counts."}),
        ),
    ];
    built(&fields, &["line"], json!({"batch_user": {"ui:widget": "batch_user"}}))
}

fn amt_connector() -> Form {
    let mut path = text("Connector Path", "The folder of the connector.", 1, PATH_CHARS_MAX);
    path["default"] = "[[AMTPath]]".into();
    let fields = [
        (
            "user_id",
            text(
                "User Id",
                "The batch user of this machine under whom the connector runs. It has nothing to do with AMT.",
                0,
                NAME_CHARS_MAX,
            ),
        ),
        ("connector_path", path),
        (
            "job_type",
            json!({"type": "string", "title": "Job Type", "enum": ["start"], "default": "start",
                "description": "What the connector does; only Start is there."}),
        ),
        (
            "application",
            text(
                "Application Name",
                "The AMT application, such as [[AMT_APPLICATION]].",
                1,
                NAME_CHARS_MAX,
            ),
        ),
        (
            "job",
            text("Job Name", "The AMT job. Not needed when a file is given.", 0, NAME_CHARS_MAX),
        ),
        (
            "file",
            text(
                "File Name",
                "Absolute path or UNC path of a script; it overrides the stored job definition.",
                0,
                PATH_CHARS_MAX,
            ),
        ),
        (
            "user",
            text(
                "User",
                "The AMT user under whom the task runs (RunAs). Without it the application's default user.",
                0,
                NAME_CHARS_MAX,
            ),
        ),
        (
            "task_value",
            text(
                "Task Value",
                "Values that modify, override or elaborate what the job has.",
                0,
                LINE_CHARS_MAX,
            ),
        ),
        (
            "script_parameters",
            json!({"type": "array", "title": "Script Parameters", "maxItems": PARAMETERS_MAX, "default": [],
                "description": "Parameters of the task, one each.", "items": {"type": "string"}}),
        ),
    ];
    let start = ["application", "job", "file", "user", "task_value", "script_parameters"];
    let more = json!({
        "user_id": {"ui:widget": "batch_user"},
        "script_parameters": {"ui:options": {"orderable": true, "addable": true, "removable": true}},
        "ui:groups": [{"title": "Start", "fields": start}],
    });
    built(&fields, &["connector_path", "application"], more)
}

fn built(fields: &[(&str, Value)], required: &[&str], mut ui: Value) -> Form {
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<_, _> =
        fields.iter().map(|(name, field)| ((*name).to_owned(), field.clone())).collect();
    ui["ui:order"] = json!(names);
    Form {
        schema: json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        }),
        ui,
        extra_errors: json!({}),
        may_change: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(task_type: Option<&str>) -> Form {
        let (application, language) = (APPLICATION.into(), "en".into());
        let task_type = task_type.map(Into::into);
        form(&FormRequest { application, task_type, language, fields: json!({}) }).unwrap()
    }

    #[test]
    fn the_older_connectors_form_is_that_of_the_vendors_screen() {
        let form = asked(Some(AMT_CONNECTOR));
        let order: Vec<_> =
            form.ui["ui:order"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        let titles: Vec<_> = order
            .iter()
            .map(|name| form.schema["properties"][name]["title"].as_str().unwrap())
            .collect();
        let all = [
            "User Id",
            "Connector Path",
            "Job Type",
            "Application Name",
            "Job Name",
            "File Name",
            "User",
            "Task Value",
            "Script Parameters",
        ];
        assert_eq!(titles, all);
        assert_eq!(form.schema["properties"]["connector_path"]["default"], "[[AMTPath]]");
        assert_eq!(form.ui["ui:groups"][0]["title"], "Start");
        assert_eq!(form.schema["properties"]["job_type"]["default"], "start");
    }

    #[test]
    fn the_order_of_the_fields_is_said_and_has_them_all() {
        for task_type in [None, Some(COMMAND), Some(AMT_CONNECTOR)] {
            let form = asked(task_type);
            let order = form.ui["ui:order"].as_array().unwrap();
            let properties = form.schema["properties"].as_object().unwrap();
            assert_eq!(order.len(), properties.len());
            assert!(order.iter().all(|name| properties.contains_key(name.as_str().unwrap())));
        }
    }
}
