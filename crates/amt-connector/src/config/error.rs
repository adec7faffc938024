//! What can be wrong with a configuration, always with file, line and key.

use std::fmt;
use std::path::PathBuf;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// Its line, from 1; 0 means the file as a whole.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file.display()),
            line => write!(f, "{}, line {line}", self.file.display()),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}; put Connector.config beside the program or name it with --config", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line that is nothing.
    #[error(
        "{place}: `{text}` is no section, no comment and no KEY=value; correct or delete the line"
    )]
    Line {
        /// Where.
        place: Place,
        /// The line, cut if long; never the value of a secret, since it has no `=`.
        text: String,
    },
    /// A key that must be there is not.
    #[error("{place}: {key} is missing; add the line {key}={example} to the section [{section}]")]
    Missing {
        /// The file.
        place: Place,
        /// The key.
        key: &'static str,
        /// The section it belongs to.
        section: &'static str,
        /// A value that shows the form.
        example: &'static str,
    },
    /// A value that is not of the right form.
    #[error("{place}: {key}={value} cannot be used: {what}")]
    Value {
        /// Where.
        place: Place,
        /// The key.
        key: &'static str,
        /// The value, or `***` where it is a secret.
        value: String,
        /// What is wrong and what to write.
        what: String,
    },
}
