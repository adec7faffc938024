//! The logon, tried until it is clear whether the server can be reached and accepts the credentials.

use crate::log::Console;
use amt_client::settle::Patience;
use amt_client::{Client, Error};
use amt_protocol::CompletionCode;
use std::time::{Duration, Instant};

/// Logs on. The error is the return code, already explained in the log.
pub(super) async fn logon(
    client: &Client,
    console: &mut Console,
    patience: Patience,
) -> Result<(), CompletionCode> {
    let began = Instant::now();
    let mut failed = 0;
    loop {
        let Err(error) = client.ensure_logon().await else { return Ok(()) };
        failed += 1;
        match verdict(&error, patience, failed, began.elapsed()) {
            Verdict::Again(wait) => {
                console.note(&format!("{error}; trying again in {wait:?}"));
                tokio::time::sleep(wait).await;
            }
            Verdict::End(code) => {
                let what = match code {
                    CompletionCode::AuthenticationError => "Authentication failed",
                    _ => "AMT web server cannot be used",
                };
                console.remark(&format!("{what}: {error}"));
                return Err(code);
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Again(Duration),
    End(CompletionCode),
}

/// A refused logon is 24; a server that cannot be reached, or is none, is 23 after a while.
fn verdict(error: &Error, patience: Patience, failed: u32, elapsed: Duration) -> Verdict {
    let wait = patience.backoff(failed);
    match error {
        Error::Authentication { .. } => Verdict::End(CompletionCode::AuthenticationError),
        other if other.is_passing() && elapsed + wait <= patience.unsent => Verdict::Again(wait),
        _ => Verdict::End(CompletionCode::WebServerError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use amt_client::Reason;
    use amt_protocol::{Call, Problem};

    #[test]
    fn refused_is_24_at_once_and_unreachable_23_after_a_while() {
        let call = Call::Logon;
        let patience = Patience { unsent: Duration::from_secs(5), ..Patience::default() };
        let at = |error: &Error, seconds| verdict(error, patience, 1, Duration::from_secs(seconds));
        let denied = Error::Authentication { call, detail: String::new() };
        assert_eq!(at(&denied, 0), Verdict::End(CompletionCode::AuthenticationError));
        let down = Error::Unknown {
            call,
            server: String::new(),
            reason: Reason::Status(503),
            detail: String::new(),
        };
        assert_eq!(at(&down, 0), Verdict::Again(patience.first));
        assert_eq!(at(&down, 5), Verdict::End(CompletionCode::WebServerError));
        let other = Error::Refused { call, status: 404, problem: Problem::new(404, "", "", "") };
        assert_eq!(at(&other, 0), Verdict::End(CompletionCode::WebServerError));
    }
}
