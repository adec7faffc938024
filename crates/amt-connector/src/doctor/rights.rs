//! What the user may do, tried on a request that cannot exist.

use super::finding::Report;
use amt_client::{Client, Error};
use amt_protocol::{Action, JobAction};

/// No request has this number, so nothing is touched.
const NO_REQUEST: i64 = i64::MAX;
/// Exit code of a missing right, as for a refused start.
const NO_RIGHT: u8 = 11;

/// Tries each right but that to submit, which only a start shows.
pub(super) async fn check(client: &Client, report: &mut Report) {
    let monitor = client.monitor(NO_REQUEST, None).await.map(drop);
    judge(report, "monitor", monitor, true);
    let messages = client.message_page(NO_REQUEST, 0, 1).await.map(drop);
    judge(report, "messages", messages, true);
    let mut kill = JobAction::new(Action::Kill);
    kill.batch_request_id = Some(NO_REQUEST);
    let kill = client.job_action(&kill).await.map(drop);
    judge(report, "kill", kill, false);
    if client.profile().features.request_keys {
        let find = client.find_job("amt-doctor-no-such-key").await.map(drop);
        judge(report, "find", find, true);
    } else {
        report.warn(
            "find",
            "this server has no request keys: a start whose answer is lost needs a person",
        );
    }
    report.ok("submit", "not tried: only a start shows it");
}

/// An unknown request is the good answer: the right was there and nothing else was missing.
fn judge(report: &mut Report, subject: &'static str, result: Result<(), Error>, is_needed: bool) {
    match result {
        Ok(()) | Err(Error::Refused { status: 400 | 404, .. }) => report.ok(subject, "permitted"),
        Err(Error::Refused { status: 403, problem, .. }) if is_needed => {
            let text = format!(
                "not permitted: {}; give the user this right in the Control Center",
                problem.detail
            );
            report.fail(subject, NO_RIGHT, text);
        }
        Err(Error::Refused { status: 403, .. }) => {
            report.warn(subject, "not permitted: -jt KILL and --kill-on-interrupt will not work");
        }
        Err(error) => report.fail(subject, NO_RIGHT, error.to_string()),
    }
}
