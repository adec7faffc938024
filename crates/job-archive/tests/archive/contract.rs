//! The rules that hold wherever the archive is.

use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};
use job_archive::{Archive, CHUNK_BYTES, Error, LogIndex, Settings};

use crate::place::Place;
use crate::texts::text;

pub(crate) const DAY: Date = date(2026, 12, 24);

/// Writes a log at once.
pub(crate) async fn write(archive: &Archive, text: &str) -> LogIndex {
    write_until(archive, DAY, text).await
}

async fn write_until(archive: &Archive, day: Date, text: &str) -> LogIndex {
    let mut writer = archive.write(day).expect("a day");
    writer.append(text).await.expect("appended");
    writer.finish().await.expect("finished")
}

/// Reads a log from end to end, in pieces of `max` bytes.
pub(crate) async fn read_all(archive: &Archive, index: &LogIndex, max: usize) -> String {
    let (mut whole, mut from) = (String::new(), 0);
    while from < index.bytes {
        let piece = archive.read(index, from, max).await.expect("readable");
        assert!(piece.next > from, "every read gets on");
        assert_eq!(piece.next == index.bytes && index.is_complete, piece.is_end);
        whole.push_str(&piece.text);
        from = piece.next;
    }
    whole
}

pub(crate) async fn what_is_finished_is_read_by_another_process(place: &Place) {
    let expected = text(1, 700_000);
    let (id, parts) = {
        let archive = place.open().await;
        let index = write(&archive, &expected).await;
        (archive.id().to_owned(), (index.bytes, index.chunks_json(), index.is_complete))
    };
    let settings = Settings { known: Some(id), ..place.settings.clone() };
    let archive = Archive::open(&settings).await.expect("the known archive");
    let index = LogIndex::from_parts(parts.0, &parts.1, parts.2).expect("an index");
    assert_eq!(index.bytes, expected.len() as u64);
    assert!(read_all(&archive, &index, 100_000).await == expected, "the text as it was");
    let empty = write(&archive, "").await;
    assert_eq!((empty.bytes, empty.chunks.len(), empty.is_complete), (0, 0, true));
    assert!(archive.read(&empty, 0, 10).await.expect("readable").is_end);
}

pub(crate) async fn a_small_log_is_one_object(place: &Place) {
    let archive = place.open().await;
    let index = write(&archive, &text(2, 1500)).await;
    assert_eq!(index.chunks.len(), 1);
    assert_eq!(place.packs(), [index.chunks[0].key.clone()]);
    assert_eq!(place.object(&index.chunks[0].key).len() as u64, index.stored_bytes());
    assert!(index.stored_bytes() < index.bytes, "it is compressed");
}

pub(crate) async fn a_long_log_is_cut_into_whole_chunks(place: &Place) {
    let archive = place.open().await;
    let expected = text(3, CHUNK_BYTES * 3 + 1000);
    let mut writer = archive.write(DAY).expect("a day");
    for line in expected.split_inclusive('\n') {
        writer.append(line).await.expect("appended");
    }
    assert_eq!(writer.bytes(), expected.len() as u64);
    let index = writer.finish().await.expect("finished");
    assert_eq!(index.chunks.len(), 4);
    assert!(index.chunks.iter().take(3).all(|chunk| chunk.bytes > CHUNK_BYTES as u64 - 4));
    assert!(read_all(&archive, &index, 1 << 20).await == expected, "the text as it was");
}

pub(crate) async fn ranges_begin_and_end_between_characters(place: &Place) {
    let archive = place.open().await;
    let index = write(&archive, "aä完🙂b").await;
    let read = async |from, max| {
        let text = archive.read(&index, from, max).await.expect("readable");
        (text.from, text.text, text.next)
    };
    assert_eq!(read(0, 2).await, (0, "a".to_owned(), 1));
    assert_eq!(read(0, 3).await, (0, "aä".to_owned(), 3));
    assert_eq!(read(2, 2).await, (1, "ä".to_owned(), 3));
    assert_eq!(read(1, 0).await, (1, "ä".to_owned(), 3));
    assert_eq!(read(8, 1).await, (6, "🙂".to_owned(), 10));
    assert_eq!(read(10, 9).await, (10, "b".to_owned(), 11));
    assert_eq!(read(11, 9).await, (11, String::new(), 11));
    assert!(matches!(archive.read(&index, 12, 9).await, Err(Error::Index { .. })));
}

pub(crate) async fn followers_read_what_was_flushed(place: &Place) {
    let archive = place.open().await;
    let mut writer = archive.write(DAY).expect("a day");
    writer.append("one\n").await.expect("appended");
    assert_eq!(writer.index().bytes, 0, "nothing is stored yet");
    let first = writer.flush().await.expect("flushed").clone();
    writer.append("two\n").await.expect("appended");
    let other = place.open().await;
    let seen = other.read(&first, 0, 100).await.expect("readable");
    assert_eq!((seen.text.as_str(), seen.is_end), ("one\n", false));
    assert_eq!(other.read(&first, 4, 100).await.expect("readable").text, "");
    let second = writer.flush().await.expect("flushed").clone();
    let seen = other.read(&second, seen.next, 100).await.expect("readable");
    assert_eq!((seen.text.as_str(), seen.is_end), ("two\n", false));
    let packs = place.packs();
    let whole = writer.finish().await.expect("finished");
    assert_eq!(place.packs(), packs, "nothing was new");
    assert!(other.read(&whole, 8, 100).await.expect("readable").is_end);
    assert_eq!(other.read(&first, 0, 100).await.expect("still readable").text, "one\n");
}

pub(crate) async fn many_flushes_leave_few_chunks(place: &Place) {
    let archive = place.open().await;
    let expected = text(4, 6000);
    let mut writer = archive.write(DAY).expect("a day");
    for line in expected.split_inclusive('\n') {
        writer.append(line).await.expect("appended");
        let index = writer.flush().await.expect("flushed");
        assert!(index.chunks.len() <= 10, "{} chunks", index.chunks.len());
        assert_eq!(index.chunks.iter().map(|chunk| chunk.bytes).sum::<u64>(), index.bytes);
    }
    let index = writer.finish().await.expect("finished");
    assert_eq!(read_all(&archive, &index, 999).await, expected);
}

pub(crate) async fn a_log_goes_on_where_its_writer_died(place: &Place) {
    let expected = text(5, CHUNK_BYTES + 5000);
    let flushed = {
        let mut writer = place.open().await.write(DAY).expect("a day");
        writer.append(&expected[..2000]).await.expect("appended");
        let index = writer.flush().await.expect("flushed").clone();
        writer.append("lost with its process").await.expect("appended");
        index
    };
    let archive = place.open().await;
    // The day of the chunks that are there counts: all of a log expires together.
    let mut writer = archive.resume(flushed, DAY.tomorrow().expect("a day")).expect("resumed");
    assert_eq!(writer.bytes(), 2000);
    writer.append(&expected[2000..]).await.expect("appended");
    let index = writer.finish().await.expect("finished");
    assert!(read_all(&archive, &index, 1 << 20).await == expected, "the text as it was");
    assert!(index.chunks.iter().all(|chunk| chunk.key.starts_with("main/2026-12-24/")));
    assert!(matches!(archive.resume(index, DAY), Err(Error::Index { .. })), "it is complete");
}

/// Ends `count` logs at the same time.
async fn together(archive: &Archive, count: u64) -> Vec<LogIndex> {
    let writes = (0..count).map(|seed| async move { write(archive, &text(seed, 800)).await });
    futures_util::future::join_all(writes).await
}

pub(crate) async fn logs_that_end_together_share_objects(place: &Place) {
    let archive = place.open().await;
    let indexes = together(&archive, 60).await;
    assert!(place.packs().len() <= 10, "{} objects for 60 logs", place.packs().len());
    for (seed, index) in (0..).zip(&indexes) {
        assert_eq!(read_all(&archive, index, 10_000).await, text(seed, 800));
    }
}

pub(crate) async fn deleting_one_log_leaves_the_others(place: &Place) {
    let archive = place.open().await;
    let alone = write(&archive, &text(99, 800)).await;
    let indexes = together(&archive, 20).await;
    let count = place.packs().len();
    for _ in 0..2 {
        let deleted = archive.delete(&alone).await.expect("deleted, and deleted again");
        assert_eq!((deleted.removed, deleted.shared), (1, 0));
        assert_eq!(place.packs().len(), count - 1);
    }
    assert!(matches!(archive.read(&alone, 0, 10).await, Err(Error::Missing { .. })));
    let shared = indexes.iter().find(|index| !index.chunks[0].key.ends_with("-s.pack"));
    let shared = shared.expect("20 logs do not have an object each");
    assert_eq!(archive.delete(shared).await.expect("deleted").shared, 1);
    for (seed, index) in (0..).zip(&indexes) {
        assert_eq!(read_all(&archive, index, 10_000).await, text(seed, 800));
    }
}

pub(crate) async fn days_expire_as_a_whole(place: &Place) {
    let archive = place.open().await;
    let old = write_until(&archive, date(2026, 12, 22), "old").await;
    write_until(&archive, date(2026, 12, 23), "older than today").await;
    let kept = write(&archive, "kept until today").await;
    let removed = archive.expire(DAY).await.expect("expired");
    assert_eq!((removed.objects, removed.bytes > 20), (2, true));
    assert_eq!(place.packs(), [kept.chunks[0].key.clone()]);
    assert!(matches!(archive.read(&old, 0, 10).await, Err(Error::Missing { .. })));
    assert_eq!(read_all(&archive, &kept, 100).await, "kept until today");
    assert_eq!(archive.expire(DAY).await.expect("expired").objects, 0);
}

pub(crate) async fn a_sweep_removes_what_nobody_refers_to_and_nothing_else(place: &Place) {
    let archive = place.open().await;
    let kept = write(&archive, "kept").await;
    let waste = write(&archive, "its index was never stored").await;
    let key = |index: &LogIndex| index.chunks[0].key.clone();
    let (kept_key, now) = (key(&kept), object_times());
    let oracle = |day: Date, keys: Vec<String>| {
        assert_eq!(day, DAY);
        let found: HashSet<String> = keys.into_iter().filter(|key| *key == kept_key).collect();
        async move { Ok::<_, Infallible>(found) }
    };
    let hour = Duration::from_secs(3600);
    let young = archive.sweep(now, hour, None, oracle).await.expect("swept");
    assert_eq!((young.objects, place.packs().len()), (0, 2), "younger than the grace");
    let failed = archive.sweep(now + 2.hours(), hour, None, async |_, _| Err("away")).await;
    assert!(failed.is_err());
    assert_eq!(place.packs().len(), 2, "nothing is removed when nobody can tell");
    let removed = archive.sweep(now + 2.hours(), hour, None, oracle).await.expect("swept");
    assert_eq!(removed.objects, 1);
    assert_eq!(place.packs(), std::slice::from_ref(&kept_key));
    assert_eq!(read_all(&archive, &kept, 100).await, "kept");
    assert!(matches!(archive.read(&waste, 0, 10).await, Err(Error::Missing { .. })));
}

/// The time by which stores judge the age of objects.
fn object_times() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "the time of files and servers is not ours to set"
    )]
    Timestamp::now()
}

pub(crate) async fn instances_do_not_touch_each_other(place: &Place) {
    let (one, two) = (place.open_as("one").await, place.open_as("two").await);
    let (mine, theirs) = (write(&one, "mine").await, write(&two, "theirs").await);
    assert_ne!(one.id(), two.id());
    assert_eq!(one.expire(date(2030, 1, 1)).await.expect("expired").objects, 1);
    assert!(one.read(&mine, 0, 10).await.is_err());
    assert_eq!(read_all(&one, &theirs, 10).await, "theirs");
    let none = async |_, _| Ok::<_, Infallible>(HashSet::new());
    let late = object_times() + 24.hours();
    assert_eq!(one.sweep(late, Duration::ZERO, None, none).await.expect("swept").objects, 0);
    assert_eq!(read_all(&two, &theirs, 10).await, "theirs");
}

pub(crate) async fn another_or_an_empty_place_is_not_the_known_archive(place: &Place) {
    let wrong = Settings { known: Some("0123456789abcdef".into()), ..place.settings.clone() };
    assert!(matches!(Archive::open(&wrong).await, Err(Error::Lost { .. })), "there is none");
    let id = place.open().await.id().to_owned();
    assert!(matches!(Archive::open(&wrong).await, Err(Error::Lost { .. })), "it is another");
    assert_eq!(place.open().await.id(), id, "an archive keeps its id");
    place.lose();
    let known = Settings { known: Some(id), ..place.settings.clone() };
    assert!(matches!(Archive::open(&known).await, Err(Error::Lost { .. })), "it is gone");
}

pub(crate) async fn nothing_is_written_to_a_place_that_is_lost(place: &Place) {
    let archive = place.open().await;
    let before = write(&archive, "before").await;
    place.lose();
    let mut writer = archive.write(DAY).expect("a day");
    writer.append("after").await.expect("held");
    let error = writer.finish().await.expect_err("nowhere to write");
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    assert_eq!(error.again(), job_archive::Again::AfterRepair);
    place.make_anew();
    let error = writer.finish().await.expect_err("it is another place");
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    assert_eq!(place.packs(), [""; 0]);
    for error in [
        archive.read(&before, 0, 10).await.expect_err("lost"),
        archive.delete(&before).await.expect_err("lost"),
        archive.expire(DAY).await.expect_err("lost"),
    ] {
        assert!(matches!(error, Error::Lost { .. }), "{error}");
    }
}
