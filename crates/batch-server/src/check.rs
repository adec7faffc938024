//! `ringmaster batch-server check`: everything that would keep a server from starting or its jobs from running, without starting anything.

use crate::counted::counted;
use crate::definitions::{self, DefinitionsError};
use crate::options::Options;
use kit::data_dir;

/// What a check has found. Without mistakes the server can be started and run its jobs.
#[derive(Debug, Default)]
pub struct Checked {
    /// What was read, for people.
    pub notes: Vec<String>,
    /// What may be right and should be looked at.
    pub doubts: Vec<String>,
    /// What has to be corrected in the configuration.
    pub bad_options: Vec<String>,
    /// What else has to be corrected: definitions, files, folders.
    pub mistakes: Vec<String>,
}

/// Looks at the options and at every file and folder that they name.
pub fn check(options: &Options) -> Checked {
    let mut found = Checked::default();
    if let Err(bad) = options.validate() {
        found.bad_options = bad.0;
    }
    if let Some(tls) = &options.tls
        && let Err(error) = kit::tls::server_config(&tls.certificate, &tls.key)
    {
        found.mistakes.push(format!("key `tls`: {:#}", anyhow::Error::from(error)));
    }
    found.mistakes.extend(data_dir::open_to_others(&options.data_dir));
    check_definitions(options, &mut found);
    if options.is_controller() {
        found.mistakes.extend(options.no_runner());
    }
    found
}

fn check_definitions(options: &Options, found: &mut Checked) {
    let Some(path) = &options.definitions else {
        found.notes.push("definitions: none".to_owned());
        return;
    };
    match definitions::check(options, path) {
        Ok(checked) => {
            let count = checked.summary;
            found.notes.push(format!(
                "definitions {}: {}, {}, {}, {}",
                path.display(),
                counted(count.applications, "application", "applications"),
                counted(count.jobs, "job", "jobs"),
                counted(count.queues, "queue", "queues"),
                counted(count.users, "user", "users")
            ));
            found.mistakes.extend(checked.mistakes);
            found.doubts.extend(checked.doubts);
        }
        Err(DefinitionsError::Mistakes(lines)) => found.mistakes.extend(lines),
        Err(error) => found.mistakes.push(definitions::with_cause(&error)),
    }
}
