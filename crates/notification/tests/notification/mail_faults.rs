//! Mail servers that are away, hang, break off or talk without end.

use std::time::Duration;

use kit::DurationText;
use notification::{Mail, Outcome, Tls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::smtp_server::{SmtpServer, mail_to};
use crate::support::free_port;
use crate::{email, mail_senders, send};

fn hasty(mail: Mail) -> Mail {
    let short = DurationText(Duration::from_millis(300));
    Mail { timeout: short, connect_timeout: short, ..mail }
}

fn later(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Later { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// A server that says these bytes to whoever comes, again and again when `is_endless`, and then nothing.
async fn talker(says: &'static [u8], is_endless: bool) -> (u16, JoinSet<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bound");
    let port = listener.local_addr().expect("an address").port();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            while stream.write_all(says).await.is_ok() && is_endless {}
            open.push(stream);
        }
    });
    (port, server)
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again_later() {
    let senders = mail_senders(mail_to(free_port()));
    let outcome = send(&senders, "n-1", email(&["a@example.com"])).await;
    assert!(later(&outcome).contains("cannot connect"), "{outcome:?}");
    let nowhere = Mail { host: "mail.invalid".to_owned(), ..mail_to(25) };
    later(&send(&mail_senders(nowhere), "n-1", email(&["a@example.com"])).await);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_when_time_is_up() {
    let (port, _server) = talker(b"", false).await;
    let senders = mail_senders(hasty(mail_to(port)));
    let outcome = send(&senders, "n-1", email(&["a@example.com"])).await;
    assert!(later(&outcome).contains("took longer than 300ms"), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_talks_without_end_is_left() {
    let (port, _server) = talker(&[b'x'; 4096], true).await;
    let outcome = send(&mail_senders(mail_to(port)), "n-1", email(&["a@example.com"])).await;
    assert!(later(&outcome).contains("for one answer"), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_left() {
    let (port, _server) = talker(b"SSH-2.0-OpenSSH_9.2\r\n", false).await;
    later(&send(&mail_senders(mail_to(port)), "n-1", email(&["a@example.com"])).await);
    let (port, _server) = talker(b"554 go away\r\n", false).await;
    let outcome = send(&mail_senders(mail_to(port)), "n-1", email(&["a@example.com"])).await;
    assert!(later(&outcome).contains("554 go away"), "{outcome:?}");
}

#[tokio::test]
async fn a_hang_before_the_message_delivers_nothing_and_after_it_is_unknown() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let hasty = Mail { timeout: DurationText(Duration::from_millis(500)), ..server.settings() };
    let senders = mail_senders(hasty);
    let outcome = send(&senders, "n-1", email(&["hang@example.com"])).await;
    assert!(later(&outcome).contains("no answer within 500ms"), "{outcome:?}");
    let outcome = send(&senders, "n-2", email(&["stall@example.com"])).await;
    let Outcome::Unknown { reason } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("no answer within 500ms after the mail was handed over"), "{reason}");
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_message_leaves_the_outcome_unknown() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(server.settings());
    let outcome = send(&senders, "n-1", email(&["cut@example.com"])).await;
    let Outcome::Unknown { reason } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("broke after the mail was handed over"), "{reason}");
    // The next mail has a connection of its own.
    let outcome = send(&senders, "n-2", email(&["a@example.com"])).await;
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_dropped_attempt_leaves_no_connection_that_answers_for_another_mail() {
    let Some(server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(Mail { connections: 1, ..server.settings() });
    send(&senders, "n-1", email(&["a@example.com"])).await;
    let given_up = send(&senders, "n-2", email(&["hang@example.com"]));
    tokio::time::timeout(Duration::from_millis(300), given_up).await.expect_err("it hangs");
    let outcome = send(&senders, "n-3", email(&["b@example.com"])).await;
    let Outcome::Delivered { answer, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(answer.ends_with("taken as 2"), "{answer}");
    let mails = server.mails();
    assert_ne!(mails[0]["connection"], mails[1]["connection"]);
}

#[tokio::test]
async fn a_kept_connection_that_the_server_has_closed_is_replaced() {
    let Some(mut server) = SmtpServer::find(Tls::None, false) else { return };
    let senders = mail_senders(server.settings());
    send(&senders, "n-1", email(&["a@example.com"])).await;
    server.stop();
    let outcome = send(&senders, "n-2", email(&["a@example.com"])).await;
    assert!(later(&outcome).contains("cannot connect"), "the old one is not trusted: {outcome:?}");
}

#[tokio::test]
async fn words_put_behind_the_answer_to_starttls_are_not_taken_for_the_servers() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bound");
    let port = listener.local_addr().expect("an address").port();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 1024];
        stream.write_all(b"220 mail.test\r\n").await.unwrap();
        let _ = stream.read(&mut buffer).await.unwrap();
        stream.write_all(b"250-mail.test\r\n250 STARTTLS\r\n").await.unwrap();
        let _ = stream.read(&mut buffer).await.unwrap();
        stream.write_all(b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n").await.unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        // What comes is the beginning of the encryption, and no command.
        assert_eq!(buffer.first(), Some(&0x16), "{:?}", &buffer[..read]);
        stream
    });
    let senders = mail_senders(Mail { tls: Tls::Starttls, ..mail_to(port) });
    let outcome = send(&senders, "n-1", email(&["a@example.com"])).await;
    assert!(later(&outcome).contains("no encryption"), "{outcome:?}");
    server.join_next().await.unwrap().expect("the server saw an encrypted hello");
}
