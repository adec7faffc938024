//! News from other processes: what they tell over the database, and a look at the configuration's version as the safety net.

use std::sync::Arc;

use anyhow::Context;
use kit::{Handle, Next, Pass, Report};
use sql::Event;

use crate::server::{CHANNEL, Server, SharedServer};
use crate::store::server_state;

/// Starts to listen.
pub(super) async fn start(server: &SharedServer, tasks: &Handle) -> anyhow::Result<()> {
    let mut listener = server.db.listen(CHANNEL).await.context("listening for notifications")?;
    let (server, soft) = (Arc::clone(server), tasks.soft());
    tasks.critical("news", async move {
        loop {
            let event = tokio::select! {
                () = soft.cancelled() => return Ok(()),
                event = listener.next() => event,
            };
            // A notification that cannot be acted on now is made up for by the loops, which look by themselves.
            if let Err(error) = hear(&server, event).await {
                tracing::warn!(error = format!("{error:#}"), "cannot act on a notification");
            }
        }
    });
    Ok(())
}

/// Does what an event asks for.
pub(super) async fn hear(server: &Server, event: Event) -> anyhow::Result<()> {
    match event {
        Event::Reset => {
            server.hub.reset(super::epoch()?);
            crate::configure::changed(server).await?;
            server.wakes.signals.wake();
        }
        Event::Message(text) => match text.split_once(':') {
            None if text == "here" => server.peers.heard(server.clock.now()),
            None if text == "catalog" => crate::configure::changed(server).await?,
            Some(("requests", ids)) => {
                server.changed(ids.split(',').filter_map(|id| id.parse().ok()));
                server.wakes.claim.wake();
                server.wakes.signals.wake();
            }
            Some(("messages", ids)) => {
                server.changed(ids.split(',').filter_map(|id| id.parse().ok()));
            }
            Some(("interrupt", id)) => {
                if let Ok(id) = id.parse() {
                    server.interrupts.heard(server, id);
                }
            }
            // A newer version may say more.
            _ => tracing::debug!(text, "a notification that this version does not know"),
        },
    }
    Ok(())
}

/// Looks whether the configuration was changed by somebody who could not tell: a command line tool on SQLite, or a process whose notification
/// was lost.
pub(super) struct CatalogWatch {
    server: SharedServer,
    seen: Option<i64>,
}

impl CatalogWatch {
    /// Has seen no version yet.
    pub(super) fn new(server: SharedServer) -> Self {
        Self { server, seen: None }
    }
}

impl Pass for CatalogWatch {
    const NAME: &'static str = "catalog";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let state =
            self.server.db.read(|tx| Box::pin(async move { server_state::get(tx).await })).await?;
        if self.seen == Some(state.catalog_version) {
            return Ok(Report::IDLE);
        }
        crate::configure::changed(&self.server).await?;
        self.seen = Some(state.catalog_version);
        Ok(Report { handled: 1, next: Next::Idle })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::world;

    testkit::both_databases!(a_change_by_somebody_else_is_noticed, |db| async move {
        let world = world::open(db).await;
        let mut watch = CatalogWatch::new(Arc::clone(&world.server));
        assert_eq!(watch.run().await.unwrap().handled, 1);
        assert_eq!(watch.run().await.unwrap().handled, 0);
        world
            .server
            .db
            .write(|tx| {
                Box::pin(async move {
                    server_state::halt(tx, "SOMEBODY", 0).await?;
                    server_state::bump_catalog(tx).await
                })
            })
            .await
            .unwrap();
        assert!(!world.server.catalog.get().is_halted);
        assert_eq!(watch.run().await.unwrap().handled, 1);
        assert!(world.server.catalog.get().is_halted);
    });

    #[tokio::test]
    async fn notifications_wake_those_who_wait() {
        let world = world::open(testkit::databases::sqlite().await).await;
        let server = &world.server;
        let before = server.hub.cursor().to_string();
        let (seven, eight) = (server.hub.watch(7), server.hub.watch(8));
        hear(server, Event::Message("requests:7,8".into())).await.unwrap();
        seven.changed().await;
        eight.changed().await;
        let nine = server.hub.watch(9);
        hear(server, Event::Message("messages:9".into())).await.unwrap();
        nine.changed().await;
        hear(server, Event::Message("interrupt:9".into())).await.unwrap();
        assert!(server.interrupts.take().contains(&9));
        for unknown in ["", "requests:", "requests:x", "interrupt:x", "weather:fine"] {
            hear(server, Event::Message(unknown.into())).await.unwrap();
        }
        hear(server, Event::Reset).await.unwrap();
        assert_eq!(server.hub.since(&before), crate::hub::Changes::Everything);
    }
}
