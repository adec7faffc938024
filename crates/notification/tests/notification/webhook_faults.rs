//! Receivers of webhooks that are away, hang, break off or answer without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kit::DurationText;
use notification::{Outcome, Webhooks};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::http_server::{call, hook_senders, webhooks};
use crate::support::{Certificate, free_port};

/// A server that does this with each connection.
async fn server<F>(each: impl Fn(TcpStream) -> F + Send + 'static) -> (String, JoinSet<()>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bound");
    let url = format!("http://{}/T0KEN", listener.local_addr().expect("an address"));
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(each(stream));
        }
    });
    (url, server)
}

async fn read_call(stream: &mut TcpStream) {
    let mut call = Vec::new();
    while !call.ends_with(b"}") {
        assert!(stream.read_buf(&mut call).await.expect("read") > 0, "the call is whole");
    }
}

fn hasty() -> Webhooks {
    Webhooks { timeout: DurationText(Duration::from_millis(300)), ..webhooks() }
}

#[tokio::test]
async fn a_receiver_that_is_away_is_called_again_later() {
    let url = format!("http://127.0.0.1:{}/T0KEN", free_port());
    for url in [url, "http://hooks.invalid/T0KEN".to_owned()] {
        let outcome = call(&hook_senders(webhooks()), "n-1", url).await;
        let Outcome::Later { reason, after: None } = &outcome else { panic!("{outcome:?}") };
        assert!(reason.contains("cannot be reached") && !reason.contains("T0KEN"), "{reason}");
    }
}

#[tokio::test]
async fn a_receiver_without_an_answer_leaves_the_outcome_unknown() {
    let (url, _server) = server(|mut stream| async move {
        read_call(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let outcome = call(&hook_senders(hasty()), "n-1", url).await;
    let Outcome::Unknown { reason } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("no answer in time") && !reason.contains("T0KEN"), "{reason}");
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_call_leaves_the_outcome_unknown() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let (url, _server) = server(move |mut stream| {
        let counted = Arc::clone(&counted);
        async move {
            read_call(&mut stream).await;
            counted.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await;
    let outcome = call(&hook_senders(webhooks()), "n-1", url).await;
    let Outcome::Unknown { reason } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("the connection broke") && !reason.contains("T0KEN"), "{reason}");
    assert_eq!(calls.load(Ordering::SeqCst), 1, "nothing is repeated by itself");
}

#[tokio::test]
async fn an_answer_without_end_is_cut_and_its_status_counts() {
    let closed = Arc::new(Notify::new());
    let notify = Arc::clone(&closed);
    let (url, _server) = server(move |mut stream| {
        let notify = Arc::clone(&notify);
        async move {
            read_call(&mut stream).await;
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head).await.unwrap();
            let chunk = [&b"1000\r\n"[..], &[b'x'; 4096], b"\r\n"].concat();
            while stream.write_all(&chunk).await.is_ok() {}
            notify.notify_one();
        }
    })
    .await;
    let outcome = call(&hook_senders(webhooks()), "n-1", url).await;
    let Outcome::Delivered { answer, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(answer.contains("200 OK") && answer.chars().count() <= 1000, "{answer}");
    // The rest is not read: the connection is closed.
    tokio::time::timeout(Duration::from_secs(30), closed.notified()).await.expect("closed");
}

#[tokio::test]
async fn an_answer_whose_text_never_comes_counts_by_its_status() {
    for (status, is_delivered) in [("200 OK", true), ("400 Bad Request", false)] {
        let (url, _server) = server(move |mut stream| async move {
            read_call(&mut stream).await;
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: 100\r\n\r\nhalf of ");
            stream.write_all(head.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        })
        .await;
        match call(&hook_senders(hasty()), "n-1", url).await {
            Outcome::Delivered { answer, .. } if is_delivered => {
                assert!(answer.ends_with("half of"), "{answer}");
            }
            Outcome::Refused { is_gone: false, .. } if !is_delivered => {}
            outcome => panic!("{outcome:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_no_http_leaves_the_outcome_unknown() {
    let (url, _server) = server(|mut stream| async move {
        read_call(&mut stream).await;
        stream.write_all(b"220 mail.test ESMTP\r\n").await.unwrap();
    })
    .await;
    let outcome = call(&hook_senders(webhooks()), "n-1", url).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[tokio::test]
async fn only_a_certificate_that_somebody_vouches_for_is_called() {
    kit::tls::install_provider();
    let certificate = Certificate::new("localhost");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let chain = file("chain.pem", &certificate.chain);
    let key = file("key.pem", &certificate.key);
    let config = kit::tls::server_config(&chain, &key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(config);
    let (url, _server) = server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut call = Vec::new();
            while !call.ends_with(b"}") {
                assert!(stream.read_buf(&mut call).await.expect("read") > 0, "the call is whole");
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            stream.flush().await.unwrap();
            std::future::pending::<()>().await;
        }
    })
    .await;
    let url = url.replace("http://127.0.0.1", "https://localhost");
    let trusting = Webhooks { ca_file: Some(file("ca.pem", &certificate.ca)), ..webhooks() };
    let outcome = call(&hook_senders(trusting), "n-1", url.as_str()).await;
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
    let outcome = call(&hook_senders(webhooks()), "n-1", url.as_str()).await;
    let Outcome::Later { reason, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("certificate"), "{reason}");
}
