//! The operator: reads and answers requests through the Control Center API.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::wait_until;
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

    /// Waits for the next question of a job request.
    ///
    /// # Errors
    /// When none comes.
    pub(crate) fn question(&self, request_id: i64) -> Result<Question> {
        let mut question = None;
        wait_until("a question to the operator", || {
            let all = self.server.must("GET", &format!("{REQUESTS}?open=true&limit=1000"), None)?;
            question = find(&all, request_id)?;
            Ok(question.is_some())
        })?;
        question.context("there is no question")
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

/// The open question of one job request in a list of questions.
fn find(all: &Value, request_id: i64) -> Result<Option<Question>> {
    let Some(items) = all["items"].as_array() else {
        bail!("the list of operator requests has no items: {all}");
    };
    let Some(item) =
        items.iter().find(|item| item["request_id"] == request_id && item["state"] == "open")
    else {
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
    fn the_question_of_the_right_job_is_found() {
        let open = json!({"items": [
            {"id": 1, "request_id": 7, "state": "open", "text": "a"},
            {"id": 2, "request_id": 8, "state": "answered", "text": "b"},
            {"id": 3, "request_id": 8, "state": "open", "text": "c"},
        ]});
        let question = find(&open, 8).unwrap().unwrap();
        assert_eq!((question.id, &*question.text), (3, "c"));
        assert!(find(&open, 9).unwrap().is_none());
        assert!(find(&json!({}), 9).is_err());
    }
}
