//! Writers as processes of their own (`examples/archive_writer.rs`): killed at any moment, out of space, without permission.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use job_archive::{Archive, LogIndex, Settings};
use serde::Deserialize;

use crate::contract::{DAY, read_all};
use crate::place::Place;

/// A line of the writer.
#[derive(Debug, Deserialize)]
struct Line {
    /// What the text of the log is made from.
    seed: u64,
    index: LogIndex,
}

fn example() -> PathBuf {
    let tests = std::env::current_exe().expect("a test knows its own path");
    let folder = tests.ancestors().nth(2).expect("tests lie in target/…/deps");
    let path = folder.join("examples/archive_writer");
    assert!(path.is_file(), "{} is missing: cargo build -p job-archive --examples", path.display());
    path
}

/// A writer, which ends with the test.
struct Writer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Writer {
    fn start(folder: &Path, task: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a process that the test kills")]
        let mut child = Command::new(example())
            .arg(folder)
            .arg(task)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, lines }
    }

    fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text that a writer appends: as `examples/archive_writer.rs` makes it.
fn line(seed: u64, number: u64) -> String {
    format!(
        "{seed} {number} änderte {}\n",
        "x".repeat(usize::try_from(seed * 7 + number * 13).expect("it works") % 900)
    )
}

fn text(seed: u64, bytes: usize) -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        text += &line(seed, number);
    }
    text.truncate(bytes);
    text
}

#[tokio::test]
async fn what_a_killed_writer_has_been_told_is_stored_is_stored() {
    let place = Place::folder();
    place.open().await;
    for kill_after in [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144] {
        let mut writer = Writer::start(&place.root(), "write");
        let mut told = Vec::new();
        while told.len() < kill_after {
            told.push(writer.lines.next().expect("it writes for ever").expect("UTF-8"));
        }
        writer.kill();
        // What it has said after that, without the end of a line that was cut off.
        told.extend(writer.lines.by_ref().map_while(Result::ok));
        let archive = place.open().await;
        for line in told {
            let Ok(Line { seed, index }) = serde_json::from_str(&line) else { continue };
            let expected = text(seed, usize::try_from(index.bytes).expect("it works"));
            assert_eq!(read_all(&archive, &index, 1 << 20).await, expected);
            if !index.is_complete {
                let mut resumed = archive.resume(index, DAY).expect("resumed");
                resumed.append("on").await.expect("appended");
                let index = resumed.finish().await.expect("finished");
                assert_eq!(read_all(&archive, &index, 1 << 20).await, expected + "on");
            }
        }
        nothing_half_written_has_a_final_name(&place);
    }
    let removed =
        place.open().await.expire(DAY.tomorrow().expect("it works")).await.expect("expired");
    assert!(removed.objects > 10, "{removed:?}");
    assert_eq!(place.packs(), Vec::<String>::new());
    let day = place.root().join("main").join(DAY.to_string());
    assert!(!day.exists(), "also what had no final name is gone");
}

/// Every pack is a row of whole zstd frames.
fn nothing_half_written_has_a_final_name(place: &Place) {
    for key in place.packs() {
        let pack = place.object(&key);
        assert!(!pack.is_empty(), "{key}");
        zstd::decode_all(pack.as_slice()).unwrap_or_else(|error| panic!("{key}: {error}"));
    }
}

#[tokio::test]
async fn files_without_a_final_name_are_seen_by_sweeps_alone() {
    let place = Place::folder();
    let archive = place.open().await;
    let mut writer = archive.write(DAY).expect("a day");
    writer.append("x").await.expect("appended");
    let index = writer.finish().await.expect("finished");
    let staged = place.root().join(format!("{}#1", index.chunks[0].key.replace("-s", "")));
    std::fs::write(&staged, "half of a pa").expect("written");
    #[expect(clippy::disallowed_methods, reason = "the time of files is not ours to set")]
    let now = jiff::Timestamp::now();
    let all =
        async |_, keys: Vec<String>| Ok::<_, std::convert::Infallible>(keys.into_iter().collect());
    let hour = std::time::Duration::from_secs(3600);
    assert_eq!(archive.sweep(now, hour, None, all).await.expect("swept").unfinished, 0);
    assert!(staged.exists());
    let later = now + jiff::ToSpan::hours(2);
    let removed = archive.sweep(later, hour, None, all).await.expect("swept");
    assert_eq!((removed.unfinished, removed.objects), (1, 0));
    assert!(!staged.exists());
}

/// Runs a writer whose archive fails from its second log on; what it says about that.
fn refused(task: &str) -> (Place, Vec<String>) {
    let place = Place::folder();
    let mut writer = Writer::start(&place.root(), task);
    let lines: Vec<String> = writer.lines.by_ref().map(|line| line.expect("UTF-8")).collect();
    assert!(writer.child.wait().expect("ended").success(), "{lines:?}");
    (place, lines)
}

#[tokio::test]
async fn a_full_disk_is_named_and_the_same_call_succeeds_when_there_is_room() {
    let (place, lines) = refused("full");
    assert!(lines[0].starts_with("Full AfterRepair no space in the archive "), "{lines:?}");
    let Line { seed, index } = serde_json::from_str(&lines[1]).expect("an index");
    let archive = Archive::open(&Settings { ..place.settings.clone() }).await.expect("opens");
    let expected = text(seed, usize::try_from(index.bytes).expect("it works"));
    assert_eq!(read_all(&archive, &index, 1 << 20).await, expected);
    nothing_half_written_has_a_final_name(&place);
}

#[test]
fn a_permission_that_is_taken_away_is_named() {
    let (place, lines) = refused("denied");
    assert!(lines[0].starts_with("Denied AfterRepair the archive "), "{lines:?}");
    assert_eq!(place.packs().len(), 1, "what was stored before");
}
