//! One switch that stops every start.

use scheduler_core::action::Privilege;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::{daily_job, server_state};

use crate::error::{Error, Result};
use crate::{App, Caller};

/// Stops every start. What runs goes on, and so does everything that is not a start.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Refused`] where it is stopped already.
pub async fn pause(app: &App, caller: &Caller, reason: &str) -> Result<()> {
    caller.must("stop all starts", &[Privilege::AllAdministrative])?;
    switch(app, caller, Some(reason)).await
}

/// Lets starts go on.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Refused`] where nothing is stopped.
pub async fn resume(app: &App, caller: &Caller) -> Result<()> {
    caller.must("let starts go on", &[Privilege::AllAdministrative])?;
    switch(app, caller, None).await
}

async fn switch(app: &App, caller: &Caller, reason: Option<&str>) -> Result<()> {
    let now = app.now_micros();
    let (caller, reason) = (caller.name().to_owned(), reason.map(ToOwned::to_owned));
    let done = app
        .db()
        .write(move |tx| {
            let (caller, reason) = (caller.clone(), reason.clone());
            Box::pin(async move {
                let before = server_state::read(tx).await?;
                let is_changed = match &reason {
                    Some(reason) => server_state::pause(tx, &caller, now, reason).await?,
                    None => server_state::resume(tx).await?,
                };
                if !is_changed {
                    return Err(Error::Refused(match before.paused_by {
                        Some(by) => format!(
                            "all starts are stopped already, by {by}: {}",
                            before.pause_reason.unwrap_or_default()
                        ),
                        None => "nothing is stopped; starts go on".to_owned(),
                    }));
                }
                if reason.is_none() {
                    daily_job::wake_waiting(tx, "pause", now, i64::MAX).await?;
                }
                let record = NewRecord {
                    at: now,
                    caller,
                    action: if reason.is_some() { "scheduler.pause" } else { "scheduler.resume" },
                    subject: "scheduler".to_owned(),
                    reason,
                    old_value: None,
                    new_value: None,
                };
                Ok(audit::append(tx, &record).await?)
            })
        })
        .await;
    app.wakes().advance.wake();
    done
}
