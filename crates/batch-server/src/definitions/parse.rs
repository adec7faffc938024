//! The definitions file: its keys, and what can be wrong with each.

use std::collections::BTreeMap;
use std::path::Path;

use batch_core::names::{Application, Controller, Job, Queue, User, key, nearest};
use batch_core::path_map::BasePaths;
use batch_core::zone::Zone;
use jiff::civil::Time;
use toml::de::DeTable;

use super::section::{Mistakes, Section, Text};
use super::{DefinitionsError, Summary};
use crate::catalog::Catalog;
use crate::options::Options;
use crate::store::application::NewApplication;
use crate::store::batch_user::NewUser;
use crate::store::job::NewJob;
use crate::store::queue::NewQueue;

/// Longest text of any kind, in characters.
const TEXT_CHARS_MAX: usize = 4000;
/// Arguments of a job at most.
const ARGUMENTS_MAX: usize = 100;

/// What a definitions file says. Numbers of other rows are filled in when it is applied.
#[derive(Debug)]
pub(crate) struct Definitions {
    pub(super) applications: Vec<ApplicationPart>,
    pub(super) queues: Vec<QueuePart>,
    pub(super) users: Vec<NewUser>,
    mistakes: Mistakes,
}

#[derive(Debug, Clone)]
pub(super) struct ApplicationPart {
    pub(super) new: NewApplication,
    default_queue: Option<Text>,
    pub(super) jobs: Vec<JobPart>,
}

#[derive(Debug, Clone)]
pub(super) struct JobPart {
    pub(super) new: NewJob,
    pub(super) queue: Option<Text>,
}

#[derive(Debug, Clone)]
pub(super) struct QueuePart {
    pub(super) new: NewQueue,
    pub(super) application: Option<Text>,
    pub(super) controllers: Vec<String>,
    at: usize,
}

/// Names that exist besides those of the file, as keys.
#[derive(Debug, Default)]
pub(super) struct Known {
    applications: Vec<String>,
    /// Queues with the key of their application.
    queues: Vec<(String, Option<String>)>,
}

impl Known {
    /// Those of the database.
    pub(super) fn of(catalog: &Catalog) -> Self {
        let owner = |id: Option<i64>| {
            id.and_then(|id| catalog.application_by_id(id)).map(|found| found.name_key.clone())
        };
        Self {
            applications: catalog.applications.iter().map(|found| found.name_key.clone()).collect(),
            queues: catalog
                .queues
                .iter()
                .map(|queue| (queue.name_key.clone(), owner(queue.application_id)))
                .collect(),
        }
    }
}

impl Definitions {
    /// Reads a file. Relative base paths start at `folder`.
    ///
    /// # Errors
    /// Every mistake that can be seen without looking at other definitions.
    pub(super) fn parse(
        options: &Options,
        text: &str,
        path: &Path,
        folder: &Path,
    ) -> Result<Self, DefinitionsError> {
        let mistakes = Mistakes::new(path.to_owned(), text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            mistakes.add(error.span().map_or(0, |span| span.start), error.message());
        }
        if !errors.is_empty() {
            return Err(DefinitionsError::Mistakes(mistakes.lines()));
        }
        let reader = Reader { options, folder };
        let root = Section::root(&table, &mistakes);
        root.only(&["application", "queue", "user"]);
        let mut applications: Vec<_> =
            root.sections("application").into_iter().filter_map(|part| reader.application(part)).collect();
        let mut queues: Vec<_> =
            root.sections("queue").into_iter().filter_map(|part| reader.queue(part)).collect();
        let users: Vec<_> = root.sections("user").into_iter().filter_map(user).collect();
        set_default_queues(&mut applications, &mut queues, &mistakes);
        refuse_doubles(&applications, &queues, &users, &mistakes);
        finished(Self { applications, queues, users, mistakes })
    }

    /// Checks the names of other things.
    pub(super) fn check_references(&self, known: &Known) -> Result<(), DefinitionsError> {
        let mut applications: Vec<&str> = known.applications.iter().map(String::as_str).collect();
        applications.extend(self.applications.iter().map(|part| part.new.name_key.as_str()));
        let mut queues: BTreeMap<&str, Option<String>> =
            known.queues.iter().map(|(queue, owner)| (queue.as_str(), owner.clone())).collect();
        for queue in &self.queues {
            let owner = queue.application.as_ref().map(|owner| key(&owner.text));
            queues.insert(&queue.new.name_key, owner);
            if let Some(owner) = &queue.application
                && !applications.contains(&key(&owner.text).as_str())
            {
                let hint = hint(&owner.text, applications.iter().copied());
                let text = format!("queue `{}`: application `{}` does not exist; {hint}", queue.new.name, owner.text);
                self.mistakes.add(owner.at, text);
            }
        }
        for application in &self.applications {
            for job in &application.jobs {
                if let Some(queue) = &job.queue {
                    self.check_queue(&application.new, &job.new, queue, &queues);
                }
            }
        }
        let lines = self.mistakes.lines();
        if lines.is_empty() { Ok(()) } else { Err(DefinitionsError::Mistakes(lines)) }
    }

    fn check_queue(
        &self,
        application: &NewApplication,
        job: &NewJob,
        queue: &Text,
        queues: &BTreeMap<&str, Option<String>>,
    ) {
        let place = format!("job `{}`", job.name);
        match queues.get(key(&queue.text).as_str()) {
            None => {
                let hint = hint(&queue.text, queues.keys().copied());
                self.mistakes.add(queue.at, format!("{place}: queue `{}` does not exist; {hint}", queue.text));
            }
            Some(Some(owner)) if *owner != application.name_key => {
                let text = format!("{place}: queue `{}` serves another application, `{owner}`", queue.text);
                self.mistakes.add(queue.at, text);
            }
            Some(_) => {}
        }
    }

    /// How much is in it.
    pub(super) fn summary(&self) -> Summary {
        Summary {
            applications: self.applications.len(),
            jobs: self.applications.iter().map(|part| part.jobs.len()).sum(),
            queues: self.queues.len(),
            users: self.users.len(),
        }
    }
}

fn finished(definitions: Definitions) -> Result<Definitions, DefinitionsError> {
    let lines = definitions.mistakes.lines();
    if lines.is_empty() { Ok(definitions) } else { Err(DefinitionsError::Mistakes(lines)) }
}

fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or("define it, or name another".to_owned(), |near| format!("did you mean `{near}`?"))
}

/// An application's `default_queue` makes that queue of its own the default.
fn set_default_queues(applications: &mut [ApplicationPart], queues: &mut [QueuePart], mistakes: &Mistakes) {
    for application in applications {
        let Some(wanted) = &application.default_queue else { continue };
        let own = |queue: &QueuePart| {
            queue.application.as_ref().is_some_and(|owner| key(&owner.text) == application.new.name_key)
        };
        match queues.iter_mut().find(|queue| queue.new.name_key == key(&wanted.text)) {
            Some(queue) if own(queue) => queue.new.is_default = true,
            _ => mistakes.add(
                wanted.at,
                format!(
                    "application `{}`: default_queue `{}` is no queue of this application in this file; add \
                     `[[queue]]` with `application = \"{}\"`",
                    application.new.name, wanted.text, application.new.name
                ),
            ),
        }
    }
}

fn refuse_doubles(
    applications: &[ApplicationPart],
    queues: &[QueuePart],
    users: &[NewUser],
    mistakes: &Mistakes,
) {
    let mut seen = std::collections::BTreeSet::new();
    let mut once = |at: usize, what: &'static str, of: &str, name_key: &str, name: &str| {
        if !seen.insert((what, of.to_owned(), name_key.to_owned())) {
            mistakes.add(at, format!("{what} `{name}` is defined twice; remove one of them"));
        }
    };
    for application in applications {
        let new = &application.new;
        once(0, "application", "", &new.name_key, &new.name);
        for job in &application.jobs {
            let at = job.queue.as_ref().map_or(0, |queue| queue.at);
            once(at, "job", &new.name_key, &job.new.name_key, &job.new.name);
        }
    }
    for queue in queues {
        once(queue.at, "queue", "", &queue.new.name_key, &queue.new.name);
    }
    for user in users {
        once(0, "user", "", &user.name_key, &user.name);
    }
    for queue in queues.iter().filter(|queue| queue.new.is_default) {
        let owner = queue.application.as_ref().map(|owner| key(&owner.text)).unwrap_or_default();
        let of = if owner.is_empty() { "every application".to_owned() } else { format!("application `{owner}`") };
        if !seen.insert(("default", owner, String::new())) {
            let name = &queue.new.name;
            mistakes.add(queue.at, format!("queue `{name}`: {of} has another default queue already; leave only one"));
        }
    }
}

struct Reader<'a> {
    options: &'a Options,
    folder: &'a Path,
}

impl Reader<'_> {
    fn application(&self, mut section: Section<'_>) -> Option<ApplicationPart> {
        let name = section.own_name::<Application>("application");
        section.only(&[
            "name",
            "description",
            "base_path",
            "script_path",
            "report_path",
            "extract_path",
            "log_path",
            "default_user",
            "default_queue",
            "settings",
            "job",
        ]);
        let base_path = self.base_path(&section, name.as_ref().map_or("", |name| name.as_str()));
        let jobs = section.sections("job").into_iter().filter_map(job).collect();
        let name = name?;
        let base_path = base_path?;
        let below = |key| self.below(&section, key, &base_path, name.as_str());
        let new = NewApplication {
            description: bounded(&section, "description"),
            script_path: below("script_path"),
            report_path: below("report_path"),
            extract_path: below("extract_path"),
            log_path: below("log_path"),
            default_user: section.name::<User>("default_user").map(|user| user.to_string()),
            settings: settings(&section),
            name: name.to_string(),
            name_key: name.key().to_owned(),
            base_path,
        };
        Some(ApplicationPart { new, default_queue: section.text("default_queue"), jobs })
    }

    /// The base path, made absolute from the folder of the file.
    fn base_path(&self, section: &Section<'_>, name: &str) -> Option<String> {
        let given = section.required("base_path")?;
        let is_relative = !given.text.starts_with(['/', '%', '\\'])
            && !batch_core::path_map::is_windows_style(&given.text);
        let path = if is_relative {
            self.folder.join(&given.text).to_string_lossy().into_owned()
        } else {
            given.text.clone()
        };
        self.check_path(section, "base_path", &given, &path, None, name)?;
        let last = path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
        if !last.eq_ignore_ascii_case("%APPNAME%") && key(last) != key(name) {
            let detail = format!("key `base_path`: its last folder must be `{name}`, the application's name, not `{last}`");
            section.mistake(given.at, detail);
            return None;
        }
        Some(path)
    }

    /// A folder of an application; a relative one is below the base path.
    fn below(&self, section: &Section<'_>, field: &str, base_path: &str, name: &str) -> String {
        let Some(given) = section.text(field).filter(|given| !given.text.is_empty()) else {
            return String::new();
        };
        let is_full = given.text.starts_with(['/', '%', '\\'])
            || batch_core::path_map::is_windows_style(&given.text);
        let path = if is_full { given.text.clone() } else { format!("%APPROOT%/{}", given.text) };
        if path.split(['/', '\\']).any(|part| part == "..") {
            section.mistake(given.at, format!("key `{field}`: remove `..`, give the full path"));
        }
        self.check_path(section, field, &given, &path, Some(base_path), name);
        path
    }

    fn check_path(
        &self,
        section: &Section<'_>,
        field: &str,
        given: &Text,
        path: &str,
        base_path: Option<&str>,
        name: &str,
    ) -> Option<()> {
        let variables = BasePaths {
            system_root: self.options.system_base_path.as_deref(),
            application_root: base_path,
            application: Some(name).filter(|name| !name.is_empty()),
            user: Some("USER"),
        };
        let refuse = |error: &dyn std::fmt::Display| {
            section.mistake(given.at, format!("key `{field}`: {error}"));
        };
        let expanded = variables.expand(path).map_err(|error| refuse(&error)).ok()?;
        let map = self.options.path_map().map_err(|error| refuse(&error)).ok()?;
        map.resolve(&expanded).map_err(|error| refuse(&error)).ok().map(|_| ())
    }

    fn queue(&self, mut section: Section<'_>) -> Option<QueuePart> {
        let name = section.own_name::<Queue>("queue");
        section.only(&[
            "name",
            "application",
            "default",
            "priority",
            "start_time",
            "end_time",
            "time_zone",
            "concurrency",
            "same_report_twice",
            "controllers",
        ]);
        let (start, end) = (time(&section, "start_time"), time(&section, "end_time"));
        if start.is_some() != end.is_some() {
            section.mistake(section.at(), "give both `start_time` and `end_time`, or none of them");
        }
        let controllers = section.texts("controllers");
        for controller in &controllers {
            if let Err(error) = controller.text.parse::<batch_core::names::Name<Controller>>() {
                section.mistake(controller.at, error);
            }
        }
        let name = name?;
        let new = NewQueue {
            name: name.to_string(),
            name_key: name.key().to_owned(),
            application_id: None,
            is_default: section.flag("default", false),
            priority: section.word("priority", &["normal", "high", "low"])?.to_owned(),
            window_start: start,
            window_end: end,
            time_zone: zone(&section),
            concurrency: section.number("concurrency", 1..=100_000, i64::from(self.options.queue_concurrency)),
            same_report_twice: section.flag("same_report_twice", true),
        };
        Some(QueuePart {
            new,
            application: section.text("application"),
            controllers: controllers.into_iter().map(|controller| controller.text).collect(),
            at: section.at(),
        })
    }
}

fn job(mut section: Section<'_>) -> Option<JobPart> {
    let name = section.own_name::<Job>("job");
    section.only(&[
        "name",
        "kind",
        "file",
        "description",
        "revision",
        "arguments",
        "queue",
        "run_as",
        "report_parameter",
        "global_parameter",
    ]);
    let kind = section.word("kind", &["report", "program", "script", "executable"]);
    let arguments: Vec<String> = section.texts("arguments").into_iter().map(|text| text.text).collect();
    if arguments.len() > ARGUMENTS_MAX {
        section.mistake(section.at(), format!("key `arguments`: use at most {ARGUMENTS_MAX}"));
    }
    let file = section.text("file");
    if let Some(file) = &file
        && (file.text.trim().is_empty() || file.text.split(['/', '\\']).any(|part| part == ".."))
    {
        section.mistake(file.at, "key `file`: name a file below the report or script folder, without `..`");
    }
    let name = name?;
    let new = NewJob {
        application_id: 0,
        name: name.to_string(),
        name_key: name.key().to_owned(),
        // A program is a report of a COBOL application.
        kind: if kind? == "program" { "report" } else { kind? }.to_owned(),
        file: file.map_or_else(|| name.to_string(), |file| file.text),
        arguments: serde_json::Value::from(arguments).to_string(),
        revision: bounded(&section, "revision"),
        queue_id: None,
        run_as: section.name::<User>("run_as").map(|user| user.to_string()),
        report_parameter: parameter(&section, "report_parameter"),
        global_parameter: parameter(&section, "global_parameter"),
        description: bounded(&section, "description"),
        source: "file".to_owned(),
    };
    Some(JobPart { new, queue: section.text("queue") })
}

fn user(mut section: Section<'_>) -> Option<NewUser> {
    let name = section.own_name::<User>("user");
    section.only(&["name", "full_name", "email", "language"]);
    let name = name?;
    Some(NewUser {
        name: name.to_string(),
        name_key: name.key().to_owned(),
        full_name: bounded(&section, "full_name"),
        email: bounded(&section, "email"),
        language: bounded(&section, "language"),
        station: None,
        is_approved: true,
    })
}

/// A text of bounded length; empty when it is absent.
fn bounded(section: &Section<'_>, field: &str) -> String {
    let Some(given) = section.text(field) else { return String::new() };
    if given.text.chars().nth(TEXT_CHARS_MAX).is_some() {
        section.mistake(given.at, format!("key `{field}` is too long; use at most {TEXT_CHARS_MAX} characters"));
    }
    given.text
}

fn parameter(section: &Section<'_>, field: &str) -> Option<String> {
    let given = section.text(field)?;
    if given.text.contains(['\n', '\r']) {
        section.mistake(given.at, format!("key `{field}` must be one line"));
    }
    Some(bounded(section, field)).filter(|text| !text.is_empty())
}

fn time(section: &Section<'_>, field: &str) -> Option<String> {
    let given = section.text(field)?;
    match given.text.parse::<Time>() {
        Ok(time) => Some(format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())),
        Err(_) => {
            section.mistake(given.at, format!("key `{field}`: `{}` is not a time of day; use HH:MM", given.text));
            None
        }
    }
}

fn zone(section: &Section<'_>) -> String {
    let Some(given) = section.text("time_zone") else { return "UTC".to_owned() };
    if let Err(error) = given.text.parse::<Zone>() {
        section.mistake(given.at, format!("key `time_zone`: {error}"));
    }
    given.text
}

/// The variables of an application as JSON.
fn settings(section: &Section<'_>) -> String {
    let mut settings = BTreeMap::new();
    for (name, value) in section.settings("settings") {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            let detail = format!("settings: `{name}` is no name of a variable; use letters, digits and `_`");
            section.mistake(value.at, detail);
        }
        settings.insert(name, value.text);
    }
    serde_json::json!(settings).to_string()
}
