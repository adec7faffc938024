//! The logon token: got when needed, renewed once when refused.

use crate::decode;
use crate::error::Error;
use crate::transport::{Answer, Exchange, Transport};
use amt_protocol::{Call, LogonAnswer, LogonRequest};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;

type Token = Arc<SecretString>;

/// Credentials and the token they gave.
pub(crate) struct Session {
    user: String,
    password: SecretString,
    /// Held during a logon, so that many calls with an old token log on once.
    token: Mutex<Option<Token>>,
}

impl Session {
    pub(crate) fn new(user: &str, password: SecretString) -> Self {
        Self { user: user.to_owned(), password, token: Mutex::new(None) }
    }

    /// The token; logs on if there is none, or if the one there is still is `refused`.
    pub(crate) async fn token(
        &self,
        transport: &Transport,
        refused: Option<&Token>,
    ) -> Result<Token, Error> {
        let mut held = self.token.lock().await;
        match held.as_ref() {
            Some(token) if refused.is_none_or(|old| !Arc::ptr_eq(old, token)) => Ok(token.clone()),
            _ => {
                *held = None;
                let answer = self.logon(transport).await?;
                let token: Token = Arc::new(answer.amt_logon_token.into());
                *held = Some(token.clone());
                Ok(token)
            }
        }
    }

    /// Forgets the token and returns it.
    pub(crate) async fn take(&self) -> Option<Token> {
        self.token.lock().await.take()
    }

    /// Sends an exchange with the token, and once more with a new one if it is refused.
    pub(crate) async fn send(
        &self,
        transport: &Transport,
        exchange: &Exchange,
    ) -> Result<(String, bool), Error> {
        let token = self.token(transport, None).await?;
        if let Answer::Good { body, is_plain_text } = transport.send(exchange, Some(&token)).await?
        {
            return Ok((body, is_plain_text));
        }
        let token = self.token(transport, Some(&token)).await?;
        match transport.send(exchange, Some(&token)).await? {
            Answer::Good { body, is_plain_text } => Ok((body, is_plain_text)),
            Answer::Unauthorized(problem) => {
                self.take().await;
                Err(refused_again(exchange.call, &problem.detail))
            }
        }
    }

    async fn logon(&self, transport: &Transport) -> Result<LogonAnswer, Error> {
        let call = Call::Logon;
        let denied = |detail: String| Error::Authentication { call, detail };
        let request = LogonRequest {
            user_name: self.user.clone(),
            password: self.password.expose_secret().to_owned(),
        };
        let members = json!({"UserName": request.user_name, "Password": request.password});
        let body = match transport.send(&Exchange::new(call, members), None).await {
            Ok(Answer::Good { body, .. }) => body,
            Ok(Answer::Unauthorized(problem)) => {
                return Err(denied(said(&problem.detail, "status 401")));
            }
            Err(Error::Refused { status: 400 | 403 | 422 | 423, problem, .. }) => {
                return Err(denied(said(&problem.detail, "no reason given")));
            }
            Err(other) => return Err(other),
        };
        let malformed = |detail: String| Error::Malformed { call, detail };
        let value: Value = serde_json::from_str(&body).map_err(|_| {
            malformed("it is not JSON (its text is not shown: it may hold a token)".to_owned())
        })?;
        decode::logon_answer(&transport.profile.incoming(value))
            .map_err(malformed)?
            .ok_or_else(|| denied("the server answered without a token".to_owned()))
    }
}

/// The error for a call whose new token was refused too.
pub(crate) fn refused_again(call: Call, detail: &str) -> Error {
    let detail = said(detail, "status 401");
    Error::Authentication { call, detail: format!("{detail} (again after a new logon)") }
}

fn said(detail: &str, otherwise: &str) -> String {
    if detail.is_empty() { otherwise.to_owned() } else { detail.to_owned() }
}
