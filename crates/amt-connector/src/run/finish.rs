//! The end of a run: the JSON document and the last frame.

use crate::arguments::Arguments;
use crate::log::{COMPLETED, Console, RULE, Voice};
use amt_protocol::{CompletionCode, JobStatus};
use serde_json::{Value, json};

/// What is known at the end.
pub(super) struct Result<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) server: &'a str,
    pub(super) request_key: Option<&'a str>,
    pub(super) id: Option<i64>,
    pub(super) status: Option<&'a JobStatus>,
    pub(super) messages_missing: Option<&'a str>,
    pub(super) code: CompletionCode,
}

/// Writes the last frame and the JSON document.
pub(super) fn finish(console: &mut Console, result: &Result<'_>) {
    console.say(Voice::Connector, RULE);
    console.say(Voice::Connector, &format!("{COMPLETED} {}", result.code.number()));
    console.say(Voice::Connector, RULE);
    console.document(document(result));
}

fn document(result: &Result<'_>) -> Value {
    let arguments = result.arguments;
    let status = result.status;
    json!({
        "Connector": env!("CARGO_PKG_VERSION"),
        "Server": result.server,
        "JobType": arguments.job_type.name(),
        "ApplicationName": arguments.application,
        "JobName": arguments.job,
        "ScriptName": arguments.file,
        "RequestKey": result.request_key,
        "BatchRequestId": result.id,
        "ReturnCode": result.code.number(),
        "Status": result.code.name(),
        "Description": status.map(|status| status.description.as_str()),
        "ExitCode": status.and_then(|status| status.exit_code),
        "QueueName": status.map(|status| status.queue_name.as_str()),
        "QueuedAt": status.and_then(|status| status.queued_at),
        "StartedAt": status.and_then(|status| status.started_at),
        "EndedAt": status.and_then(|status| status.ended_at),
        "MessagesMissing": result.messages_missing,
    })
}
