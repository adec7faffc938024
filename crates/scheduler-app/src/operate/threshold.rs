//! Setting thresholds.

use scheduler_core::action::Privilege;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::{WaitKey, daily_job, limit};

use crate::error::{Error, Result};
use crate::{App, Caller};

/// Gives a threshold a value and tests the jobs that wait for it.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Unknown`] where there is none of that name.
pub async fn set_threshold(
    app: &App,
    caller: &Caller,
    name: &str,
    value: i32,
    reason: Option<&str>,
) -> Result<()> {
    caller.must("set thresholds", &[Privilege::ThresholdsResources])?;
    let now = app.now_micros();
    let (caller, name) = (caller.name().to_owned(), name.to_owned());
    let reason = reason.map(ToOwned::to_owned);
    let done = app
        .db()
        .write(move |tx| {
            let (caller, name, reason) = (caller.clone(), name.clone(), reason.clone());
            Box::pin(async move {
                let all = limit::thresholds(tx).await?;
                let Some((_, before)) = all.iter().find(|(each, _)| *each == name) else {
                    let names = all.iter().map(|(name, _)| name.as_str());
                    let hint = core_kit::nearest(&name, names)
                        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                    return Err(Error::Unknown { what: "threshold", name, hint });
                };
                limit::set_threshold(tx, &name, value.into()).await?;
                // Who is not woken now would not hear of this value again.
                daily_job::wake_all_waiting(tx, &WaitKey::Threshold(name.clone()), now).await?;
                let record = NewRecord {
                    at: now,
                    caller,
                    action: "threshold.set",
                    subject: name,
                    reason,
                    old_value: Some(before.to_string()),
                    new_value: Some(value.to_string()),
                };
                Ok(audit::append(tx, &record).await?)
            })
        })
        .await;
    app.wakes().advance.wake();
    done
}
