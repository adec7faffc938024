//! What people look at: the server, days, jobs, and why a job is as it is.

mod day;
mod job;
mod why;

pub use day::{JobFilter, jobs, schedules};
pub use job::{JobView, job};
pub use why::Why;

use scheduler_core::definition::Options;
use scheduler_store::server_state::{self, ServerState};

use crate::App;
use crate::error::Result;
use crate::events::server_options;

/// The state of the server, and its options.
///
/// # Errors
/// The database could not be read.
pub async fn server(app: &App) -> Result<(ServerState, Options)> {
    let read = app.db().read(|tx| {
        Box::pin(async move { Ok((server_state::read(tx).await?, server_options(tx).await?)) })
    });
    read.await
}
