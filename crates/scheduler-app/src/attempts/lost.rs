//! Attempts that their agents did not know.

use scheduler_store::{attempt, node};

use crate::App;
use crate::error::{Error, Result};

/// Asks for those again of which their agents knew nothing: an agent may have led to another server for a while. Says how many they are.
///
/// # Errors
/// The database did not do it, or another life has taken over.
pub async fn ask_for_lost(app: &App) -> Result<u64> {
    let life = app.life();
    let at = app.watched_at(app.now_micros());
    let asked = app.db().write(move |tx| {
        Box::pin(async move {
            if !node::is_current(tx, life.node_id, life.fence).await? {
                return Err(Error::Fenced);
            }
            Ok(attempt::watch_lost(tx, life, at).await?)
        })
    });
    let asked = asked.await?;
    if asked > 0 {
        app.wakes().watch.wake();
    }
    Ok(asked)
}
