//! What people look at: the server, days, jobs, and why a job is as it is.

mod day;
mod job;
mod why;

pub use day::{JobFilter, jobs, schedules};
pub use job::{JobView, job};
pub use why::Why;

use scheduler_core::definition::Options;
use scheduler_store::attempt;
use scheduler_store::server_state::{self, ServerState};

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
}

/// How the server is.
///
/// # Errors
/// The database could not be read.
pub async fn server(app: &App) -> Result<Server> {
    let read = app.db().read(|tx| {
        Box::pin(async move {
            Ok(Server {
                state: server_state::read(tx).await?,
                options: server_options(tx).await?,
                logs_to_archive: attempt::count_to_archive(tx).await?,
            })
        })
    });
    read.await
}
