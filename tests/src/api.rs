//! Calls of both APIs, as a client makes them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Events, LIMIT};

/// A client with a token.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    /// Address of the server, such as `http://127.0.0.1:1234`.
    pub base: String,
    /// The token of the logon; empty before it.
    pub token: String,
}

impl Api {
    /// A client that has not logged on.
    pub fn new(base: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { http: reqwest::Client::new(), base: base.to_owned(), token: String::new() }
    }

    /// Logs on.
    #[must_use]
    pub async fn logon(mut self, user: &str, password: &str) -> Self {
        let (status, answer) =
            self.post("/Logon", json!({"UserName": user, "Password": password})).await;
        assert_eq!(status, 200, "{answer}");
        answer["AmtLogonToken"].as_str().unwrap().clone_into(&mut self.token);
        self
    }

    /// A GET: HTTP status and JSON body.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    /// A POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(self.http.post(format!("{}{path}", self.base)).json(&body)).await
    }

    /// A PUT with a JSON body for a known version.
    pub async fn put(&self, path: &str, version: i64, body: Value) -> (u16, Value) {
        let request = self.http.put(format!("{}{path}", self.base)).json(&body);
        self.send(request.header("If-Match", format!("\"{version}\""))).await
    }

    /// A DELETE.
    pub async fn delete(&self, path: &str) -> (u16, Value) {
        self.send(self.http.delete(format!("{}{path}", self.base))).await
    }

    /// A call of any method with headers and a body, just as given.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> (u16, Value) {
        let method = method.to_uppercase().parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // Who refuses a body without reading it closes the connection, and with it the answer may be lost.
        for _ in 0..20 {
            let again = request.try_clone().unwrap().header("X-AMT-LogonToken", &self.token);
            if let Ok(answer) = again.send().await {
                return read(answer).await;
            }
        }
        self.send(request).await
    }

    /// A GET whose answer goes on as server-sent events; after an event that is known, by header.
    pub async fn events(&self, path: &str, last: Option<i64>) -> Events {
        let request = self.http.get(format!("{}{path}", self.base));
        let mut request = request.header("X-AMT-LogonToken", &self.token);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last.to_string());
        }
        Events::of(request.send().await.unwrap())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        read(request.header("X-AMT-LogonToken", &self.token).send().await.unwrap()).await
    }

    /// Starts a job or script of the application `TEST` and returns its id.
    pub async fn start(&self, mut action: Value) -> i64 {
        action["Action"] = json!("Start");
        if action.get("ApplicationName").is_none() {
            action["ApplicationName"] = json!("TEST");
        }
        let (status, answer) = self.post("/OpConJobAction", action).await;
        let id = answer["BatchRequestId"].as_i64().unwrap_or_default();
        assert!(status == 200 && id > 0, "{status} {answer}");
        id
    }

    /// A verb of the Control Center on a request.
    pub async fn verb(&self, id: i64, verb: &str) -> (u16, Value) {
        self.post(&format!("/control/v1/requests/{id}/{verb}"), json!({})).await
    }

    /// The status object.
    pub async fn status(&self, id: i64) -> Value {
        let (status, answer) = self.get(&format!("/MonitorJob?BatchRequestId={id}")).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Waits by long poll until the request has one of the codes; fails when it ends with another one.
    pub async fn until(&self, id: i64, codes: &[u64]) -> Value {
        let begin = Instant::now();
        let mut known = 0;
        loop {
            let path =
                format!("/MonitorJob?BatchRequestId={id}&KnownVersion={known}&WaitSeconds=1");
            let (http, status) = self.get(&path).await;
            assert_eq!(http, 200, "{status}");
            let code = status["Code"].as_u64().unwrap();
            if codes.contains(&code) {
                return status;
            }
            let is_final = [3, 4, 6, 10, 11, 12, 22, 99].contains(&code);
            let may_come = !is_final && begin.elapsed() < LIMIT;
            assert!(may_come, "waited for {codes:?}: {status}\n{:#?}", self.messages(id).await);
            known = status["Version"].as_i64().unwrap();
        }
    }

    /// Waits until the request has ended, with whatever code.
    pub async fn ended(&self, id: i64) -> Value {
        self.until(id, &[3, 4, 6, 10, 11, 12, 22, 99]).await
    }

    /// The texts of the job log.
    pub async fn messages(&self, id: i64) -> Vec<String> {
        let (status, page) =
            self.get(&format!("/GetMessages?BatchRequestId={id}&Limit=10000")).await;
        assert_eq!(status, 200, "{page}");
        let messages = page["Messages"].as_array().unwrap();
        messages.iter().map(|message| message["Text"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until a condition on the answer of a GET holds.
    pub async fn wait_for(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let (_, answer) = self.get(path).await;
            if holds(&answer) {
                return answer;
            }
            assert!(begin.elapsed() < LIMIT, "{path} stays {answer}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn read(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
