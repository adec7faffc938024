//! `plugin.toml`: what a plug-in is and how it is started.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;
use kit::DurationText;
use serde::Deserialize;

/// The file's name.
pub const MANIFEST: &str = "plugin.toml";
/// Largest manifest, in bytes.
pub(super) const MANIFEST_BYTES_MAX: u64 = 64 * 1024;
const NAME_BYTES_MAX: usize = 64;
const TIMEOUT_DEFAULT: Duration = Duration::from_mins(1);
const TIMEOUT_MIN: Duration = Duration::from_millis(10);
const TIMEOUT_MAX: Duration = Duration::from_hours(1);

/// A plug-in as its `plugin.toml` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its name, for messages and lists.
    pub name: String,
    /// Its folder: the working directory of its process.
    pub folder: PathBuf,
    /// The program; a bare name is looked for in `PATH`.
    pub program: PathBuf,
    /// The program's arguments.
    pub arguments: Vec<String>,
    /// Variables that the program gets beside those of the scheduler.
    pub environment: IndexMap<String, String>,
    /// How long a call may take, beside the time that it may wait for news: 10 ms to 1 h, 1 min when not given.
    pub timeout: Duration,
}

/// What is wrong with a plug-in's folder or its `plugin.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plug-in in {} cannot be used: {problem}", folder.display())]
pub struct ManifestProblem {
    /// The plug-in's folder.
    pub folder: PathBuf,
    /// What is wrong, and what to do.
    pub problem: String,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    command: String,
    #[serde(default)]
    arguments: Vec<String>,
    timeout: Option<DurationText>,
    #[serde(default)]
    environment: IndexMap<String, String>,
}

impl Manifest {
    /// What the text of a `plugin.toml` in `folder` says.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(folder: &Path, text: &str) -> Result<Self, ManifestProblem> {
        let wrong = |problem: String| ManifestProblem { folder: folder.to_owned(), problem };
        let written: Written = toml::from_str(text).map_err(|error| {
            wrong(format!(
                "line {} of {MANIFEST} is wrong: {}",
                line_of(text, &error),
                error.message()
            ))
        })?;
        let is_name = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
        if written.name.is_empty()
            || written.name.len() > NAME_BYTES_MAX
            || !written.name.chars().all(is_name)
        {
            return Err(wrong(format!(
                "its name {:?} must have 1 to {NAME_BYTES_MAX} letters, digits and - _ .",
                written.name
            )));
        }
        let timeout = written.timeout.map_or(TIMEOUT_DEFAULT, DurationText::get);
        if !(TIMEOUT_MIN..=TIMEOUT_MAX).contains(&timeout) {
            return Err(wrong(format!("its timeout {timeout:?} must be 10 ms to 1 h")));
        }
        if written.command.is_empty() {
            return Err(wrong("its command is empty; name a program".into()));
        }
        if let Some(bad) =
            written.environment.keys().find(|name| name.is_empty() || name.contains(['=', '\0']))
        {
            return Err(wrong(format!("{bad:?} is no name of an environment variable")));
        }
        let texts = written.arguments.iter().chain(written.environment.values());
        if texts.chain([&written.command]).any(|text| text.contains('\0')) {
            return Err(wrong("command, arguments and environment must have no NUL".into()));
        }
        Ok(Self {
            program: program(folder, &written.command),
            name: written.name,
            folder: folder.to_owned(),
            arguments: written.arguments,
            environment: written.environment,
            timeout,
        })
    }

    /// The files whose change is a change of the plug-in: the program and what its arguments name, as far as they are files of the
    /// plug-in's folder or have a whole path.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let program = (self.program.components().count() > 1).then(|| self.program.clone());
        let named = self.arguments.iter().filter(|argument| is_inside(Path::new(argument)));
        program.into_iter().chain(named.map(|argument| self.folder.join(argument)))
    }
}

/// The line alone: what stands in it may be a secret of the environment.
fn line_of(text: &str, error: &toml::de::Error) -> usize {
    let start = error.span().map_or(0, |span| span.start);
    1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count()
}

/// A path that names something below the folder that it counts from.
fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// A program of the plug-in's folder where there is one of that name; else as it is written.
fn program(folder: &Path, command: &str) -> PathBuf {
    let path = Path::new(command);
    let own = folder.join(path);
    let mut with_suffix: OsString = own.clone().into();
    with_suffix.push(std::env::consts::EXE_SUFFIX);
    let with_suffix = PathBuf::from(with_suffix);
    if own.is_file() {
        own
    } else if with_suffix.is_file() {
        with_suffix
    } else if path.components().count() > 1 {
        own
    } else {
        path.to_owned()
    }
}
