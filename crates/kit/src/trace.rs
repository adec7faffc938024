//! Logs of the process itself. The output of jobs never comes here.

use std::fs::OpenOptions;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Where log lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard error.
    Stderr,
    /// The end of this file, created when missing.
    File(PathBuf),
}

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The filter cannot be understood.
    #[error(
        "cannot understand log filter `{filter}`: {reason}; give a level such as `info`, or `info,sqlx=warn`"
    )]
    Filter {
        /// What was given.
        filter: String,
        /// What the parser said.
        reason: String,
    },
    /// The file cannot be opened.
    #[error("cannot open log file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Logging was started before.
    #[error("logging was started twice")]
    Twice,
}

/// Changes the filter while the process runs.
#[derive(Clone)]
pub struct Filter(reload::Handle<EnvFilter, Registry>);

impl Filter {
    /// Uses another filter from now on; on an error the present one stays.
    pub fn set(&self, filter: &str) -> Result<(), TraceError> {
        // The other kind of error means that logging has been torn down, and then nobody reads the lines.
        let _ = self.0.reload(parse(filter)?);
        Ok(())
    }
}

/// Starts logging for the whole process. `filter` is a level (`info`) or levels per module (`info,sqlx=warn`).
pub fn init(filter: &str, format: Format, target: &Target) -> Result<Filter, TraceError> {
    let (filter, handle) = reload::Layer::new(parse(filter)?);
    let (writer, colours) = match target {
        Target::Stderr => {
            (BoxMakeWriter::new(io::stderr), std::io::IsTerminal::is_terminal(&io::stderr()))
        }
        Target::File(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let file = file.map_err(|source| TraceError::File { path: path.clone(), source })?;
            (BoxMakeWriter::new(Mutex::new(file)), false)
        }
    };
    let lines = fmt::layer().with_writer(writer).with_ansi(colours);
    let lines = match format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()
        .map_err(|_| TraceError::Twice)?;
    Ok(Filter(handle))
}

fn parse(filter: &str) -> Result<EnvFilter, TraceError> {
    EnvFilter::try_new(filter).map_err(|error| TraceError::Filter {
        filter: filter.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_to_the_file_and_the_filter_can_change() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("server.log");
        let filter =
            init("info", Format::Json, &Target::File(path.clone())).expect("the first start");
        tracing::debug!("too fine");
        filter.set("debug").expect("a level");
        tracing::debug!(run = 7, "fine enough");
        assert!(filter.set("inf=o=x").is_err());
        let text = std::fs::read_to_string(&path).expect("the log");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(r#""run":7"#), "{text}");
        assert!(matches!(init("info", Format::Text, &Target::Stderr), Err(TraceError::Twice)));
    }
}
