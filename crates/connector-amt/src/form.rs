//! The forms: fields, order, titles, defaults and limits of the vendor's screens (`opcon-domain 3.4`).

use amt_protocol::LIST_ITEMS_MAX;
use connector::{CallError, Fault, Form, FormRequest};
use serde_json::{Map, Value, json};

use crate::settings::{
    CA_FILES, CA_FILES_MAX, PATH_BYTES_MAX, POLL_MAX, POLL_MIN, RETAIN_DAYS, URL_CHARS_MAX,
    WIRE_PROFILE,
};
use crate::task::{ITEM_CHARS_MAX, NAME_CHARS_MAX, SCRIPT_CHARS_MAX, STATION, SUBMIT_USER};
use crate::{APPLICATION, BATCH_JOB, SCRIPT};

/// The form of an agent's settings, or of a task type.
pub(crate) fn form(request: &FormRequest) -> Result<Form, CallError> {
    if request.application != APPLICATION {
        let message =
            format!("there is no form of `{}` here, but of `{APPLICATION}`", request.application);
        return Err(CallError::new(Fault::NotFound, message));
    }
    match request.task_type.as_deref() {
        None => Ok(agent()),
        Some(BATCH_JOB) => Ok(task(
            ("job", "Job Name", "The job, as the batch server knows it.", NAME_CHARS_MAX),
            (
                "task_values",
                "Task Values",
                "Values that modify, override or elaborate what the job has.",
            ),
        )),
        Some(SCRIPT) => Ok(task(
            (
                "script",
                "Script Name",
                "A bare name, an absolute path or a UNC path.",
                SCRIPT_CHARS_MAX,
            ),
            ("script_parameters", "Script Parameters", "Parameters as name=value."),
        )),
        Some(other) => {
            let message =
                format!("there is no task type `{other}`, but `{BATCH_JOB}` and `{SCRIPT}`");
            Err(CallError::new(Fault::NotFound, message))
        }
    }
}

fn agent() -> Form {
    let (days_min, days_max, days) = RETAIN_DAYS;
    let seconds = |title: &str, about: &str, (least, most, default): (f64, f64, f64)| {
        json!({"type": "number", "title": title, "description": about, "minimum": least, "maximum": most,
            "default": default})
    };
    let fields = [
        (
            "batch_server_url",
            json!({"type": "string", "title": "Batch Server URL",
                "description": "The batch server with its port, such as http://BatchServer:42000.",
                "minLength": 1, "maxLength": URL_CHARS_MAX}),
        ),
        (
            "batch_user",
            json!({"type": "string", "title": "Batch User",
                "description": "The API user, by the name of a batch user.", "minLength": 1}),
        ),
        (
            "retain_log_files_days",
            json!({"type": "integer", "title": "Retain Log Files",
                "description": "Days that job logs are kept.",
                "minimum": days_min, "maximum": days_max, "default": days}),
        ),
        (
            "poll_seconds_min",
            seconds(
                "Shortest Poll Interval",
                "Seconds between two questions for the state of jobs, where the server cannot be asked to wait for news.",
                POLL_MIN,
            ),
        ),
        (
            "poll_seconds_max",
            seconds(
                "Longest Poll Interval",
                "Seconds to which that grows while nothing happens.",
                POLL_MAX,
            ),
        ),
        (
            CA_FILES,
            json!({"type": "array", "title": "CA Files",
                "description": "PEM files on the scheduler's machine with certificate authorities to trust beside those of the system, for https.",
                "maxItems": CA_FILES_MAX, "default": [],
                "items": {"type": "string", "minLength": 1, "maxLength": PATH_BYTES_MAX}}),
        ),
        (
            WIRE_PROFILE,
            json!({"type": "string", "title": "Wire Profile",
                "description": "A TOML file on the scheduler's machine that describes a server whose routes or member names differ.",
                "minLength": 1, "maxLength": PATH_BYTES_MAX}),
        ),
    ];
    let more = json!({
        "batch_user": {"ui:widget": "batch_user"},
        CA_FILES: {"ui:options": {"orderable": false, "addable": true, "removable": true}},
    });
    built(&fields, &["batch_server_url", "batch_user"], more)
}

/// The form of a task type, with the field that names what runs, and its list of values.
fn task(runs: (&str, &str, &str, usize), list: (&str, &str, &str)) -> Form {
    let text = |title: &str, about: &str, least: usize, most: usize| {
        let mut field =
            json!({"type": "string", "title": title, "description": about, "maxLength": most});
        if least > 0 {
            field["minLength"] = least.into();
        }
        field
    };
    let with_default = |title: &str, about: &str, default: &str| {
        let mut field = text(title, about, 1, NAME_CHARS_MAX);
        field["default"] = default.into();
        field
    };
    let (runs, runs_title, runs_about, runs_most) = runs;
    let (list, list_title, list_about) = list;
    let fields = [
        ("application", text("Application Name", "The AMT application.", 1, NAME_CHARS_MAX)),
        (
            "submit_user",
            with_default(
                "Submit User",
                "The user who submits the request to the batch server. Should not be changed.",
                SUBMIT_USER,
            ),
        ),
        (
            "user",
            text(
                "User",
                "The AMT user under whom the task runs (RunAs). Without it the application's user.",
                0,
                NAME_CHARS_MAX,
            ),
        ),
        (
            "station",
            with_default("Station", "Who submits the request. Should not be changed.", STATION),
        ),
        (
            "queue",
            text(
                "Queue Name",
                "The queue of the batch server. Without it the batch server's default queue.",
                0,
                NAME_CHARS_MAX,
            ),
        ),
        (runs, text(runs_title, runs_about, 1, runs_most)),
        (
            list,
            json!({"type": "array", "title": list_title, "description": list_about, "maxItems": LIST_ITEMS_MAX,
                "items": {"type": "string", "maxLength": ITEM_CHARS_MAX}, "default": []}),
        ),
    ];
    let more =
        json!({list: {"ui:options": {"orderable": true, "addable": true, "removable": true}}});
    built(&fields, &["application", "submit_user", "station", runs], more)
}

fn built(fields: &[(&str, Value)], required: &[&str], ui: Value) -> Form {
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<_, _> =
        fields.iter().map(|(name, field)| ((*name).to_owned(), field.clone())).collect();
    let mut ui = ui;
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

    fn asked(task_type: Option<&str>) -> Result<Form, CallError> {
        form(&FormRequest {
            application: APPLICATION.into(),
            task_type: task_type.map(Into::into),
            language: "en".into(),
            fields: json!({}),
        })
    }

    fn is_golden(task_type: Option<&str>, golden: &str) {
        let form = serde_json::to_value(asked(task_type).unwrap()).unwrap();
        let golden: Value = serde_json::from_str(golden).unwrap();
        let shown = serde_json::to_string_pretty(&form).unwrap();
        assert_eq!(form, golden, "the form of {task_type:?} is now:\n{shown}");
    }

    #[test]
    fn the_forms_are_those_of_the_vendors_screens() {
        is_golden(None, include_str!("../tests/golden/agent.json"));
        is_golden(Some(BATCH_JOB), include_str!("../tests/golden/batch-job.json"));
        is_golden(Some(SCRIPT), include_str!("../tests/golden/script.json"));
    }

    #[test]
    fn the_order_of_the_fields_is_said_and_has_them_all() {
        for task_type in [None, Some(BATCH_JOB), Some(SCRIPT)] {
            let form = asked(task_type).unwrap();
            let order = form.ui["ui:order"].as_array().unwrap();
            let properties = form.schema["properties"].as_object().unwrap();
            assert_eq!(order.len(), properties.len());
            assert!(order.iter().all(|name| properties.contains_key(name.as_str().unwrap())));
        }
    }

    #[test]
    fn another_type_or_application_has_no_form() {
        assert_eq!(asked(Some("report")).unwrap_err().fault, Fault::NotFound);
    }
}
