//! Keeping the lease of this life.

use std::time::Duration;

use kit::{Next, Pass, Report};

use super::{LEASE, SharedController};
use crate::store::controller as table;

/// How often it is renewed: three tries before it runs out.
pub(super) const EVERY: Duration = Duration::from_secs(5);

/// Renews the lease, and looks whether others share the database.
pub(super) struct Lease(pub(super) SharedController);

impl Pass for Lease {
    const NAME: &'static str = "lease";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let (id, fence, server) = (self.0.id, self.0.fence, &self.0.server);
        let now = server.clock.now();
        let (renewed, others) = server
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let renewed = table::renew(tx, id, fence, sql::to_micros(now + LEASE)).await?;
                    let others = table::has_others(tx, id, sql::to_micros(now)).await?;
                    Ok::<_, sql::Error>((renewed, others))
                })
            })
            .await?;
        if renewed.is_none() {
            // What this process does from now on would be stale: it must not look as if it were there.
            return Err(kit::Fatal::new(
                "another process has taken over the name of this controller; give each process its own `name`",
            )
            .into());
        }
        self.0.unbroken.renewed(server.clock.now());
        // Who only runs jobs has somebody beside it who answers callers, and has no lease.
        server.peers.saw(others || !server.options.is_api(), now);
        Ok(Report { handled: 1, next: Next::Idle })
    }
}

/// Ends the lease with the process: whoever moves a site need not wait for it to run out.
pub(super) async fn give_up(controller: SharedController) -> anyhow::Result<()> {
    controller.tasks.soft().cancelled().await;
    let (id, fence, server) = (controller.id, controller.fence, &controller.server);
    let now = sql::to_micros(server.clock.now());
    // A failure costs only that wait.
    let _ = server.db.write(move |tx| Box::pin(table::renew(tx, id, fence, now))).await;
    Ok(())
}
