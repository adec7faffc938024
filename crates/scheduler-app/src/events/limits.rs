//! `$THRESHOLD:…` and `$RESOURCE:…`: numbers that jobs wait for.

use scheduler_core::dependency::Change;
use scheduler_core::event::{ResourceCommand, ThresholdCommand};

use super::find::known;
use super::ready::Ready;
use crate::error::{Error, Result};
use crate::work::Work;

/// Performs a command on a threshold.
pub(super) async fn threshold(
    work: &mut Work<'_, '_>,
    ready: &Ready,
    command: &ThresholdCommand,
) -> Result<String> {
    match command {
        ThresholdCommand::Set { threshold, change } => {
            let name = known(threshold)?.as_str();
            let (before, after) = work.set_threshold(name, *known(change)?).await?;
            Ok(format!("{before} to {after}"))
        }
        ThresholdCommand::Delete { .. } | ThresholdCommand::Rename { .. } => {
            super::definitions::store(work, ready).await
        }
    }
}

/// Performs a command on a resource.
pub(super) async fn resource(
    work: &mut Work<'_, '_>,
    ready: &Ready,
    command: &ResourceCommand,
) -> Result<String> {
    match command {
        ResourceCommand::Set { resource, change } => {
            let name = known(resource)?.as_str();
            let (before, after) = work.set_resource(name, *known(change)?).await?;
            Ok(format!("{before} to {after} units"))
        }
        ResourceCommand::Delete { .. } | ResourceCommand::Rename { .. } => {
            super::definitions::store(work, ready).await
        }
    }
}

/// The number that a change makes of another.
pub(crate) fn changed(what: &'static str, name: &str, before: i64, change: Change) -> Result<i64> {
    let after = i32::try_from(before).ok().and_then(|before| change.apply(before));
    after.map(i64::from).ok_or_else(|| {
        Error::Refused(format!("the {what} `{name}` is {before}; the change makes it too large"))
    })
}
