//! A receiver of webhooks.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use notification::{Delivery, Outcome, Senders, Settings, Webhook, Webhooks};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::{created, id};

/// That of the standard's own tests.
pub(crate) const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A call as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// Whether the library of the standard takes the signature, now.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let library = standardwebhooks::Webhook::new(secret).expect("a secret");
        library.verify(&self.body, &self.headers).is_ok()
    }
}

/// Answers with the status that the path begins with; `/429/wait` with `Retry-After`, `/301` with another address, and each with a text
/// that repeats the path.
pub(crate) struct HttpServer {
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    _server: JoinSet<()>,
}

impl HttpServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bound");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&calls));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, calls, _server: server }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("not poisoned").clone()
    }
}

async fn answer(
    State(calls): State<Arc<Mutex<Vec<Call>>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.to_string();
    calls.lock().expect("not poisoned").push(Call { path: path.clone(), headers, body });
    let mut parts = uri.path().trim_start_matches('/').split('/');
    let status = parts.next().and_then(|text| text.parse().ok()).unwrap_or(404);
    let status = StatusCode::from_u16(status).expect("a status");
    let mut response = (status, format!("here is {path}")).into_response();
    if parts.next() == Some("wait") {
        response.headers_mut().insert("retry-after", "90".parse().expect("a value"));
    }
    if status == StatusCode::MOVED_PERMANENTLY {
        let to = "https://elsewhere.example/t0ken".parse().expect("a value");
        response.headers_mut().insert("location", to);
    }
    response
}

/// Settings that sign and may call this machine.
pub(crate) fn webhooks() -> Webhooks {
    Webhooks { secrets: vec![secret(SECRET)], private_addresses: true, ..Webhooks::default() }
}

pub(crate) fn secret(text: &str) -> kit::Secret {
    kit::Secret::new(text)
}

pub(crate) fn hook_senders(webhooks: Webhooks) -> Senders {
    crate::senders(&Settings { webhooks, ..Settings::default() })
}

/// What is told.
pub(crate) fn body() -> Value {
    json!({
        "type": "job.failed",
        "timestamp": created().to_string(),
        "data": { "job": "Tagesabschluß", "code": 12 },
    })
}

/// One attempt.
pub(crate) async fn call(senders: &Senders, name: &str, url: impl Into<String>) -> Outcome {
    let webhook = Webhook { url: url.into(), body: body() };
    senders.send(&id(name), created(), &Delivery::Webhook(webhook)).await
}
