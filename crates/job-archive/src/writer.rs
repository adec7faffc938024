//! Writing a log while its job runs.

use std::sync::Arc;

use jiff::civil::Date;

use crate::CHUNK_BYTES;
use crate::codec;
use crate::error::Error;
use crate::group::Group;
use crate::index::{Chunk, LogIndex};

/// Writes one log. [`Writer::append`] as text comes, [`Writer::flush`] so that others can follow, [`Writer::finish`] at the end. The index
/// changes only when what it says is stored; a call that failed, or was given up, is simply made again.
///
/// A log that is flushed often would become a row of tiny chunks. A flush therefore stores again what the flushes before it have stored
/// since the last whole chunk, as far as that is not much more than what is new. So the number of small chunks grows only with the
/// logarithm of the number of flushes, and so does what is stored per byte.
#[derive(Debug)]
pub struct Writer {
    group: Arc<Group>,
    keep_until: Date,
    index: LogIndex,
    /// The text from `tail_from` on. What is before is in chunks that stay.
    tail: String,
    tail_from: u64,
}

impl Writer {
    pub(crate) fn new(group: Arc<Group>, keep_until: Date, index: LogIndex) -> Self {
        let tail_from = index.bytes;
        Self { group, keep_until, index, tail: String::new(), tail_from }
    }

    /// Takes over what is stored already.
    pub(crate) fn go_on(&mut self, index: LogIndex) {
        self.tail_from = index.bytes;
        self.index = index;
    }

    /// What is stored so far. [`crate::Archive::read`] follows the log with it.
    pub fn index(&self) -> &LogIndex {
        &self.index
    }

    /// Bytes of text that the log has, stored or not: where the next text begins.
    pub fn bytes(&self) -> u64 {
        self.tail_from + self.tail.len() as u64
    }

    /// Adds text. Most of it is stored when there is enough for a chunk, the rest with the next flush.
    ///
    /// # Errors
    /// When a chunk cannot be stored. Then a part of the text may have been taken: [`Writer::bytes`] says where to go on.
    ///
    /// # Panics
    /// When the log is finished.
    pub async fn append(&mut self, mut text: &str) -> Result<(), Error> {
        assert!(!self.index.is_complete, "the log is finished");
        loop {
            let room = CHUNK_BYTES - self.tail.len();
            let (now, later) = text.split_at(text.floor_char_boundary(room));
            self.tail.push_str(now);
            text = later;
            if self.tail.len() < CHUNK_BYTES && text.is_empty() {
                return Ok(());
            }
            self.store_from(self.tail_from).await?;
            self.tail_from = self.index.bytes;
            self.tail.clear();
            // Kept for the length of a long log, given back when it was the only chunk.
            self.tail.shrink_to(if text.is_empty() { 0 } else { CHUNK_BYTES });
        }
    }

    /// Stores what is there, so that the index has it. Costs nothing when there is nothing new.
    ///
    /// # Errors
    /// When it cannot be stored; the index then is what it was.
    pub async fn flush(&mut self) -> Result<&LogIndex, Error> {
        if self.bytes() > self.index.bytes {
            self.store_from(self.flush_from()).await?;
        }
        Ok(&self.index)
    }

    /// Stores the rest and ends the log. When this returns, the whole log survives a power cut as soon as its index does.
    ///
    /// # Errors
    /// When it cannot be stored; the log is not finished then, and this can be called again.
    pub async fn finish(&mut self) -> Result<LogIndex, Error> {
        if self.bytes() > self.index.bytes {
            self.store_from(self.tail_from).await?;
        }
        self.index.is_complete = true;
        self.tail = String::new();
        self.tail_from = self.index.bytes;
        Ok(self.index.clone())
    }

    /// Where the next chunk of a flush begins: before the small chunks that are not much larger than what follows them.
    fn flush_from(&self) -> u64 {
        let mut from = self.index.bytes;
        for chunk in self.index.chunks.iter().rev() {
            let follows = self.bytes() - from;
            if chunk.from < self.tail_from || chunk.bytes > follows.saturating_mul(2) {
                break;
            }
            from = chunk.from;
        }
        from
    }

    /// Stores the text from byte `from` of the log on as one chunk, in place of the chunks that are there. `from` is in the tail and between
    /// two characters.
    async fn store_from(&mut self, from: u64) -> Result<(), Error> {
        let start = usize::try_from(from - self.tail_from).expect("the tail is in memory");
        let text = &self.tail[start..];
        let encoded = codec::encode(text).await?;
        let (bytes, stored_bytes) = (text.len() as u64, encoded.stored.len() as u64);
        let placed = self.group.store(self.keep_until, encoded.stored).await?;
        self.index.chunks.retain(|chunk| chunk.from < from);
        let hash = encoded.hash;
        let (key, at) = (placed.key, placed.at);
        self.index.chunks.push(Chunk { key, at, from, bytes, stored_bytes, hash });
        self.index.bytes = from + bytes;
        Ok(())
    }
}
