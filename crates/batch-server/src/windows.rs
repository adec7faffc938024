//! Queue windows and missed starts: moves waiting requests as time goes on.
//!
//! A request in a queue outside of its window has code 20 and moves back to 1 when the window opens; running requests
//! run on (`amt-domain 4.6`). A request whose time to start has passed is suspended (5): an operator starts or skips it.

#[cfg(test)]
mod tests;

use batch_core::queue::QueueWindow;
use batch_core::zone::Zone;
use jiff::Timestamp;
use jiff::civil::Time;
use kit::{Next, Pass, Report};

use crate::counted::counted;
use crate::server::{CHANNEL, Server, SharedServer};
use crate::store::queue::Queue;
use crate::store::{alert, request_windows};

/// Requests moved in one transaction.
const BATCH: i64 = 5_000;
/// Ids in one notification, so that it stays below PostgreSQL's 8,000 bytes.
const IDS_TOLD_AT_ONCE: usize = 300;
/// Ids named in one alert.
const IDS_SHOWN: usize = 10;

/// The hours of a queue.
enum Hours {
    Always,
    Within(QueueWindow),
    /// The stored texts cannot be read: nothing starts, rather than at a wrong time.
    Unreadable,
}

fn hours(queue: &Queue) -> Hours {
    let (Some(start), Some(end)) = (&queue.window_start, &queue.window_end) else {
        return Hours::Always;
    };
    match (start.parse::<Time>(), end.parse::<Time>(), Zone::stored(&queue.time_zone)) {
        (Ok(start), Ok(end), Ok(time_zone)) => Hours::Within(QueueWindow { start, end, time_zone }),
        _ => Hours::Unreadable,
    }
}

/// Whether a queue may start work at an instant.
pub(crate) fn is_open(queue: &Queue, at: Timestamp) -> bool {
    match hours(queue) {
        Hours::Always => true,
        Hours::Within(window) => window.is_open(at),
        Hours::Unreadable => false,
    }
}

fn next_change(queue: &Queue, at: Timestamp) -> Option<Timestamp> {
    match hours(queue) {
        Hours::Always => None,
        Hours::Within(window) => window.next_change(at),
        Hours::Unreadable => {
            tracing::error!(
                queue.name = queue.name,
                "the window of queue {} cannot be read, so it stays closed: change the queue",
                queue.name
            );
            None
        }
    }
}

/// Moves waiting requests as time goes on.
pub(crate) struct Windows(pub(crate) SharedServer);

impl Pass for Windows {
    const NAME: &'static str = "windows";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let server = &self.0;
        let now = server.clock.now();
        let mut moved = suspend_missed(server, now).await?;
        let mut is_full = moved >= BATCH;
        let catalog = server.catalog.get();
        for queue in &catalog.queues {
            let count = move_requests(server, queue, is_open(queue, now)).await?;
            is_full |= count >= BATCH;
            moved += count;
        }
        let handled = usize::try_from(moved).unwrap_or(usize::MAX);
        let next = if is_full { Next::Now } else { self.next(now).await? };
        Ok(Report { handled, next })
    }
}

impl Windows {
    async fn next(&self, now: Timestamp) -> anyhow::Result<Next> {
        let server = &self.0;
        let start_by = server
            .db
            .read(|tx| Box::pin(async move { request_windows::next_start_by(tx).await }))
            .await?;
        let start_by =
            start_by.map(|at| sql::from_micros("request", "start_by", at)).transpose()?;
        let catalog = server.catalog.get();
        let changes = catalog.queues.iter().filter_map(|queue| next_change(queue, now));
        Ok(changes.chain(start_by).min().map_or(Next::Idle, Next::At))
    }
}

async fn move_requests(server: &Server, queue: &Queue, is_open: bool) -> sql::Result<i64> {
    let queue_id = queue.id;
    let (outside, queued) = server
        .db
        .read(move |tx| Box::pin(async move { request_windows::waits_in(tx, queue_id).await }))
        .await?;
    if (is_open && !outside) || (!is_open && !queued) {
        return Ok(0);
    }
    let tells_others = server.has_peers();
    let moved = server
        .db
        .write(move |tx| {
            Box::pin(async move {
                let moved = if is_open {
                    request_windows::open(tx, queue_id, BATCH).await?
                } else {
                    request_windows::close(tx, queue_id, BATCH).await?
                };
                tell_others(tx, tells_others, &moved).await?;
                Ok::<_, sql::Error>(moved)
            })
        })
        .await?;
    let count = announce(server, moved);
    if count > 0 {
        let change = if is_open { "is open" } else { "has closed" };
        tracing::info!(
            queue.name = queue.name,
            count,
            "queue {} {change}: {} moved",
            queue.name,
            counted(count, "request", "requests")
        );
    }
    Ok(count)
}

async fn suspend_missed(server: &Server, now: Timestamp) -> sql::Result<i64> {
    let next = server
        .db
        .read(|tx| Box::pin(async move { request_windows::next_start_by(tx).await }))
        .await?;
    let now = sql::to_micros(now);
    if next.is_none_or(|next| next > now) {
        return Ok(0);
    }
    let tells_others = server.has_peers();
    let moved = server
        .db
        .write(move |tx| {
            Box::pin(async move {
                let moved = request_windows::suspend_missed(tx, now, BATCH).await?;
                if !moved.is_empty() {
                    alert::raise(tx, "warning", &missed(&moved), only(&moved), now).await?;
                }
                tell_others(tx, tells_others, &moved).await?;
                Ok::<_, sql::Error>(moved)
            })
        })
        .await?;
    Ok(announce(server, moved))
}

/// The alert about requests that were not started in time.
fn missed(requests: &[i64]) -> String {
    let shown: Vec<_> = requests.iter().take(IDS_SHOWN).map(i64::to_string).collect();
    let more = if requests.len() > IDS_SHOWN { ", …" } else { "" };
    format!(
        "{} not started in time: start or skip request {}{more}",
        counted(requests.len(), "request was", "requests were"),
        shown.join(", ")
    )
}

fn only(requests: &[i64]) -> Option<i64> {
    if let [only] = requests { Some(*only) } else { None }
}

/// Tells the other processes, when the transaction commits, that requests have changed.
pub(crate) async fn tell_others(
    tx: &mut sql::Tx<'_>,
    tells: bool,
    requests: &[i64],
) -> sql::Result<()> {
    for some in requests.chunks(IDS_TOLD_AT_ONCE).filter(|_| tells) {
        let ids: Vec<_> = some.iter().map(i64::to_string).collect();
        sql::notify(tx, CHANNEL, &format!("requests:{}", ids.join(","))).await?;
    }
    Ok(())
}

fn announce(server: &Server, moved: Vec<i64>) -> i64 {
    let count = i64::try_from(moved.len()).unwrap_or(i64::MAX);
    if count > 0 {
        server.changed(moved);
        server.wakes.claim.wake();
    }
    count
}
