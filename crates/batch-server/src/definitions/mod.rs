//! Definitions from outside of the Control Center: the definitions file, and programs found on disk.
//!
//! The file is read at each start and at SIGHUP. Either all of it is imported, in one transaction, or nothing; then every mistake is
//! reported with its line. What the file does not name stays as it is, but for jobs: one that came from the file and is in it no longer is
//! removed, unless something refers to it.

mod apply;
#[cfg(test)]
mod check_tests;
mod discover;
mod doubles;
mod files;
mod outside;
mod parse;
mod parts;
mod read;
mod references;
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
/// A file that cannot be read, or every place in it that is no TOML.
pub(crate) fn check(options: &Options, path: &Path) -> Result<Checked, DefinitionsError> {
    let definitions = load(options, path)?;
    let known = parse::Known::default();
    definitions.check_references(&known);
    let found = definitions.outside(options, &known);
    definitions.mistakes.append(&found.mistakes);
    // A process that runs no jobs need not see their folders and files.
    let unseen = if options.is_controller() { &definitions.mistakes } else { &found.doubts };
    for tree in &found.trees {
        tree.look(unseen);
    }
    Ok(Checked {
        summary: definitions.summary(),
        mistakes: definitions.mistakes.lines(),
        doubts: found.doubts.lines(),
    })
}

/// What a check has found in a file that is TOML.
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
    let known = parse::Known::of(&server.catalog.get());
    let definitions = load(&server.options, path)
        .and_then(|definitions| definitions.sound(&known))
        .map_err(invalid)?;
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

/// Says what would keep jobs from running. It is no reason not to start: a user can still be made, another process started, a folder mounted,
/// a program built.
fn warn_of_outside(options: &Options, definitions: &Definitions, known: &parse::Known) {
    let found = definitions.outside(options, known);
    warn_of(&found.mistakes);
    warn_of(&found.doubts);
    if !options.is_controller() {
        return;
    }
    let missing = definitions.mistakes.another();
    // A file system that does not answer must hold up neither the start nor the runtime.
    tokio::task::spawn_blocking(move || {
        for tree in &found.trees {
            tree.look(&missing);
        }
        warn_of(&missing);
    });
}

fn warn_of(mistakes: &section::Mistakes) {
    for line in mistakes.lines() {
        tracing::warn!("{line}");
    }
}

pub(crate) fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
