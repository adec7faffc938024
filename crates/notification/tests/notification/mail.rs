//! Mail that a server takes, and what it refuses.

use std::sync::Arc;

use notification::{Email, Mail, Outcome, Settings, Tls};
use serde_json::json;
use tokio::task::JoinSet;

use crate::smtp_server::{PASSWORD, SmtpServer, USER, mail_to};
use crate::{email, mail_senders, send, senders};

fn delivered(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Delivered { answer, .. } => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written_whatever_its_letters() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(server.settings());
    let mail = Email {
        to: vec!["Jörg Maß <joerg@example.com>".to_owned(), "ops@bücher.example".to_owned()],
        cc: vec!["boss@example.com".to_owned()],
        subject: "Lauf „Tagesende“ fehlgeschlagen: 日本語 ✗ mit einem Betreff, der länger als eine Zeile ist"
            .to_owned(),
        message: format!("Größe: 5 €\n.\n.. ein Punkt\nFrom hier\n{}\n", "lang ".repeat(400)),
        only: Vec::new(),
    };
    let outcome = send(&senders, "n-1", mail.clone()).await;
    assert!(delivered(&outcome).ends_with("250 2.0.0 taken as 1"), "{outcome:?}");
    let taken = &server.mails()[0];
    assert_eq!(taken["subject"], mail.subject);
    assert_eq!(taken["text"], mail.message.trim_end_matches('\n'));
    assert_eq!(taken["from"], "ringmaster@example.com");
    assert_eq!(taken["shown_from"], "Ringmaster Süd <ringmaster@example.com>");
    let to = json!(["joerg@example.com", "ops@xn--bcher-kva.example", "boss@example.com"]);
    assert_eq!(taken["to"], to);
    assert_eq!(taken["shown_to"], "Jörg Maß <joerg@example.com>, ops@xn--bcher-kva.example");
    assert_eq!(taken["message_id"], "<n-1@example.com>");
}

#[tokio::test]
async fn a_second_attempt_has_the_same_message_id() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(server.settings());
    for _ in 0..2 {
        delivered(&send(&senders, "n-7", email(&["a@example.com"])).await);
    }
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0]["message_id"], mails[1]["message_id"]);
}

#[tokio::test]
async fn an_injected_header_arrives_as_a_part_of_the_subject() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(server.settings());
    let mut mail = email(&["a@example.com"]);
    mail.subject = "x\r\nBcc: evil@example.com\r\n\r\nbody".to_owned();
    delivered(&send(&senders, "n-1", mail).await);
    let taken = &server.mails()[0];
    assert_eq!(taken["subject"], "x Bcc: evil@example.com body");
    assert!(!taken["headers"].as_array().unwrap().contains(&json!("Bcc")), "{taken}");
    assert_eq!(taken["to"], json!(["a@example.com"]));
}

#[tokio::test]
async fn starttls_encrypts_before_the_password_is_sent() {
    let Some(server) = SmtpServer::find(Tls::Starttls, true) else { return };
    delivered(&send(&mail_senders(server.settings()), "n-1", email(&["a@example.com"])).await);
    let taken = &server.mails()[0];
    assert_eq!((&taken["encrypted"], &taken["user"]), (&json!(true), &json!(USER)));
}

#[tokio::test]
async fn tls_encrypts_from_the_first_byte() {
    let Some(server) = SmtpServer::find(Tls::Tls, true) else { return };
    delivered(&send(&mail_senders(server.settings()), "n-1", email(&["a@example.com"])).await);
    let taken = &server.mails()[0];
    assert_eq!((&taken["encrypted"], &taken["user"]), (&json!(true), &json!(USER)));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_gets_no_mail() {
    for tls in [Tls::Starttls, Tls::Tls] {
        let Some(server) = SmtpServer::find(tls, true) else { return };
        let senders = mail_senders(Mail { ca_file: None, ..server.settings() });
        let outcome = send(&senders, "n-1", email(&["a@example.com"])).await;
        let Outcome::Later { reason, .. } = &outcome else { panic!("{outcome:?}") };
        assert!(reason.contains("no encryption") && reason.contains("certificate"), "{reason}");
        // The certificate is for another name than the address.
        let senders = mail_senders(Mail { host: "127.0.0.1".to_owned(), ..server.settings() });
        let outcome = send(&senders, "n-1", email(&["a@example.com"])).await;
        assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
        assert!(server.mails().is_empty());
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail_when_starttls_is_set() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(Mail { tls: Tls::Starttls, ..server.settings() });
    let outcome = send(&senders, "n-1", email(&["a@example.com"])).await;
    let Outcome::Later { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("does not offer STARTTLS"), "{reason}");
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_a_matter_of_the_settings_and_never_shown() {
    let Some(server) = SmtpServer::find(Tls::Starttls, true) else { return };
    let wrong = kit::Secret::new("wr0ng-pa55");
    let senders = mail_senders(Mail { password: Some(wrong), ..server.settings() });
    let outcome = send(&senders, "n-1", email(&["a@example.com"])).await;
    let Outcome::Later { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("refuses to log on user ringmaster: 535"), "{reason}");
    assert!(!reason.contains("wr0ng") && !reason.contains(PASSWORD), "{reason}");
    // Nobody logs on, where the server wants it.
    let senders = mail_senders(Mail { user: None, password: None, ..server.settings() });
    let outcome = send(&senders, "n-1", email(&["a@example.com"])).await;
    let Outcome::Later { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("530"), "{reason}");
}

#[tokio::test]
async fn a_5xx_refuses_for_good_and_a_4xx_for_now() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(server.settings());
    for (name, code, is_for_good) in [
        ("gone", "550 5.1.1 no such user", true),
        ("full", "552 5.2.2 mailbox full", true),
        ("busy", "451 4.7.1 greylisted", false),
        ("late", "452 4.3.1 disk full", false),
    ] {
        let outcome = send(&senders, "n-1", email(&[&format!("{name}@example.com")])).await;
        let (Outcome::Refused { reason, is_gone: false } | Outcome::Later { reason, after: None }) =
            &outcome
        else {
            panic!("{name}: {outcome:?}")
        };
        assert_eq!(matches!(outcome, Outcome::Refused { .. }), is_for_good, "{outcome:?}");
        assert!(reason.contains(code), "{reason}");
    }
    assert!(server.mails().is_empty());
    delivered(&send(&senders, "n-2", email(&["a@example.com"])).await);
}

#[tokio::test]
async fn one_bad_address_does_not_keep_the_mail_from_the_others() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(server.settings());
    let mut mail = email(&["gone@example.com", "a@example.com", "Busy <busy@example.com>"]);
    let Outcome::Delivered { refused, later, .. } = send(&senders, "n-1", mail.clone()).await
    else {
        panic!("delivered");
    };
    assert_eq!(refused[0].address, "gone@example.com");
    assert!(refused[0].answer.starts_with("550"), "{refused:?}");
    assert_eq!((refused.len(), later.len()), (1, 1));
    // The caller tries those again that it was told to, with the same id.
    mail.only = later.into_iter().map(|refusal| refusal.address).collect();
    let outcome = send(&senders, "n-1", mail).await;
    let Outcome::Later { reason, .. } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("Busy <busy@example.com>: 451"), "{reason}");
    assert_eq!(server.mails().len(), 1);
    assert_eq!(server.mails()[0]["to"], json!(["a@example.com"]));
    // Where all are refused, and one of them for now, the mail is tried again.
    let mail = email(&["gone@example.com", "busy@example.com"]);
    let outcome = send(&senders, "n-2", mail).await;
    assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_and_named_before_anybody_is_asked() {
    let senders = mail_senders(mail_to(1));
    let outcome = send(&senders, "n-1", email(&["a@example.com", "no body@"])).await;
    let Outcome::Refused { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.starts_with("\"no body@\" is no mail address"), "{reason}");
    let mut long = email(&["a@example.com"]);
    long.message = "x".repeat(300 << 10);
    let outcome = send(&senders, "n-1", long).await;
    let Outcome::Refused { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("mail.message_max is 256KiB"), "{reason}");
}

#[tokio::test]
async fn without_a_mail_server_mails_wait() {
    let outcome = send(&senders(&Settings::default()), "n-1", email(&["a@example.com"])).await;
    let Outcome::Later { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("under [notifications.mail]"), "{reason}");
}

#[tokio::test]
async fn connections_are_used_again_and_never_more_than_allowed() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = Arc::new(mail_senders(Mail { connections: 2, ..server.settings() }));
    let mut sends = JoinSet::new();
    for number in 0..20 {
        let senders = Arc::clone(&senders);
        sends.spawn(async move {
            send(&senders, &format!("n-{number}"), email(&["a@example.com"])).await
        });
    }
    while let Some(outcome) = sends.join_next().await {
        delivered(&outcome.unwrap());
    }
    let mails = server.mails();
    let mut connections: Vec<_> =
        mails.iter().map(|mail| mail["connection"].as_u64().unwrap()).collect();
    connections.sort_unstable();
    connections.dedup();
    assert_eq!(mails.len(), 20);
    assert!(connections.len() <= 2, "{connections:?}");
}
