//! Where a log is: what the caller stores.

use serde::{Deserialize, Serialize};

use crate::CHUNK_BYTES;
use crate::error::Error;
use crate::key::Key;

/// The most chunks that an index may have: logs of 256 GiB, and a limit for what is read from elsewhere.
const CHUNKS: usize = 1 << 20;

/// One log: its length and its chunks in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogIndex {
    /// Bytes of text.
    pub bytes: u64,
    /// The chunks, from the start of the log to its end without gaps.
    pub chunks: Vec<Chunk>,
    /// Whether the log has ended. An incomplete one may grow.
    pub is_complete: bool,
}

/// A part of a log, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunk {
    /// The object, from the root of the archive.
    pub key: String,
    /// Where the compressed bytes begin in the object.
    pub at: u64,
    /// Where the text begins in the log, in bytes.
    pub from: u64,
    /// Bytes of text, 1 to [`CHUNK_BYTES`].
    pub bytes: u64,
    /// Compressed bytes in the object.
    pub stored_bytes: u64,
    /// SHA-256 of the text, in hexadecimal digits.
    pub hash: String,
}

impl Chunk {
    /// Where the text ends in the log.
    pub(crate) fn end(&self) -> u64 {
        self.from.saturating_add(self.bytes)
    }
}

impl LogIndex {
    /// The chunks as the JSON that a table holds.
    pub fn chunks_json(&self) -> String {
        serde_json::to_string(&self.chunks).expect("texts and numbers are always JSON")
    }

    /// Puts together what [`LogIndex::chunks_json`] and the other two members were stored as.
    ///
    /// # Errors
    /// [`Error::Index`] when this is no index.
    pub fn from_parts(bytes: u64, chunks_json: &str, is_complete: bool) -> Result<Self, Error> {
        let chunks = serde_json::from_str(chunks_json).map_err(|error| {
            Error::index(format!("its chunks are not what they should be: {error}"))
        })?;
        let index = Self { bytes, chunks, is_complete };
        index.check()?;
        Ok(index)
    }

    /// The objects in which the chunks of a stored index lie, for whoever sweeps; nothing else of it is looked at.
    ///
    /// # Errors
    /// [`Error::Index`] when it is no index.
    pub fn keys_of(chunks_json: &str) -> Result<Vec<String>, Error> {
        let chunks: Vec<Chunk> = serde_json::from_str(chunks_json).map_err(|error| {
            Error::index(format!("its chunks are not what they should be: {error}"))
        })?;
        Ok(chunks.into_iter().map(|chunk| chunk.key).collect())
    }

    /// Bytes that the chunks take in the archive.
    pub fn stored_bytes(&self) -> u64 {
        self.chunks.iter().fold(0, |sum, chunk| sum.saturating_add(chunk.stored_bytes))
    }

    /// Whether the chunks follow each other, have possible sizes and are below the archive.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.chunks.len() > CHUNKS {
            return Err(Error::index(format!("it has more than {CHUNKS} chunks")));
        }
        let mut end = 0;
        for chunk in &self.chunks {
            check(chunk)?;
            if chunk.from != end {
                let reason =
                    format!("a chunk begins at {}, the one before ends at {end}", chunk.from);
                return Err(Error::index(reason));
            }
            end = chunk.end();
        }
        if end != self.bytes {
            let reason = format!("the log has {} bytes, its chunks have {end}", self.bytes);
            return Err(Error::index(reason));
        }
        Ok(())
    }
}

fn check(chunk: &Chunk) -> Result<(), Error> {
    let most = CHUNK_BYTES as u64;
    // zstd adds a few bytes to what it cannot make smaller.
    if !(1..=most).contains(&chunk.bytes) || !(1..=most * 2).contains(&chunk.stored_bytes) {
        let Chunk { bytes, stored_bytes, .. } = chunk;
        let reason = format!("a chunk of {bytes} bytes, {stored_bytes} stored, cannot be");
        return Err(Error::index(reason));
    }
    if chunk.at.checked_add(chunk.stored_bytes).is_none() || chunk.from > u64::MAX - most {
        return Err(Error::index("a chunk lies beyond any object"));
    }
    if chunk.hash.len() != 64 || !chunk.hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Error::index(format!("{:?} is no SHA-256", chunk.hash)));
    }
    Key::parse(&chunk.key).map(|_| ())
}
