//! The keys of a definitions file, and what can be wrong with each.

use std::collections::BTreeMap;
use std::path::Path;

use batch_core::names::{Application, Controller, Job, Queue, User, key};
use batch_core::path_map::BasePaths;
use batch_core::zone::Zone;
use jiff::civil::Time;

use super::parts::{ApplicationPart, FolderPart, JobPart, QueuePart, UserPart};
use super::section::{Section, Text};
use crate::options::Options;
use crate::store::application::NewApplication;
use crate::store::batch_user::NewUser;
use crate::store::job::NewJob;
use crate::store::queue::{NewQueue, SAME_REPORT_TWICE};

/// Longest text of any kind, in characters.
const TEXT_CHARS_MAX: usize = 4000;
/// Arguments of a job at most.
const ARGUMENTS_MAX: usize = 100;

/// Reads the parts of a file.
pub(super) struct Reader<'a> {
    pub(super) options: &'a Options,
    /// Where relative base paths start.
    pub(super) folder: &'a Path,
}

impl Reader<'_> {
    /// An application; none without a usable name.
    pub(super) fn application(&self, mut section: Section<'_>) -> Option<ApplicationPart> {
        let named = section.own_name::<Application>("application");
        section.only(&[
            "name",
            "description",
            "base_path",
            "script_path",
            "report_path",
            "extract_path",
            "default_user",
            "default_queue",
            "settings",
            "job",
        ]);
        let name = named.as_ref().map(|(name, _)| name.as_str());
        let base = FolderPart::new("base_path", self.base_path(&section, name));
        let below = |key| self.below(&section, key, base.path.as_deref(), name);
        let (scripts, reports, extracts) =
            (below("script_path"), below("report_path"), below("extract_path"));
        let default_user = section.name::<User>("default_user");
        let default_queue = section.text("default_queue");
        let (description, settings) = (bounded(&section, "description"), settings(&section));
        let jobs = section.sections("job").into_iter().filter_map(job).collect();
        let (name, at) = named?;
        let new = NewApplication {
            description,
            script_path: scripts.path.clone().unwrap_or_default(),
            report_path: reports.path.clone().unwrap_or_default(),
            extract_path: extracts.path.clone().unwrap_or_default(),
            default_user: default_user.as_ref().map(|user| user.text.clone()),
            settings,
            name: name.to_string(),
            name_key: name.key().to_owned(),
            base_path: base.path.clone().unwrap_or_default(),
        };
        Some(ApplicationPart {
            new,
            at,
            base,
            scripts,
            reports,
            extracts,
            default_user,
            default_queue,
            jobs,
        })
    }

    /// The base path, made absolute from the folder of the file, and where it stands.
    fn base_path(&self, section: &Section<'_>, name: Option<&str>) -> Option<Text> {
        let given = section.required("base_path")?;
        let is_relative = !given.text.starts_with(['/', '%', '\\'])
            && !batch_core::path_map::is_windows_style(&given.text);
        let path = if is_relative {
            self.folder.join(&given.text).to_string_lossy().into_owned()
        } else {
            given.text.clone()
        };
        self.check_path(section, "base_path", &given, &path, None, name)?;
        let last =
            path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
        if let Some(name) = name
            && !last.eq_ignore_ascii_case("%APPNAME%")
            && key(last) != key(name)
        {
            let detail = format!(
                "key `base_path`: its last folder must be `{name}`, the application's name, not `{last}`"
            );
            section.mistake(given.at, detail);
            return None;
        }
        Some(Text { text: path, at: given.at })
    }

    /// A folder of an application; a relative one is below the base path.
    fn below(
        &self,
        section: &Section<'_>,
        field: &'static str,
        base_path: Option<&str>,
        name: Option<&str>,
    ) -> FolderPart {
        let Some(given) = section.text(field) else {
            // Left out, it is the base path; of another type, it is a mistake.
            let path = (!section.has(field)).then(String::new);
            return FolderPart { key: field, at: None, path };
        };
        if given.text.is_empty() {
            return FolderPart { key: field, at: None, path: Some(String::new()) };
        }
        let is_full = given.text.starts_with(['/', '%', '\\'])
            || batch_core::path_map::is_windows_style(&given.text);
        let path = if is_full { given.text.clone() } else { format!("%APPROOT%/{}", given.text) };
        if path.split(['/', '\\']).any(|part| part == "..") {
            section.mistake(given.at, format!("key `{field}`: remove `..`, give the full path"));
            return FolderPart::new(field, None);
        }
        // With a wrong base path, what is below it can be right all the same.
        let base_path = Some(base_path.unwrap_or("/"));
        let is_right = self.check_path(section, field, &given, &path, base_path, name).is_some();
        FolderPart::new(field, is_right.then_some(Text { text: path, at: given.at }))
    }

    fn check_path(
        &self,
        section: &Section<'_>,
        field: &str,
        given: &Text,
        path: &str,
        base_path: Option<&str>,
        name: Option<&str>,
    ) -> Option<()> {
        let variables = BasePaths {
            system_root: self.options.system_base_path.as_deref(),
            application_root: base_path,
            // An application without a usable name has a mistake already.
            application: Some(name.unwrap_or("NAME")),
            user: Some("USER"),
        };
        let refuse = |error: &dyn std::fmt::Display| {
            section.mistake(given.at, format!("key `{field}`: {error}"));
        };
        let expanded = variables.expand(path).map_err(|error| refuse(&error)).ok()?;
        let map = self.options.path_map().map_err(|error| refuse(&error)).ok()?;
        map.resolve(&expanded).map_err(|error| refuse(&error)).ok().map(|_| ())
    }

    /// A queue, likewise.
    pub(super) fn queue(&self, mut section: Section<'_>) -> Option<QueuePart> {
        let named = section.own_name::<Queue>("queue");
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
        if section.has("start_time") != section.has("end_time") {
            section.mistake(section.at(), "give both `start_time` and `end_time`, or none of them");
        }
        let (start, end) = (time(&section, "start_time"), time(&section, "end_time"));
        let priority = section.word("priority", &["normal", "high", "low"]).unwrap_or("normal");
        let (is_default, time_zone) = (section.flag("default", false), zone(&section));
        let concurrency =
            section.number("concurrency", 1..=100_000, i64::from(self.options.queue_concurrency));
        let same_report_twice = section.flag("same_report_twice", SAME_REPORT_TWICE);
        let controllers = section.names::<Controller>("controllers");
        let application = section.text("application");
        let (name, at) = named?;
        let new = NewQueue {
            name: name.to_string(),
            name_key: name.key().to_owned(),
            application_id: None,
            is_default,
            priority: priority.to_owned(),
            window_start: start,
            window_end: end,
            time_zone,
            concurrency,
            same_report_twice,
        };
        let has_clear_owner = application.is_some() || !section.has("application");
        Some(QueuePart { new, at, application, has_clear_owner, controllers })
    }
}

fn job(mut section: Section<'_>) -> Option<JobPart> {
    let named = section.own_name::<Job>("job");
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
    let file = file(&section);
    let is_file_clear = kind.is_some() && (file.is_some() || !section.has("file"));
    let arguments = arguments(&section);
    let (queue, run_as) = (section.text("queue"), section.name::<User>("run_as"));
    let revision = bounded(&section, "revision");
    let description = bounded(&section, "description");
    let report_parameter = parameter(&section, "report_parameter");
    let global_parameter = parameter(&section, "global_parameter");
    let (name, at) = named?;
    let file_at = file.as_ref().map(|file| file.at);
    let new = NewJob {
        application_id: 0,
        name: name.to_string(),
        name_key: name.key().to_owned(),
        // A program is a report of a COBOL application.
        kind: kind.filter(|kind| *kind != "program").unwrap_or("report").to_owned(),
        file: file.map_or_else(|| name.to_string(), |file| file.text),
        arguments,
        revision,
        queue_id: None,
        run_as: run_as.as_ref().map(|user| user.text.clone()),
        report_parameter,
        global_parameter,
        description,
        source: "file".to_owned(),
    };
    Some(JobPart { new, at, is_file_clear, file_at, queue, run_as })
}

/// The file of a job; none when it is absent or a mistake.
fn file(section: &Section<'_>) -> Option<Text> {
    let file = section.text("file")?;
    if file.text.trim().is_empty() || file.text.split(['/', '\\']).any(|part| part == "..") {
        section.mistake(
            file.at,
            "key `file`: name a file below the report or script folder, without `..`",
        );
        return None;
    }
    Some(file)
}

/// The arguments of a job as JSON.
fn arguments(section: &Section<'_>) -> String {
    let arguments: Vec<String> =
        section.texts("arguments").into_iter().map(|text| text.text).collect();
    if arguments.len() > ARGUMENTS_MAX {
        section.mistake(section.at(), format!("key `arguments`: use at most {ARGUMENTS_MAX}"));
    }
    serde_json::Value::from(arguments).to_string()
}

/// A user, likewise.
pub(super) fn user(mut section: Section<'_>) -> Option<UserPart> {
    let named = section.own_name::<User>("user");
    section.only(&["name", "full_name", "email", "language"]);
    let text = |key| bounded(&section, key);
    let (full_name, email, language) = (text("full_name"), text("email"), text("language"));
    let (name, at) = named?;
    let new = NewUser {
        name: name.to_string(),
        name_key: name.key().to_owned(),
        full_name,
        email,
        language,
        station: None,
        is_approved: true,
    };
    Some(UserPart { new, at })
}

/// A text of bounded length; empty when it is absent.
fn bounded(section: &Section<'_>, field: &str) -> String {
    let Some(given) = section.text(field) else { return String::new() };
    if given.text.chars().nth(TEXT_CHARS_MAX).is_some() {
        section.mistake(
            given.at,
            format!("key `{field}` is too long; use at most {TEXT_CHARS_MAX} characters"),
        );
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
    let Ok(time) = given.text.parse::<Time>() else {
        let what = format!("key `{field}`: `{}` is not a time of day; use HH:MM", given.text);
        section.mistake(given.at, what);
        return None;
    };
    Some(format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()))
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
            let detail =
                format!("settings: `{name}` is no name of a variable; use letters, digits and `_`");
            section.mistake(value.at, detail);
        }
        settings.insert(name, value.text);
    }
    serde_json::json!(settings).to_string()
}
