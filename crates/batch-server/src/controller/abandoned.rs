//! Runs of controllers that do not come back: a host that is gone for good must not leave a state that only a human can free.

use jiff::SignedDuration;
use kit::{Next, Pass, Report};

use batch_core::request::Event;

use super::SharedController;
use crate::store::request::change::Also;
use crate::store::request::read;
use crate::transition::{self, Rules};

/// Ends the runs of other controllers whose lease ran out long ago as `lost` (11). They are never run again by themselves; should the
/// host come back, what its runners say is stale. A disk that was full or a database that was away stops every lease, so the
/// others are given time to come back first.
pub(super) struct Abandoned(pub(super) SharedController);

impl Pass for Abandoned {
    const NAME: &'static str = "abandoned";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let (own, server) = (self.0.id, &self.0.server);
        let now = server.clock.now();
        if !self.0.unbroken.is_settled(now) {
            return Ok(Report { handled: 0, next: Next::Idle });
        }
        let patience = SignedDuration::try_from(server.options.controller_lost_after.get())?;
        let before = sql::to_micros(now - patience);
        let rules = Rules::of(server);
        let lost = server
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let mut all = Vec::new();
                    for request in read::abandoned(tx, own, before).await? {
                        let also = Also { description: Some("lost".to_owned()), ..Also::default() };
                        all.push(transition::step(tx, &request, Event::Lost, also, rules).await?);
                    }
                    Ok::<_, sql::Error>(all)
                })
            })
            .await?;
        for stepped in &lost {
            transition::announce(server, stepped);
        }
        Ok(Report {
            handled: lost.len(),
            next: if lost.len() == 500 { Next::Now } else { Next::Idle },
        })
    }
}
