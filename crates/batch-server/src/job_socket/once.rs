//! Doing a call once: its record, what it does and its answer in one transaction.

use amt_job::protocol::Answer;

use super::asker::{Asker, Refusal};
use crate::store::job_call;

/// A call, as its transaction knows it.
#[derive(Debug, Clone)]
pub(super) struct Once {
    request_id: i64,
    attempt: i64,
    call_id: String,
    /// When it is done, microseconds.
    pub(super) now: i64,
}

impl Once {
    pub(super) fn of(asker: &Asker) -> Self {
        Self {
            request_id: asker.request.id,
            attempt: asker.request.attempt,
            call_id: asker.call_id.clone(),
            now: sql::to_micros(asker.server.clock.now()),
        }
    }

    /// Records the call. False when it was recorded before: then it must not be done again.
    pub(super) async fn begin(&self, tx: &mut sql::Tx<'_>) -> sql::Result<bool> {
        job_call::begin(tx, self.request_id, &self.call_id, self.attempt, self.now).await
    }

    /// The answer that the call has got before.
    pub(super) async fn known(&self, tx: &mut sql::Tx<'_>) -> sql::Result<Option<Answer>> {
        let known = job_call::answer(tx, self.request_id, &self.call_id).await?;
        Ok(known.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Keeps the answer.
    pub(super) async fn finish(&self, tx: &mut sql::Tx<'_>, answer: &Answer) -> sql::Result<()> {
        let json = serde_json::to_string(answer).unwrap_or_default();
        job_call::finish(tx, self.request_id, &self.call_id, &json).await
    }

    /// When the call was recorded first, microseconds.
    pub(super) async fn asked_at(&self, tx: &mut sql::Tx<'_>) -> sql::Result<i64> {
        job_call::asked_at(tx, self.request_id, &self.call_id).await
    }
}

/// The answer of a call that has one by now.
pub(super) fn answered(answer: Option<Answer>) -> Result<Answer, Refusal> {
    answer.ok_or_else(|| Refusal::invalid("this call is being answered on another connection"))
}

/// Keeps the answer, so that the same call gets it again.
pub(super) async fn keep(asker: &Asker, answer: Answer) -> Result<Answer, Refusal> {
    let (once, kept) = (Once::of(asker), answer.clone());
    asker
        .server
        .db
        .write(move |tx| {
            let (once, kept) = (once.clone(), kept.clone());
            Box::pin(async move {
                once.begin(tx).await?;
                once.finish(tx, &kept).await
            })
        })
        .await?;
    Ok(answer)
}
