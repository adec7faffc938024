//! What the client makes of a server that misbehaves.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fake;

use amt_client::settle::Patience;
use amt_client::{Client, Error, Options, Outcome, Progress, Reason, Timeouts};
use amt_protocol::{Action, CompletionCode, JobAction, WireProfile};
use fake::{Certificate, Fake, Fault, MessageForm, PASSWORD, USER};
use serde_json::json;
use std::io::Write;
use std::time::Duration;

const START: &str = "OpConJobAction";

fn options(url: &str) -> Options {
    let mut options = Options::new(url, USER, PASSWORD.to_owned().into());
    options.timeouts = Timeouts { answer: Duration::from_secs(10), ..Timeouts::default() };
    options
}

fn client(fake: &Fake) -> Client {
    Client::new(&options(&fake.url)).unwrap()
}

fn start() -> JobAction {
    let mut action = JobAction::new(Action::Start);
    action.application_name = Some("DEMO2".into());
    action.job_name = Some("J".into());
    action.request_key = Some("key-1".into());
    action
}

fn hasty() -> Patience {
    Patience {
        first: Duration::from_millis(5),
        ceiling: Duration::from_millis(20),
        unsent: Duration::from_millis(100),
        doubtful: None,
    }
}

async fn submit(client: &Client, patience: Patience) -> (Outcome, usize) {
    let mut settlings = 0;
    let outcome = client
        .submit(&start(), patience, false, &mut |progress| {
            settlings += usize::from(matches!(progress, Progress::Settling(..)));
        })
        .await;
    (outcome, settlings)
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_is_started_once() {
    for fault in [
        Fault::DropAfter,
        Fault::StatusAfter(500),
        Fault::StatusAfter(503),
        Fault::Garbage,
        Fault::DropBefore,
        Fault::Status(503),
    ] {
        let fake = Fake::start();
        fake.state.fault(START, &[fault.clone(), fault.clone()]);
        let (outcome, settlings) = submit(&client(&fake), hasty()).await;
        assert_eq!(outcome, Outcome::Started { batch_request_id: 2112 }, "{fault:?}");
        assert_eq!(
            (fake.state.stored(), fake.state.count(START), settlings),
            (1, 3, 2),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_slow_answer_is_a_lost_answer() {
    let fake = Fake::start();
    fake.state.fault(START, &[Fault::Slow(Duration::from_mins(1))]);
    let mut options = options(&fake.url);
    options.timeouts.answer = Duration::from_millis(300);
    let (outcome, settlings) = submit(&Client::new(&options).unwrap(), hasty()).await;
    assert_eq!((outcome, settlings), (Outcome::Started { batch_request_id: 2112 }, 1));
    assert_eq!(fake.state.stored(), 1);
}

#[tokio::test]
async fn a_refusal_after_doubt_is_settled_by_find_job() {
    let fake = Fake::start();
    fake.state.fault(START, &[Fault::DropAfter, Fault::Status(403)]);
    let (outcome, _) = submit(&client(&fake), hasty()).await;
    assert_eq!(outcome, Outcome::Started { batch_request_id: 2112 });
    assert_eq!(fake.state.count("FindJob"), 1);

    let fake = Fake::start();
    fake.state.fault(START, &[Fault::DropBefore, Fault::Status(403)]);
    let (outcome, _) = submit(&client(&fake), hasty()).await;
    let is_doubted = |outcome: &Outcome| {
        matches!(outcome, Outcome::Refused { code: CompletionCode::Error, was_in_doubt: true, .. })
    };
    assert!(is_doubted(&outcome), "{outcome:?}");
    assert_eq!(fake.state.stored(), 0);
}

#[tokio::test]
async fn without_request_keys_a_lost_answer_is_sent_once_and_asked_about() {
    let fake = Fake::start();
    fake.state.fault(START, &[Fault::DropAfter]);
    let mut options = options(&fake.url);
    options.profile = WireProfile::parse("name='old'\n[features]\nrequest_keys=false").unwrap();
    let (outcome, _) = submit(&Client::new(&options).unwrap(), hasty()).await;
    assert!(matches!(outcome, Outcome::InDoubt { has_key: false, .. }), "{outcome:?}");
    assert_eq!(fake.state.count(START), 1);
    assert_eq!(fake.state.last(START).get("RequestKey"), None);
}

#[tokio::test]
async fn an_unreachable_server_is_not_sent() {
    let fake = Fake::start();
    let url = fake.url.clone();
    drop(fake);
    let client = Client::new(&options(&url)).unwrap();
    let (outcome, settlings) = submit(&client, hasty()).await;
    let Outcome::NotSent(error) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(&error, Error::NotSent { reason: Reason::Connection, .. }), "{error:?}");
    assert!(error.to_string().contains("SERVER_ADDRESS"), "{error}");
    assert_eq!(settlings, 0);

    let client = Client::new(&options("http://no-such-host.invalid:1")).unwrap();
    let error = client.heartbeat().await.unwrap_err();
    assert!(matches!(&error, Error::NotSent { reason: Reason::Name, .. }), "{error:?}");
}

#[tokio::test]
async fn a_logon_that_fails_never_makes_a_start_doubtful() {
    for fault in [Fault::Status(500), Fault::DropBefore, Fault::Garbage] {
        let fake = Fake::start();
        fake.state.always("Logon", fault.clone());
        let (outcome, _) = submit(&client(&fake), hasty()).await;
        assert!(matches!(outcome, Outcome::NotSent(_)), "{fault:?}: {outcome:?}");
        assert_eq!(fake.state.count(START), 0);
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let fake = Fake::start();
    let client = client(&fake);
    fake.state.fault("FindJob", &[Fault::Status(401)]);
    assert_eq!(client.find_job("k").await, Ok(None));
    assert_eq!(fake.state.count("Logon"), 2);

    fake.state.always(START, Fault::Status(401));
    let (outcome, _) = submit(&client, hasty()).await;
    assert!(matches!(outcome, Outcome::Denied(Error::Authentication { .. })), "{outcome:?}");
    assert_eq!((fake.state.count("Logon"), fake.state.count(START)), (3, 2));
}

#[tokio::test]
async fn answers_of_other_servers_are_read() {
    let fake = Fake::start();
    fake.state.lock().codes = vec![json!("2"), json!("RUNNING"), json!("done")];
    let client = client(&fake);
    let (outcome, _) = submit(&client, hasty()).await;
    assert_eq!(outcome, Outcome::Started { batch_request_id: 2112 });
    for expected in [2, 2, 4] {
        assert_eq!(client.monitor(2112, None).await.unwrap().code, expected);
    }
    for form in [MessageForm::Objects, MessageForm::Strings, MessageForm::Text] {
        fake.state.lock().message_form = form;
        let page = client.get_messages(2112, 1000).await.unwrap();
        let texts: Vec<_> = page.messages.iter().map(|message| message.text.as_str()).collect();
        assert_eq!(texts, ["line 1", "line 2", "line 3", "line 4", "line 5"], "{form:?}");
    }
    fake.state.always("MonitorJob", Fault::Garbage);
    let error = client.monitor(2112, None).await.unwrap_err();
    assert!(
        matches!(&error, Error::Malformed { .. }) && error.to_string().contains("Welcome"),
        "{error}"
    );
}

#[tokio::test]
async fn redirects_are_not_followed_with_credentials() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await.unwrap();
        let answer = "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let client = Client::new(&options(&url)).unwrap();
    let (answer, ()) = tokio::join!(client.logon(), server);
    let error = answer.unwrap_err();
    assert!(matches!(&error, Error::Refused { status: 302, .. }), "{error:?}");
    assert!(error.to_string().contains("elsewhere.invalid"), "{error}");
}

fn pem(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[tokio::test]
async fn tls_wants_the_right_authority_and_the_right_name() {
    let right = Certificate::new(&["localhost", "127.0.0.1"]);
    let other = Certificate::new(&["elsewhere.example"]);
    let fake = Fake::start_tls(&right);
    let with = |url: &str, ca: &Certificate| {
        let file = pem(&ca.ca_pem);
        let mut options = options(url);
        options.trust.extra_ca_files = vec![file.path().to_owned()];
        Client::new(&options).unwrap()
    };
    with(&fake.url, &right).heartbeat().await.unwrap();
    let untrusted = with(&fake.url, &other).heartbeat().await.unwrap_err();
    assert!(matches!(&untrusted, Error::NotSent { reason: Reason::Tls, .. }), "{untrusted:?}");
    assert!(untrusted.to_string().contains("CA_FILE"), "{untrusted}");

    let elsewhere = Fake::start_tls(&other);
    let wrong_name = with(&elsewhere.url, &other).heartbeat().await.unwrap_err();
    assert!(matches!(&wrong_name, Error::NotSent { reason: Reason::Tls, .. }), "{wrong_name:?}");
    assert!(wrong_name.to_string().contains("elsewhere.example"), "{wrong_name}");

    let plain = Fake::start();
    let url = plain.url.replace("http:", "https:");
    let no_tls = with(&url, &right).heartbeat().await.unwrap_err();
    assert!(matches!(&no_tls, Error::NotSent { reason: Reason::Tls, .. }), "{no_tls:?}");
}

#[test]
fn a_ca_file_that_is_none_is_named() {
    let file = pem("hello");
    let mut options = options("https://localhost:1");
    options.trust.extra_ca_files = vec![file.path().to_owned()];
    let error = Client::new(&options).unwrap_err().to_string();
    assert!(error.contains(&file.path().display().to_string()) && error.contains("PEM"), "{error}");
    options.trust.extra_ca_files = vec!["/no/such/ca.pem".into()];
    assert!(Client::new(&options).unwrap_err().to_string().contains("/no/such/ca.pem"));
}
