//! `amt.log` beside the configuration: appended by every run, rotated by size. Failing to write it is a warning only.

use amt_client::{Observer, Traffic};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Size at which the file is put aside.
const ROTATE_BYTES: u64 = 10 * 1024 * 1024;
/// How many old files are kept.
const KEPT: u32 = 5;

/// The log file of this process. Lines of several processes mix; each carries its process id.
#[derive(Debug)]
pub struct LogFile {
    file: Option<File>,
    trouble: Option<String>,
}

impl LogFile {
    /// A log that goes nowhere.
    pub const fn none() -> Self {
        Self { file: None, trouble: None }
    }

    /// Opens the file, putting it aside first if it has grown too large.
    pub fn open(path: &Path) -> Self {
        Self::open_with(path, ROTATE_BYTES)
    }

    fn open_with(path: &Path, rotate_bytes: u64) -> Self {
        match rotate(path, rotate_bytes).and_then(|()| append(path)) {
            Ok(file) => Self { file: Some(file), trouble: None },
            Err(error) => Self {
                file: None,
                trouble: Some(format!(
                    "cannot write the log file {}: {error}; set LOG_FILE to a file that the connector's user may write, or to OFF",
                    path.display()
                )),
            },
        }
    }

    /// Appends one entry with local time and process id.
    pub fn write(&mut self, text: &str) {
        let Some(file) = &mut self.file else { return };
        let at = super::now().strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
        let entry = format!("{at} [{}] {}\n", std::process::id(), super::line::shown(text));
        // One write per entry, so that those of other processes do not tear it.
        if let Err(error) = file.write_all(entry.as_bytes()) {
            self.trouble = Some(format!("cannot go on writing the log file: {error}"));
            self.file = None;
        }
    }

    /// What went wrong, once.
    pub fn take_trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Renames `amt.log` to `amt.log.1`, that to `amt.log.2`, and so on. Whoever holds the lock file does it.
fn rotate(path: &Path, rotate_bytes: u64) -> io::Result<()> {
    let is_large = || path.metadata().is_ok_and(|meta| meta.len() >= rotate_bytes);
    if !is_large() {
        return Ok(());
    }
    let lock = append(&numbered(path, "lock"))?;
    // Another process is rotating; its file will do. The size is checked again in case it has just finished.
    if lock.try_lock().is_err() || !is_large() {
        return Ok(());
    }
    for number in (1..KEPT).rev() {
        let from = numbered(path, &number.to_string());
        if from.exists() {
            std::fs::rename(from, numbered(path, &(number + 1).to_string()))?;
        }
    }
    std::fs::rename(path, numbered(path, "1"))
}

fn numbered(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(suffix);
    name.into()
}

/// The log file, shared between the console and the observer of calls.
#[derive(Debug, Clone)]
pub struct SharedLog(Arc<Mutex<LogFile>>);

impl SharedLog {
    /// Shares a log file.
    pub fn new(file: LogFile) -> Self {
        Self(Arc::new(Mutex::new(file)))
    }

    /// Does something with it; a panic elsewhere does not matter for a log.
    pub fn with<T>(&self, act: impl FnOnce(&mut LogFile) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Observer for SharedLog {
    /// `DEBUG=ON`: each call and its answer, secrets masked by the client.
    fn seen(&self, traffic: &Traffic) {
        let result = match &traffic.result {
            Ok(status) => format!("{status} in {:?}: {}", traffic.took, traffic.received),
            Err(error) => format!("failed after {:?}: {error}", traffic.took),
        };
        let sent = traffic.sent.as_deref().unwrap_or_default();
        self.with(|log| {
            log.write(&format!("DEBUG {} {} {sent}", traffic.method, traffic.target));
            log.write(&format!("DEBUG   {result}"));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn a_large_file_is_put_aside_and_five_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("amt.log");
        for run in 0..8 {
            LogFile::open_with(&path, 10).write(&format!("run {run} with enough text"));
        }
        assert!(contents(&path).contains("run 7"));
        assert!(contents(&numbered(&path, "1")).contains("run 6"));
        assert!(contents(&numbered(&path, "5")).contains("run 2"));
        assert!(!numbered(&path, "6").exists());
    }

    #[test]
    fn a_small_file_is_appended_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("amt.log");
        LogFile::open(&path).write("one");
        LogFile::open(&path).write("two");
        assert_eq!(contents(&path).lines().count(), 2);
        assert!(contents(&path).contains(&format!("[{}] one", std::process::id())));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::open(&folder.path().join("no/such/amt.log"));
        log.write("lost");
        assert!(log.take_trouble().unwrap().contains("LOG_FILE"));
        assert_eq!(log.take_trouble(), None);
    }
}
