//! Setting thresholds and resources, for which jobs wait.

use std::sync::Arc;

use scheduler_core::action::Privilege;
use scheduler_core::dependency::Change;
use scheduler_store::audit::{self, NewRecord};

use crate::error::{Error, Result};
use crate::work::Work;
use crate::{App, Caller};

/// Gives a threshold a value and tests the jobs that wait for it. Gives the value that it had.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Unknown`] where there is none of that name.
pub async fn set_threshold(
    app: &App,
    caller: &Caller,
    name: &str,
    value: i32,
    reason: Option<&str>,
) -> Result<i64> {
    caller.must("set thresholds", &[Privilege::ThresholdsResources])?;
    set(app, caller, Limit::Threshold, name, value, reason).await
}

/// Gives a resource so many units and tests the jobs that wait for it; what running jobs hold stays theirs. Gives the number that
/// it had.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Refused`] for less than none, or [`Error::Unknown`] where there is none of that name.
pub async fn set_resource(
    app: &App,
    caller: &Caller,
    name: &str,
    units: i32,
    reason: Option<&str>,
) -> Result<i64> {
    caller.must("set resources", &[Privilege::ThresholdsResources])?;
    if units < 0 {
        return Err(Error::Refused(format!("a resource has 0 units or more, not {units}")));
    }
    set(app, caller, Limit::Resource, name, units, reason).await
}

/// What jobs wait for.
#[derive(Clone, Copy)]
enum Limit {
    Threshold,
    Resource,
}

async fn set(
    app: &App,
    caller: &Caller,
    limit: Limit,
    name: &str,
    value: i32,
    reason: Option<&str>,
) -> Result<i64> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let (caller, name) = (caller.name().to_owned(), name.to_owned());
    let reason = reason.map(ToOwned::to_owned);
    let (before, done) = app
        .db()
        .write(move |tx| {
            let (bodies, caller) = (Arc::clone(&bodies), caller.clone());
            let (name, reason) = (name.clone(), reason.clone());
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let change = Change::Set(value);
                let (action, (before, after)) = match limit {
                    Limit::Threshold => ("threshold.set", work.set_threshold(&name, change).await?),
                    Limit::Resource => ("resource.set", work.set_resource(&name, change).await?),
                };
                let record = NewRecord {
                    at: sql::to_micros(now),
                    caller,
                    action,
                    subject: name,
                    reason,
                    old_value: Some(before.to_string()),
                    new_value: Some(after.to_string()),
                };
                audit::append(work.tx(), &record).await?;
                Ok::<_, Error>((before, work.finish().await?))
            })
        })
        .await?;
    app.wakes().after(done);
    Ok(before)
}
