//! One HTTP request at a time to a server on this machine. Small on purpose: a client library would be most of what
//! this package compiles.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Nothing that is asked here takes long.
const LIMIT: Duration = Duration::from_secs(30);

/// An answer with its body as JSON (null when it is empty).
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Value,
}

/// A server and what every request to it carries.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// `host:port`.
    pub(crate) address: String,
    /// The header with the proof of who asks.
    pub(crate) token: Option<String>,
}

impl Server {
    /// Sends one request.
    ///
    /// # Errors
    /// When the server cannot be reached or its answer is neither empty nor JSON.
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        self.exchange(method, path, body)
            .with_context(|| format!("while asking {} for {method} {path}", self.address))
    }

    /// Sends one request that must succeed.
    ///
    /// # Errors
    /// As [`Server::send`], and when the status is not of the 200s.
    pub(crate) fn must(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let answer = self.send(method, path, body)?;
        if !(200..300).contains(&answer.status) {
            bail!("{method} {path} was answered with {}: {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }

    fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        stream.write_all(self.request(method, path, body).as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        parse(&answer)
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> String {
        let body = body.map(Value::to_string).unwrap_or_default();
        let token = self.token.as_ref().map(|token| format!("X-AMT-LogonToken: {token}\r\n"));
        // HTTP/1.0, so that the answer is in one piece and the connection closes after it.
        format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nAccept: application/json\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            token.unwrap_or_default(),
            body.len(),
        )
    }
}

fn parse(answer: &[u8]) -> Result<Answer> {
    let text = str::from_utf8(answer).context("the answer is not UTF-8")?;
    let (head, body) = text.split_once("\r\n\r\n").context("the answer has no end of headers")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("the answer has no status: {head}"))?;
    let body = if body.trim().is_empty() {
        Value::Null
    } else {
        serde_json::from_str(body).with_context(|| format!("the answer is not JSON: {body}"))?
    };
    Ok(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = parse(b"HTTP/1.0 200 OK\r\ncontent-length: 9\r\n\r\n{\"a\": 17}").unwrap();
        assert_eq!((answer.status, answer.body["a"].as_i64()), (200, Some(17)));
        assert_eq!(parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().body, Value::Null);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert!(parse(b"HTTP/1.0 200 OK\r\n").is_err());
        assert!(parse(b"SSH-2.0\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.0 200 OK\r\n\r\n<html>").is_err());
    }
}
