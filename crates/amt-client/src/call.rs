//! The single calls. Each sends once; only a refused token makes it log on and send once more.

use crate::client::{Client, Known};
use crate::decode;
use crate::error::Error;
use crate::observe::{cut, masked};
use crate::transport::{Answer, Exchange};
use amt_protocol::{
    Call, JobAction, JobActionAnswer, JobStatus, Message, MessagePage, MonitorAnswer,
    MonitorRequest, WAIT_SECONDS_MAX,
};
use serde_json::{Value, json};
use std::time::Duration;

/// Characters of an unreadable answer that its error shows.
const EXCERPT_CHARS: usize = 120;

impl Client {
    /// The sign of life, without a token. Any non-empty text means alive (`amt-domain 12.1`).
    pub async fn heartbeat(&self) -> Result<String, Error> {
        let call = Call::HeartBeat;
        match self.transport.send(&Exchange::new(call, Value::Null), None).await? {
            Answer::Good { body, .. } if !body.trim().is_empty() && body.trim() != "null" => {
                Ok(body)
            }
            Answer::Good { .. } => {
                Err(Error::Malformed { call, detail: "the heartbeat is empty".to_owned() })
            }
            Answer::Unauthorized(problem) => Err(Error::Refused { call, status: 401, problem }),
        }
    }

    /// Logs on anew, whatever token there is.
    pub async fn logon(&self) -> Result<(), Error> {
        self.session.take().await;
        self.session.token(&self.transport, None).await.map(drop)
    }

    /// Logs on unless there is a token.
    pub async fn ensure_logon(&self) -> Result<(), Error> {
        self.session.token(&self.transport, None).await.map(drop)
    }

    /// Gives the token back, if there is one.
    pub async fn logoff(&self) -> Result<(), Error> {
        match self.session.take().await {
            Some(token) => {
                let exchange = Exchange::new(Call::Logoff, Value::Null);
                self.transport.send(&exchange, Some(&token)).await.map(drop)
            }
            None => Ok(()),
        }
    }

    /// Start, stop or kill, sent once. For a start whose outcome must be known use [`Client::submit`].
    pub async fn job_action(&self, action: &JobAction) -> Result<JobActionAnswer, Error> {
        let call = Call::OpConJobAction;
        let members = self.action_members(action)?;
        let value = self.ask(&Exchange::new(call, members)).await?;
        decode::action_answer(&value).map_err(|detail| Error::Malformed { call, detail })
    }

    fn action_members(&self, action: &JobAction) -> Result<Value, Error> {
        let mut members = serde_json::to_value(action).map_err(|error| Error::Malformed {
            call: Call::OpConJobAction,
            detail: format!("the request cannot be written: {error}"),
        })?;
        if !self.profile().features.request_keys
            && let Some(members) = members.as_object_mut()
        {
            members.remove("RequestKey");
        }
        Ok(members)
    }

    /// The status of one request. With `known` the server may wait for a change, if the profile says that it can.
    pub async fn monitor(&self, id: i64, known: Option<Known>) -> Result<JobStatus, Error> {
        let call = Call::MonitorJob;
        let mut exchange = Exchange::new(call, json!({"BatchRequestId": id}));
        if let Some(known) = known.filter(|_| self.profile().features.long_poll) {
            let wait = known.wait.as_secs().min(WAIT_SECONDS_MAX.into());
            exchange.members["KnownVersion"] = known.version.into();
            exchange.members["WaitSeconds"] = wait.into();
            exchange.wait = Duration::from_secs(wait);
        }
        let value = self.ask(&exchange).await?;
        decode::status(&value, Some(id)).map_err(|detail| Error::Malformed { call, detail })
    }

    /// Which of many requests have changed since the cursor.
    ///
    /// A server without that call is asked one by one; the cursor is then empty and all are answered.
    pub async fn monitor_many(&self, request: &MonitorRequest) -> Result<MonitorAnswer, Error> {
        if !self.profile().features.monitor_many {
            return self.monitor_each(&request.batch_request_ids).await;
        }
        let call = Call::MonitorJobs;
        let malformed = |detail| Error::Malformed { call, detail };
        let members =
            serde_json::to_value(request).map_err(|error| malformed(error.to_string()))?;
        let mut exchange = Exchange::new(call, members);
        exchange.wait = Duration::from_secs(request.wait_seconds.min(WAIT_SECONDS_MAX).into());
        let value = self.ask(&exchange).await?;
        let cursor = value.get("Cursor").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(MonitorAnswer { items: decode::statuses(&value).map_err(malformed)?, cursor })
    }

    async fn monitor_each(&self, ids: &[i64]) -> Result<MonitorAnswer, Error> {
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            match self.monitor(*id, None).await {
                Ok(status) => items.push(status),
                Err(Error::Refused { status: 404, .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(MonitorAnswer { items, cursor: String::new() })
    }

    /// One page of messages after a sequence number. A server without paging sends all it has.
    pub async fn message_page(
        &self,
        id: i64,
        after: i64,
        limit: u32,
    ) -> Result<MessagePage, Error> {
        let call = Call::GetMessages;
        let paging = self.profile().features.message_paging;
        let members = if paging {
            json!({"BatchRequestId": id, "After": after, "Limit": limit})
        } else {
            json!({"BatchRequestId": id})
        };
        let mut exchange = Exchange::new(call, members);
        exchange.accept = "application/json, text/plain;q=0.5";
        let (body, is_plain_text) = self.session.send(&self.transport, &exchange).await?;
        let numbered_from = if paging { after } else { 0 };
        let mut page = if is_plain_text {
            decode::text_page(&body, numbered_from)
        } else {
            let value = self.read(call, &body)?;
            decode::message_page(&value, numbered_from)
                .map_err(|detail| Error::Malformed { call, detail })?
        };
        if !paging {
            page.messages.retain(|message| message.sequence > after);
        }
        Ok(page)
    }

    /// All messages there are now, page by page until `Complete`, or until a page brings nothing new because the
    /// request goes on. The flag of the returned page says which.
    pub async fn get_messages(&self, id: i64, page_size: u32) -> Result<MessagePage, Error> {
        let mut all: Vec<Message> = Vec::new();
        let mut after = 0;
        loop {
            let page = self.message_page(id, after, page_size).await?;
            let is_progress = !page.messages.is_empty() && page.last > after;
            after = after.max(page.last);
            all.extend(page.messages);
            if page.complete || !is_progress {
                return Ok(MessagePage { messages: all, complete: page.complete, last: after });
            }
        }
    }

    /// The request of a request key, or none if the server has stored nothing under it.
    ///
    /// Only a problem document counts as "none": a bare 404 may come from a proxy that knows nothing.
    pub async fn find_job(&self, key: &str) -> Result<Option<JobStatus>, Error> {
        self.under_key(Call::FindJob, key).await
    }

    /// As [`Client::find_job`]; but where nothing is stored under the key, no start with it is accepted from then on, also none that is
    /// on its way. So "none" is for ever.
    pub async fn void_key(&self, key: &str) -> Result<Option<JobStatus>, Error> {
        self.under_key(Call::VoidKey, key).await
    }

    async fn under_key(&self, call: Call, key: &str) -> Result<Option<JobStatus>, Error> {
        match self.ask(&Exchange::new(call, json!({"RequestKey": key}))).await {
            Ok(value) => decode::status(&value, None)
                .map(Some)
                .map_err(|detail| Error::Malformed { call, detail }),
            Err(Error::Refused { status: 404, problem, .. }) if !problem.code.is_empty() => {
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    async fn ask(&self, exchange: &Exchange) -> Result<Value, Error> {
        let (body, _) = self.session.send(&self.transport, exchange).await?;
        self.read(exchange.call, &body)
    }

    pub(crate) fn read(&self, call: Call, body: &str) -> Result<Value, Error> {
        let value: Value = serde_json::from_str(body).map_err(|error| {
            let excerpt = cut(&masked(self.profile(), call, body), EXCERPT_CHARS);
            Error::Malformed { call, detail: format!("it is not JSON ({error}): `{excerpt}`") }
        })?;
        Ok(self.profile().incoming(value))
    }
}
