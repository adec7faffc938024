//! Reading the definitions that are stored.

use std::collections::HashMap;

use scheduler_core::definition::{Definitions, Job};
use scheduler_core::model::{JobId, Model};
use scheduler_store::definition::{self, Definition};
use scheduler_store::server_state;

use super::records::{JOB, SCHEDULE, from_rows};
use crate::App;
use crate::error::Result;

/// The definitions of a revision, ready to plan with. A hundred thousand jobs take a hundred megabytes or two: it is made for
/// a build and dropped after it.
#[derive(Debug)]
pub struct Loaded {
    /// The revision; 0 where nothing was ever stored.
    pub revision: i64,
    /// The definitions.
    pub definitions: Definitions,
    /// What is planned of them.
    pub model: Model,
    /// The numbers of schedules, by name, and of jobs, by schedule and name.
    schedules: HashMap<String, i64>,
    jobs: HashMap<String, HashMap<String, i64>>,
}

impl Loaded {
    /// The number of a schedule's definition.
    pub(crate) fn schedule_id(&self, name: &str) -> Option<i64> {
        self.schedules.get(name).copied()
    }

    /// The number of a job's definition.
    pub(crate) fn job_id(&self, schedule: &str, name: &str) -> Option<i64> {
        self.jobs.get(schedule)?.get(name).copied()
    }

    /// The definition of a job.
    pub(crate) fn job(&self, id: JobId) -> Option<&Job> {
        let schedule = self.model.schedule(self.model.job(id).schedule).name.as_str();
        self.definitions.schedules.get(schedule)?.jobs.get(self.model.job_name(id).as_str())
    }
}

/// Reads the current definitions.
pub(crate) async fn load(app: &App) -> Result<Loaded> {
    let (revision, rows) = stored(app).await?;
    let definitions = from_rows(&rows)?;
    let (mut schedules, mut jobs): (HashMap<_, _>, HashMap<_, HashMap<_, _>>) = Default::default();
    for row in rows {
        match row.kind.as_str() {
            SCHEDULE => {
                schedules.insert(row.name, row.id);
            }
            JOB => {
                jobs.entry(row.parent).or_default().insert(row.name, row.id);
            }
            _ => {}
        }
    }
    // What is stored was checked before; a reference that leads nowhere is none.
    let (model, _) = Model::new(&definitions);
    Ok(Loaded { revision, definitions, model, schedules, jobs })
}

/// The definitions that are stored, as files have them.
///
/// # Errors
/// The database could not be read, or holds what this program has not written.
pub async fn export(app: &App) -> Result<Definitions> {
    Ok(export_revision(app).await?.1)
}

/// As [`export`], with the revision.
pub(crate) async fn export_revision(app: &App) -> Result<(i64, Definitions)> {
    let (revision, rows) = stored(app).await?;
    Ok((revision, from_rows(&rows)?))
}

async fn stored(app: &App) -> Result<(i64, Vec<Definition>)> {
    let read = app.db().read(|tx| {
        Box::pin(async move {
            let state = server_state::read(tx).await?;
            Ok::<_, sql::Error>((state.revision, definition::current(tx).await?))
        })
    });
    Ok(read.await?)
}
