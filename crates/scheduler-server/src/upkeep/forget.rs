//! Giving up secrets whose key is lost.

use std::sync::Arc;

use kit::{SharedClock, SystemClock};
use scheduler_app::agents::Connectors;
use scheduler_app::secrets::forget_unreadable as forget;
use scheduler_app::{App, Caller, Process};

use super::{lock, open};
use crate::home;
use crate::options::Options;

/// Takes away every password and encrypted value that the key file cannot open; the others stay. Says whose they were: kind and
/// name. They must be set again. A key file that is missing is made.
///
/// # Errors
/// [`Refused`](super::Refused) where a process uses the data folder; or the key file cannot be used.
pub async fn forget_unreadable(
    options: &Options,
    user: &str,
    reason: Option<&str>,
) -> anyhow::Result<Vec<(String, String)>> {
    options.validate()?;
    let _lock = lock(options)?;
    let db = open(options).await?;
    let clock: SharedClock = Arc::new(SystemClock);
    let home = home::of(&options.data_dir)?;
    let process = Process { name: &options.name, home: &home };
    let app = App::begin(db.clone(), clock, Connectors::new(Vec::new()), process).await?;
    let done = forget(&app, &Caller::local(user), &options.keys_path(), reason).await;
    app.end_life().await?;
    db.close().await;
    Ok(done?.secrets)
}
