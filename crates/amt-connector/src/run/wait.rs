//! The wait for the end of a request.

use super::deliver;
use super::feed::Feed;
use super::watch::{Remark, Sight, Step, Watch};
use crate::log::Console;
use amt_client::{Client, Error, Known};
use amt_protocol::{Call, CompletionCode, JobStatus};
use serde_json::json;
use std::time::{Duration, Instant};

/// How the wait ended.
pub(super) enum Ended {
    /// The request has ended; its last status.
    Final(CompletionCode, Box<JobStatus>),
    /// The server was silent for longer than allowed.
    GaveUp,
    /// There is no such request.
    NoSuchRequest,
    /// The credentials are not accepted any more.
    Denied(Error),
}

/// What was seen last, kept outside so that an interrupt finds it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The sequence of the last message printed.
    pub(super) last_message: i64,
    /// The server said that all messages were sent.
    pub(super) is_log_complete: bool,
}

/// Watches a request until it ends. With `follow`, prints its messages meanwhile.
pub(super) async fn wait(
    client: &Client,
    console: &mut Console,
    id: i64,
    mut watch: Watch,
    follow: bool,
    seen: &mut Seen,
) -> Ended {
    let began = Instant::now();
    let mut feed = follow.then(|| Feed::new(client, id));
    let mut asking = Box::pin(ask(client, id, None, watch.first()));
    loop {
        let (answer, took) = tokio::select! {
            answer = &mut asking => answer,
            message = next(&mut feed), if follow => {
                console.message(&message);
                console.flush();
                seen.last_message = message.sequence;
                continue;
            }
        };
        let (step, remark) = watch.next(sight(&answer, took), began.elapsed());
        say(console, id, remark, &answer);
        if let Ok(status) = &answer {
            console.event(|| json!({"Event": "Status", "BatchRequestId": id, "Code": status.code, "Status": status.status}));
        }
        if let Some(feed) = feed.as_mut() {
            if feed.is_paged() {
                // What cannot be had now comes with the next look.
                let _ = deliver::available(client, console, id, &mut feed.last).await;
            }
            seen.last_message = feed.last;
            seen.is_log_complete = feed.is_complete;
        }
        match (step, answer) {
            (Step::End(code), Ok(status)) => return Ended::Final(code, Box::new(status)),
            (Step::GiveUp, _) => return Ended::GaveUp,
            (Step::NoSuchRequest, _) => return Ended::NoSuchRequest,
            (Step::Denied, Err(error)) => return Ended::Denied(error),
            (Step::Ask(pause), _) => {
                asking = Box::pin(ask(client, id, watch.long_poll(), pause));
            }
            (Step::End(_), Err(_)) | (Step::Denied, Ok(_)) => {
                // The watch ends on what was seen only; ask again rather than guess.
                asking = Box::pin(ask(client, id, None, Duration::from_secs(1)));
            }
        }
    }
}

async fn next(feed: &mut Option<Feed<'_>>) -> amt_protocol::Message {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}

async fn ask(
    client: &Client,
    id: i64,
    known: Option<(i64, Duration)>,
    pause: Duration,
) -> (Result<JobStatus, Error>, Duration) {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let began = Instant::now();
    let known = known.map(|(version, wait)| Known { version, wait });
    (client.monitor(id, known).await, began.elapsed())
}

fn sight(answer: &Result<JobStatus, Error>, took: Duration) -> Sight {
    match answer {
        Ok(status) => Sight::Status { code: status.completion(), version: status.version, took },
        Err(Error::Refused { status: 404, .. }) => Sight::Absent,
        // A token that is refused in spite of a good logon says nothing about the password.
        Err(Error::Authentication { call: Call::Logon, .. }) => Sight::Denied,
        Err(_) => Sight::Failure,
    }
}

fn say(console: &mut Console, id: i64, remark: Option<Remark>, answer: &Result<JobStatus, Error>) {
    match (remark, answer) {
        (Some(Remark::Failing), Err(error)) => console.remark(&format!(
            "Status of BatchrequestId '{id}' cannot be read, the job goes on and it is asked again: {error}"
        )),
        (None, Err(error)) => console.note(&format!("status of {id} still cannot be read: {error}")),
        (Some(Remark::Recovered(silence)), _) => console.remark(&format!(
            "Status of BatchrequestId '{id}' can be read again after {}",
            match silence.as_secs() {
                1 => "1 second".to_owned(),
                seconds => format!("{seconds} seconds"),
            }
        )),
        (Some(Remark::Undefined), _) => console.remark(&format!(
            "Status of BatchrequestId '{id}' is UNDEFINED (19) for 60 seconds: the server cannot read its own record; \
             ask the operator of the AMT environment. Waiting on"
        )),
        _ => {}
    }
}
