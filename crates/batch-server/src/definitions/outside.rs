//! What a definitions file names, and only what is outside of it can tell: users, controllers, folders.

use std::fs;
use std::io::ErrorKind;

use batch_core::names::key;
use batch_core::path_map::BasePaths;

use super::parse::Known;
use super::parts::{ApplicationPart, Definitions};
use super::section::{Mistakes, Text};
use crate::auth::ADMINISTRATOR;
use crate::options::Options;

/// What there is outside, with the line of the file that names it.
#[derive(Debug)]
pub(super) struct Outside {
    /// Users and controllers that do not exist; one line each.
    pub(super) mistakes: Vec<String>,
    /// Controllers that another process may be; one line each.
    pub(super) doubts: Vec<String>,
    /// Folders that should exist.
    pub(super) folders: Vec<Folder>,
}

/// A folder that has to be there for jobs to run.
#[derive(Debug)]
pub(super) struct Folder {
    /// File, line and key.
    place: String,
    path: String,
}

impl Folder {
    /// Why it cannot be used; none when it can.
    pub(super) fn mistake(&self) -> Option<String> {
        let error = fs::read_dir(&self.path).err()?;
        let what = match error.kind() {
            ErrorKind::NotFound => {
                "does not exist; create or mount it, or correct the key".to_owned()
            }
            ErrorKind::NotADirectory => {
                "is no folder; name the folder of the application".to_owned()
            }
            ErrorKind::PermissionDenied => {
                "may not be read by the user of this process; let it read the folder".to_owned()
            }
            _ => format!("cannot be read: {error}"),
        };
        Some(format!("{}: folder {} {what}", self.place, self.path))
    }
}

impl Definitions {
    /// What is named here and has to exist elsewhere. `known` is what the database holds, where it is known.
    pub(super) fn outside(&self, options: &Options, known: &Known) -> Outside {
        let mistakes = self.mistakes.another();
        let mut users: Vec<String> = self.users.iter().map(|user| user.name_key.clone()).collect();
        users.extend(known.users.iter().cloned());
        users.push(key(ADMINISTRATOR));
        let check = |place: String, field: &str, user: &Option<Text>| {
            let Some(user) = user else { return };
            if !users.contains(&key(&user.text)) {
                let near = batch_core::names::nearest(&user.text, users.iter().map(String::as_str))
                    .map_or_else(String::new, |near| format!("did you mean `{near}`? otherwise "));
                let text = format!(
                    "{place}: key `{field}`: user `{}` does not exist, so jobs that run as it are refused; {near}add `[[user]]` with this \
                     name, or correct it",
                    user.text
                );
                mistakes.add(user.at, text);
            }
        };
        for part in &self.applications {
            check(format!("application `{}`", part.new.name), "default_user", &part.default_user);
            for job in &part.jobs {
                check(format!("job `{}`", job.new.name), "run_as", &job.run_as);
            }
        }
        let doubts = self.controllers(options, known, &mistakes);
        let folders = self.applications.iter().filter_map(|part| self.base_path(options, part));
        Outside { mistakes: mistakes.lines(), doubts, folders: folders.collect() }
    }

    /// On SQLite there is one process, so a queue that only others serve starts nothing. On PostgreSQL the others may come later.
    fn controllers(&self, options: &Options, known: &Known, mistakes: &Mistakes) -> Vec<String> {
        let doubts = mistakes.another();
        let own = options.server_name();
        let is_shared = options.database_url().is_postgres();
        for queue in &self.queues {
            for controller in &queue.controllers {
                let wanted = key(&controller.text);
                let is_own = options.is_controller() && wanted == key(&own);
                if is_own || (is_shared && known.controllers.contains(&wanted)) {
                    continue;
                }
                let place = format!(
                    "queue `{}`: key `controllers`: controller `{}`",
                    queue.new.name, controller.text
                );
                if is_shared {
                    let text = format!(
                        "{place} is not this process, `{own}`; make sure that another process on this database has this `name`"
                    );
                    doubts.add(controller.at, text);
                } else {
                    let text = format!(
                        "{place} does not exist: a SQLite database has one process, and its name is `{own}` (key `name` of the \
                         configuration); use that, or leave `controllers` out"
                    );
                    mistakes.add(controller.at, text);
                }
            }
        }
        doubts.lines()
    }

    /// The base path on this machine. Whether it can be resolved has been checked when the file was read.
    fn base_path(&self, options: &Options, part: &ApplicationPart) -> Option<Folder> {
        let variables = BasePaths {
            system_root: options.system_base_path.as_deref(),
            application_root: None,
            application: Some(&part.new.name),
            user: None,
        };
        let expanded = variables.expand(&part.new.base_path).ok()?;
        let path = options.path_map().ok()?.resolve(&expanded).ok()?;
        let place = self.mistakes.another();
        let text = format!("application `{}`: key `base_path`", part.new.name);
        place.add(part.base_path_at, text);
        Some(Folder { place: place.lines().concat(), path })
    }
}
