//! One switch that stops every start.

use scheduler_core::action::Privilege;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::{WaitKey, daily_job, server_state};

use crate::error::{Error, Result};
use crate::{App, Caller};

/// Stops every start. What runs goes on, and so does everything that is not a start.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Refused`] where it is stopped already.
pub async fn pause(app: &App, caller: &Caller, reason: &str) -> Result<()> {
    caller.must("stop all starts", &[Privilege::AllAdministrative])?;
    switch(app, caller, Switch::Pause(reason.to_owned())).await
}

/// Lets starts go on.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Refused`] where nothing is stopped.
pub async fn resume(app: &App, caller: &Caller, reason: Option<&str>) -> Result<()> {
    caller.must("let starts go on", &[Privilege::AllAdministrative])?;
    switch(app, caller, Switch::Resume(reason.map(ToOwned::to_owned))).await
}

/// What is done to the switch, and why.
#[derive(Debug, Clone)]
enum Switch {
    Pause(String),
    Resume(Option<String>),
}

async fn switch(app: &App, caller: &Caller, switch: Switch) -> Result<()> {
    let now = app.now_micros();
    let caller = caller.name().to_owned();
    let done = app
        .db()
        .write(move |tx| {
            let (caller, switch) = (caller.clone(), switch.clone());
            Box::pin(async move {
                let before = server_state::read(tx).await?;
                let is_changed = match &switch {
                    Switch::Pause(reason) => server_state::pause(tx, &caller, now, reason).await?,
                    Switch::Resume(_) => server_state::resume(tx).await?,
                };
                let stopped = before
                    .paused_by
                    .map(|by| format!("by {by}: {}", before.pause_reason.unwrap_or_default()));
                if !is_changed {
                    return Err(Error::Refused(match stopped {
                        Some(by) => format!("all starts are stopped already, {by}"),
                        None => "nothing is stopped; starts go on".to_owned(),
                    }));
                }
                if matches!(switch, Switch::Resume(_)) {
                    daily_job::wake_waiting(tx, &WaitKey::Pause, now, i64::MAX).await?;
                }
                let running = || "starts go on".to_owned();
                let old = stopped.map_or_else(running, |by| format!("stopped {by}"));
                let (action, new, reason) = match switch {
                    Switch::Pause(reason) => {
                        ("scheduler.pause", format!("stopped by {caller}: {reason}"), Some(reason))
                    }
                    Switch::Resume(reason) => ("scheduler.resume", running(), reason),
                };
                let record = NewRecord {
                    at: now,
                    caller,
                    action,
                    subject: "scheduler".to_owned(),
                    reason,
                    old_value: Some(old),
                    new_value: Some(new),
                };
                Ok(audit::append(tx, &record).await?)
            })
        })
        .await;
    app.wakes().advance.wake();
    done
}
