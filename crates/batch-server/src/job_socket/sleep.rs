//! Sleeping and waking up (`amt-domain 7`).

use amt_job::protocol::{Answer, code};

use super::asker::{Asker, Refusal};
use super::once::{Once, answered, keep};
use super::waits;
use crate::operate;
use crate::store::request::read;
use crate::store::wake_up as table;

/// Sleeps until the time is over or a wake-up comes. The code stays 2: no source lists one for sleeping.
pub(super) async fn sleep(asker: Asker, seconds: Option<u32>) -> Result<Answer, Refusal> {
    let deadline = waits::deadline(&asker, seconds).await?;
    loop {
        let watch = asker.server.hub.watch(asker.request.id);
        if let Some(answer) = take(&asker).await? {
            return Ok(answer);
        }
        if !waits::change(watch, deadline).await {
            return keep(&asker, Answer::Woken { by_wake_up: false, data: None }).await;
        }
    }
}

/// Takes a wake-up and keeps the answer in one transaction, so that it is neither lost nor taken twice.
async fn take(asker: &Asker) -> Result<Option<Answer>, Refusal> {
    let (id, once) = (asker.request.id, Once::of(asker));
    let taken = asker
        .server
        .db
        .write(move |tx| {
            let once = once.clone();
            Box::pin(async move {
                let Some((_, data)) = table::take(tx, id).await? else { return Ok(None) };
                let answer = Answer::Woken { by_wake_up: true, data };
                once.begin(tx).await?;
                once.finish(tx, &answer).await?;
                Ok::<_, sql::Error>(Some(answer))
            })
        })
        .await?;
    Ok(taken)
}

/// Wakes a sleeping run, named by its report (upper case) or its request.
pub(super) async fn wake_up(
    asker: Asker,
    report: Option<String>,
    request_id: Option<i64>,
    data: Option<String>,
) -> Result<Answer, Refusal> {
    let mut targets = match (report, request_id) {
        (Some(report), None) => by_report(&asker, &report).await?,
        (None, Some(id)) => vec![id],
        _ => {
            return Err(Refusal {
                code: code::INVALID,
                detail: "name either a report or a request".to_owned(),
            });
        }
    };
    // Everybody locks them in the same order.
    targets.sort_unstable();
    let (once, tells_others) = (Once::of(&asker), asker.server.has_peers());
    let woken = targets.clone();
    let answer = asker
        .server
        .db
        .write(move |tx| {
            let (once, targets, data) = (once.clone(), targets.clone(), data.clone());
            Box::pin(async move {
                if !once.begin(tx).await? {
                    return once.known(tx).await;
                }
                let mut delivered = false;
                for target in targets {
                    let data = data.as_deref();
                    delivered |= operate::leave(tx, target, data, once.now, tells_others).await?;
                }
                let answer = Answer::Delivered { delivered };
                once.finish(tx, &answer).await?;
                Ok::<_, sql::Error>(Some(answer))
            })
        })
        .await?;
    asker.server.changed(woken);
    answered(answer)
}

async fn by_report(asker: &Asker, report: &str) -> Result<Vec<i64>, Refusal> {
    let catalog = asker.server.catalog.get();
    let application = catalog
        .application_by_id(asker.request.application_id)
        .ok_or_else(|| Refusal::invalid("the application of this job does not exist any more"))?;
    let key = format!("{}/{}", application.name_key, batch_core::names::key(report));
    let rows = asker
        .server
        .db
        .read(move |tx| Box::pin(async move { read::running_report(tx, &key).await }))
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}
