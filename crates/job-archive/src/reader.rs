//! Reading a range of a log.

use crate::archive::Archive;

use crate::READ_BYTES;
use crate::codec::decode;
use crate::error::Error;
use crate::index::{Chunk, LogIndex};

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Where it begins in the log, in bytes: what was asked for, or the start of the character that this is in.
    pub from: u64,
    /// Whole characters.
    pub text: String,
    /// Where to go on.
    pub next: u64,
    /// Whether the log is complete and this is its end. At the end of a log that is still written `text` is empty and this is false: ask again
    /// with a newer index.
    pub is_end: bool,
}

impl Archive {
    /// Reads from byte `from` of a log on, at most `max` bytes (and no more than [`READ_BYTES`], and at least one character). Only the
    /// chunks that are touched are read, and each of them is checked. A text that ends before a damaged or missing chunk is given
    /// as it is; reading on from there then is the error.
    ///
    /// # Errors
    /// [`Error::Damaged`] and [`Error::Missing`] for the chunk at `from`, with the part of the log that is lost: go on at
    /// [`Error::readable_from`]. [`Error::Index`] when the index cannot be used or `from` is behind its end.
    pub async fn read(&self, index: &LogIndex, from: u64, max: usize) -> Result<Text, Error> {
        index.check()?;
        if from > index.bytes {
            return Err(Error::index(format!("the log has {} bytes, not {from}", index.bytes)));
        }
        let max = max.min(READ_BYTES);
        let mut result = Text { from, text: String::new(), next: from, is_end: false };
        let first = index.chunks.partition_point(|chunk| chunk.end() <= from);
        for chunk in &index.chunks[first..] {
            let room = max.saturating_sub(result.text.len());
            if !result.text.is_empty() && room == 0 {
                break;
            }
            let text = match self.chunk(chunk).await {
                Ok(text) => text,
                Err(_) if !result.text.is_empty() => break,
                Err(error) => return Err(error),
            };
            let is_cut = add(&mut result, chunk, &text, room);
            if is_cut {
                break;
            }
        }
        result.is_end = index.is_complete && result.next == index.bytes;
        Ok(result)
    }

    /// Reads a whole chunk and checks it.
    async fn chunk(&self, chunk: &Chunk) -> Result<String, Error> {
        let stored = self.backend.chunk(chunk).await?;
        decode(&stored, chunk.bytes, &chunk.hash).map_err(|found| Error::Damaged {
            place: self.backend.place.clone(),
            object: chunk.key.clone(),
            part: chunk.from..chunk.end(),
            expected: chunk.hash.clone(),
            found,
        })
    }
}

/// Adds what belongs to the result, at most `room` bytes, or one character when there is none yet. Whether something of the chunk is left.
fn add(result: &mut Text, chunk: &Chunk, text: &str, room: usize) -> bool {
    let offset = usize::try_from(result.next - chunk.from).expect("a chunk is in memory");
    let start = text.floor_char_boundary(offset);
    let mut end = text.floor_char_boundary(start.saturating_add(room));
    if result.text.is_empty() {
        result.from = chunk.from + start as u64;
        end = end.max(text.ceil_char_boundary(start + 1));
    }
    result.text.push_str(&text[start..end]);
    result.next = chunk.from + end as u64;
    end < text.len()
}
