//! Definitions from outside of the Control Center: the definitions file, and programs found on disk.
//!
//! The file is read at each start and at SIGHUP. Either all of it is imported, in one transaction, or nothing; then every mistake is
//! reported with its line. What the file does not name stays as it is, but for jobs: one that came from the file and is in it no longer is
//! removed, unless something refers to it.

mod apply;
mod discover;
mod outside;
mod parse;
mod parts;
mod read;
mod same;
mod section;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::counted::counted;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::server::Server;

pub(crate) use discover::Discover;
pub(crate) use parts::Definitions;

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

/// Reads and checks a definitions file by itself, as `ringmaster batch-server check` does. Names of queues, applications and users that are only
/// in the database count as mistakes here, and what is only worth a warning at a start does too.
///
/// # Errors
/// A file that cannot be read, or every mistake that keeps its parts from being read.
pub(crate) fn check(options: &Options, path: &Path) -> Result<Checked, DefinitionsError> {
    let definitions = load(options, path)?;
    let known = parse::Known::default();
    let mut mistakes = match definitions.check_references(&known) {
        Ok(()) => Vec::new(),
        Err(DefinitionsError::Mistakes(lines)) => lines,
        Err(other) => return Err(other),
    };
    let found = definitions.outside(options, &known);
    let (mut doubts, folders) = (found.doubts, found.folders);
    mistakes.extend(found.mistakes);
    // A process that runs no jobs need not see their folders.
    let unseen = if options.is_controller() { &mut mistakes } else { &mut doubts };
    unseen.extend(folders.iter().filter_map(outside::Folder::mistake));
    Ok(Checked { summary: definitions.summary(), mistakes, doubts })
}

/// What a check has found in a file whose parts can be read.
#[derive(Debug)]
pub(crate) struct Checked {
    /// How much is in it.
    pub(crate) summary: Summary,
    /// What has to be corrected; one line each, with the place.
    pub(crate) mistakes: Vec<String>,
    /// What may be right, and should be looked at, likewise.
    pub(crate) doubts: Vec<String>,
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
    warn_of_outside(&server.options, &definitions, &known);
    let imported = apply::apply(server, definitions).await?;
    if imported.changed > 0 || !imported.removed.is_empty() {
        crate::configure::changed(server).await?;
    }
    tracing::info!(
        changed = imported.changed,
        removed = imported.removed.len(),
        "definitions {} imported: {} changed, {} removed",
        path.display(),
        imported.changed,
        counted(imported.removed.len(), "job", "jobs")
    );
    for kept in &imported.kept {
        tracing::warn!("{kept}");
    }
    Ok(imported)
}

/// Says what would keep jobs from running. It is no reason not to start: a user can still be made, another process started, a folder mounted.
fn warn_of_outside(options: &Options, definitions: &Definitions, known: &parse::Known) {
    let found = definitions.outside(options, known);
    for line in found.mistakes.iter().chain(&found.doubts) {
        tracing::warn!("{line}");
    }
    if !options.is_controller() || found.folders.is_empty() {
        return;
    }
    // A file system that does not answer must hold up neither the start nor the runtime.
    tokio::task::spawn_blocking(move || {
        for line in found.folders.iter().filter_map(outside::Folder::mistake) {
            tracing::warn!("{line}");
        }
    });
}

pub(crate) fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
