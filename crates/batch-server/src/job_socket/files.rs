//! Waiting for a file (code 13).

use std::time::Duration;

use amt_job::protocol::Answer;
use batch_core::request::Activity;
use tokio::time::Instant;

use super::ask::keep;
use super::call::{Asker, Refusal};
use super::waits;

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Waits until a file exists. A path that is not absolute is below the application's base path.
pub(super) async fn wait_file(
    asker: Asker,
    path: String,
    timeout_seconds: Option<u32>,
) -> Result<Answer, Refusal> {
    let place = resolve(&asker, &path)?;
    let deadline = waits::deadline(&asker, timeout_seconds).await?;
    // Sent again it may still show the wait that a process before this one has begun.
    let mut is_shown = waits::shows(&asker.request, Activity::File);
    loop {
        let found = tokio::fs::metadata(&place).await.is_ok();
        if found || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            if is_shown {
                waits::unblock(&asker).await?;
            }
            return keep(&asker, Answer::File { found, path: place }).await;
        }
        if !is_shown {
            waits::block(&asker, Activity::File, None).await?;
            is_shown = true;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn resolve(asker: &Asker, path: &str) -> Result<String, Refusal> {
    if path.is_empty() || path.contains('\0') {
        return Err(Refusal::invalid("the path of the file is empty or holds a zero character"));
    }
    let options = &asker.server.options;
    let refused = |why: String| Refusal::invalid(format!("path `{path}`: {why}"));
    if path.starts_with('/') || batch_core::path_map::is_windows_style(path) {
        let map = options.path_map().map_err(|error| refused(error.to_string()))?;
        return map.resolve(path).map_err(|error| refused(error.to_string()));
    }
    let catalog = asker.server.catalog.get();
    let application = catalog
        .application_by_id(asker.request.application_id)
        .ok_or_else(|| refused("the application does not exist any more".to_owned()))?;
    let folder = crate::submit::folder(options, application, "%APPROOT%", &asker.request.run_as)
        .map_err(|refused_by| refused(refused_by.0))?;
    Ok(format!("{folder}/{path}"))
}
