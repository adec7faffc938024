//! The folder with plug-ins, and what has changed in it.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::manifest::{MANIFEST, MANIFEST_BYTES_MAX, Manifest, ManifestProblem};

/// Most plug-ins of a folder.
const PLUG_INS_MAX: usize = 256;

/// A folder with plug-ins: each subfolder with a `plugin.toml` is one. It remembers what it has told.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    known: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    manifest: Result<Manifest, ManifestProblem>,
    prints: Vec<Option<Print>>,
}

/// What shows that a file is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Print {
    bytes: u64,
    modified: Option<SystemTime>,
}

/// A plug-in of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The name of its subfolder, by which it is known.
    pub subfolder: String,
    /// What its `plugin.toml` says, or why it cannot be used.
    pub manifest: Result<Manifest, ManifestProblem>,
}

/// What is different from the scan before, each in the order of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New plug-ins.
    pub added: Vec<Candidate>,
    /// Plug-ins whose `plugin.toml`, program or files named as arguments are not what they were.
    pub changed: Vec<Candidate>,
    /// Subfolders that are plug-ins no more.
    pub removed: Vec<String>,
}

impl Changes {
    /// Whether nothing is different.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Why a folder cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be read.
    #[error("cannot read the folder of plug-ins {}: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others could put plug-ins into it, which run as the scheduler.
    #[error("others than its owner and group may write into the folder of plug-ins {}, and so run anything as the scheduler; chmod o-w", path.display())]
    OpenToOthers {
        /// The folder.
        path: PathBuf,
    },
    /// There are too many.
    #[error("the folder of plug-ins {} has more than {PLUG_INS_MAX} plug-ins; move some away", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
}

impl Folder {
    /// A folder of which nothing is known yet. It need not be there: then it has no plug-ins.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), known: BTreeMap::new() }
    }

    /// What has changed since the scan before; everything is new at first. Cheap where nothing has: it looks at sizes and times
    /// of modification and reads a `plugin.toml` only when those are others. A file that is being written is seen again when it is whole.
    ///
    /// # Errors
    /// The folder cannot be read. Nothing is changed by that: plug-ins that were there are not told as removed.
    pub fn scan(&mut self) -> Result<Changes, FolderError> {
        let mut changes = Changes::default();
        let mut seen = BTreeMap::new();
        for (subfolder, folder) in self.subfolders()? {
            let candidate = |known: &Known| Candidate {
                subfolder: subfolder.clone(),
                manifest: known.manifest.clone(),
            };
            let known = match self.known.get(&subfolder) {
                Some(old) if prints(&folder, &old.manifest) == old.prints => None,
                Some(_) => {
                    Some(Known::read(&folder)).inspect(|new| changes.changed.push(candidate(new)))
                }
                None => {
                    Some(Known::read(&folder)).inspect(|new| changes.added.push(candidate(new)))
                }
            };
            seen.insert(subfolder, known);
        }
        changes.removed =
            self.known.keys().filter(|name| !seen.contains_key(*name)).cloned().collect();
        self.known.retain(|name, _| seen.contains_key(name));
        self.known.extend(seen.into_iter().filter_map(|(name, known)| Some((name, known?))));
        Ok(changes)
    }

    fn subfolders(&self) -> Result<BTreeMap<String, PathBuf>, FolderError> {
        let unreadable = |source| FolderError::Unreadable { path: self.path.clone(), source };
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            entries => entries.map_err(unreadable)?,
        };
        if is_open_to_others(&fs::metadata(&self.path).map_err(unreadable)?) {
            return Err(FolderError::OpenToOthers { path: self.path.clone() });
        }
        let mut found = BTreeMap::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let folder = entry.path();
            // A name that is no UTF-8 could not be told.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') || fs::metadata(folder.join(MANIFEST)).is_err() {
                continue;
            }
            if found.len() == PLUG_INS_MAX {
                return Err(FolderError::TooMany { path: self.path.clone() });
            }
            found.insert(name, folder);
        }
        Ok(found)
    }
}

impl Known {
    fn read(folder: &Path) -> Self {
        // The print before the content: what is written between the two is seen by the next scan.
        let own = print(&folder.join(MANIFEST));
        let manifest = read(folder);
        let mut prints = prints(folder, &manifest);
        if let Some(first) = prints.first_mut() {
            *first = own;
        }
        Self { manifest, prints }
    }
}

fn print(path: &Path) -> Option<Print> {
    let data = fs::metadata(path).ok()?;
    Some(Print { bytes: data.len(), modified: data.modified().ok() })
}

fn prints(folder: &Path, manifest: &Result<Manifest, ManifestProblem>) -> Vec<Option<Print>> {
    let files = manifest.iter().flat_map(Manifest::files);
    [folder.join(MANIFEST)].into_iter().chain(files).map(|file| print(&file)).collect()
}

fn read(folder: &Path) -> Result<Manifest, ManifestProblem> {
    let wrong = |problem: String| ManifestProblem { folder: folder.to_owned(), problem };
    let path = folder.join(MANIFEST);
    let cannot = |error: io::Error| wrong(format!("{MANIFEST} cannot be read: {error}"));
    for (what, path) in [("its folder", folder), (MANIFEST, path.as_path())] {
        let data = fs::metadata(path).map_err(cannot)?;
        if is_open_to_others(&data) {
            return Err(wrong(format!(
                "others than its owner and group may write into {what}, and so run anything as the scheduler; chmod o-w"
            )));
        }
    }
    let mut text = String::new();
    let file = File::open(&path).map_err(cannot)?;
    file.take(MANIFEST_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > MANIFEST_BYTES_MAX {
        return Err(wrong(format!("{MANIFEST} has more than {MANIFEST_BYTES_MAX} bytes")));
    }
    let manifest = Manifest::parse(folder, &text)?;
    if let Some(file) =
        manifest.files().find(|file| fs::metadata(file).is_ok_and(|data| is_open_to_others(&data)))
    {
        return Err(wrong(format!(
            "others than its owner and group may write into {}; chmod o-w",
            file.display()
        )));
    }
    Ok(manifest)
}

#[cfg(unix)]
fn is_open_to_others(data: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    // A folder with the sticky bit is not meant: in it others can add files, but not change these.
    data.mode() & 0o002 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}
