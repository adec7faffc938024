//! The definitions with which daily jobs and schedules were built, read once and kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use scheduler_core::definition::notification::NotificationGroup;
use scheduler_core::definition::{FrequencyUse, Job, Named, Schedule};
use scheduler_core::name::NotificationGroupName;
use scheduler_core::notification::Index;
use scheduler_store::definition::{self, Definition};

use crate::definitions::{NOTIFICATION_GROUP, body};
use crate::error::{Error, Result};
use crate::secrets::Masks;

/// So many definitions are kept: some tens of megabytes.
const KEPT_MAX: usize = 10_000;

/// Definitions by the numbers of their rows, which never change.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    jobs: Mutex<HashMap<i64, Arc<Job>>>,
    schedules: Mutex<HashMap<i64, Arc<Schedule>>>,
    /// Who is told of what, by the revision of the definitions that say so.
    notifications: Mutex<Option<(i64, Arc<Index>)>>,
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
        let kept = self.notifications.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, index)) = kept.filter(|(of, _)| *of == revision) {
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
        let kept = Some((revision, Arc::clone(&index)));
        *self.notifications.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(index)
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
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(id, Arc::clone(&read));
        Ok(read)
    }
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
