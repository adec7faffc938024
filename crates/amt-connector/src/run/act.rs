//! Stop and kill. Both may be sent any number of times, so a lost answer is no problem.

use crate::log::Console;
use amt_client::Client;
use amt_client::settle::Patience;
use amt_protocol::{Action, CompletionCode, JobAction, JobActionAnswer};
use std::time::Instant;

/// Sends the action until it is answered. The error is the return code, already explained in the log.
pub(super) async fn act(
    client: &Client,
    console: &mut Console,
    action: Action,
    id: i64,
    patience: Patience,
) -> Result<JobActionAnswer, CompletionCode> {
    let mut request = JobAction::new(action);
    request.batch_request_id = Some(id);
    let began = Instant::now();
    let mut failed = 0;
    loop {
        let error = match client.job_action(&request).await {
            Ok(answer) if answer.batch_request_id.is_some_and(|id| id > 0) => return Ok(answer),
            Ok(answer) => {
                let why = answer.description.unwrap_or_default();
                console
                    .remark(&format!("{} of BatchrequestId '{id}' refused: {why}", verb(action)));
                return Err(CompletionCode::Error);
            }
            Err(error) => error,
        };
        failed += 1;
        let wait = patience.backoff(failed);
        if error.is_passing() && began.elapsed() + wait <= patience.unsent {
            console.note(&format!("{error}; trying again in {wait:?}"));
            tokio::time::sleep(wait).await;
            continue;
        }
        console.remark(&format!("{} of BatchrequestId '{id}' failed: {error}", verb(action)));
        return Err(match error {
            amt_client::Error::Authentication { .. } => CompletionCode::AuthenticationError,
            amt_client::Error::Refused { .. } => CompletionCode::Error,
            _ => CompletionCode::WebServerError,
        });
    }
}

const fn verb(action: Action) -> &'static str {
    match action {
        Action::Start => "START",
        Action::Stop => "STOP",
        Action::Kill => "KILL",
    }
}
