//! What is sent to an agent for an attempt.

use connector::{AttemptKey, StartTask};
use indexmap::IndexMap;
use scheduler_core::definition::Job;
use scheduler_core::definition::run::Run;
use scheduler_store::attempt::Attempt;
use scheduler_store::daily_job::DailyJob;
use scheduler_store::daily_schedule::DailySchedule;
use serde_json::{Map, Value};

/// The key of an attempt: the same for ever, and no other attempt of any scheduler has it.
pub(crate) fn key(instance: &str, job_id: i64, number: i64) -> AttemptKey {
    let text = format!("rm-{instance}-{job_id}-{number}");
    text.try_into().expect("letters, digits and dashes")
}

/// What is to be started; an error says why it cannot be.
pub(super) fn task(
    key: AttemptKey,
    attempt: &Attempt,
    job: &DailyJob,
    schedule: &DailySchedule,
    definition: &Job,
) -> Result<StartTask, String> {
    let (task_type, fields) = fields(&definition.run);
    if let Some(path) = first_token(&Value::Object(fields.clone()), "") {
        return Err(format!(
            "`{path}` holds a token, and tokens of daily jobs are not resolved yet"
        ));
    }
    let variables = [
        ("SCHEDULE_DATE", schedule.date.clone()),
        ("SCHEDULE_NAME", schedule.name.clone()),
        ("JOB_NAME", job.name.clone()),
        ("JOB_ID", job.id.to_string()),
        ("ATTEMPT", attempt.number.to_string()),
    ];
    let variables: IndexMap<String, String> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(StartTask {
        attempt: key,
        name: format!("{}/{}", schedule.name, job.name),
        task_type,
        fields,
        batch_user: None,
        variables,
    })
}

/// The type of task, and what its form asks for.
fn fields(run: &Run) -> (String, Map<String, Value>) {
    let object = |value: serde_json::Result<Value>| match value {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    };
    match run {
        Run::NullJob | Run::Container(_) => (run.key().to_owned(), Map::new()),
        Run::AmtBatchJob(fields) => ("batch_job".to_owned(), object(serde_json::to_value(fields))),
        Run::AmtScript(fields) => ("script".to_owned(), object(serde_json::to_value(fields))),
        Run::AmtConnector(fields) => {
            ("amt_connector".to_owned(), object(serde_json::to_value(fields)))
        }
        Run::Command(fields) => ("command".to_owned(), object(serde_json::to_value(fields))),
        Run::PlugIn(plug_in) => (plug_in.task_type.clone(), plug_in.settings.clone()),
    }
}

/// Where the first token stands.
fn first_token(value: &Value, path: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains("[[").then(|| path.to_owned()),
        Value::Array(items) => items.iter().find_map(|item| first_token(item, path)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            first_token(value, &path)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
