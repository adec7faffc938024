//! The files: one, several, or all of a folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::yaml::Place;
use crate::yaml::limits::FILE_BYTES_MAX;

/// Files of one run at most.
const FILES_MAX: usize = 100_000;
/// How deep folders may lie in each other.
const FOLDERS_DEEP_MAX: usize = 32;
/// Bytes of all files of one run together.
const ALL_BYTES_MAX: usize = 1 << 30;

/// A definition file that has been read.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it is.
    pub file: Arc<PathBuf>,
    /// What it says; nothing when it cannot be read as text.
    pub text: Arc<str>,
    /// Why it cannot be read as text, and where that begins.
    pub fault: Option<(Place, String)>,
}

/// Why files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The system refused.
    #[error("cannot read {}", .path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("{} has more than {FILE_BYTES_MAX} bytes; split it into several files of one folder", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Neither a file nor a folder: a pipe or a device, which may have no end.
    #[error("{} is neither a file nor a folder; use - for standard input", .0.display())]
    NoFile(PathBuf),
    /// More than [`ALL_BYTES_MAX`].
    #[error("the files of {} have more than {ALL_BYTES_MAX} bytes together", .0.display())]
    AllTooLarge(PathBuf),
    /// A folder without definition files.
    #[error("{} has no files *.yaml or *.yml", .0.display())]
    Empty(PathBuf),
    /// More files or deeper folders than are taken.
    #[error("{} has more than {FILES_MAX} files, or folders more than {FOLDERS_DEEP_MAX} deep", .0.display())]
    TooMany(PathBuf),
}

/// Reads a file, standard input for `-`, or all files `*.yaml` and `*.yml` of a folder and the folders in it, in the order of their
/// names. What begins with a full stop is passed over.
///
/// # Errors
/// Something cannot be read or is too large.
pub fn read_sources(path: &Path) -> Result<Vec<Source>, SourceError> {
    let failed = |source| SourceError::Read { path: path.to_owned(), source };
    if path == Path::new("-") {
        return Ok(vec![read_from(path, io::stdin().lock())?]);
    }
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![read_file(path)?]);
    }
    let mut files = Vec::new();
    collect(path, path, 0, &mut files)?;
    if files.is_empty() {
        return Err(SourceError::Empty(path.to_owned()));
    }
    let (mut sources, mut bytes) = (Vec::with_capacity(files.len()), 0);
    for file in &files {
        let source = read_file(file)?;
        bytes += source.text.len();
        if bytes > ALL_BYTES_MAX {
            return Err(SourceError::AllTooLarge(path.to_owned()));
        }
        sources.push(source);
    }
    Ok(sources)
}

fn collect(
    top: &Path,
    folder: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
) -> Result<(), SourceError> {
    let failed = |source| SourceError::Read { path: folder.to_owned(), source };
    let mut entries =
        fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // A link to a folder is not followed: it may lead back up.
        let kind = entry.file_type().map_err(failed)?;
        let path = entry.path();
        if kind.is_dir() {
            if depth >= FOLDERS_DEEP_MAX {
                return Err(SourceError::TooMany(top.to_owned()));
            }
            collect(top, &path, depth + 1, files)?;
        } else if is_definition(&path) {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            return Err(SourceError::TooMany(top.to_owned()));
        }
    }
    Ok(())
}

/// Whether a file is read as one of a folder.
pub(crate) fn is_definition(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

pub(crate) fn read_file(path: &Path) -> Result<Source, SourceError> {
    let failed = |source| SourceError::Read { path: path.to_owned(), source };
    // To open a pipe would wait for somebody who writes into it.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(SourceError::NoFile(path.to_owned()));
    }
    read_from(path, File::open(path).map_err(failed)?)
}

fn read_from(path: &Path, from: impl Read) -> Result<Source, SourceError> {
    let failed = |source| SourceError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let most = FILE_BYTES_MAX as u64;
    from.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(SourceError::TooLarge { path: path.to_owned() });
    }
    let file = Arc::new(path.to_owned());
    match std::str::from_utf8(&bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            Ok(Source { file, text: text.into(), fault: None })
        }
        Err(error) => {
            let fault = Some(not_utf8(&bytes, error.valid_up_to()));
            Ok(Source { file, text: "".into(), fault })
        }
    }
}

/// A mistake of its file alone: the others are read all the same.
fn not_utf8(bytes: &[u8], offset: usize) -> (Place, String) {
    let before = String::from_utf8_lossy(&bytes[..offset]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let byte = bytes[offset];
    let message =
        format!("this is not UTF-8: the byte 0x{byte:02x} is no character; save the file as UTF-8");
    (Place { line: number(line), column: number(column) }, message)
}
