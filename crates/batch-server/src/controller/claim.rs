//! The claim pass: gives waiting requests to this controller, as many as their queues allow.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use batch_core::queue::{Priority, QueueLoad, claim_order};
use jiff::Timestamp;
use kit::{Next, Pass, Report};

use super::{SharedController, launch};
use crate::catalog::Catalog;
use crate::server::CHANNEL;
use crate::store::request::Request;
use crate::store::request::claim::{self, Claimant};

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
                let waiting = claim::waiting(tx).await?;
                if waiting.iter().any(|queue| queue.catalog_version != catalog.version) {
                    return Ok(None);
                }
                // It may have waited for the end of another run, and must not seem to have started before that.
                by.now = sql::to_micros(clock.now());
                let mut claimed = Vec::new();
                if waiting.iter().any(|queue| queue.has_by_hand) {
                    claimed = claim::by_hand(tx, catalog.is_halted, BATCH, &by).await?;
                }
                if !waiting.is_empty() && !catalog.is_halted {
                    let queues = waiting.iter().map(|queue| queue.queue_id).collect();
                    from_queues(tx, &catalog, &queues, clock.now(), &by, &mut claimed).await?;
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

/// Takes from queues in which requests wait and which nobody else claims from now: what runs in them is known.
async fn from_queues(
    tx: &mut sql::Tx<'_>,
    catalog: &Catalog,
    waiting: &BTreeSet<i64>,
    at: Timestamp,
    by: &Claimant,
    claimed: &mut Vec<Request>,
) -> sql::Result<()> {
    let occupied: HashMap<i64, i64> = claim::occupied(tx).await?.into_iter().collect();
    for turn in claim_order(&loads(catalog, waiting, &occupied, at, by)) {
        let room = BATCH - i64::try_from(claimed.len()).unwrap_or(BATCH);
        let slots = turn.slots.map_or(room, |slots| i64::from(slots).min(room));
        if slots <= 0 {
            return Ok(());
        }
        let Some(queue) = catalog.queue_by_id(turn.queue) else { continue };
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

fn loads(
    catalog: &Catalog,
    waiting: &BTreeSet<i64>,
    occupied: &HashMap<i64, i64>,
    at: Timestamp,
    by: &Claimant,
) -> Vec<QueueLoad<i64>> {
    catalog
        .queues
        .iter()
        .filter(|queue| waiting.contains(&queue.id) && catalog.serves(by.controller_id, queue.id))
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
