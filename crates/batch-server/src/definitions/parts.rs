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
    pub(super) users: Vec<UserPart>,
    pub(super) complete: Complete,
    pub(super) mistakes: Mistakes,
}

/// Whether every part of a kind has a usable name. Where one has none, a name that is not found can be meant for it, and
/// is no mistake of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Complete {
    pub(super) applications: bool,
    pub(super) queues: bool,
    pub(super) users: bool,
}

/// An application. A key with a mistake has its default here, and so in the other parts.
#[derive(Debug, Clone)]
pub(super) struct ApplicationPart {
    pub(super) new: NewApplication,
    /// Where its name stands in the file, as in the other parts.
    pub(super) at: usize,
    pub(super) base: FolderPart,
    pub(super) scripts: FolderPart,
    pub(super) reports: FolderPart,
    pub(super) extracts: FolderPart,
    pub(super) default_user: Option<Text>,
    pub(super) default_queue: Option<Text>,
    pub(super) jobs: Vec<JobPart>,
}

/// A folder of an application.
#[derive(Debug, Clone)]
pub(super) struct FolderPart {
    pub(super) key: &'static str,
    /// Where it stands; none when it is left out or a mistake.
    pub(super) at: Option<usize>,
    /// Empty when it is left out; none when it is a mistake.
    pub(super) path: Option<String>,
}

impl FolderPart {
    /// A folder that is given; none when it is a mistake.
    pub(super) fn new(key: &'static str, given: Option<Text>) -> Self {
        let at = given.as_ref().map(|given| given.at);
        Self { key, at, path: given.map(|given| given.text) }
    }
}

#[derive(Debug, Clone)]
pub(super) struct JobPart {
    pub(super) new: NewJob,
    pub(super) at: usize,
    /// Neither its kind nor its file is a mistake.
    pub(super) is_file_clear: bool,
    /// Where its file stands; none when it is left out.
    pub(super) file_at: Option<usize>,
    pub(super) queue: Option<Text>,
    pub(super) run_as: Option<Text>,
}

#[derive(Debug, Clone)]
pub(super) struct QueuePart {
    pub(super) new: NewQueue,
    pub(super) at: usize,
    pub(super) application: Option<Text>,
    /// Its application is no mistake.
    pub(super) has_clear_owner: bool,
    pub(super) controllers: Vec<Text>,
}

#[derive(Debug, Clone)]
pub(super) struct UserPart {
    pub(super) new: NewUser,
    pub(super) at: usize,
}
