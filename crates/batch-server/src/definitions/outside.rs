//! What a definitions file names, and only what is outside of it can tell: users, controllers, folders, files.

use batch_core::names::{key, nearest};

use super::files::Tree;
use super::parse::Known;
use super::parts::Definitions;
use super::section::{Mistakes, Text};
use crate::auth::ADMINISTRATOR;
use crate::options::Options;

/// What there is outside, with the place in the file that names it.
#[derive(Debug)]
pub(super) struct Outside {
    /// Users and controllers that do not exist.
    pub(super) mistakes: Mistakes,
    /// Controllers that another process may be.
    pub(super) doubts: Mistakes,
    /// Folders and files that should exist.
    pub(super) trees: Vec<Tree>,
}

impl Definitions {
    /// What is named here and has to exist elsewhere. `known` is what the database holds, where it is known.
    pub(super) fn outside(&self, options: &Options, known: &Known) -> Outside {
        let outside = Outside {
            mistakes: self.mistakes.another(),
            doubts: self.mistakes.another(),
            trees: self.applications.iter().map(|part| Tree::of(options, part)).collect(),
        };
        if self.complete.users {
            self.users_outside(known, &outside.mistakes);
        }
        self.controllers_outside(options, known, &outside);
        outside
    }

    fn users_outside(&self, known: &Known, mistakes: &Mistakes) {
        let mut users: Vec<&str> =
            self.users.iter().map(|user| user.new.name_key.as_str()).collect();
        users.extend(known.users.iter().map(String::as_str));
        let administrator = key(ADMINISTRATOR);
        users.push(&administrator);
        let check = |place: String, field: &str, user: &Option<Text>| {
            let Some(user) = user else { return };
            if !users.contains(&key(&user.text).as_str()) {
                let near = nearest(&user.text, users.iter().copied())
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
    }

    /// On SQLite there is one process, so a queue that only others serve starts nothing. On PostgreSQL the others may come later.
    fn controllers_outside(&self, options: &Options, known: &Known, outside: &Outside) {
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
                    outside.doubts.add(controller.at, text);
                } else {
                    let text = format!(
                        "{place} does not exist: a SQLite database has one process, and its name is `{own}` (key `name` of the \
                         configuration); use that, or leave `controllers` out"
                    );
                    outside.mistakes.add(controller.at, text);
                }
            }
        }
    }
}
