//! Starting jobs by files.
//!
//! A file starts the job once for each time of modification, when it has not changed between two looks, so that a file
//! that is still being written does not start it. What was seen last is a cache; the file
//! that was decided about is noted with the schedule, and known for as long as it lies there.

use std::collections::HashMap;
use std::time::SystemTime;

use jiff::Timestamp;

use super::decide::Outcome;
use super::{Rule, start_within, store};
use crate::server::Server;
use crate::store::schedule::{self, Schedule};
use crate::submit;
use crate::windows::tell_others;

/// A file as it was at one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Time of modification, microseconds.
    pub(super) modified: i64,
    pub(super) bytes: u64,
}

/// What was seen at the last look, by schedule.
#[derive(Debug, Default)]
pub(super) struct Files(HashMap<i64, Seen>);

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
        if !is_at_rest || schedule.file_seen_at == Some(seen.modified) {
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
pub(super) async fn see(path: &str) -> Option<Seen> {
    let found = tokio::fs::metadata(path).await.ok().filter(std::fs::Metadata::is_file)?;
    let since = found.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Some(Seen { modified: i64::try_from(since.as_micros()).ok()?, bytes: found.len() })
}

/// Decides about a file, unless that was done before: then it is noted only that this is the file that lies there now.
async fn start(
    server: &Server,
    schedule: &Schedule,
    seen: Seen,
    path: &str,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let due = sql::from_micros("schedule_run", "due_at", seen.modified)?;
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
                if !current.is_some_and(|current| current.version == version && current.is_enabled)
                {
                    return Ok(Vec::new());
                }
                schedule::saw_file(tx, id, seen.modified).await?;
                let requests = store::insert(tx, id, &[decided]).await?;
                tell_others(tx, tells, &requests).await?;
                Ok::<_, crate::error::Error>(requests)
            })
        })
        .await?;
    store::announce(server, schedule, &requests);
    Ok(requests.len())
}
