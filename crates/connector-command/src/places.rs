//! Where the folders of attempts are.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use batch_runner::spool::{self, Spool};
use connector::{AttemptKey, End};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::task::OutputRule;

/// Is there as long as the folder of all jobs is: without it, nothing is known about any job. Holds the folder's id.
const MARK: &str = "ringmaster-command-jobs";
/// How many random bytes an id is made of.
const ID_BYTES: usize = 16;
/// Longest name of a folder that shows the key itself.
const NAME_BYTES_MAX: usize = 100;

/// The folder of all jobs.
#[derive(Debug)]
pub(crate) struct Places {
    root: PathBuf,
    /// Which folder it is: an empty mount point, or a folder from elsewhere, is another one, and knows nothing of the jobs that ran.
    id: String,
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
    /// What agents call the job, for the log: `TESTRUNPARAM 0000000194`.
    pub(crate) job_id: String,
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
    /// Makes what is missing. Where there was a folder before, which a file beside it says, nothing is made in its place.
    pub(crate) fn open(root: PathBuf) -> io::Result<Self> {
        let reminder = reminder(&root);
        let (known, found) = (text(&reminder)?, text(&root.join(MARK))?);
        let id = match (known, found) {
            (Some(known), found) => {
                let places = Self { root, id: known };
                if found.as_ref() == Some(&places.id) {
                    make_shards(&places.root)?;
                }
                return Ok(places);
            }
            (None, Some(found)) => found,
            (None, None) => {
                let random = kit::secret::random_token(ID_BYTES).map_err(io::Error::other)?;
                make_shards(&root)?;
                write_whole(&root.join(MARK), random.expose().as_bytes())?;
                random.expose().to_owned()
            }
        };
        make_shards(&root)?;
        write_whole(&reminder, id.as_bytes())?;
        Ok(Self { root, id })
    }

    /// Fails when the folder is away, or another one is in its place.
    pub(crate) fn is_there(&self) -> io::Result<()> {
        let (root, reminder) = (self.root.display(), reminder(&self.root));
        let advice = format!(
            "bring it back; if it is lost for good, remove {} and start the scheduler again",
            reminder.display()
        );
        match fs::read_to_string(self.root.join(MARK)) {
            Ok(id) if id == self.id => Ok(()),
            Ok(_) => Err(io::Error::other(format!(
                "the folder of all jobs, {root}, is another one than before: {advice}"
            ))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text =
                    format!("the folder of all jobs, {root}, is not there: {error}; {advice}");
                Err(io::Error::new(error.kind(), text))
            }
            // It may well be there, and what it protects from must not be given up.
            Err(error) => {
                let text =
                    format!("the folder of all jobs, {root}, cannot be looked at now: {error}");
                Err(io::Error::new(error.kind(), text))
            }
        }
    }

    /// What was seen counts only where the folder is there before and after: one that goes away looks as if it were empty.
    pub(crate) fn while_there<T>(&self, look: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.is_there()?;
        let seen = look();
        self.is_there()?;
        seen
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

    /// Removes what a removal of folders has left when its process was killed.
    pub(crate) fn clear(&self) {
        for shard in fs::read_dir(self.root.join("jobs")).into_iter().flatten().flatten() {
            spool::remove_gone(&shard.path());
        }
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

fn make_shards(root: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    for number in 0..=u8::MAX {
        for kind in ["jobs", "ended"] {
            builder.create(root.join(kind).join(format!("{number:02x}")))?;
        }
    }
    Ok(())
}

/// The file beside the folder that says which one it is.
fn reminder(root: &Path) -> PathBuf {
    let mut name = root.file_name().unwrap_or_default().to_owned();
    name.push(".id");
    root.with_file_name(name)
}

fn text(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
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
        let places = Places::open(root.path().join("all")).unwrap();
        let long = "x".repeat(128);
        let keys = ["..", ".", "a", "A", "a:b", "con", "a_b", "a-b", long.as_str()];
        let mut seen = std::collections::HashSet::new();
        for key in keys {
            let place = places.of(&key.parse().unwrap());
            let name = place.dir.file_name().unwrap().to_str().unwrap().to_lowercase();
            assert!(name.len() <= 102 && name.starts_with('a') && !name.contains([':', '.']));
            assert!(
                place.dir.starts_with(root.path().join("all/jobs")) && seen.insert(name),
                "{key}"
            );
        }
    }

    #[test]
    fn another_folder_in_its_place_is_not_taken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (root, away) = (folder.path().join("jobs"), folder.path().join("away"));
        let places = Places::open(root.clone()).unwrap();
        places.is_there().unwrap();
        fs::rename(&root, &away).unwrap();
        // An empty mount point: nothing is made there, now or after a restart.
        fs::create_dir(&root).unwrap();
        assert!(places.is_there().is_err());
        let later = Places::open(root.clone()).unwrap();
        assert!(later.is_there().unwrap_err().to_string().contains("is not there"));
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
        fs::write(root.join(MARK), "the id of another one").unwrap();
        assert!(later.is_there().unwrap_err().to_string().contains("another one than before"));
        assert!(later.while_there(|| Ok(())).is_err());
        fs::remove_dir_all(&root).unwrap();
        fs::rename(&away, &root).unwrap();
        later.is_there().unwrap();
        let went = later.while_there(|| fs::rename(&root, &away));
        assert!(went.is_err(), "it went away meanwhile");
    }

    #[test]
    fn what_a_killed_removal_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::open(folder.path().join("jobs")).unwrap();
        let place = places.of(&"k".parse().unwrap());
        let gone = place.dir.with_extension("gone");
        for folder in [&gone, &place.dir] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("output"), "x").unwrap();
        }
        place.remove().unwrap();
        assert!(!gone.exists() && !place.dir.exists());
        fs::create_dir(&gone).unwrap();
        fs::create_dir(&place.dir).unwrap();
        places.clear();
        assert!(!gone.exists() && place.dir.exists());
    }

    #[test]
    fn ends_are_forgotten_when_they_are_old() {
        let root = tempfile::tempdir().unwrap();
        let places = Places::open(root.path().join("all")).unwrap();
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
