//! Thresholds and resources as they are now.

use scheduler_store::limit::{self, Resource};

use super::why;
use crate::App;
use crate::error::Result;

/// All thresholds with their values, by name.
///
/// # Errors
/// The database could not be read.
pub async fn thresholds(app: &App) -> Result<Vec<(String, i64)>> {
    Ok(app.db().read_one(|tx| Box::pin(async move { limit::thresholds_now(tx).await })).await?)
}

/// All resources, by name, each with the job that waits for all of it.
///
/// # Errors
/// The database could not be read.
pub async fn resources(app: &App) -> Result<Vec<(Resource, Option<String>)>> {
    let read = app.db().read(|tx| {
        Box::pin(async move {
            let mut all = Vec::new();
            for each in limit::resources_now(tx).await? {
                let owner = match each.lock_job_id {
                    Some(owner) => super::job::view(tx, owner).await.ok(),
                    None => None,
                };
                all.push((each, owner.map(|owner| why::name(&owner))));
            }
            Ok::<_, crate::Error>(all)
        })
    });
    read.await
}
