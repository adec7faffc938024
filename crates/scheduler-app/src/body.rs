//! The definitions with which daily jobs and schedules were built, read once and kept for a while.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use scheduler_core::definition::notification::NotificationGroup;
use scheduler_core::definition::{FrequencyUse, Job, Named, Options, Schedule};
use scheduler_core::name::NotificationGroupName;
use scheduler_core::notification::Index;
use scheduler_store::definition::{self, Definition};

use crate::definitions::{NOTIFICATION_GROUP, body};
use crate::error::{Error, Result};
use crate::secrets::Masks;
use crate::work::DefinedAgents;

/// So many definitions are kept: some tens of megabytes.
const KEPT_MAX: usize = 10_000;

/// Definitions by the numbers of their rows, which never change.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    jobs: Mutex<HashMap<i64, Arc<Job>>>,
    schedules: Mutex<HashMap<i64, Arc<Schedule>>>,
    /// Who is told of what, by the revision of the definitions that say so.
    notifications: Mutex<Option<(i64, Arc<Index>)>>,
    /// The options of a revision.
    options: Mutex<Option<(i64, Arc<Options>)>>,
    /// What definitions of a revision say of agents.
    agents: Mutex<Option<(i64, Arc<DefinedAgents>)>>,
    /// What must not be stored in the clear.
    pub(crate) masks: Masks,
}

impl Bodies {
    /// The definition of a job.
    pub(crate) async fn job(&self, tx: &mut sql::Tx<'_>, id: i64) -> Result<Arc<Job>> {
        Self::get(&self.jobs, tx, id).await
    }

    /// The definition of a schedule, without its jobs.
    pub(crate) async fn schedule(&self, tx: &mut sql::Tx<'_>, id: i64) -> Result<Arc<Schedule>> {
        Self::get(&self.schedules, tx, id).await
    }

    /// Who is told of what, by the definitions of a revision.
    pub(crate) async fn notifications(
        &self,
        tx: &mut sql::Tx<'_>,
        revision: i64,
    ) -> Result<Arc<Index>> {
        if let Some(index) = of_revision(&self.notifications, revision) {
            return Ok(index);
        }
        let mut groups = Named::default();
        for row in definition::current_of(tx, NOTIFICATION_GROUP).await? {
            let name = row.name.parse::<NotificationGroupName>().map_err(|why| Error::Stored {
                what: format!("definition {}", row.id),
                why: why.to_string(),
            })?;
            groups.insert(name, body::<NotificationGroup>(&row)?);
        }
        let index = Arc::new(Index::new(&groups));
        keep_for(&self.notifications, revision, &index);
        Ok(index)
    }

    /// The options of a revision.
    pub(crate) async fn options(
        &self,
        tx: &mut sql::Tx<'_>,
        revision: i64,
    ) -> Result<Arc<Options>> {
        if let Some(options) = of_revision(&self.options, revision) {
            return Ok(options);
        }
        let row = definition::current_one(tx, "options", "", "").await?;
        let options =
            Arc::new(row.map(|row| body::<Options>(&row)).transpose()?.unwrap_or_default());
        keep_for(&self.options, revision, &options);
        Ok(options)
    }

    /// What the definitions of a revision say of agents.
    pub(crate) async fn agents(
        &self,
        tx: &mut sql::Tx<'_>,
        revision: i64,
    ) -> Result<Arc<DefinedAgents>> {
        if let Some(agents) = of_revision(&self.agents, revision) {
            return Ok(agents);
        }
        let agents = Arc::new(DefinedAgents::load(tx).await?);
        keep_for(&self.agents, revision, &agents);
        Ok(agents)
    }

    /// Reads the definitions of jobs that are not kept, with one question.
    pub(crate) async fn prefetch(
        &self,
        tx: &mut sql::Tx<'_>,
        ids: impl IntoIterator<Item = i64>,
    ) -> Result<()> {
        let missing: BTreeSet<i64> = {
            let kept = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            ids.into_iter().filter(|id| !kept.contains_key(id)).collect()
        };
        if missing.len() < 2 {
            return Ok(());
        }
        for row in definition::by_ids(tx, &sql::id_list(missing)).await? {
            let read = Arc::new(body::<Job>(&row)?);
            keep(&self.jobs, row.id, read);
        }
        Ok(())
    }

    async fn get<T: serde::de::DeserializeOwned>(
        kept: &Mutex<HashMap<i64, Arc<T>>>,
        tx: &mut sql::Tx<'_>,
        id: i64,
    ) -> Result<Arc<T>> {
        if let Some(found) = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Arc::clone(found));
        }
        let row: Definition =
            definition::by_ids(tx, &sql::id_list([id])).await?.into_iter().next().ok_or_else(
                || Error::Stored {
                    what: format!("definition {id}"),
                    why: "it is not there".to_owned(),
                },
            )?;
        let read = Arc::new(body::<T>(&row)?);
        keep(kept, id, Arc::clone(&read));
        Ok(read)
    }
}

fn of_revision<T>(kept: &Mutex<Option<(i64, Arc<T>)>>, revision: i64) -> Option<Arc<T>> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.as_ref().filter(|(of, _)| *of == revision).map(|(_, found)| Arc::clone(found))
}

fn keep_for<T>(kept: &Mutex<Option<(i64, Arc<T>)>>, revision: i64, found: &Arc<T>) {
    let kept_now = Some((revision, Arc::clone(found)));
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = kept_now;
}

fn keep<T>(kept: &Mutex<HashMap<i64, Arc<T>>>, id: i64, read: Arc<T>) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.insert(id, read);
}

/// The use of a frequency that qualified a daily job; none for one that was added without.
pub(crate) fn frequency_use<'d>(
    job: &'d Job,
    schedule: &'d Schedule,
    use_index: Option<i64>,
) -> Option<&'d FrequencyUse> {
    let uses = if job.frequencies.is_empty() { &schedule.frequencies } else { &job.frequencies };
    uses.get(usize::try_from(use_index?).ok()?)
}
