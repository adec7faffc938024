//! A process that only answers callers has no lease; it says by notification that it is there, so that the others tell it what changes.

use std::time::Duration;

use kit::{Next, Pass, Report};

use crate::server::{CHANNEL, SharedServer};

/// How often: others count it as gone after three times without.
pub(super) const EVERY: Duration = Duration::from_secs(5);

/// Says that this process is there.
pub(super) struct Presence(pub(super) SharedServer);

impl Pass for Presence {
    const NAME: &'static str = "presence";

    async fn run(&mut self) -> anyhow::Result<Report> {
        self.0.db.write(|tx| Box::pin(sql::notify(tx, CHANNEL, "here"))).await?;
        Ok(Report { handled: 1, next: Next::Idle })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::planner::world;
    use crate::run::news;

    #[tokio::test]
    async fn who_has_no_lease_is_told_of_changes_while_it_is_heard_of() {
        let world = world::open(testkit::databases::postgres().await).await;
        let (server, clock) = (&world.server, &world.clock);
        let now = || server.clock.now();
        server.peers.saw(false, now());
        assert!(!server.has_peers());

        let mut listener = server.db.listen(CHANNEL).await.unwrap();
        Presence(Arc::clone(server)).run().await.unwrap();
        news::hear(server, listener.next().await).await.unwrap();
        assert!(server.has_peers());
        clock.advance(EVERY);
        server.peers.saw(false, now());
        assert!(server.has_peers(), "it may be late");
        clock.advance(3 * EVERY);
        server.peers.saw(false, now());
        assert!(!server.has_peers(), "it is gone");
    }
}
