//! The one constructor of names.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Kind;
use crate::text::shown;

/// Longest name, in characters: the width of the vendor's STATION column (`amt-domain 2.8`).
pub const NAME_CHARS_MAX: usize = 128;

/// The form in which names are compared: upper case.
pub fn key(name: &str) -> String {
    name.to_uppercase()
}

/// The name of a `K`: 1 to [`NAME_CHARS_MAX`] characters, none of them a control character, no
/// blank at either end. Equality, order and hash ignore case.
pub struct Name<K> {
    text: String,
    key: String,
    kind: PhantomData<fn() -> K>,
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFault {
    /// No character at all.
    Empty,
    /// More than [`NAME_CHARS_MAX`] characters.
    TooLong,
    /// A blank at the beginning or the end.
    NotTrimmed,
    /// A control character.
    Control,
    /// A character that cannot be in a file name on every system.
    Character(char),
    /// A name that a file cannot have on every system: `.`, `NUL`, or one that ends with a full
    /// stop.
    Reserved,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty, give at least one character"),
            Self::TooLong => write!(f, "it is too long, use at most {NAME_CHARS_MAX} characters"),
            Self::NotTrimmed => f.write_str("remove the blank at its beginning or end"),
            Self::Control => f.write_str("remove the control character"),
            Self::Character(c) => write!(f, "remove `{c}`, the name is also a file name"),
            Self::Reserved => {
                f.write_str("choose another one, a file cannot have this name on every system")
            }
        }
    }
}

/// A text that cannot be the name of such a thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` cannot be used as {field}: {fault}")]
pub struct BadName {
    /// What it was to name, for example `queue name`.
    pub field: &'static str,
    /// The beginning of the text.
    pub value: String,
    /// Why not, and what to do.
    pub fault: NameFault,
}

impl<K: Kind> Name<K> {
    /// Takes a text as a name.
    ///
    /// # Errors
    /// [`BadName`] with the first fault found.
    pub fn new(text: impl Into<String>) -> Result<Self, BadName> {
        let text = text.into();
        match fault(&text, K::IS_FILE_NAME) {
            None => Ok(Self { key: key(&text), text, kind: PhantomData }),
            Some(fault) => Err(BadName { field: K::FIELD, value: shown(&text), fault }),
        }
    }
}

impl<K> Name<K> {
    /// The name as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name as it is compared.
    pub fn key(&self) -> &str {
        &self.key
    }
}

fn fault(text: &str, is_file_name: bool) -> Option<NameFault> {
    if text.is_empty() {
        return Some(NameFault::Empty);
    }
    if text.chars().nth(NAME_CHARS_MAX).is_some() {
        return Some(NameFault::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Some(NameFault::Control);
    }
    if text.trim().len() != text.len() {
        return Some(NameFault::NotTrimmed);
    }
    if is_file_name { file_fault(text) } else { None }
}

fn file_fault(text: &str) -> Option<NameFault> {
    if let Some(c) = text.chars().find(|c| r#"/\:*?"<>|%"#.contains(*c)) {
        return Some(NameFault::Character(c));
    }
    (text.ends_with('.') || is_device(text)).then_some(NameFault::Reserved)
}

/// Windows opens a device, not a file, for these names whatever their extension.
fn is_device(text: &str) -> bool {
    let stem = text.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" => true,
        numbered => numbered
            .strip_prefix("COM")
            .or_else(|| numbered.strip_prefix("LPT"))
            .is_some_and(|digit| matches!(digit.as_bytes(), [b'1'..=b'9'])),
    }
}

impl<K> fmt::Display for Name<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<K> fmt::Debug for Name<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl<K> Clone for Name<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), key: self.key.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Name<K> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<K> Eq for Name<K> {}

impl<K> PartialOrd for Name<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Name<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<K> Hash for Name<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl<K: Kind> FromStr for Name<K> {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        Self::new(text)
    }
}

impl<K> Serialize for Name<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Name<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::names::{ApplicationName, ControllerName, JobName, QueueName, UserName};

    #[test]
    fn a_bad_name_is_refused_with_its_fault() {
        let long = "x".repeat(129);
        let cases = [
            ("", NameFault::Empty),
            (long.as_str(), NameFault::TooLong),
            (" A", NameFault::NotTrimmed),
            ("A ", NameFault::NotTrimmed),
            ("A\u{a0}", NameFault::NotTrimmed),
            ("A\tB", NameFault::Control),
            ("A\n", NameFault::Control),
            ("A/B", NameFault::Character('/')),
            (r"A\B", NameFault::Character('\\')),
            ("%USER%", NameFault::Character('%')),
            ("..", NameFault::Reserved),
            ("DEMO.", NameFault::Reserved),
            ("nul", NameFault::Reserved),
            ("Com1.txt", NameFault::Reserved),
        ];
        for (text, fault) in cases {
            assert_eq!(ApplicationName::new(text).unwrap_err().fault, fault, "{text:?}");
            assert_eq!(JobName::new(text).unwrap_err().fault, fault, "{text:?}");
            assert_eq!(ControllerName::new(text).unwrap_err().fault, fault, "{text:?}");
        }
        assert_eq!(
            JobName::new("A\nB").unwrap_err().to_string(),
            "`A\\nB` cannot be used as job name: remove the control character"
        );
    }

    #[test]
    fn the_names_of_the_seeds_and_of_windows_accounts_are_accepted() {
        for job in
            ["RUN_PARAMETERTESTA", "REPORTTEST01", "LONGRUNNINGREPORT", "COMPUTE", "COM10", "a.b"]
        {
            assert_eq!(JobName::new(job).unwrap().as_str(), job);
        }
        for user in [r"DOMAIN\user", "ocadm", "a@b.example", "Zoë", "BATCH"] {
            assert_eq!(UserName::new(user).unwrap().as_str(), user);
        }
        assert!(QueueName::new("Day / night: 24h").is_ok());
        assert!(JobName::new("ä".repeat(128)).is_ok());
    }

    #[test]
    fn case_does_not_tell_names_apart() {
        let [lower, upper] = ["demo2", "DEMO2"].map(|name| ApplicationName::new(name).unwrap());
        assert_eq!(lower, upper);
        assert_eq!(lower.cmp(&upper), Ordering::Equal);
        assert_eq!(lower.key(), "DEMO2");
        assert_eq!(lower.to_string(), "demo2");
        assert_eq!(HashSet::from([lower, upper]).len(), 1);
    }

    #[test]
    fn a_name_from_outside_is_checked() {
        assert!(serde_json::from_str::<JobName>("\"A/B\"").is_err());
        let name: JobName = serde_json::from_str("\"Ab\"").unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"Ab\"");
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_printable_and_one_path_component(text in any::<String>()) {
            if let Ok(name) = ApplicationName::new(text.clone()) {
                prop_assert_eq!(name.as_str(), &text);
                let path = std::path::Path::new("/base").join(&text);
                prop_assert_eq!(path.parent(), Some(std::path::Path::new("/base")));
                prop_assert!(path.file_name().is_some());
            }
        }
    }
}
