//! What any AMTOpCon 1 server must do, seen through the client. Give [`check`] the address of a server and a user.
//!
//! The same checks run against the fake here and can be run against a real server, by including this file.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(unreachable_pub, reason = "shared by several test binaries")]
#![allow(missing_docs, clippy::unwrap_used, reason = "test support")]

use amt_client::{Client, Error, FollowEvent, Known, Options, Outcome, settle::Patience};
use amt_protocol::{Action, CompletionCode, JobAction, JobStatus, MonitorRequest};
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

/// The server to check.
pub struct Target {
    pub base_url: String,
    pub user: String,
    pub password: String,
    /// An application.
    pub application: String,
    /// A job of it that ends with 4 within seconds and writes at least three messages.
    pub job: String,
    /// A job that it does not have.
    pub unknown_job: String,
}

impl Target {
    fn client(&self) -> Client {
        Client::new(&Options::new(&self.base_url, &self.user, self.password.clone().into()))
            .unwrap()
    }

    fn start(&self, key: &str) -> JobAction {
        let mut action = JobAction::new(Action::Start);
        action.application_name = Some(self.application.clone());
        action.job_name = Some(self.job.clone());
        action.submit_user = Some("BATCH".into());
        action.station = Some("OPCON".into());
        action.request_key = Some(key.into());
        action
    }
}

fn fresh_key(name: &str) -> String {
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("contract-{name}-{random:016x}")
}

async fn submitted(client: &Client, action: &JobAction) -> i64 {
    match client.submit(action, Patience::default(), false, &mut |_| {}).await {
        Outcome::Started { batch_request_id } => batch_request_id,
        other => panic!("{other:?}"),
    }
}

async fn ended(client: &Client, id: i64) -> JobStatus {
    let limit = Instant::now() + Duration::from_mins(1);
    let mut status = client.monitor(id, None).await.unwrap();
    while !status.completion().is_final() {
        assert!(Instant::now() < limit, "{id} does not end: {status:?}");
        let known = Known { version: status.version, wait: Duration::from_secs(10) };
        status = client.monitor(id, Some(known)).await.unwrap();
    }
    status
}

/// All checks.
pub async fn check(target: &Target) {
    logon_and_tokens(target).await;
    keys_are_idempotent(target).await;
    a_key_is_voided_for_ever(target).await;
    refusals_store_nothing(target).await;
    a_job_runs_to_its_end(target).await;
    unknown_things_are_404(target).await;
}

async fn logon_and_tokens(target: &Target) {
    let client = target.client();
    assert!(!client.heartbeat().await.unwrap().is_empty());
    client.logon().await.unwrap();
    client.logoff().await.unwrap();
    // A call after the logoff logs on by itself.
    assert_eq!(client.find_job(&fresh_key("nothing")).await.unwrap(), None);

    let mut wrong =
        Options::new(&target.base_url, &target.user, "wrong-password".to_owned().into());
    wrong.timeouts.answer = Duration::from_secs(20);
    let refused = Client::new(&wrong).unwrap().logon().await;
    assert!(matches!(refused, Err(Error::Authentication { .. })), "{refused:?}");
}

async fn keys_are_idempotent(target: &Target) {
    let client = target.client();
    let key = fresh_key("same");
    let action = target.start(&key);
    let mut ids = Vec::new();
    let together = (0..6).map(|_| client.job_action(&action));
    for answer in join_all(together).await {
        ids.push(answer.unwrap().batch_request_id.unwrap());
    }
    ids.push(submitted(&client, &action).await);
    ids.push(client.find_job(&key).await.unwrap().unwrap().batch_request_id);
    assert!(ids[0] > 0 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");

    let mut other = action.clone();
    other.task_values = vec!["SW1=TRUE".into()];
    let conflict = client.job_action(&other).await;
    assert!(matches!(conflict, Err(Error::Refused { status: 409, .. })), "{conflict:?}");
}

async fn a_key_is_voided_for_ever(target: &Target) {
    let client = target.client();
    let (key, known) = (fresh_key("void"), fresh_key("known"));
    for _ in 0..2 {
        assert_eq!(client.void_key(&key).await.unwrap(), None);
        let late = client.job_action(&target.start(&key)).await;
        assert!(matches!(late, Err(Error::Refused { status: 409, .. })), "{late:?}");
        assert_eq!(client.find_job(&key).await.unwrap(), None);
    }
    let id = submitted(&client, &target.start(&known)).await;
    let found = client.void_key(&known).await.unwrap().unwrap();
    assert_eq!(found.batch_request_id, id);
    assert_eq!(submitted(&client, &target.start(&known)).await, id);

    // Whatever comes first: a start and a void of one key do not both succeed.
    for _ in 0..20 {
        let key = fresh_key("race");
        let action = target.start(&key);
        let (started, voided) = tokio::join!(client.job_action(&action), client.void_key(&key));
        match (started, voided.unwrap()) {
            (Ok(answer), Some(status)) => {
                assert_eq!(answer.batch_request_id, Some(status.batch_request_id));
            }
            (Err(Error::Refused { status: 409, .. }), None) => {}
            both => panic!("{both:?}"),
        }
    }
}

async fn refusals_store_nothing(target: &Target) {
    let client = target.client();
    let key = fresh_key("refused");
    let mut action = target.start(&key);
    action.job_name = Some(target.unknown_job.clone());
    match client.submit(&action, Patience::default(), false, &mut |_| {}).await {
        Outcome::Refused { code, description, was_in_doubt } => {
            assert!(!was_in_doubt);
            assert_eq!(code, CompletionCode::Error);
            assert!(!description.is_empty());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(client.find_job(&key).await.unwrap(), None);
}

async fn a_job_runs_to_its_end(target: &Target) {
    let client = target.client();
    let id = submitted(&client, &target.start(&fresh_key("run"))).await;
    let status = ended(&client, id).await;
    assert_eq!((status.completion(), status.batch_request_id), (CompletionCode::Done, id));

    let all = client.get_messages(id, 1000).await.unwrap();
    assert!(all.complete && all.messages.len() >= 3, "{all:?}");
    assert!(all.messages.is_sorted_by_key(|message| message.sequence));
    let in_pages = client.get_messages(id, 2).await.unwrap();
    assert_eq!(in_pages.messages, all.messages);

    let mut followed = Vec::new();
    let mut stream = client.follow(id, 0).await.unwrap();
    while let Some(event) = stream.next().await.unwrap() {
        match event {
            FollowEvent::Message(message) => followed.push(message),
            FollowEvent::Complete => break,
        }
    }
    assert_eq!(followed, all.messages);

    let request =
        MonitorRequest { batch_request_ids: vec![id, i64::MAX], cursor: None, wait_seconds: 0 };
    let many = client.monitor_many(&request).await.unwrap();
    let seen: Vec<_> = many.items.iter().map(|item| (item.batch_request_id, item.code)).collect();
    assert_eq!(seen, [(id, 4)]);

    for action in [Action::Kill, Action::Stop, Action::Kill] {
        let mut request = JobAction::new(action);
        request.batch_request_id = Some(id);
        let answer = client.job_action(&request).await.unwrap();
        assert_eq!(answer.code, Some(4), "{action:?} changed a finished request");
    }
}

async fn unknown_things_are_404(target: &Target) {
    let client = target.client();
    let is_404 = |error: Option<Error>| matches!(error, Some(Error::Refused { status: 404, .. }));
    assert!(is_404(client.monitor(i64::MAX, None).await.err()));
    assert!(is_404(client.message_page(i64::MAX, 0, 10).await.err()));
    let mut kill = JobAction::new(Action::Kill);
    kill.batch_request_id = Some(i64::MAX);
    assert!(is_404(client.job_action(&kill).await.err()));
}

/// Runs futures side by side on one task.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut is_pending = false;
        for (future, done) in &mut waiting {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *done = Some(output),
                    std::task::Poll::Pending => is_pending = true,
                }
            }
        }
        if is_pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}
