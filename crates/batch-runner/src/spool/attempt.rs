//! The file `claim`: who owns an attempt, and what has come of it, one entry in JSON per line.
//!
//! Its first line (with the second, which is Windows' alone) is there from the moment the file has its name; the others are appended by the runner that owns it. An entry counts when
//! its line is complete. All of it fits the block that the first line has taken, so a disk that fills up meanwhile does not
//! cost the result.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Spool;
use crate::{ChildRecord, ExitRecord};

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// The first line: a runner owns the attempt. It is alive as long as the file is locked; the number alone proves nothing.
    Runner(i32),
    /// The first line: a controller that recovered the attempt owns it. No runner has started it and none will.
    Void,
    /// The second line, on Windows: the named pipe that takes signals.
    Door(String),
    /// The job's process.
    Child(ChildRecord),
    /// The end.
    Exit(ExitRecord),
}

impl Entry {
    /// The line.
    pub(crate) fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attempt {
    /// Process id of the runner that owns the attempt; none where it is void.
    pub runner_pid: Option<i32>,
    /// The named pipe through which its runner takes signals, where they are taken so (Windows).
    pub door: Option<String>,
    /// The job's process, from its start on.
    pub child: Option<ChildRecord>,
    /// How it ended.
    pub exit: Option<ExitRecord>,
}

impl Attempt {
    /// Of the attempt in `dir`; none when nobody has claimed it.
    ///
    /// # Errors
    /// When the file cannot be read. `InvalidData` when its first line is damaged.
    pub fn read(dir: &Path) -> io::Result<Option<Self>> {
        open(dir)?.map(|(attempt, _)| attempt).transpose()
    }

    fn parse(content: &[u8]) -> io::Result<Self> {
        let mut lines = content.split_inclusive(|byte| *byte == b'\n');
        let owner = lines.next().filter(|line| line.ends_with(b"\n")).unwrap_or_default();
        let runner_pid = match serde_json::from_slice(owner)? {
            Entry::Runner(pid) => Some(pid),
            Entry::Void => None,
            Entry::Door(_) | Entry::Child(_) | Entry::Exit(_) => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the claim has no owner"));
            }
        };
        let mut attempt = Self { runner_pid, ..Self::default() };
        for line in lines.filter(|line| line.ends_with(b"\n")) {
            match serde_json::from_slice(line) {
                Ok(Entry::Door(name)) => attempt.door = Some(name),
                Ok(Entry::Child(child)) => attempt.child = Some(child),
                Ok(Entry::Exit(exit)) => attempt.exit = Some(exit),
                // A piece that was cut off before its writer could try again.
                Ok(Entry::Runner(_) | Entry::Void) | Err(_) => {}
            }
        }
        Ok(attempt)
    }
}

/// What the file says, and the open file; none when there is none.
pub(crate) fn open(dir: &Path) -> io::Result<Option<(io::Result<Attempt>, File)>> {
    let file = match File::open(Spool::at(dir).claim()) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some((read(&file), file)))
}

/// Reads an open file from its start.
pub(crate) fn read(mut file: &File) -> io::Result<Attempt> {
    io::Seek::rewind(&mut file)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Attempt::parse(&content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_cut_off_does_not_count() {
        let child = "{\"child\":{\"pid\":5,\"pgid\":5,\"started_at\":\"2026-01-01T00:00:00Z\"}}\n";
        let whole = format!("{{\"runner\":4}}\n{child}");
        for cut in "{\"runner\":4}\n".len()..whole.len() {
            let attempt = Attempt::parse(&whole.as_bytes()[..cut]).unwrap();
            assert_eq!((attempt.runner_pid, attempt.child), (Some(4), None), "cut at {cut}");
        }
        assert_eq!(Attempt::parse(whole.as_bytes()).unwrap().child.unwrap().pid, 5);
    }

    #[test]
    fn a_claim_without_an_owner_is_an_error() {
        for content in ["", "{\"runner\":4}", "\0\0\n", "{\"child\":{}}\n"] {
            assert!(Attempt::parse(content.as_bytes()).is_err(), "{content}");
        }
    }

    #[test]
    fn a_piece_of_a_line_does_not_hide_the_next_one() {
        let child = "{\"child\":{\"pid\":5,\"pgid\":5,\"started_at\":\"2026-01-01T00:00:00Z\"}}";
        let content = format!("{{\"runner\":4}}\n{}\n{child}\n", &child[..9]);
        assert_eq!(Attempt::parse(content.as_bytes()).unwrap().child.unwrap().pid, 5);
    }
}
