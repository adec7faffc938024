//! The claim pass: gives waiting requests to this controller, as many as their queues allow.

use std::collections::HashMap;
use std::sync::Arc;

use batch_core::queue::{Priority, QueueLoad, claim_order};
use kit::{Next, Pass, Report, SharedClock};

use super::{SharedController, launch};
use crate::catalog::Catalog;
use crate::server::CHANNEL;
use crate::store::queue::Queue;
use crate::store::request::Request;
use crate::store::request::claim::{self, Claimant};
use crate::store::server_state;

/// Most requests that one pass takes; the next pass follows at once.
const BATCH: i64 = 64;

/// Claims requests and starts their runners.
pub(super) struct Claim(pub(super) SharedController);

impl Pass for Claim {
    const NAME: &'static str = "claim";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let controller = &self.0;
        let Some(claimed) = take(controller).await? else {
            controller.server.catalog.reload(&controller.server.db).await?;
            return Ok(Report { handled: 0, next: Next::Now });
        };
        let handled = claimed.len();
        controller.server.changed(claimed.iter().map(|request| request.id));
        for request in claimed {
            launch::launch(controller, request);
        }
        let is_full = i64::try_from(handled).unwrap_or(i64::MAX) >= BATCH;
        Ok(Report { handled, next: if is_full { Next::Now } else { Next::Idle } })
    }
}

/// One transaction that writes the intent to run: state, attempt, controller and fence. Nothing is started before its commit.
/// None when the configuration has changed meanwhile: what was submitted after a halt must not start on the word of an older picture.
async fn take(controller: &SharedController) -> anyhow::Result<Option<Vec<Request>>> {
    let server = &controller.server;
    let catalog = server.catalog.get();
    let by = Claimant {
        controller_id: controller.id,
        fence: controller.fence,
        place: controller.place.clone(),
        now: sql::to_micros(server.clock.now()),
    };
    let clock = server.clock.clone();
    let tells_others = server.has_peers();
    let claimed = server
        .db
        .write(move |tx| {
            let (catalog, mut by, clock) = (Arc::clone(&catalog), by.clone(), clock.clone());
            Box::pin(async move {
                if server_state::catalog_version(tx).await? != catalog.version {
                    return Ok(None);
                }
                let mut claimed = claim::by_hand(tx, catalog.is_halted, BATCH, &by).await?;
                if !catalog.is_halted {
                    from_queues(tx, &catalog, &clock, &mut by, &mut claimed).await?;
                }
                if tells_others && !claimed.is_empty() {
                    let ids: Vec<_> =
                        claimed.iter().map(|request| request.id.to_string()).collect();
                    sql::notify(tx, CHANNEL, &format!("requests:{}", ids.join(","))).await?;
                }
                Ok::<_, sql::Error>(Some(claimed))
            })
        })
        .await?;
    Ok(claimed)
}

async fn from_queues(
    tx: &mut sql::Tx<'_>,
    catalog: &Catalog,
    clock: &SharedClock,
    by: &mut Claimant,
    claimed: &mut Vec<Request>,
) -> sql::Result<()> {
    let occupied: HashMap<i64, i64> = claim::occupied(tx).await?.into_iter().collect();
    for turn in claim_order(&loads(catalog, &occupied, clock.now(), by)) {
        let room = BATCH - i64::try_from(claimed.len()).unwrap_or(BATCH);
        if room <= 0 {
            return Ok(());
        }
        let Some(queue) = catalog.queue_by_id(turn.queue) else { continue };
        let slots = free_slots(tx, queue, &occupied).await?.min(room);
        if slots <= 0 {
            continue;
        }
        // It may have waited for the end of another run, and must not seem to have started before that.
        by.now = sql::to_micros(clock.now());
        if queue.same_report_twice {
            let mut taken = claim::from_queue(tx, queue.id, slots, by).await?;
            // The database returns them in any order; they start first in, first out.
            taken.sort_unstable_by_key(|request| request.id);
            claimed.extend(taken);
        } else {
            for _ in 0..slots {
                match claim::one_report(tx, queue.id, by).await? {
                    Some(request) => claimed.push(request),
                    None => break,
                }
            }
        }
    }
    Ok(())
}

/// How many may start. Where other processes claim too, the first count may be old: it is made again under the queue's lock.
async fn free_slots(
    tx: &mut sql::Tx<'_>,
    queue: &Queue,
    occupied: &HashMap<i64, i64>,
) -> sql::Result<i64> {
    if !tx.has_other_writers() {
        return Ok(queue.concurrency - occupied.get(&queue.id).copied().unwrap_or(0));
    }
    claim::lock_queue(tx, queue.id).await?;
    Ok(queue.concurrency - claim::occupied_in(tx, queue.id).await?)
}

fn loads(
    catalog: &Catalog,
    occupied: &HashMap<i64, i64>,
    at: jiff::Timestamp,
    by: &Claimant,
) -> Vec<QueueLoad<i64>> {
    catalog
        .queues
        .iter()
        .filter(|queue| catalog.serves(by.controller_id, queue.id))
        .map(|queue| QueueLoad {
            queue: queue.id,
            priority: queue.priority.parse().unwrap_or(Priority::Normal),
            is_open: crate::windows::is_open(queue, at),
            is_held: queue.is_held,
            is_halted: catalog.is_halted,
            concurrency: Some(u32::try_from(queue.concurrency).unwrap_or(u32::MAX)),
            occupied: occupied
                .get(&queue.id)
                .map_or(0, |&count| u32::try_from(count).unwrap_or(u32::MAX)),
        })
        .collect()
}
