//! Webhooks: what is sent, and what the answers mean.

use std::sync::Arc;
use std::time::Duration;

use kit::SizeText;
use notification::{Outcome, Signing, Webhooks};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::http_server::{HttpServer, SECRET, body, call, hook_senders, secret, webhooks};

const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const THIRD: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl0123456789ABCDEFabcd";

#[tokio::test]
async fn the_library_of_the_standard_takes_the_signature() {
    let server = HttpServer::start().await;
    let outcome = call(&hook_senders(webhooks()), "n-1", format!("{}/200/a?b=c", server.url)).await;
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
    let calls = server.calls();
    let [arrived] = &calls[..] else { panic!("{calls:?}") };
    assert!(arrived.is_signed_with(SECRET) && !arrived.is_signed_with(OTHER));
    assert_eq!(serde_json::from_slice::<Value>(&arrived.body).unwrap(), body());
    assert_eq!(arrived.headers["content-type"], "application/json");
    assert_eq!(arrived.headers["webhook-id"], "n-1");
    assert_eq!(arrived.path, "/200/a?b=c");
    let mut forged = arrived.clone();
    forged.body = b"{}".to_vec().into();
    assert!(!forged.is_signed_with(SECRET));
}

#[tokio::test]
async fn while_secrets_change_receivers_may_know_the_old_or_the_new_one() {
    let server = HttpServer::start().await;
    let both = Webhooks { secrets: vec![secret(OTHER), secret(SECRET)], ..webhooks() };
    call(&hook_senders(both), "n-1", format!("{}/200", server.url)).await;
    let arrived = &server.calls()[0];
    assert!(arrived.is_signed_with(SECRET) && arrived.is_signed_with(OTHER));
    assert!(!arrived.is_signed_with(THIRD));
}

#[tokio::test]
async fn the_longest_prefix_says_which_secrets_sign() {
    let server = HttpServer::start().await;
    let signing = |path: &str, key: &str| Signing {
        prefix: format!("{}{path}", server.url),
        secrets: vec![secret(key)],
    };
    let signing = vec![signing("/200", OTHER), signing("/200/team", THIRD)];
    let senders = hook_senders(Webhooks { signing, ..webhooks() });
    for (path, key) in
        [("/204", SECRET), ("/200/x", OTHER), ("/200/teams", OTHER), ("/200/team/x", THIRD)]
    {
        call(&senders, "n-1", format!("{}{path}", server.url)).await;
        assert!(server.calls().last().unwrap().is_signed_with(key), "{path}");
    }
}

#[tokio::test]
async fn without_a_secret_nothing_is_sent() {
    let server = HttpServer::start().await;
    let senders = hook_senders(Webhooks { secrets: Vec::new(), ..webhooks() });
    let outcome = call(&senders, "n-1", format!("{}/200", server.url)).await;
    let Outcome::Later { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("set `secrets` under [notifications.webhooks]"), "{reason}");
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn each_status_means_what_the_standard_says_and_no_address_is_repeated() {
    let server = HttpServer::start().await;
    let senders = hook_senders(webhooks());
    for status in [200, 204, 301, 400, 404, 410, 429, 500, 503] {
        let url = format!("{}/{status}/no/T0KEN?key=s3cret", server.url);
        let outcome = call(&senders, "n-1", url).await;
        let text = match (status, &outcome) {
            (200 | 204, Outcome::Delivered { answer, .. }) => answer,
            (301 | 400 | 404, Outcome::Refused { reason, is_gone: false })
            | (410, Outcome::Refused { reason, is_gone: true })
            | (429 | 500 | 503, Outcome::Later { reason, after: None }) => reason,
            _ => panic!("{status}: {outcome:?}"),
        };
        assert!(text.contains(&status.to_string()) && text.contains(&server.url), "{text}");
        for secret in ["T0KEN", "s3cret", "t0ken"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(status == 301, text.contains("leads to https://elsewhere.example,"), "{text}");
    }
    assert_eq!(server.calls().len(), 9, "no redirect was followed, and nothing was repeated");
}

#[tokio::test]
async fn a_server_that_is_asked_too_much_says_how_long_to_wait() {
    let server = HttpServer::start().await;
    for status in [429, 503] {
        let url = format!("{}/{status}/wait", server.url);
        let outcome = call(&hook_senders(webhooks()), "n-1", url).await;
        let Outcome::Later { after, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(after, Some(Duration::from_secs(90)));
    }
}

#[tokio::test]
async fn addresses_inside_are_refused_unless_they_are_allowed() {
    let server = HttpServer::start().await;
    let senders = hook_senders(Webhooks { private_addresses: false, ..webhooks() });
    let port = server.url.rsplit_once(':').unwrap().1;
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"] {
        let outcome = call(&senders, "n-1", format!("http://{host}:{port}/200")).await;
        let Outcome::Refused { reason, .. } = &outcome else { panic!("{host}: {outcome:?}") };
        assert!(reason.contains("webhooks.private_addresses"), "{reason}");
    }
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn what_cannot_be_called_is_refused_without_being_shown() {
    let senders = hook_senders(Webhooks { body_max: SizeText(1024), ..webhooks() });
    for url in ["t0ken", "ftp://host/t0ken", "https://"] {
        let outcome = call(&senders, "n-1", url).await;
        let Outcome::Refused { reason, .. } = &outcome else { panic!("{outcome:?}") };
        assert!(!reason.contains("t0ken"), "{reason}");
    }
    let large = notification::Webhook {
        url: "https://h.example/t0ken".to_owned(),
        body: "x".repeat(2000).into(),
    };
    let delivery = notification::Delivery::Webhook(large);
    let outcome = senders.send(&crate::id("n-1"), crate::created(), &delivery).await;
    let Outcome::Refused { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("webhooks.body_max") && !reason.contains("t0ken"), "{reason}");
}

#[test]
fn settings_that_cannot_sign_are_named() {
    let open = |webhooks: Webhooks| {
        let settings = notification::Settings { webhooks, ..Default::default() };
        let clock = kit::SystemClock::shared();
        notification::Senders::open(&settings, clock).expect_err("refused").setting
    };
    let secrets = vec![secret("whsec_x")];
    assert_eq!(open(Webhooks { secrets: secrets.clone(), ..webhooks() }), "webhooks.secrets");
    for (prefix, secrets, setting) in [
        ("not an address", vec![secret(SECRET)], "webhooks.signing[0].prefix"),
        ("https://h.example", Vec::new(), "webhooks.signing[0].secrets"),
        ("https://h.example", secrets, "webhooks.signing[0].secrets"),
    ] {
        let signing = vec![Signing { prefix: prefix.to_owned(), secrets }];
        assert_eq!(open(Webhooks { signing, ..webhooks() }), setting);
    }
    let ca_file = Some("/nowhere/ca.pem".into());
    assert_eq!(open(Webhooks { ca_file, ..webhooks() }), "webhooks.ca_file");
}

#[tokio::test]
async fn many_calls_at_a_time_are_made_and_each_arrives_once() {
    let server = HttpServer::start().await;
    let senders = Arc::new(hook_senders(Webhooks { concurrency: 3, ..webhooks() }));
    let mut calls = JoinSet::new();
    for number in 0..40 {
        let (senders, url) = (Arc::clone(&senders), format!("{}/200", server.url));
        calls.spawn(async move { call(&senders, &format!("n-{number}"), url).await });
    }
    while let Some(outcome) = calls.join_next().await {
        assert!(matches!(outcome.unwrap(), Outcome::Delivered { .. }));
    }
    let mut ids: Vec<_> =
        server.calls().iter().map(|call| call.headers["webhook-id"].clone()).collect();
    ids.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    ids.dedup();
    assert_eq!(ids.len(), 40);
}
