//! What is to run: the fields of a task, read and checked.

use std::path::Path;

use connector::StartTask;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::fields::{AmtFields, CommandFields, read};
use crate::{AMT_CONNECTOR, COMMAND, words};

/// Longest command line, in bytes, after its tokens have values.
const LINE_BYTES_MAX: usize = 32 * 1024;
/// Most variables of a job.
pub(crate) const VARIABLES_MAX: usize = 500;
/// Longest value of a variable, in bytes.
pub(crate) const VALUE_BYTES_MAX: usize = 32 * 1024;
/// Most output rules, as the form says.
pub(crate) const RULES_MAX: usize = 20;
/// Most parameters of the older connector, as the form says.
pub(crate) const PARAMETERS_MAX: usize = 20;

/// A text in the output that sets the exit code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutputRule {
    pub(crate) text: String,
    #[serde(default = "yes")]
    pub(crate) contains: bool,
    pub(crate) exit_code: i32,
}

fn yes() -> bool {
    true
}

/// A program with its arguments.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
}

/// A task whose fields are right.
pub(crate) struct Task {
    pub(crate) runs: Invocation,
    /// Whether it is the older AMT connector.
    pub(crate) is_amt: bool,
    pub(crate) working_directory: Option<String>,
    /// The batch user that the job names, by its name.
    pub(crate) batch_user: Option<String>,
    pub(crate) environment: IndexMap<String, String>,
    pub(crate) pre_run: Option<Invocation>,
    pub(crate) output_rules: Vec<OutputRule>,
}

impl Task {
    /// Reads the fields of a task.
    ///
    /// # Errors
    /// What is wrong with them, in one sentence without values.
    pub(crate) fn of(call: &StartTask) -> Result<Self, String> {
        match call.task_type.as_str() {
            COMMAND => command(read(call)?),
            AMT_CONNECTOR => amt(&read(call)?),
            other => Err(format!(
                "there is no task type `{other}` here; use `{COMMAND}` or `{AMT_CONNECTOR}`"
            )),
        }
    }
}

fn command(fields: CommandFields) -> Result<Task, String> {
    if fields.output_rules.len() > RULES_MAX {
        return Err(format!("there are more than {RULES_MAX} output rules; leave some out"));
    }
    if let Some(index) = fields.output_rules.iter().position(|rule| rule.text.is_empty()) {
        return Err(format!("output rule {} has no text to look for; give it one", index + 1));
    }
    check_variables(&fields.environment)?;
    let pre_run = fields.pre_run.map(|pre_run| invocation("pre_run", &pre_run.line)).transpose()?;
    Ok(Task {
        runs: invocation("line", &fields.line)?,
        is_amt: false,
        working_directory: given(fields.working_directory),
        batch_user: given(fields.batch_user),
        environment: fields.environment,
        pre_run,
        output_rules: fields.output_rules,
    })
}

fn amt(fields: &AmtFields) -> Result<Task, String> {
    let is_empty = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    if fields.connector_path.trim().is_empty() {
        return Err("the field `connector_path` is empty; give the folder of `amt`".into());
    }
    if fields.application.trim().is_empty() {
        return Err("the field `application` is empty; name the AMT application".into());
    }
    if is_empty(&fields.job) && is_empty(&fields.file) {
        return Err("neither `job` nor `file` is given; name what is to run".into());
    }
    if fields.script_parameters.len() > PARAMETERS_MAX {
        let message = format!("there are more than {PARAMETERS_MAX} script parameters");
        return Err(format!("{message}; leave some out"));
    }
    let program = if cfg!(windows) { "amt.exe" } else { "amt" };
    let program = Path::new(&fields.connector_path).join(program);
    let runs = Invocation {
        program: program.to_string_lossy().into_owned(),
        arguments: fields.arguments(),
    };
    check_bytes("script_parameters", &runs)?;
    Ok(Task {
        runs,
        is_amt: true,
        working_directory: Some(fields.connector_path.clone()),
        batch_user: given(fields.user_id.clone()),
        environment: IndexMap::new(),
        pre_run: None,
        output_rules: Vec::new(),
    })
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn invocation(field: &str, line: &str) -> Result<Invocation, String> {
    let mut words = words::split(line)
        .map_err(|bad| format!("the command line in `{field}` {}; correct it", bad.text()))?;
    let program = words.remove(0);
    let runs = Invocation { program, arguments: words };
    check_bytes(field, &runs)?;
    Ok(runs)
}

fn check_bytes(field: &str, runs: &Invocation) -> Result<(), String> {
    let texts = || runs.arguments.iter().chain([&runs.program]);
    if texts().map(String::len).sum::<usize>() > LINE_BYTES_MAX {
        return Err(format!("the command line of `{field}` has more than {LINE_BYTES_MAX} bytes"));
    }
    if texts().any(|text| text.contains('\0')) {
        return Err(format!("the command line of `{field}` has a zero byte; take it out"));
    }
    Ok(())
}

/// Says what is wrong with variables, by their names.
pub(crate) fn check_variables(variables: &IndexMap<String, String>) -> Result<(), String> {
    if variables.len() > VARIABLES_MAX {
        return Err(format!("there are more than {VARIABLES_MAX} variables; leave some out"));
    }
    for (name, value) in variables {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(format!("`{}` is no name of a variable", name.escape_debug()));
        }
        if value.len() > VALUE_BYTES_MAX || value.contains('\0') {
            return Err(format!(
                "the value of `{name}` has a zero byte or more than {VALUE_BYTES_MAX} bytes"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn call(task_type: &str, fields: Value) -> StartTask {
        StartTask {
            attempt: "k".parse().unwrap(),
            name: "S/J".into(),
            task_type: task_type.into(),
            fields: fields.as_object().unwrap().clone(),
            secrets: Vec::new(),
            batch_user: None,
            variables: IndexMap::new(),
        }
    }

    fn refused(task_type: &str, fields: Value) -> String {
        Task::of(&call(task_type, fields)).err().expect("it is wrong")
    }

    #[test]
    fn the_example_of_the_older_connector_has_its_command_line() {
        let fields = json!({"user_id": null, "connector_path": "/connectors/asysco.amt",
            "application": "DEMO2", "job": "RUN_PARAMETERTESTA", "file": null, "user": null,
            "task_value": null, "script_parameters": ["'PARAM'"]});
        let task = Task::of(&call(AMT_CONNECTOR, fields)).ok().unwrap();
        let arguments =
            ["-jt", "START", "-an", "DEMO2", "-jn", "RUN_PARAMETERTESTA", "-pa", "'PARAM'"];
        assert_eq!(task.runs.arguments, arguments);
        assert!(task.runs.program.starts_with("/connectors/asysco.amt"));
        assert_eq!(task.working_directory.as_deref(), Some("/connectors/asysco.amt"));
    }

    #[test]
    fn every_field_of_the_older_connector_has_its_option() {
        let fields = json!({"user_id": "SVC", "connector_path": "/c", "application": "A", "job": "J",
            "file": "/f.ps1", "user": "U", "task_value": "V=1", "script_parameters": ["1", "2"]});
        let task = Task::of(&call(AMT_CONNECTOR, fields)).ok().unwrap();
        let all = "-jt START -an A -jn J -fn /f.ps1 -pa 1;2 -u U -tv V=1";
        assert_eq!(task.runs.arguments.join(" "), all);
        assert_eq!(task.batch_user.as_deref(), Some("SVC"));
    }

    #[test]
    fn what_is_wrong_is_said_without_values() {
        let text = refused(COMMAND, json!({"line": "a", "environment": {"N": {"hush": "hush"}}}));
        assert!(text.contains("environment.N") && !text.contains("hush"), "{text}");
        assert!(refused(COMMAND, json!({})).contains("missing field `line`"));
        assert!(refused(COMMAND, json!({"line": "a", "lin": 1})).contains("unknown field `lin`"));
        assert!(refused(COMMAND, json!({"line": "a 'hush"})).contains("without its end"));
        assert!(refused(COMMAND, json!({"line": "a\u{0}b"})).contains("zero byte"));
        assert!(
            refused(COMMAND, json!({"line": "a", "environment": {"A=B": ""}})).contains("no name")
        );
        let rule = json!([{"text": "", "exit_code": 1}]);
        assert!(
            refused(COMMAND, json!({"line": "a", "output_rules": rule})).contains("output rule 1")
        );
        let neither = json!({"connector_path": "/c", "application": "A"});
        assert!(refused(AMT_CONNECTOR, neither).contains("neither `job` nor `file`"));
        assert!(refused("script", json!({})).contains("no task type `script`"));
    }
}
