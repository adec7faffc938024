//! A server whose answers a test chooses.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::{HeaderMap, Response, Uri};
use serde_json::{Map, Value, json};

/// What a call is answered with.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    Text(&'static str),
    /// The connection ends.
    Cut,
    /// An accepted start, so late.
    Slow(Duration),
    /// These words, and then the same letter without end.
    Endless(&'static str),
}

#[derive(Debug, Default)]
struct Inner {
    next: HashMap<String, VecDeque<Reply>>,
    always: HashMap<String, Reply>,
    seen: Vec<(String, Value)>,
    tokens: HashSet<String>,
    /// How many bytes of endless answers were taken.
    flooded: Arc<AtomicU64>,
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    inner: Arc<Mutex<Inner>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "the server of a test")]
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::<Mutex<Inner>>::default();
        let of_server = inner.clone();
        let router = Router::new().fallback(
            move |uri: Uri,
                  Query(query): Query<HashMap<String, String>>,
                  headers: HeaderMap,
                  body: Bytes| {
                answer(
                    of_server,
                    uri.path().trim_start_matches('/').to_owned(),
                    query,
                    headers,
                    body,
                )
            },
        );
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner, task }
    }

    /// A call is answered so from now on.
    pub(crate) fn always(&self, call: &str, reply: Reply) {
        self.inner.lock().unwrap().always.insert(call.into(), reply);
    }

    /// The next calls are answered so, before what is always answered.
    pub(crate) fn next(&self, call: &str, replies: impl IntoIterator<Item = Reply>) {
        self.inner.lock().unwrap().next.entry(call.into()).or_default().extend(replies);
    }

    /// No token is valid any more.
    pub(crate) fn forget_tokens(&self) {
        self.inner.lock().unwrap().tokens.clear();
    }

    /// What came with the calls, those with a refused token included.
    pub(crate) fn seen(&self, call: &str) -> Vec<Value> {
        let inner = self.inner.lock().unwrap();
        let of_call = inner.seen.iter().filter(|(name, _)| name == call);
        of_call.map(|(_, members)| members.clone()).collect()
    }

    /// How many bytes of endless answers were taken.
    pub(crate) fn flooded(&self) -> u64 {
        self.inner.lock().unwrap().flooded.load(Ordering::SeqCst)
    }

    pub(crate) fn count(&self, call: &str) -> usize {
        self.seen(call).len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    inner: Arc<Mutex<Inner>>,
    call: String,
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    match reply(&inner, &call, query, &headers, &body) {
        Reply::Json(status, value) => built(status, "application/json", value.to_string()),
        Reply::Text(text) => built(200, "text/html", text.to_owned()),
        // Unwinds the task of the connection, which closes it without a panic message.
        Reply::Cut => std::panic::resume_unwind(Box::new("the connection ends here")),
        Reply::Slow(wait) => {
            tokio::time::sleep(wait).await;
            built(200, "application/json", json!({"BatchRequestId": 7, "Code": 1}).to_string())
        }
        Reply::Endless(begin) => {
            let flooded = inner.lock().unwrap().flooded.clone();
            Response::builder()
                .header("content-type", "application/json")
                .body(endless(begin, flooded))
                .unwrap()
        }
    }
}

fn endless(begin: &'static str, flooded: Arc<AtomicU64>) -> Body {
    let more = Bytes::from(vec![b'x'; 64 * 1024]);
    let parts =
        std::iter::once(Bytes::from_static(begin.as_bytes())).chain(std::iter::repeat(more));
    let parts = parts.inspect(move |part| {
        flooded.fetch_add(part.len() as u64, Ordering::SeqCst);
    });
    Body::from_stream(futures_util::stream::iter(parts.map(Ok::<_, std::convert::Infallible>)))
}

fn built(status: u16, kind: &str, text: String) -> Response<Body> {
    Response::builder().status(status).header("content-type", kind).body(Body::from(text)).unwrap()
}

fn reply(
    inner: &Mutex<Inner>,
    call: &str,
    query: HashMap<String, String>,
    headers: &HeaderMap,
    body: &[u8],
) -> Reply {
    let mut members: Map<String, Value> =
        query.into_iter().map(|(name, value)| (name, value.into())).collect();
    if let Ok(Value::Object(given)) = serde_json::from_slice(body) {
        members.extend(given);
    }
    let mut inner = inner.lock().unwrap();
    inner.seen.push((call.to_owned(), members.into()));
    let token = headers.get("X-AMT-LogonToken").and_then(|token| token.to_str().ok());
    let is_open = matches!(call, "HeartBeat" | "Logon");
    if !is_open && !token.is_some_and(|token| inner.tokens.contains(token)) {
        return Reply::Json(401, json!({"code": "no_token", "detail": "log on first"}));
    }
    let chosen = inner.next.get_mut(call).and_then(VecDeque::pop_front);
    if let Some(reply) = chosen.or_else(|| inner.always.get(call).cloned()) {
        return reply;
    }
    match call {
        "HeartBeat" => Reply::Json(200, json!({"Service": "Scripted", "Version": "1"})),
        "Logon" => {
            let token = format!("token-{}", inner.seen.len());
            inner.tokens.insert(token.clone());
            Reply::Json(200, json!({"AmtLogonToken": token, "ExpiresInSeconds": 600}))
        }
        _ => Reply::Json(404, json!({})),
    }
}
