//! A start whose outcome becomes known.

use crate::client::Client;
use crate::error::Error;
use crate::settle::{Ask, Next, Patience, Seen, Settlement, Settling};
use amt_protocol::{CompletionCode, JobAction, JobActionAnswer};
use std::time::{Duration, Instant};

/// What became of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The request is stored under this id; it may have ended already.
    Started {
        /// Greater than 0.
        batch_request_id: i64,
    },
    /// The server refuses, and nothing is stored.
    Refused {
        /// The code that the server gave, or 11.
        code: CompletionCode,
        /// Why, for people.
        description: String,
        /// Whether one of the sendings before the refusal had no definite answer: a copy of it may be on its way still, and be
        /// stored when it arrives.
        was_in_doubt: bool,
    },
    /// Nothing was sent: the server could not be reached in the time allowed.
    NotSent(Error),
    /// Nothing is stored: the credentials were refused.
    Denied(Error),
    /// It may be stored.
    InDoubt {
        /// The last failure.
        error: Error,
        /// False if the server has no request keys, so that only a person can find out; true if time was over or the
        /// credentials were refused.
        has_key: bool,
    },
}

/// What happens while a start is being settled, for logs.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Nothing was sent; it is tried again after the wait.
    Retrying(&'a Error, Duration),
    /// The outcome is unknown; it is settled after the wait.
    Settling(&'a Error, Duration),
}

/// The last definite thing the server said.
enum Said {
    Answer(JobActionAnswer),
    Error(Error),
    Absent,
}

impl Client {
    /// Sends a start until its outcome is known, by the rule of [`settle`](crate::settle).
    ///
    /// The action should carry a `RequestKey`; without one, or on a server that knows none, a lost answer cannot be
    /// settled. `is_resumed` says that an earlier process may have sent it already.
    pub async fn submit(
        &self,
        action: &JobAction,
        patience: Patience,
        is_resumed: bool,
        progress: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Outcome {
        let key = action.request_key.as_deref().filter(|_| self.profile().features.request_keys);
        let mut settling = if is_resumed {
            Settling::resumed(patience, key.is_some())
        } else {
            Settling::new(patience, key.is_some())
        };
        let began = Instant::now();
        let mut ask = Ask::Start;
        let mut was_in_doubt = false;
        loop {
            let (seen, said) = match (ask, key) {
                (Ask::Find, Some(key)) => self.look(key).await,
                _ => self.attempt(action).await,
            };
            was_in_doubt |= ask == Ask::Start && seen == Seen::Doubtful;
            match settling.next(ask, seen, began.elapsed()) {
                Next::End(settlement) => {
                    let settled = Settled { settlement, has_key: key.is_some(), was_in_doubt };
                    return outcome(settled, said);
                }
                Next::After(wait, next) => {
                    if let Said::Error(error) = &said {
                        progress(if settling.is_doubtful() {
                            Progress::Settling(error, wait)
                        } else {
                            Progress::Retrying(error, wait)
                        });
                    }
                    tokio::time::sleep(wait).await;
                    ask = next;
                }
            }
        }
    }

    async fn attempt(&self, action: &JobAction) -> (Seen, Said) {
        match self.job_action(action).await {
            Ok(answer) if answer.batch_request_id.is_some_and(|id| id > 0) => {
                (Seen::Accepted, Said::Answer(answer))
            }
            Ok(answer) => (Seen::Rejected, Said::Answer(answer)),
            Err(error) => (seen(&error), Said::Error(error)),
        }
    }

    async fn look(&self, key: &str) -> (Seen, Said) {
        match self.find_job(key).await {
            Ok(Some(status)) => {
                let answer = JobActionAnswer {
                    batch_request_id: Some(status.batch_request_id),
                    code: Some(status.code),
                    status: Some(status.status),
                    description: Some(status.description),
                };
                (Seen::Accepted, Said::Answer(answer))
            }
            Ok(None) => (Seen::Absent, Said::Absent),
            Err(error) => (seen(&error), Said::Error(error)),
        }
    }
}

fn seen(error: &Error) -> Seen {
    match error {
        Error::Authentication { call: amt_protocol::Call::Logon, .. } => Seen::Denied,
        Error::Authentication { .. } => Seen::TokenRefused,
        // The start waits for its logon: whatever became of the logon, the start did not leave.
        other if other.call() == amt_protocol::Call::Logon => Seen::NotSent,
        Error::NotSent { .. } => Seen::NotSent,
        Error::Unknown { .. } | Error::Malformed { .. } => Seen::Doubtful,
        Error::Refused { status, .. } => Seen::Refused(*status),
    }
}

/// How it ended, and by what way.
struct Settled {
    settlement: Settlement,
    has_key: bool,
    was_in_doubt: bool,
}

fn outcome(settled: Settled, said: Said) -> Outcome {
    let Settled { settlement, has_key, was_in_doubt } = settled;
    let refused = |code, description: String| Outcome::Refused { code, description, was_in_doubt };
    match (settlement, said) {
        (Settlement::NotSent, Said::Error(error)) => Outcome::NotSent(error),
        (Settlement::Denied, Said::Error(error)) => Outcome::Denied(error),
        (Settlement::AskOperator | Settlement::GaveUp, Said::Error(error)) => {
            Outcome::InDoubt { error, has_key }
        }
        (_, Said::Answer(answer)) => match answer.batch_request_id {
            Some(id) if id > 0 => Outcome::Started { batch_request_id: id },
            _ => refused(refusal_code(answer.code), answer.description.unwrap_or_default()),
        },
        (_, Said::Error(error)) => refused(CompletionCode::Error, error.to_string()),
        (_, Said::Absent) => {
            let text = "the server refused the start and has stored nothing under its key";
            refused(CompletionCode::Error, text.to_owned())
        }
    }
}

/// The code of a refusal; one that does not say how it ended counts as an error.
fn refusal_code(code: Option<u16>) -> CompletionCode {
    code.and_then(|code| CompletionCode::try_from(code).ok())
        .filter(|code| {
            code.is_final() && !code.is_success() || *code == CompletionCode::AuthenticationError
        })
        .unwrap_or(CompletionCode::Error)
}
