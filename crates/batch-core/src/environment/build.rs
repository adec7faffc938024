//! Building the list.

use std::fmt;

use super::inherited::{is_inherited, same_name};
use crate::parameters::Parameters;
use crate::path_map::Host;

/// What a job runs (`amt-domain 6`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// A script, by an interpreter.
    Script,
    /// A report or program of the application.
    Report,
    /// Any other executable.
    Executable,
}

/// The database of an application, for reports and executables (`amt-domain 6.3`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Database<'a> {
    /// Server.
    pub server: &'a str,
    /// Database on it.
    pub name: &'a str,
    /// User.
    pub user: &'a str,
    /// Password, only when the application opts in to handing it to its programs in clear text
    /// (`amt-domain 16.12`).
    pub password: Option<&'a str>,
}

impl fmt::Debug for Database<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("server", &self.server)
            .field("name", &self.name)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Everything from which the environment of one run is built. No text may hold a zero byte.
#[derive(Debug, Clone, Copy)]
pub struct JobFacts<'a> {
    /// System on which the job runs.
    pub host: Host,
    /// What it runs.
    pub kind: JobKind,
    /// The request.
    pub request_id: i64,
    /// Group of the request.
    pub batch_id: i64,
    /// Job definition; none for an ad-hoc script.
    pub job_id: Option<i64>,
    /// Name of the job, or the label of an ad-hoc script.
    pub job_name: Option<&'a str>,
    /// Application.
    pub application: &'a str,
    /// Script as it was asked for, with folder and extension; none for a report or executable.
    pub script_name: Option<&'a str>,
    /// Queue.
    pub queue: &'a str,
    /// Station that submitted.
    pub station: &'a str,
    /// User that submitted.
    pub submit_user: &'a str,
    /// User the job runs as.
    pub run_as: &'a str,
    /// Data of the critical point from which this run goes on; none for a run from the beginning.
    pub critical_point: Option<&'a str>,
    /// Parameters of the start.
    pub parameters: &'a Parameters,
    /// Database of the application.
    pub database: Option<Database<'a>>,
    /// Variables that the application's configuration adds.
    pub application_variables: &'a [(String, String)],
    /// The server's own environment.
    pub server_variables: &'a [(String, String)],
    /// Names that the site lets pass besides the usual ones, see [`is_inherited`].
    pub inherited_names: &'a [String],
}

/// The whole environment of a job but for the `AMTJOB_` variables, which the runner sets. It also fills
/// in `AMTPROCESSJOBID`, which is empty here. Names are unique: of several the last one counts, so neither the server nor a
/// configuration can forge what the job is told about itself.
///
/// Variables without content are set and empty, so that a script can use them without asking first.
pub fn environment(facts: &JobFacts<'_>) -> Vec<(String, String)> {
    let mut list = List { host: facts.host, entries: Vec::new() };
    for (name, value) in facts.server_variables {
        if is_inherited(name, facts.host, facts.inherited_names) {
            list.set(name, value);
        }
    }
    for (name, value) in facts.application_variables {
        list.set(name, value);
    }
    set_identity(&mut list, facts);
    set_parameters(&mut list, facts.parameters);
    match facts.kind {
        // Only scripts are promised it (`amt-domain 6.3`).
        JobKind::Script => list.set("AMTPROCESSJOBID", ""),
        JobKind::Report | JobKind::Executable => set_program(&mut list, facts),
    }
    list.entries
}

fn set_identity(list: &mut List, facts: &JobFacts<'_>) {
    list.set("AMTREQUESTID", &facts.request_id.to_string());
    list.set("AMTBATCHID", &facts.batch_id.to_string());
    list.set("AMTJOBID", &facts.job_id.map_or(String::new(), |id| id.to_string()));
    list.set("AMTJOBNAME", facts.job_name.unwrap_or_default());
    list.set("AMTAPPLICATION", facts.application);
    list.set("AMTSCRIPTNAME", facts.script_name.unwrap_or_default());
    list.set("AMTQUEUE", facts.queue);
    list.set("AMTUSER", facts.run_as);
    list.set("INITSTATION", facts.station);
    list.set("INITUSER", facts.submit_user);
    list.set("AMTRECOVER", if facts.critical_point.is_some() { "1" } else { "0" });
    list.set("AMTCRITICALPOINT", facts.critical_point.unwrap_or_default());
}

fn set_parameters(list: &mut List, parameters: &Parameters) {
    list.set("AMTREPORTPARAMETER", parameters.report_parameter.as_deref().unwrap_or_default());
    for (index, argument) in parameters.script_arguments.iter().enumerate() {
        list.set(&format!("AMTPARAM_{}", index + 1), argument);
    }
    for (index, word) in parameters.global_words().into_iter().enumerate() {
        list.set(&format!("PARM{}", index + 1), word);
    }
    for file in &parameters.extract_files {
        list.set(&format!("dd_{}", file.file_id), &file.file_name);
    }
}

fn set_program(list: &mut List, facts: &JobFacts<'_>) {
    list.set("RQUESTID", &facts.request_id.to_string());
    let Some(database) = facts.database else { return };
    list.set("DBSERVER", database.server);
    list.set("DBNAME", database.name);
    list.set("DBUSER", database.user);
    if let Some(password) = database.password {
        list.set("DBPASSWORD", password);
    }
}

struct List {
    host: Host,
    entries: Vec<(String, String)>,
}

impl List {
    fn set(&mut self, name: &str, value: &str) {
        let entry = (name.to_owned(), value.to_owned());
        match self.entries.iter_mut().find(|(known, _)| same_name(known, name, self.host)) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }
}

#[cfg(test)]
#[path = "build_tests.rs"]
mod tests;
