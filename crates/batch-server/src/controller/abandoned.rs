//! Runs of controllers that do not come back: a host that is gone for good must not leave a state that only a human can free.

use jiff::SignedDuration;
use kit::{Next, Pass, Report};

use batch_core::request::Event;

use crate::server::SharedServer;
use crate::store::request::change::Also;
use crate::store::request::read;
use crate::transition::{self, Rules};

/// Ends the runs of controllers whose lease ran out long ago as `lost` (11). They are never run again by themselves; should the
/// host come back, what its runners say is stale.
pub(super) struct Abandoned(pub(super) SharedServer);

impl Pass for Abandoned {
    const NAME: &'static str = "abandoned";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let server = &self.0;
        let patience = SignedDuration::try_from(server.options.controller_lost_after.get())?;
        let before = sql::to_micros(server.clock.now() - patience);
        let rules = Rules::of(server);
        let lost = server
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let mut all = Vec::new();
                    for request in read::abandoned(tx, before).await? {
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
