//! The parts of a definitions file.

use super::section::{Mistakes, Text};
use crate::store::application::NewApplication;
use crate::store::batch_user::NewUser;
use crate::store::job::NewJob;
use crate::store::queue::NewQueue;

/// What a definitions file says. Numbers of other rows are filled in when it is applied.
#[derive(Debug)]
pub(crate) struct Definitions {
    pub(super) applications: Vec<ApplicationPart>,
    pub(super) queues: Vec<QueuePart>,
    pub(super) users: Vec<NewUser>,
    pub(super) mistakes: Mistakes,
}

#[derive(Debug, Clone)]
pub(super) struct ApplicationPart {
    pub(super) new: NewApplication,
    /// Where its base path stands in the file.
    pub(super) base_path_at: usize,
    pub(super) default_user: Option<Text>,
    pub(super) default_queue: Option<Text>,
    pub(super) jobs: Vec<JobPart>,
}

#[derive(Debug, Clone)]
pub(super) struct JobPart {
    pub(super) new: NewJob,
    pub(super) queue: Option<Text>,
    pub(super) run_as: Option<Text>,
}

#[derive(Debug, Clone)]
pub(super) struct QueuePart {
    pub(super) new: NewQueue,
    pub(super) application: Option<Text>,
    pub(super) controllers: Vec<Text>,
    pub(super) at: usize,
}
