//! One exchange with the server: request out, answer or classified failure back.

use crate::decode;
use crate::error::{Error, Reason};
use crate::observe::{Observer, Traffic, masked};
use crate::options::{BadOptions, Options, Timeouts, read_authorities};
use amt_protocol::{Call, Problem, WireProfile};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Most bytes of one answer.
const fn answer_bytes_max(call: Call) -> usize {
    match call {
        Call::HeartBeat
        | Call::Logon
        | Call::Logoff
        | Call::OpConJobAction
        | Call::MonitorJob
        | Call::FindJob
        | Call::VoidKey => 64 * 1024,
        // Of 10,000 requests.
        Call::MonitorJobs => 16 * 1024 * 1024,
        // A thousand of the longest lines, or the whole log of a server without pages. What never ends costs this much at a time.
        Call::GetMessages => 128 * 1024 * 1024,
    }
}

/// What to send. `members` become the query of a GET and the JSON body of a POST.
pub(crate) struct Exchange {
    pub(crate) call: Call,
    pub(crate) members: Value,
    pub(crate) accept: &'static str,
    /// How long the server may wait on purpose before it answers.
    pub(crate) wait: Duration,
}

impl Exchange {
    pub(crate) fn new(call: Call, members: Value) -> Self {
        Self { call, members, accept: "application/json", wait: Duration::ZERO }
    }
}

/// A 2xx answer, or the 401 that the session deals with.
pub(crate) enum Answer {
    Good { body: String, is_plain_text: bool },
    Unauthorized(Problem),
}

/// The HTTP client and how to speak to this server.
pub(crate) struct Transport {
    http: reqwest::Client,
    pub(crate) base_url: String,
    pub(crate) profile: WireProfile,
    pub(crate) timeouts: Timeouts,
    observer: Option<Arc<dyn Observer>>,
}

impl Transport {
    pub(crate) fn new(
        options: &Options,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self, BadOptions> {
        let base_url = options.base_url.trim_end_matches('/').to_owned();
        let address = || BadOptions::Address(base_url.clone());
        let url = reqwest::Url::parse(&base_url).map_err(|_| address())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(address());
        }
        // A second call in one process finds the provider installed; both are the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .connect_timeout(options.timeouts.connect)
            .tcp_nodelay(true)
            // Credentials and tokens go to the configured server and nowhere else.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("ringmaster-amt/", env!("CARGO_PKG_VERSION")));
        let builder = if url.scheme() == "https" {
            builder.tls_certs_merge(read_authorities(&options.trust)?)
        } else {
            // An empty store, so that the system's is not loaded: that takes longer than a whole run over plain HTTP.
            builder.tls_certs_only([])
        };
        let http = builder.build().map_err(|error| BadOptions::Tls(chain(&error)))?;
        Ok(Self {
            http,
            base_url,
            profile: options.profile.clone(),
            timeouts: options.timeouts,
            observer,
        })
    }

    /// Sends and reads the whole answer.
    pub(crate) async fn send(
        &self,
        exchange: &Exchange,
        token: Option<&SecretString>,
    ) -> Result<Answer, Error> {
        let began = Instant::now();
        let (request, sent) = self.request(exchange, token);
        let (method, target) = self.line(exchange);
        let limit = self.timeouts.answer + exchange.wait;
        let outcome = self.receive(exchange.call, request.timeout(limit)).await;
        if let Some(observer) = &self.observer {
            observer.seen(&Traffic {
                call: exchange.call,
                method,
                target,
                sent: sent.map(|body| masked(&self.profile, exchange.call, &body)),
                result: outcome.as_ref().map(|raw| raw.status).map_err(ToString::to_string),
                received: outcome.as_ref().map_or_else(
                    |_| String::new(),
                    |raw| masked(&self.profile, exchange.call, &raw.body),
                ),
                took: began.elapsed(),
            });
        }
        self.classify(exchange.call, outcome?)
    }

    /// Opens a stream of server-sent events; only the head of the answer has arrived when this returns.
    pub(crate) async fn open(
        &self,
        exchange: &Exchange,
        token: &SecretString,
    ) -> Result<Result<reqwest::Response, Problem>, Error> {
        let (request, _) = self.request(exchange, Some(token));
        let call = exchange.call;
        let Ok(response) = tokio::time::timeout(self.timeouts.answer, request.send()).await else {
            return Err(self.unknown(call, Reason::TimeOut, "no answer in time".to_owned()));
        };
        let response = response.map_err(|error| self.failed(call, &error))?;
        if response.status().is_success() {
            return Ok(Ok(response));
        }
        let raw = self.read(call, response).await?;
        match self.classify(call, raw)? {
            Answer::Unauthorized(problem) => Ok(Err(problem)),
            Answer::Good { .. } => Err(self.unknown(call, Reason::Lost, "no stream".to_owned())),
        }
    }

    fn line(&self, exchange: &Exchange) -> (String, String) {
        let route = self.profile.route(exchange.call);
        let query = if route.method == "GET" { self.query(exchange) } else { Vec::new() };
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        (route.method, format!("{}{mark}{}", route.path, query.join("&")))
    }

    fn request(
        &self,
        exchange: &Exchange,
        token: Option<&SecretString>,
    ) -> (reqwest::RequestBuilder, Option<String>) {
        let route = self.profile.route(exchange.call);
        let url = format!("{}{}", self.base_url, route.path);
        let mut sent = None;
        let mut request = if route.method == "GET" {
            self.http.get(with_query(&url, &self.query(exchange)))
        } else {
            let request = self.http.post(url);
            if exchange.members.is_null() {
                request
            } else {
                let body = self.profile.outgoing(exchange.members.clone()).to_string();
                sent = Some(body.clone());
                request.header("content-type", "application/json").body(body)
            }
        };
        request = request.header("accept", exchange.accept);
        if let Some(token) = token {
            request = request.header(&self.profile.token_header, token.expose_secret());
        }
        (request, sent)
    }

    fn query(&self, exchange: &Exchange) -> Vec<(String, String)> {
        let Value::Object(members) = self.profile.outgoing(exchange.members.clone()) else {
            return Vec::new();
        };
        members
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(text) => (name, text),
                other => (name, other.to_string()),
            })
            .collect()
    }

    async fn receive(&self, call: Call, request: reqwest::RequestBuilder) -> Result<Raw, Error> {
        let response = request.send().await.map_err(|error| self.failed(call, &error))?;
        self.read(call, response).await
    }

    async fn read(&self, call: Call, mut response: reqwest::Response) -> Result<Raw, Error> {
        let status = response.status();
        let is_plain_text = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/plain"));
        let location = response.headers().get("location").and_then(|value| value.to_str().ok());
        let location = location.map(str::to_owned);
        let mut bytes = Vec::new();
        let bytes_max = answer_bytes_max(call);
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                // The status line of a refusal is definite, whatever becomes of its text.
                Err(_) if status.is_client_error() => break,
                Err(error) => return Err(self.failed(call, &error)),
            }
            if bytes.len() > bytes_max {
                if status.is_client_error() {
                    bytes.truncate(bytes_max);
                    break;
                }
                let detail = format!("the answer is longer than {bytes_max} bytes");
                return Err(self.unknown(call, Reason::Lost, detail));
            }
        }
        // Without a second copy of what may be long.
        let mut body = String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        if let Some(location) = location.filter(|_| status.is_redirection()) {
            body = format!("it redirects to {location}; give that address itself");
        }
        Ok(Raw { status: status.as_u16(), body, is_plain_text })
    }

    fn classify(&self, call: Call, raw: Raw) -> Result<Answer, Error> {
        let problem = || decode::problem(raw.status, &raw.body);
        match raw.status {
            200..=299 => Ok(Answer::Good { body: raw.body, is_plain_text: raw.is_plain_text }),
            401 => Ok(Answer::Unauthorized(problem())),
            // 408 comes from proxies too, after they have passed the request on.
            408 | 500.. => {
                let problem = problem();
                let said = if problem.detail.is_empty() { problem.title } else { problem.detail };
                let detail = format!("status {} {said}", raw.status).trim_end().to_owned();
                Err(self.unknown(call, Reason::Status(raw.status), detail))
            }
            status => Err(Error::Refused { call, status, problem: problem() }),
        }
    }

    pub(crate) fn unknown(&self, call: Call, reason: Reason, detail: String) -> Error {
        Error::Unknown { call, server: self.base_url.clone(), reason, detail }
    }

    /// Sorts a failure into "before anything was sent" and "after".
    pub(crate) fn failed(&self, call: Call, error: &reqwest::Error) -> Error {
        let detail = chain(error);
        let server = self.base_url.clone();
        if error.is_connect() || error.is_builder() {
            let reason = if is_tls(error) {
                Reason::Tls
            } else if detail.contains("dns error") {
                Reason::Name
            } else if error.is_timeout() {
                Reason::TimeOut
            } else {
                Reason::Connection
            };
            return Error::NotSent { call, server, reason, detail };
        }
        let reason = if error.is_timeout() { Reason::TimeOut } else { Reason::Lost };
        Error::Unknown { call, server, reason, detail }
    }
}

struct Raw {
    status: u16,
    body: String,
    is_plain_text: bool,
}

fn with_query(url: &str, query: &[(String, String)]) -> String {
    match reqwest::Url::parse_with_params(url, query) {
        Ok(parsed) if !query.is_empty() => parsed.into(),
        _ => url.to_owned(),
    }
}

fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // An I/O error skips the error that it wraps when it is asked for its source.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match wrapped {
        Some(inner) => is_tls(inner),
        None => error.source().is_some_and(is_tls),
    }
}

/// All causes in one line, without those that only repeat the one before, and without the URL, which the caller adds.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        cause = inner.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}
