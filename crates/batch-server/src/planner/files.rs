//! Starting jobs by files.
//!
//! A file starts the job once for each time of modification, when it has not changed between two looks, so that a file
//! that is still being written does not start it. What was seen last is a cache; the file
//! that was decided about is noted with the schedule, and known for as long as it lies there.
//!
//! A new file with the time of the one before (copied with its times, or written within the resolution of the disk) is known by its size and
//! by when it was made. Neither the number of its inode nor the time of its last change of status is compared: on some network disks the
//! first changes by itself, and `chmod` changes the second, and a job must not start twice for that.

use std::collections::HashMap;
use std::time::SystemTime;

use jiff::Timestamp;

use super::decide::Outcome;
use super::{Rule, start_within, store};
use crate::server::Server;
use crate::store::schedule::{self, Schedule, SeenFile};
use crate::submit;
use crate::windows::tell_others;

/// What was seen at the last look, by schedule.
#[derive(Debug, Default)]
pub(super) struct Files(HashMap<i64, SeenFile>);

impl Files {
    /// Forgets schedules that are gone.
    pub(super) fn keep_only(&mut self, schedules: &[Schedule]) {
        self.0.retain(|id, _| schedules.iter().any(|schedule| schedule.id == *id));
    }

    /// Looks for the file of a schedule and starts the job when it is new and at rest. Returns the number of starts.
    pub(super) async fn look(
        &mut self,
        server: &Server,
        schedule: &Schedule,
        rule: &Rule,
        now: Timestamp,
    ) -> anyhow::Result<usize> {
        let path = match path(server, schedule.job_id, rule) {
            Ok(path) if rule.is_file_time(now) => path,
            Ok(_) => return Ok(0),
            Err(why) => {
                tracing::warn!(
                    schedule.name = schedule.name,
                    why,
                    "schedule {}: {why}",
                    schedule.name
                );
                return Ok(0);
            }
        };
        let Some(seen) = see(&path).await else {
            self.0.remove(&schedule.id);
            return Ok(0);
        };
        let is_at_rest = self.0.insert(schedule.id, seen) == Some(seen);
        if !is_at_rest || seen.is_noted(schedule) {
            return Ok(0);
        }
        start(server, schedule, seen, &path, now).await
    }
}

/// The file of a rule on this machine.
pub(super) fn path(server: &Server, job_id: i64, rule: &Rule) -> Result<String, String> {
    let file = rule.file.as_deref().ok_or("it has no file")?;
    let catalog = server.catalog.get();
    let job = catalog.job_by_id(job_id).ok_or("its job does not exist any more")?;
    let application = catalog
        .application_by_id(job.application_id)
        .ok_or("the application of its job does not exist any more")?;
    let user = application.default_user.as_deref().unwrap_or_default();
    let folder =
        submit::folder(&server.options, application, "", user).map_err(|refused| refused.0)?;
    Ok(format!("{}/{file}", folder.trim_end_matches('/')))
}

/// The file as it is now; none when it is not there or no file.
pub(super) async fn see(path: &str) -> Option<SeenFile> {
    let found = tokio::fs::metadata(path).await.ok().filter(std::fs::Metadata::is_file)?;
    let micros = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).ok()
    };
    Some(SeenFile {
        modified: micros(found.modified().ok()?)?,
        bytes: i64::try_from(found.len()).ok()?,
        made: found.created().ok().and_then(micros),
    })
}

/// Decides about a file, unless that was done before: then it is noted only that this is the file that lies there now.
async fn start(
    server: &Server,
    schedule: &Schedule,
    seen: SeenFile,
    path: &str,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let due = seen.due(schedule, now)?;
    let within = start_within(schedule)?;
    let decided =
        store::resolve(server, schedule, due, Outcome::Submit, within, now, Some(path)).await;
    let (id, version, tells) = (schedule.id, schedule.version, server.has_peers());
    let requests = server
        .db
        .write(move |tx| {
            let decided = decided.clone();
            Box::pin(async move {
                let current = schedule::lock(tx, id).await?;
                let is_open = |current: &Schedule| {
                    current.version == version && current.is_enabled && !seen.is_noted(current)
                };
                if !current.as_ref().is_some_and(is_open) {
                    return Ok(Vec::new());
                }
                schedule::saw_file(tx, id, &seen).await?;
                let requests = store::insert(tx, id, &[decided]).await?;
                tell_others(tx, tells, &requests).await?;
                Ok::<_, crate::error::Error>(requests)
            })
        })
        .await?;
    store::announce(server, schedule, &requests);
    Ok(requests.len())
}
