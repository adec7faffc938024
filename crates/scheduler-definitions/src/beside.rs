//! What is missing in one file and defined in those beside it: a file of a folder was read alone.

use std::collections::HashSet;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use scheduler_core::path::Path;

use crate::read::{Reading, read};
use crate::source::{Source, is_definition, read_file};

/// Files beside one that are looked into at most.
const FILES_MAX: usize = 1_000;
/// Bytes of them that are looked into at most: it is for a hint only.
const BYTES_MAX: u64 = 16 << 20;

/// What the files beside one define of what is missing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Their folder.
    pub folder: PathBuf,
    /// How many of the missing names they define.
    pub defined: usize,
}

/// Looks for what is missing in the reading of one file in the other files of its folder. None where nothing of it is
/// there; what cannot be read is passed over.
pub fn beside(reading: &Reading, path: &FilePath) -> Option<Beside> {
    let missing: HashSet<&Path> =
        reading.mistakes.iter().filter_map(|mistake| mistake.missing.as_ref()).collect();
    let is_standard_input = path == FilePath::new("-");
    if missing.is_empty() || is_standard_input || !path.is_file() {
        return None;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(FilePath::new("."));
    let others = read(sources(folder, path.file_name()?));
    let defined = missing.into_iter().filter(|name| others.origins.contains_key(*name)).count();
    (defined > 0).then(|| Beside { folder: folder.to_owned(), defined })
}

/// The definition files of a folder but one.
fn sources(folder: &FilePath, but: &std::ffi::OsStr) -> Vec<Source> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    let mut names: Vec<_> = names
        .filter(|name| name != but && !name.as_encoded_bytes().starts_with(b"."))
        .filter(|name| is_definition(FilePath::new(name)))
        .take(FILES_MAX)
        .collect();
    names.sort_unstable();
    let mut left = BYTES_MAX;
    let mut sources = Vec::new();
    for name in names {
        let file = folder.join(name);
        let Some(rest) = fs::metadata(&file).ok().and_then(|of| left.checked_sub(of.len())) else {
            continue;
        };
        if let Ok(source) = read_file(&file) {
            left = rest;
            sources.push(source);
        }
    }
    sources
}
