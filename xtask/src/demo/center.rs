//! The operator: reads and answers requests through the Control Center API.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::world::{USER, World};
use crate::http::Server;

/// The operator requests.
const REQUESTS: &str = "/control/v1/operator-requests";

/// An operator who is logged on.
#[derive(Debug)]
pub(crate) struct Operator {
    server: Server,
}

/// A question of a job.
#[derive(Debug)]
pub(crate) struct Question {
    id: i64,
    /// What the job asks.
    pub(crate) text: String,
}

impl Operator {
    /// Logs on.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) fn log_on(world: &World) -> Result<Self> {
        let server = world.server();
        let who = json!({"UserName": USER, "Password": world.password});
        let answer = server.must("POST", "/Logon", Some(&who))?;
        let token = answer["AmtLogonToken"].as_str().context("the logon gave no AmtLogonToken")?;
        Ok(Self { server: Server { token: Some(token.to_owned()), ..server } })
    }

    /// The oldest open question; none where nobody asks.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) fn open_question(&self) -> Result<Option<Question>> {
        let all = self.server.must("GET", &format!("{REQUESTS}?open=true&limit=1000"), None)?;
        first_open(&all)
    }

    /// Answers it.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) fn answer(&self, question: &Question, text: &str) -> Result<()> {
        let path = format!("{REQUESTS}/{}/answer", question.id);
        self.server.must("POST", &path, Some(&json!({"answer": text})))?;
        Ok(())
    }
}

/// The first open question in a list of questions.
fn first_open(all: &Value) -> Result<Option<Question>> {
    let Some(items) = all["items"].as_array() else {
        bail!("the list of operator requests has no items: {all}");
    };
    let Some(item) = items.iter().find(|item| item["state"] == "open") else {
        return Ok(None);
    };
    let id =
        item["id"].as_i64().with_context(|| format!("an operator request has no id: {item}"))?;
    let text = item["text"].as_str().with_context(|| format!("no text: {item}"))?.to_owned();
    Ok(Some(Question { id, text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_open_question_is_found() {
        let all = json!({"items": [
            {"id": 2, "request_id": 8, "state": "answered", "text": "b"},
            {"id": 3, "request_id": 8, "state": "open", "text": "c"},
        ]});
        let question = first_open(&all).unwrap().unwrap();
        assert_eq!((question.id, &*question.text), (3, "c"));
        assert!(first_open(&json!({"items": []})).unwrap().is_none());
        assert!(first_open(&json!({})).is_err());
    }
}
