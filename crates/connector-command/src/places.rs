//! Where the folders of attempts are.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use batch_runner::spool::Spool;
use connector::{AttemptKey, End};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::task::OutputRule;

/// Is there as long as the folder of all jobs is: without it, nothing is known about any job.
const MARK: &str = "ringmaster-command-jobs";
/// Longest name of a folder that shows the key itself.
const NAME_BYTES_MAX: usize = 100;

/// The folder of all jobs.
#[derive(Debug)]
pub(crate) struct Places {
    root: PathBuf,
}

/// The places of one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Its folder, which the runner uses as its spool.
    pub(crate) dir: PathBuf,
    /// What is left when it was deleted.
    epitaph: PathBuf,
    /// Says in the environment of its processes whose they are.
    pub(crate) marker: String,
}

/// What is known of a job beside what its runner notes: written once, before a runner is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) name: String,
    /// The job log up to the start. Holds no secret.
    pub(crate) head: String,
    /// The name of the program, for the log.
    pub(crate) image: String,
    pub(crate) output_rules: Vec<OutputRule>,
    pub(crate) is_staged: bool,
}

/// How an attempt is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Ended(End),
    Lost(String),
}

impl Places {
    /// Makes what is missing.
    pub(crate) fn open(root: PathBuf) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        for number in 0..=u8::MAX {
            for kind in ["jobs", "ended"] {
                builder.create(root.join(kind).join(format!("{number:02x}")))?;
            }
        }
        let places = Self { root };
        if places.is_there().is_err() {
            write_whole(&places.root.join(MARK), b"the jobs of command agents of Ringmaster\n")?;
        }
        Ok(places)
    }

    /// Fails when the folder is away.
    pub(crate) fn is_there(&self) -> io::Result<()> {
        fs::metadata(self.root.join(MARK)).map(|_| ()).map_err(|error| {
            let text = format!("the folder of all jobs, {}, is not there", self.root.display());
            io::Error::new(error.kind(), format!("{text}: {error}"))
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn of(&self, key: &AttemptKey) -> Place {
        let digest = Sha256::digest(key.as_str().as_bytes());
        let mut hex = String::new();
        for byte in &digest[..16] {
            let _ = write!(hex, "{byte:02x}");
        }
        // Names that no system takes for something else, and that are different where letters of both cases are the same.
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_name = key.as_str().len() <= NAME_BYTES_MAX && key.as_str().bytes().all(is_plain);
        let name = if is_name { format!("a-{key}") } else { format!("a={hex}") };
        let place = |kind: &str| self.root.join(kind).join(&hex[..2]).join(&name);
        Place { dir: place("jobs"), epitaph: place("ended"), marker: format!("command:{key}") }
    }

    /// Forgets the ends of tasks that were deleted longer than `age` ago. What cannot be removed is left.
    pub(crate) fn prune(&self, age: Duration, now: SystemTime) {
        let Ok(shards) = fs::read_dir(self.root.join("ended")) else { return };
        for shard in shards.flatten() {
            for file in fs::read_dir(shard.path()).into_iter().flatten().flatten() {
                let changed = file.metadata().and_then(|meta| meta.modified());
                let is_old =
                    changed.is_ok_and(|at| now.duration_since(at).is_ok_and(|passed| passed > age));
                if is_old {
                    let _ = fs::remove_file(file.path());
                }
            }
        }
    }
}

impl Place {
    /// Makes the folder with its note. `false`: it is there already, and nothing was written.
    pub(crate) fn make(&self, note: &Note) -> io::Result<bool> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&self.dir) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(error),
        }
        write_whole(&self.dir.join("job.json"), &serde_json::to_vec(note)?)?;
        sync_parent(&self.dir)?;
        Ok(true)
    }

    pub(crate) fn note(&self) -> io::Result<Option<Note>> {
        read(&self.dir.join("job.json"))
    }

    /// Where the stage writes how far it is.
    pub(crate) fn stage(&self) -> PathBuf {
        self.dir.join("stage")
    }

    /// What the runner keeps of the output.
    pub(crate) fn output(&self) -> PathBuf {
        Spool::at(&self.dir).output()
    }

    /// Removes the folder; a late runner finds no place for its claim.
    pub(crate) fn remove(&self) -> io::Result<()> {
        Spool::at(&self.dir).remove()
    }

    /// Why it is lost, if that was found out.
    pub(crate) fn lost(&self) -> io::Result<Option<String>> {
        read(&self.dir.join("lost"))
    }

    pub(crate) fn set_lost(&self, why: &str) -> io::Result<()> {
        write_whole(&self.dir.join("lost"), &serde_json::to_vec(why)?)
    }

    /// What was left when it was deleted.
    pub(crate) fn epitaph(&self) -> io::Result<Option<Outcome>> {
        read(&self.epitaph)
    }

    pub(crate) fn set_epitaph(&self, outcome: &Outcome) -> io::Result<()> {
        write_whole(&self.epitaph, &serde_json::to_vec(outcome)?)
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file so that it is there whole or not at all, a power cut included.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_parent(path)
}

/// Windows has no such thing as a folder that is flushed.
fn sync_parent(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        File::open(parent)?.sync_all()?;
    }
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_folder_of_its_own_inside() {
        let root = tempfile::tempdir().unwrap();
        let places = Places::open(root.path().to_owned()).unwrap();
        let long = "x".repeat(128);
        let keys = ["..", ".", "a", "A", "a:b", "con", "a_b", "a-b", long.as_str()];
        let mut seen = std::collections::HashSet::new();
        for key in keys {
            let place = places.of(&key.parse().unwrap());
            let name = place.dir.file_name().unwrap().to_str().unwrap().to_lowercase();
            assert!(name.len() <= 102 && name.starts_with('a') && !name.contains([':', '.']));
            assert!(place.dir.starts_with(root.path().join("jobs")) && seen.insert(name), "{key}");
        }
    }

    #[test]
    fn ends_are_forgotten_when_they_are_old() {
        let root = tempfile::tempdir().unwrap();
        let places = Places::open(root.path().to_owned()).unwrap();
        let place = places.of(&"k".parse().unwrap());
        place.set_epitaph(&Outcome::Lost("gone".into())).unwrap();
        let written = fs::metadata(&place.epitaph).unwrap().modified().unwrap();
        let (age, second) = (Duration::from_secs(60), Duration::from_secs(1));
        places.prune(age, written + age);
        assert!(place.epitaph().unwrap().is_some());
        places.prune(age, written + age + second);
        assert!(place.epitaph().unwrap().is_none());
    }
}
