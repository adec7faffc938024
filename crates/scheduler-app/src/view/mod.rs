//! What people look at: the server, days, jobs, and why a job is as it is.

mod check;
mod day;
mod job;
mod limits;
#[cfg(test)]
mod tests;
mod why;

pub use check::{Finding, check};
pub use day::{JobFilter, Jobs, jobs, schedules};
pub use job::{JobView, job, schedule_in_the_way, still_runs};
pub use limits::{resources, thresholds};
pub use why::Why;

pub use crate::trouble::Trouble;

use jiff::Timestamp;
use scheduler_core::definition::Options;
use scheduler_store::server_state::{self, ServerState};
use scheduler_store::{attempt, node};

use crate::App;
use crate::error::Result;
use crate::events::server_options;

/// The server as a whole.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its state.
    pub state: ServerState,
    /// Its options.
    pub options: Options,
    /// Attempts that have ended and whose logs are not in the archive yet.
    pub logs_to_archive: i64,
    /// Attempts of which nobody knows what has become of them.
    pub lost: i64,
    /// What fails in the process that answers, and is tried again.
    pub troubles: Vec<Trouble>,
}

/// A process on this database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// Its name.
    pub name: String,
    /// Whether it is the one that answers.
    pub is_this: bool,
    /// Whether it is alive, as far as its lease says.
    pub is_alive: bool,
    /// Until when its lease lasts, or lasted.
    pub lease_until: Timestamp,
}

/// The processes on this database.
///
/// # Errors
/// The database could not be read.
pub async fn nodes(app: &App) -> Result<Vec<NodeView>> {
    let all = app.db().read(|tx| Box::pin(async move { node::all(tx).await })).await?;
    let (life, valid) = (app.life(), app.valid_leases());
    let view = |of: node::Node| {
        let lease_until = sql::from_micros("node", "lease_until", of.lease_until)?;
        let (is_this, is_alive) = (of.id == life.node_id, valid.has(of.lease_until));
        Ok(NodeView { name: of.name, is_this, is_alive, lease_until })
    };
    all.into_iter().map(view).collect()
}

/// How the server is.
///
/// # Errors
/// The database could not be read.
pub async fn server(app: &App) -> Result<Server> {
    let troubles = app.troubles().all();
    let read = app.db().read(move |tx| {
        let troubles = troubles.clone();
        Box::pin(async move {
            Ok(Server {
                state: server_state::read(tx).await?,
                options: server_options(tx).await?,
                logs_to_archive: attempt::count_to_archive(tx).await?,
                lost: attempt::count_lost(tx, None).await?,
                troubles,
            })
        })
    });
    read.await
}
