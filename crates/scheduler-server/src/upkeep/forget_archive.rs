//! Giving up an archive that is lost, so that another one can be begun.

use kit::{Clock as _, SystemClock};
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::server_state;

use super::{Refused, lock, open};
use crate::options::Options;

/// Forgets which archive holds the logs: the scheduler that starts next takes what it finds at the place that it is told, or begins a new
/// one there. Logs in the old one cannot be read any more, unless it comes back. Says which archive it was.
///
/// # Errors
/// [`Refused`] where a process uses the data folder, where `archive.known` names the archive, and where none is known.
pub async fn forget_archive(
    options: &Options,
    user: &str,
    reason: Option<&str>,
) -> anyhow::Result<String> {
    options.validate()?;
    if options.archive_settings().known.is_some() {
        let why = "`archive.known` in the configuration names the archive: take it out first";
        return Err(Refused(why.to_owned()).into());
    }
    let _lock = lock(options)?;
    let db = open(options).await?;
    let (at, caller) = (sql::to_micros(SystemClock.now()), format!("local:{user}"));
    let reason = reason.map(str::to_owned);
    let forgotten = db.write(move |tx| {
        let (caller, reason) = (caller.clone(), reason.clone());
        Box::pin(async move {
            let known = server_state::archive_id(tx).await?;
            if known.is_some() {
                server_state::forget_archive_id(tx).await?;
                let record = NewRecord {
                    at,
                    caller,
                    action: "archive.forget",
                    subject: "archive".to_owned(),
                    reason,
                    old_value: known.clone(),
                    new_value: None,
                };
                audit::append(tx, &record).await?;
            }
            Ok::<_, sql::Error>(known)
        })
    });
    let forgotten = forgotten.await;
    db.close().await;
    forgotten?
        .ok_or_else(|| Refused("no archive is known: the next start begins one".to_owned()).into())
}
