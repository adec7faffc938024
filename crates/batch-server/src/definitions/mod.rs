//! Definitions from outside of the Control Center: the definitions file, and programs found on disk.
//!
//! The file is read at each start and at SIGHUP. Either all of it is imported, in one transaction, or nothing; then every mistake is
//! reported with its line. What the file does not name stays as it is, but for jobs: one that came from the file and is in it no longer is
//! removed, unless something refers to it.

mod apply;
mod discover;
mod parse;
mod read;
mod same;
mod section;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::options::Options;
use crate::server::Server;

pub(crate) use discover::Discover;
pub(crate) use parse::Definitions;

/// Why a definitions file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DefinitionsError {
    /// The file cannot be read.
    #[error("cannot read definitions file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It holds mistakes; one line each, with the place.
    #[error("{}", .0.join("\n"))]
    Mistakes(Vec<String>),
}

/// What an import has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Imported {
    /// Things that were made or changed.
    pub(crate) changed: usize,
    /// Jobs that the file no longer names and that are gone.
    pub(crate) removed: Vec<String>,
    /// Jobs that the file no longer names but that something refers to, with what.
    pub(crate) kept: Vec<String>,
}

/// Reads and checks a definitions file by itself, as `ringmaster batch-server check` does. Names of queues and applications that are only in the
/// database count as mistakes here.
///
/// # Errors
/// A file that cannot be read, or every mistake in it.
pub(crate) fn check(options: &Options, path: &Path) -> Result<Summary, DefinitionsError> {
    let definitions = load(options, path)?;
    definitions.check_references(&parse::Known::default())?;
    Ok(definitions.summary())
}

/// How much is in a definitions file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Applications.
    pub(crate) applications: usize,
    /// Jobs of all applications.
    pub(crate) jobs: usize,
    /// Queues.
    pub(crate) queues: usize,
    /// Batch users.
    pub(crate) users: usize,
}

fn load(options: &Options, path: &Path) -> Result<Definitions, DefinitionsError> {
    let read = |source| DefinitionsError::Read { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(read)?;
    let folder = std::path::absolute(path).map_err(read)?;
    let folder = folder.parent().unwrap_or(Path::new("/")).to_owned();
    Definitions::parse(options, &text, path, &folder)
}

/// Imports the configured definitions file; nothing without one.
///
/// # Errors
/// `Invalid` with every mistake in the file; then nothing has changed.
pub(crate) async fn import(server: &Server) -> Result<Imported> {
    let Some(path) = &server.options.definitions else { return Ok(Imported::default()) };
    let invalid = |error: DefinitionsError| Error::invalid("definitions", with_cause(&error));
    let definitions = load(&server.options, path).map_err(invalid)?;
    let known = parse::Known::of(&server.catalog.get());
    definitions.check_references(&known).map_err(invalid)?;
    let imported = apply::apply(server, definitions).await?;
    if imported.changed > 0 || !imported.removed.is_empty() {
        crate::configure::changed(server).await?;
    }
    tracing::info!(
        changed = imported.changed,
        removed = imported.removed.len(),
        "definitions {} imported: {} changed, {} jobs removed",
        path.display(),
        imported.changed,
        imported.removed.len()
    );
    for kept in &imported.kept {
        tracing::warn!("{kept}");
    }
    Ok(imported)
}

fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
