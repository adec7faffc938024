//! Configuration: one TOML file, then environment variables, then flags; and messages that help.

use std::path::{Path, PathBuf};

use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Variables with the prefix that are no configuration: `…CONFIG` names the file itself, `…TEST_*` belongs to tests.
const NOT_CONFIGURATION: [&str; 2] = ["CONFIG", "TEST_"];

/// Why the configuration cannot be used. The text names the source, the key and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read configuration file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is written there cannot be used; one line per mistake.
    #[error("{0}")]
    Invalid(String),
}

/// Reads a `T` from `file`, over it from the environment, over it from `overrides` (usually the flags: a struct or map
/// whose absent values are skipped when serialised).
///
/// With the prefix `RINGMASTER_`, the variable `RINGMASTER_DATABASE__URL` sets `database.url`: two underscores go one
/// table deeper. A value in brackets is read as a TOML array, anything else as it stands, and numbers and booleans are
/// made of it where the key wants one.
///
/// `T` must derive `Deserialize` with `deny_unknown_fields` on every struct, so that a misspelt key is refused.
pub fn load<T: DeserializeOwned>(
    file: Option<&Path>,
    env_prefix: &str,
    overrides: impl Serialize,
) -> Result<T, ConfigError> {
    load_from(file, env_prefix, std::env::vars(), overrides)
}

/// As [`load`], with the environment given.
pub fn load_from<T: DeserializeOwned>(
    file: Option<&Path>,
    env_prefix: &str,
    env: impl IntoIterator<Item = (String, String)>,
    overrides: impl Serialize,
) -> Result<T, ConfigError> {
    let mut figment = Figment::new();
    if let Some(path) = file {
        // Opened here, because figment takes a missing file for an empty one.
        std::fs::File::open(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        figment = figment.merge(Toml::file_exact(path));
    }
    let environment = Environment::new(env_prefix, env);
    let loaded =
        figment.merge(&environment).merge(Flags(Serialized::defaults(overrides))).extract_lossy();
    loaded.map_err(|errors| {
        let lines: Vec<String> =
            errors.into_iter().map(|error| explain(&error, env_prefix)).collect();
        ConfigError::Invalid(lines.join("\n"))
    })
}

/// The variables with the prefix, as tables of texts.
struct Environment {
    values: Dict,
}

const ENVIRONMENT: &str = "environment";
const FLAGS: &str = "command line";

impl Environment {
    fn new(prefix: &str, env: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut values = Dict::new();
        for (name, text) in env {
            let Some(key) = name.strip_prefix(prefix) else { continue };
            if key == NOT_CONFIGURATION[0] || key.starts_with(NOT_CONFIGURATION[1]) {
                continue;
            }
            let path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
            insert(&mut values, &path, value_of(&text));
        }
        Self { values }
    }
}

/// Figment would read every text as TOML and so turn the password `0123` into the number 123.
fn value_of(text: &str) -> Value {
    if text.starts_with('[') {
        // Reading a text as a value cannot fail: what is no array stays a text.
        text.parse().unwrap_or_else(|_| Value::from(text))
    } else {
        Value::from(text)
    }
}

fn insert(dict: &mut Dict, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => {
            dict.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let mut inner = match dict.remove(key) {
                Some(Value::Dict(_, inner)) => inner,
                _ => Dict::new(),
            };
            insert(&mut inner, rest, value);
            dict.insert(key.clone(), Value::from(inner));
        }
    }
}

impl Provider for &Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named(ENVIRONMENT)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

struct Flags<T>(Serialized<T>);

impl<T: Serialize> Provider for Flags<T> {
    fn metadata(&self) -> Metadata {
        Metadata::named(FLAGS)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        self.0.data()
    }
}

fn explain(error: &figment::Error, env_prefix: &str) -> String {
    let source = error.metadata.as_ref();
    let path = &error.path;
    let key = match source {
        Some(source) if source.name == ENVIRONMENT && !path.is_empty() => {
            format!("{env_prefix}{}", path.join("__").to_uppercase())
        }
        _ => path.join("."),
    };
    let place = match source {
        Some(source) => match source.source.as_ref().and_then(figment::Source::file_path) {
            Some(file) => format!("configuration file {}", file.display()),
            None => source.name.to_string(),
        },
        None => "configuration".to_owned(),
    };
    match &error.kind {
        Kind::UnknownField(field, known) => {
            format!("{place}: unknown key `{}`{}", full_key(&key, field), advice(field, known))
        }
        Kind::MissingField(field) => format!("{place}: key `{}` is missing", full_key(&key, field)),
        Kind::UnknownVariant(found, known) => {
            format!("{place}: key `{key}` cannot be `{found}`; it is one of {}", known.join(", "))
        }
        Kind::InvalidType(found, expected) => {
            format!("{place}: key `{key}` is {found}; it must be {expected}")
        }
        Kind::InvalidValue(found, expected) => {
            format!("{place}: key `{key}` has the value {found}; it must be {expected}")
        }
        other if key.is_empty() => format!("{place}: {}", without_source(&other.to_string())),
        other => format!("{place}: key `{key}`: {}", without_source(&other.to_string())),
    }
}

/// The parser shows the line that it could not read; that line may hold a password. What is left names line and column.
fn without_source(text: &str) -> String {
    let is_source = |line: &&str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|')
    };
    text.lines().filter(|line| !is_source(line)).collect::<Vec<_>>().join(": ")
}

/// Figment's path ends with the field for some errors and with its table for others.
fn full_key(key: &str, field: &str) -> String {
    let last = key.rsplit(['.', '_']).next().unwrap_or(key);
    if key.is_empty() {
        field.to_owned()
    } else if last.eq_ignore_ascii_case(field) || key.to_lowercase().ends_with(field) {
        key.to_owned()
    } else {
        format!("{key}.{field}")
    }
}

fn advice(field: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|name| (distance(field, name), name)).min();
    match nearest {
        Some((edits, name)) if edits <= 1 + name.len() / 3 => format!("; did you mean `{name}`?"),
        _ if known.is_empty() => String::new(),
        _ => format!("; known here: {}", known.join(", ")),
    }
}

/// The number of letters to add, drop or change to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests;
