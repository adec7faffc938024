//! The configuration in memory: applications, jobs, queues, batch users.
//!
//! A cache: the tables are the truth, every change of them reloads it here, and a notification reloads it in the other
//! processes on the same database.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sql::Db;

use crate::error::Result;
use crate::store::{application, batch_user, controller, job, queue, server_state};

/// A consistent picture of the configuration.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) applications: Vec<application::Application>,
    pub(crate) queues: Vec<queue::Queue>,
    /// Which controllers serve a queue; none listed means all of them.
    pub(crate) queue_controllers: Vec<(i64, i64)>,
    pub(crate) is_halted: bool,
    /// Which picture it is: a later one has a larger number.
    pub(crate) version: i64,
    controllers: HashMap<i64, String>,
    jobs: HashMap<i64, job::Job>,
    jobs_by_name: HashMap<(i64, String), i64>,
    /// Keys of the users that a job can run as.
    users: std::collections::HashSet<String>,
}

impl Catalog {
    /// The application of this name, in any case.
    pub(crate) fn application(&self, name: &str) -> Option<&application::Application> {
        let key = batch_core::names::key(name);
        self.applications.iter().find(|application| application.name_key == key)
    }

    /// The application with this id.
    pub(crate) fn application_by_id(&self, id: i64) -> Option<&application::Application> {
        self.applications.iter().find(|application| application.id == id)
    }

    /// The job of this name in an application, in any case.
    pub(crate) fn job(&self, application_id: i64, name: &str) -> Option<&job::Job> {
        let key = batch_core::names::key(name);
        self.jobs_by_name.get(&(application_id, key)).and_then(|id| self.jobs.get(id))
    }

    /// The job with this id.
    pub(crate) fn job_by_id(&self, id: i64) -> Option<&job::Job> {
        self.jobs.get(&id)
    }

    /// Every job, in no order.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = &job::Job> {
        self.jobs.values()
    }

    /// The queue with this id.
    pub(crate) fn queue_by_id(&self, id: i64) -> Option<&queue::Queue> {
        self.queues.iter().find(|queue| queue.id == id)
    }

    /// The name of the controller with this id.
    pub(crate) fn controller_name(&self, id: i64) -> Option<&str> {
        self.controllers.get(&id).map(String::as_str)
    }

    /// The names of all controllers that have ever been known, in no order.
    pub(crate) fn controller_names(&self) -> impl Iterator<Item = &str> {
        self.controllers.values().map(String::as_str)
    }

    /// Whether a controller serves a queue: it is listed, or none is.
    pub(crate) fn serves(&self, controller_id: i64, queue_id: i64) -> bool {
        let mut listed =
            self.queue_controllers.iter().filter(|(queue, _)| *queue == queue_id).peekable();
        listed.peek().is_none() || listed.any(|(_, controller)| *controller == controller_id)
    }

    /// The keys of the users that a job can run as, in no order.
    pub(crate) fn user_keys(&self) -> impl Iterator<Item = &str> {
        self.users.iter().map(String::as_str)
    }

    /// Whether a job can run as this user.
    pub(crate) fn has_user(&self, name: &str) -> bool {
        self.users.contains(&batch_core::names::key(name))
    }
}

/// The newest picture. Readers take an `Arc` and keep it as long as they work.
#[derive(Debug, Default)]
pub(crate) struct CatalogCache(RwLock<Arc<Catalog>>);

impl CatalogCache {
    /// The newest picture.
    pub(crate) fn get(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads everything again.
    pub(crate) async fn reload(&self, db: &Db) -> Result<()> {
        let fresh: Catalog = db
            .read(|tx| {
                Box::pin(async move {
                    let state = server_state::get(tx).await?;
                    let jobs = job::all(tx).await?;
                    let jobs_by_name = jobs
                        .iter()
                        .map(|job| ((job.application_id, job.name_key.clone()), job.id))
                        .collect();
                    Ok::<_, sql::Error>(Catalog {
                        applications: application::all(tx).await?,
                        queues: queue::all(tx).await?,
                        queue_controllers: queue::controllers(tx).await?,
                        is_halted: state.is_halted,
                        version: state.catalog_version,
                        controllers: controller::all(tx)
                            .await?
                            .into_iter()
                            .map(|controller| (controller.id, controller.name))
                            .collect(),
                        jobs_by_name,
                        jobs: jobs.into_iter().map(|job| (job.id, job)).collect(),
                        users: batch_user::keys(tx).await?.into_iter().collect(),
                    })
                })
            })
            .await?;
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Two reloads at once may end in either order.
        if fresh.version >= current.version {
            *current = Arc::new(fresh);
        }
        Ok(())
    }
}
