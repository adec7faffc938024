//! What is not as it was written is found and named.

use job_archive::{Again, Archive, CHUNK_BYTES, Error, Found, LogIndex};

use crate::contract::{read_all, write};
use crate::place::Place;
use crate::texts::text;

/// A log of three chunks, and its text.
async fn three_chunks(archive: &Archive) -> (LogIndex, String) {
    let expected = text(7, CHUNK_BYTES * 2 + 5000);
    let index = write(archive, &expected).await;
    assert_eq!(index.chunks.len(), 3);
    (index, expected)
}

/// The chunk in the middle cannot be read; what is before and after it can.
async fn the_rest_is_readable(archive: &Archive, index: &LogIndex, expected: &str) -> Error {
    let chunk = &index.chunks[1];
    let (start, end) = (usize_of(chunk.from), usize_of(chunk.from + chunk.bytes));
    let before = archive.read(index, 10, 1 << 20).await.expect("the first chunk is readable");
    assert!(before.text == expected[10..start], "read until {}, not {start}", before.next);
    let error = archive.read(index, before.next, 10).await.expect_err("damaged");
    assert_eq!(archive.read(index, chunk.from + 99, 10).await.expect_err("damaged"), error);
    assert_eq!(error.again(), Again::Never);
    let shown = error.to_string();
    assert!(shown.contains(&format!("bytes {start}..{end} of the log")), "{shown}");
    assert!(shown.contains(&chunk.key), "{shown}");
    let next = error.readable_from().expect("there is more");
    assert_eq!(next, chunk.from + chunk.bytes);
    let after = archive.read(index, next, 1 << 20).await.expect("readable");
    assert!(after.text == expected[end..], "the chunk after it is whole");
    error
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).expect("small")
}

pub(crate) async fn damage_is_named_and_the_rest_stays_readable(place: &Place) {
    let archive = place.open().await;
    let (index, expected) = three_chunks(&archive).await;
    let chunk = &index.chunks[1];
    let whole = place.object(&chunk.key);
    let length = whole.len();
    // Header, first block, the middle, the end.
    for at in [0, 4, 5, 9, length / 3, length / 2, length - 1] {
        let mut damaged = whole.clone();
        damaged[at] = !damaged[at];
        place.replace(&chunk.key, &damaged);
        let error = the_rest_is_readable(&archive, &index, &expected).await;
        match error {
            Error::Damaged { expected, found: Found::Hash(found), .. } => {
                assert_eq!(expected, chunk.hash);
                assert_ne!(found, expected);
            }
            Error::Damaged { found: Found::Undecodable(_), .. } => {}
            other => panic!("byte {at}: {other}"),
        }
    }
    // The whole chunk of another part is damage as well.
    let other = place.object(&index.chunks[2].key);
    place.replace(&chunk.key, &[other.as_slice(), &whole[other.len()..]].concat());
    the_rest_is_readable(&archive, &index, &expected).await;
    place.replace(&chunk.key, &whole);
    assert!(read_all(&archive, &index, 1 << 20).await == expected, "whole again");
}

pub(crate) async fn a_truncated_object_is_named(place: &Place) {
    let archive = place.open().await;
    let (index, expected) = three_chunks(&archive).await;
    let whole = place.object(&index.chunks[1].key);
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        place.replace(&index.chunks[1].key, &whole[..length]);
        let error = the_rest_is_readable(&archive, &index, &expected).await;
        let Error::Damaged { found, .. } = &error else { panic!("{error}") };
        assert_eq!(*found, Found::Truncated(length as u64));
    }
}

pub(crate) async fn a_missing_object_is_named(place: &Place) {
    let archive = place.open().await;
    let (index, expected) = three_chunks(&archive).await;
    place.remove(&index.chunks[1].key);
    let error = the_rest_is_readable(&archive, &index, &expected).await;
    assert!(matches!(error, Error::Missing { .. }), "{error}");
}
