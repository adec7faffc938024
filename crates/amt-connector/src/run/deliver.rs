//! The job log, page by page, after the request has ended or while it runs.

use crate::log::Console;
use amt_client::settle::Patience;
use amt_client::{Client, Error};
use std::time::{Duration, Instant};

/// Messages of one page.
const PAGE: u32 = 1000;
/// How long to try for messages that cannot be had, or for the rest of a log that is not complete.
const PATIENCE: Duration = Duration::from_secs(20);

/// Prints what there is now after `last`, and moves it on with each page, so that nothing is printed twice when a later page
/// cannot be had. Returns whether it was all.
pub(super) async fn available(
    client: &Client,
    console: &mut Console,
    id: i64,
    last: &mut i64,
) -> Result<bool, Error> {
    loop {
        let page = client.message_page(id, *last, PAGE).await?;
        let is_progress = !page.messages.is_empty() && page.last > *last;
        page.messages.iter().for_each(|message| console.message(message));
        console.flush();
        *last = page.last.max(*last);
        if page.complete || !is_progress {
            return Ok(page.complete);
        }
    }
}

/// Prints the rest of the log of a request that has ended. If that fails, returns why; the result stands all the same.
pub(super) async fn rest(
    client: &Client,
    console: &mut Console,
    id: i64,
    mut after: i64,
) -> Option<String> {
    let began = Instant::now();
    let patience = Patience { ceiling: Duration::from_secs(5), ..Patience::default() };
    let mut failed = 0;
    loop {
        let before = after;
        let why = match available(client, console, id, &mut after).await {
            Ok(true) => return None,
            Ok(false) => "the server has not completed the log".to_owned(),
            Err(error) if error.is_passing() => error.to_string(),
            Err(error) => return Some(error.to_string()),
        };
        failed = if after > before { 1 } else { failed + 1 };
        let wait = patience.backoff(failed);
        if began.elapsed() + wait > PATIENCE {
            return Some(why);
        }
        console.note(&format!("messages of {id} after {after}: {why}; trying again in {wait:?}"));
        tokio::time::sleep(wait).await;
    }
}
