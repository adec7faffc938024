//! From a file to known keys with their places, and warnings for the rest.

use super::error::{ConfigError, Place};
use super::keys::{Key, Section};
use super::lines::{Entry, Line, parse};
use super::nearest::nearest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name of the file that is looked for beside the program.
const FILE_NAME: &str = "Connector.config";
/// Characters of a bad line that its error shows.
const SHOWN_CHARS: usize = 40;

/// A value as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Trimmed.
    pub value: String,
    /// Its line.
    pub line: usize,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The file.
    pub file: PathBuf,
    /// The known keys.
    pub values: BTreeMap<Key, Raw>,
    /// What is strange but does no harm, one sentence each.
    pub warnings: Vec<String>,
}

/// The configuration: the one named, or `Connector.config` in the folder of the program.
pub fn locate(named: Option<&Path>) -> PathBuf {
    if let Some(path) = named {
        return path.to_owned();
    }
    std::env::current_exe()
        .ok()
        .and_then(|program| program.parent().map(|folder| folder.join(FILE_NAME)))
        .unwrap_or_else(|| PathBuf::from(FILE_NAME))
}

/// Reads a file. Text that is not UTF-8 is read as Latin-1, which old Windows editors write.
pub fn read(file: &Path) -> Result<Loaded, ConfigError> {
    let bytes = std::fs::read(file)
        .map_err(|source| ConfigError::File { file: file.to_owned(), source })?;
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|bad| bad.into_bytes().iter().map(|byte| char::from(*byte)).collect());
    load(file, &text)
}

fn load(file: &Path, text: &str) -> Result<Loaded, ConfigError> {
    let mut loaded =
        Loaded { file: file.to_owned(), values: BTreeMap::new(), warnings: Vec::new() };
    for (line, content) in parse(text) {
        let place = Place { file: file.to_owned(), line };
        match content {
            Line::Section(name) if Section::find(name).is_none() => {
                loaded.warnings.push(unknown_section(&place, name));
            }
            Line::Section(_) => {}
            Line::Entry(entry) => loaded.take(&place, &entry),
            Line::Junk(text) => {
                let text = amt_client::observe::cut(text, SHOWN_CHARS);
                return Err(ConfigError::Line { place, text });
            }
        }
    }
    Ok(loaded)
}

impl Loaded {
    fn take(&mut self, place: &Place, entry: &Entry<'_>) {
        let Some(key) = Key::find(entry.key) else {
            self.warnings.push(unknown_key(place, entry.key));
            return;
        };
        let raw = Raw { value: entry.value.to_owned(), line: place.line };
        if let Some(before) = self.values.insert(key, raw) {
            let line = before.line;
            let name = key.name();
            self.warnings.push(format!(
                "{place}: {name} was given in line {line} already; this line counts, delete the other"
            ));
        }
    }

    /// The place of a key's line.
    pub fn place(&self, key: Key) -> Place {
        Place { file: self.file.clone(), line: self.values.get(&key).map_or(0, |raw| raw.line) }
    }

    /// A value, if the key is there and not empty.
    pub fn value(&self, key: Key) -> Option<&str> {
        self.values.get(&key).map(|raw| raw.value.as_str()).filter(|value| !value.is_empty())
    }

    /// A path value, relative to the folder of the file.
    pub fn path(&self, value: &str) -> PathBuf {
        match self.file.parent() {
            Some(folder) => folder.join(value),
            None => PathBuf::from(value),
        }
    }

    /// An error about a key's value.
    pub fn bad(&self, key: Key, what: impl Into<String>) -> ConfigError {
        let value = self.value(key).unwrap_or_default();
        ConfigError::Value {
            place: self.place(key),
            key: key.name(),
            value: if key.is_secret() { "***".to_owned() } else { value.to_owned() },
            what: what.into(),
        }
    }
}

fn unknown_key(place: &Place, name: &str) -> String {
    match nearest(name, Key::SPELLINGS.iter().map(|(spelling, _)| *spelling)) {
        Some(near) => {
            format!("{place}: {name} is not a known key and is ignored; did you mean {near}?")
        }
        None => format!("{place}: {name} is not a known key and is ignored; delete the line"),
    }
}

fn unknown_section(place: &Place, name: &str) -> String {
    let known = [Section::Connector, Section::AmtBatchServer].map(Section::name);
    match nearest(name, known) {
        Some(near) => format!("{place}: [{name}] is not a known section; did you mean [{near}]?"),
        None => format!("{place}: [{name}] is not a known section; its keys are read all the same"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(text: &str) -> Loaded {
        load(Path::new("/x/Connector.config"), text).unwrap()
    }

    #[test]
    fn every_spelling_of_sections_and_keys_is_read() {
        for section in ["AMT_BATCH_SERVER", "AMT BATCH SERVER", "amt batch server"] {
            for key in ["SERVER_USES_TLS", "SERVER_USE_TLS", "server_use_tls"] {
                let read = loaded(&format!("[{section}]\n{key} = False\n"));
                assert_eq!(read.value(Key::ServerUsesTls), Some("False"));
                assert_eq!(read.warnings, Vec::<String>::new());
            }
        }
    }

    #[test]
    fn strangers_are_warned_about_with_the_nearest_name() {
        let read = loaded("[AMT_BATCH]\nSERVER_ADRESS=h:1\nFOO=1\nUSER=a\nuser=b\n");
        assert_eq!(read.value(Key::User), Some("b"));
        let warnings = read.warnings.join("\n");
        for part in [
            "line 2: SERVER_ADRESS",
            "did you mean SERVER_ADDRESS?",
            "line 3: FOO",
            "line 5: USER was given in line 4",
        ] {
            assert!(warnings.contains(part), "{part} in {warnings}");
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = load(Path::new("c"), "[CONNECTOR]\nDEBUG ON\n").unwrap_err().to_string();
        assert!(error.starts_with("c, line 2: `DEBUG ON`"), "{error}");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        assert_eq!(loaded("").path("ca.pem"), Path::new("/x").join("ca.pem"));
    }
}
