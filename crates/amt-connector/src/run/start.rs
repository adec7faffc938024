//! The start, until its outcome is known.

use crate::arguments::Arguments;
use crate::log::Console;
use amt_client::settle::Patience;
use amt_client::{Client, Outcome, Progress};
use amt_protocol::{Action, CompletionCode, JobAction};

/// The submitting user and the station that the older connector stands for (`amt-domain 12.3`).
pub(super) const SUBMIT_USER: &str = "BATCH";
pub(super) const STATION: &str = "OPCON";

/// What came of the start.
pub(super) enum Started {
    /// The request.
    Request(i64),
    /// No request; the return code, already explained in the log.
    Nothing(CompletionCode),
}

/// The start that the arguments ask for.
pub(super) fn action(arguments: &Arguments, key: &str) -> JobAction {
    let mut action = JobAction::new(Action::Start);
    action.application_name.clone_from(&arguments.application);
    action.job_name.clone_from(&arguments.job);
    action.script_name.clone_from(&arguments.file);
    action.user.clone_from(&arguments.user);
    action.queue_name.clone_from(&arguments.queue);
    action.report_parameter.clone_from(&arguments.report_parameter);
    action.global_parameter.clone_from(&arguments.global_parameter);
    action.request_file.clone_from(&arguments.request_file);
    action.submit_user = Some(arguments.submit_user.clone().unwrap_or(SUBMIT_USER.to_owned()));
    action.station = Some(arguments.station.clone().unwrap_or(STATION.to_owned()));
    action.script_parameters = members(arguments.parameters.as_deref());
    action.task_values = members(arguments.task_values.as_deref());
    action.request_key = Some(key.to_owned());
    action
}

/// The members of a list: separated by `;` or line ends, each passed on as it stands, quotes and blanks included.
///
/// The older product has one parameter per line on its screens, so a scheduler may pass line ends; a member cannot hold one.
///
/// Empty members count, since parameters have positions and are passed on untouched (`amt-domain 6.6`); one after a last
/// separator does not.
pub(super) fn members(list: Option<&str>) -> Vec<String> {
    let Some(list) = list else { return Vec::new() };
    let list = list.replace("\r\n", "\n");
    let list = list.strip_suffix([';', '\n']).unwrap_or(&list);
    list.split([';', '\n']).map(str::to_owned).collect()
}

/// A key for a start: a random UUID (version 4).
pub(super) fn random_key() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// Sends the start and settles its outcome; says in the log what is going on. `is_resumed` says that an earlier process
/// may have sent it already.
pub(super) async fn start(
    client: &Client,
    console: &mut Console,
    action: &JobAction,
    patience: Patience,
    is_resumed: bool,
) -> Started {
    // Without request keys at the server it is a new start whatever was sent before.
    let is_resumed = is_resumed && client.profile().features.request_keys;
    let key = action.request_key.as_deref().unwrap_or_default();
    let mut is_doubt_said = false;
    let outcome = client
        .submit(action, patience, is_resumed, &mut |progress| match progress {
            Progress::Retrying(error, wait) => {
                console.note(&format!("{error}; trying again in {wait:?}"));
            }
            Progress::Settling(error, _) if !is_doubt_said => {
                is_doubt_said = true;
                console.remark(&format!(
                    "Outcome of the start is unknown: {error}; settling it with RequestKey '{key}'"
                ));
            }
            Progress::Settling(error, wait) => {
                console.note(&format!("{error}; settling again in {wait:?}"));
            }
        })
        .await;
    let (code, text) = match outcome {
        Outcome::Started { batch_request_id } => return Started::Request(batch_request_id),
        Outcome::Refused { code, description, .. } => {
            (code, format!("START refused: {description}"))
        }
        Outcome::NotSent(error) => {
            (CompletionCode::WebServerError, format!("AMT web server cannot be used: {error}"))
        }
        Outcome::Denied(error) => {
            (CompletionCode::AuthenticationError, format!("Authentication failed: {error}"))
        }
        Outcome::InDoubt { error, has_key } => {
            (CompletionCode::Undefined, in_doubt(&error, has_key, key))
        }
    };
    console.remark(&text);
    Started::Nothing(code)
}

fn in_doubt(error: &amt_client::Error, has_key: bool, key: &str) -> String {
    let cure = if has_key {
        format!(
            "run the same command with --request-key {key} to find out: it does not start a second time"
        )
    } else {
        "this server has no request keys: look in the Control Center whether the job was started, before anybody starts it again"
            .to_owned()
    };
    format!("It is not known whether the job was started: {error}; {cure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_and_their_members_left_alone() {
        assert_eq!(members(Some("'PARAM'")), ["'PARAM'"]);
        assert_eq!(members(Some("A=1; B = 2 ;-c")), ["A=1", " B = 2 ", "-c"]);
        assert_eq!(members(Some("A;;B;")), ["A", "", "B"]);
        assert_eq!(members(Some("A\r\nB\nC")), ["A", "B", "C"]);
        assert_eq!(members(None), Vec::<String>::new());
    }

    #[test]
    fn keys_are_random_uuids() {
        let (one, two) = (random_key().unwrap(), random_key().unwrap());
        assert_ne!(one, two);
        assert_eq!((one.len(), &one[14..15]), (36, "4"));
    }
}
