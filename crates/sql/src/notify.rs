//! Wake-ups between the processes that share a PostgreSQL database.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use crate::postgres::Postgres;
use crate::{Error, Result, Tx};

/// First wait before a lost connection is opened again; it doubles up to [`RECONNECT_MAX`].
const RECONNECT_FIRST: Duration = Duration::from_millis(50);
const RECONNECT_MAX: Duration = Duration::from_secs(5);

/// What a [`Listener`] reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A committed transaction sent this payload.
    Message(String),
    /// The connection was lost and is back: messages may have been missed, so look at everything.
    Reset,
}

/// Receives the messages of one channel. Made by [`Db::listen`](crate::Db::listen).
#[derive(Debug)]
pub struct Listener(Option<Box<Source>>);

#[derive(Debug)]
struct Source {
    connect: PgConnectOptions,
    acquire_timeout: Duration,
    channel: String,
    /// `None` while the connection is lost.
    listener: Option<PgListener>,
    wait: Duration,
}

impl Listener {
    pub(crate) fn silent() -> Self {
        Self(None)
    }

    pub(crate) async fn connect(postgres: &Postgres, channel: &str) -> Result<Self> {
        let mut source = Source {
            connect: postgres.connect.clone(),
            acquire_timeout: postgres.options.acquire_timeout,
            channel: channel.to_owned(),
            listener: None,
            wait: RECONNECT_FIRST,
        };
        source.open().await.map_err(|error| Error::lost("listening for notifications", error))?;
        Ok(Self(Some(Box::new(source))))
    }

    /// Waits for the next event. It opens a lost connection again by itself, for ever. On SQLite it never returns.
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Event {
        match &mut self.0 {
            None => std::future::pending().await,
            Some(source) => source.next().await,
        }
    }
}

impl Source {
    async fn open(&mut self) -> sqlx::Result<()> {
        // A pool of one, made anew each time: a broken connection in the old one cannot be in the way.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.acquire_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(self.connect.clone())
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen(&self.channel).await?;
        self.listener = Some(listener);
        Ok(())
    }

    async fn next(&mut self) -> Event {
        loop {
            let Some(listener) = &mut self.listener else {
                if self.reopen().await {
                    return Event::Reset;
                }
                continue;
            };
            match listener.try_recv().await {
                Ok(Some(message)) => return Event::Message(message.payload().to_owned()),
                Ok(None) => self.listener = None,
                Err(error) => {
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "the notification connection is lost"
                    );
                    self.listener = None;
                }
            }
        }
    }

    async fn reopen(&mut self) -> bool {
        match self.open().await {
            Ok(()) => {
                self.wait = RECONNECT_FIRST;
                true
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    channel = self.channel,
                    "cannot listen for notifications, trying again"
                );
                tokio::time::sleep(self.wait).await;
                self.wait = (self.wait * 2).min(RECONNECT_MAX);
                false
            }
        }
    }
}

/// Sends `payload` (at most 7999 bytes) to everybody who listens on `channel`, when and only when this transaction
/// commits. On SQLite it does nothing.
pub async fn notify(tx: &mut Tx<'_>, channel: &str, payload: &str) -> Result<()> {
    match tx {
        Tx::Sqlite(_) => Ok(()),
        Tx::Postgres(conn) => {
            sqlx::query("SELECT pg_notify($1, $2)")
                .bind(channel)
                .bind(payload)
                .execute(&mut **conn)
                .await?;
            Ok(())
        }
    }
}
