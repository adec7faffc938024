//! The *halted* switch of the job server (`amt-domain 5`).

use batch_core::rights::Right;
use serde::Serialize;
use sql::{from_micros, to_micros};
use utoipa::ToSchema;

use super::change::write;
use crate::caller::Caller;
use crate::error::Result;
use crate::server::Server;
use crate::store::server_state;

/// The state of the whole job server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServerState {
    /// While halted, waiting requests start only when forced.
    is_halted: bool,
    /// Who has halted it.
    halted_by: Option<String>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    halted_at: Option<jiff::Timestamp>,
    /// Grows by one with each change of the configuration.
    catalog_version: i64,
    /// The version of the program.
    version: &'static str,
    /// The server's time.
    #[schema(value_type = String, format = DateTime)]
    time: jiff::Timestamp,
}

fn shown(server: &Server, row: server_state::ServerState) -> Result<ServerState> {
    Ok(ServerState {
        is_halted: row.is_halted,
        halted_by: row.halted_by,
        halted_at: row
            .halted_at
            .map(|at| from_micros("server_state", "halted_at", at))
            .transpose()?,
        catalog_version: row.catalog_version,
        version: env!("CARGO_PKG_VERSION"),
        time: server.clock.now(),
    })
}

/// The state of the job server.
pub(crate) async fn read(server: &Server, caller: &Caller) -> Result<ServerState> {
    caller.require(Right::Monitor)?;
    let row = server.db.read(|tx| Box::pin(async move { server_state::get(tx).await })).await?;
    shown(server, row)
}

/// Halts the job server: waiting requests start only when forced. Doing it again changes nothing.
pub(crate) async fn halt(server: &Server, caller: &Caller) -> Result<ServerState> {
    caller.require(Right::Operate)?;
    let (by, now) = (caller.name.clone(), to_micros(server.clock.now()));
    let row = write(server, move |tx| {
        let by = by.clone();
        Box::pin(async move {
            server_state::halt(tx, &by, now).await?;
            Ok(server_state::get(tx).await?)
        })
    })
    .await?;
    tracing::info!(caller.id = caller.user_id, "job server halted");
    shown(server, row)
}

/// Lets the job server go on.
pub(crate) async fn resume(server: &Server, caller: &Caller) -> Result<ServerState> {
    caller.require(Right::Operate)?;
    let row = write(server, |tx| {
        Box::pin(async move {
            server_state::resume(tx).await?;
            Ok(server_state::get(tx).await?)
        })
    })
    .await?;
    tracing::info!(caller.id = caller.user_id, "job server resumed");
    shown(server, row)
}
