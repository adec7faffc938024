//! The calls of the fake.

use super::state::{Fault, Inner, MessageForm, Request, State};
use super::{PASSWORD, USER};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::{HeaderMap, Response, Uri};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

type Answer = Response<Body>;

pub fn router(state: Arc<State>) -> Router {
    Router::new().fallback(
        move |uri: Uri,
              Query(query): Query<HashMap<String, String>>,
              headers: HeaderMap,
              body: Bytes| {
            handle(state, uri.path().trim_start_matches('/').to_owned(), query, headers, body)
        },
    )
}

async fn handle(
    state: Arc<State>,
    call: String,
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let members = members(&query, &body);
    let fault = state.record(&call, &members);
    match &fault {
        Some(Fault::DropBefore) => end_of_connection(),
        Some(Fault::Status(status)) => return problem(*status, "fault", "on demand"),
        _ => {}
    }
    let token = headers.get("X-AMT-LogonToken").and_then(|token| token.to_str().ok());
    let is_open = matches!(call.as_str(), "HeartBeat" | "Logon");
    if !is_open && !token.is_some_and(|token| state.lock().tokens.contains(token)) {
        return problem(401, "no_token", "log on first");
    }
    let answer = match call.as_str() {
        "HeartBeat" => json_answer(
            &json!({"Service": "Fake", "Version": "1", "Time": jiff::Timestamp::now(), "Halted": false}),
        ),
        "Logon" => logon(&state, &members),
        "Logoff" => {
            state.lock().tokens.remove(token.unwrap_or_default());
            Response::builder().status(204).body(Body::empty()).unwrap()
        }
        "OpConJobAction" => action(&state, &members),
        "MonitorJob" if members.get("BatchRequestIds").is_some() => monitor_many(&state, &members),
        "MonitorJob" => monitor(&state, &members).await,
        "GetMessages" => messages(&state, &members),
        "FindJob" => find(&state, &members),
        "VoidKey" => void(&state, &members),
        _ => problem(404, "unknown_route", "no such call"),
    };
    match fault {
        Some(Fault::DropAfter) => end_of_connection(),
        Some(Fault::StatusAfter(status)) => problem(status, "fault", "after it was done"),
        Some(Fault::Garbage) => text_answer("text/html", "<html>Welcome to the proxy</html>"),
        Some(Fault::Slow(wait)) => {
            tokio::time::sleep(wait).await;
            answer
        }
        _ => answer,
    }
}

/// Unwinds the task of the connection, which closes it without an answer and without a panic message.
fn end_of_connection() -> ! {
    std::panic::resume_unwind(Box::new("the connection ends here"))
}

fn members(query: &HashMap<String, String>, body: &[u8]) -> Value {
    let mut all: Map<String, Value> =
        query.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    if let Ok(Value::Object(given)) = serde_json::from_slice(body) {
        all.extend(given);
    }
    all.into()
}

fn logon(state: &State, members: &Value) -> Answer {
    if members["UserName"] != USER || members["Password"] != PASSWORD {
        return problem(401, "bad_credentials", "user or password is wrong");
    }
    let mut inner = state.lock();
    inner.token_count += 1;
    let token = format!("secret-token-{}", inner.token_count);
    inner.tokens.insert(token.clone());
    json_answer(&json!({"AmtLogonToken": token, "ExpiresInSeconds": 600}))
}

fn action(state: &State, members: &Value) -> Answer {
    let mut inner = state.lock();
    if members["Action"] != "Start" {
        let Some(id) = number(members, "BatchRequestId") else { return no_request() };
        let codes = inner.codes.clone();
        let Some(request) = inner.requests.get_mut(&id) else { return no_request() };
        let is_over = request.asked >= codes.len();
        request.killed |= !is_over;
        return json_answer(&status(id, request, &codes));
    }
    if members["JobName"] == "NO_SUCH_JOB" {
        return json_answer(
            &json!({"BatchRequestId": 0, "Code": 11, "Status": "ERROR", "Description": "unknown job NO_SUCH_JOB"}),
        );
    }
    let key = members["RequestKey"].as_str().map(str::to_owned);
    if let Some(id) = key.as_ref().and_then(|key| inner.keys.get(key)).copied() {
        if inner.requests[&id].content != *members {
            return problem(409, "key_reused", "this key belongs to a start with other content");
        }
        return json_answer(
            &json!({"BatchRequestId": id, "Code": 1, "Status": "QUEUED", "Description": ""}),
        );
    }
    if key.as_ref().is_some_and(|key| inner.voided.contains(key)) {
        return problem(409, "key_void", "this key was voided");
    }
    let id = inner.first_id + i64::try_from(inner.requests.len()).unwrap();
    inner.requests.insert(id, Request { content: members.clone(), asked: 0, killed: false });
    if let Some(key) = key {
        inner.keys.insert(key, id);
    }
    json_answer(&json!({"BatchRequestId": id, "Code": 1, "Status": "QUEUED", "Description": ""}))
}

/// The status after the calls so far. The version counts them, up to the last code.
fn status(id: i64, request: &Request, codes: &[Value]) -> Value {
    let step = request.asked.clamp(1, codes.len()) - 1;
    let code = if request.killed { json!(3) } else { codes[step].clone() };
    json!({"BatchRequestId": id, "Code": code, "Version": step + 1 + usize::from(request.killed) * 100,
        "Description": "", "QueueName": "GENERAL", "QueuedAt": "2026-11-21T10:00:00Z"})
}

async fn monitor(state: &State, members: &Value) -> Answer {
    let Some(id) = number(members, "BatchRequestId") else { return no_request() };
    let value = {
        let mut inner = state.lock();
        let codes = inner.codes.clone();
        let Some(request) = inner.requests.get_mut(&id) else { return no_request() };
        request.asked += 1;
        status(id, request, &codes)
    };
    // Nothing new: hold the long poll for a while, as a server does.
    let known = number(members, "KnownVersion").unwrap_or(0);
    let wait = number(members, "WaitSeconds").unwrap_or(0);
    if wait > 0 && value["Version"].as_i64() == Some(known) {
        let wait =
            Duration::from_secs(u64::try_from(wait).unwrap()).min(Duration::from_millis(100));
        tokio::time::sleep(wait).await;
    }
    json_answer(&value)
}

fn monitor_many(state: &State, members: &Value) -> Answer {
    let mut inner = state.lock();
    let codes = inner.codes.clone();
    let mut items = Vec::new();
    for id in members["BatchRequestIds"].as_array().unwrap() {
        let id = id.as_i64().unwrap();
        if let Some(request) = inner.requests.get_mut(&id) {
            request.asked += 1;
            items.push(status(id, request, &codes));
        }
    }
    json_answer(&json!({"Items": items, "Cursor": "next"}))
}

fn messages(state: &State, members: &Value) -> Answer {
    let inner = state.lock();
    let id = number(members, "BatchRequestId").unwrap_or(0);
    if !inner.requests.contains_key(&id) {
        return no_request();
    }
    let after = number(members, "After").unwrap_or(0);
    let limit = number(members, "Limit").unwrap_or(100_000);
    let numbered = || (1i64..).zip(&inner.messages).filter(move |(sequence, _)| *sequence > after);
    let object = |(sequence, text): (i64, &String)| {
        json!({"Sequence": sequence, "Time": "2026-11-21T10:00:00Z", "Kind": "Output",
            "BatchRequestId": id, "Text": text})
    };
    if members["Follow"] == "true" {
        let events: Vec<_> =
            numbered().map(object).map(|message| format!("data: {message}\n\n")).collect();
        let events = events.concat();
        return text_answer(
            "text/event-stream",
            &format!(": hello\n\n{events}event: complete\ndata: {{}}\n\n"),
        );
    }
    match inner.message_form {
        MessageForm::Strings => json_answer(&json!(inner.messages)),
        MessageForm::Text => text_answer("text/plain", &inner.messages.join("\r\n")),
        MessageForm::Objects => {
            let page: Vec<_> =
                numbered().take(usize::try_from(limit).unwrap()).map(object).collect();
            let last = page.last().map_or(after, |message| message["Sequence"].as_i64().unwrap());
            let is_all = last >= i64::try_from(inner.messages.len()).unwrap();
            let complete = is_all && !inner.never_complete;
            json_answer(&json!({"Messages": page, "Complete": complete, "Last": last}))
        }
    }
}

fn find(state: &State, members: &Value) -> Answer {
    found(&state.lock(), members)
}

fn void(state: &State, members: &Value) -> Answer {
    let mut inner = state.lock();
    let key = members["RequestKey"].as_str().unwrap_or_default();
    if !inner.keys.contains_key(key) {
        inner.voided.insert(key.to_owned());
    }
    found(&inner, members)
}

fn found(inner: &Inner, members: &Value) -> Answer {
    let id = members["RequestKey"].as_str().and_then(|key| inner.keys.get(key));
    match id {
        Some(id) => json_answer(&status(*id, &inner.requests[id], &inner.codes)),
        None => problem(404, "unknown_key", "nothing is stored under this key"),
    }
}

fn number(members: &Value, name: &str) -> Option<i64> {
    let value = members.get(name)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn no_request() -> Answer {
    problem(404, "unknown_request", "no such request")
}

fn problem(status: u16, code: &str, detail: &str) -> Answer {
    let body = json!({"type": "about:blank", "title": "", "status": status, "code": code, "detail": detail});
    Response::builder()
        .status(status)
        .header("content-type", "application/problem+json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn json_answer(value: &Value) -> Answer {
    text_answer("application/json", &value.to_string())
}

fn text_answer(kind: &str, text: &str) -> Answer {
    Response::builder().header("content-type", kind).body(Body::from(text.to_owned())).unwrap()
}
