//! The archive of job output: the text that jobs print, for as long as it is to be kept.
//!
//! The archive owns the bytes, and whoever uses it owns the index: a [`LogIndex`] says of one log where its chunks are. Store it in the
//! same transaction as what depends on it.
//!
//! * **Chunks.** A log is cut into chunks of at most [`CHUNK_BYTES`] bytes of UTF-8 text, each a zstd frame of its own with the SHA-256 of its
//!   text in the index. [`Archive::read`] reads a range of bytes from the chunks that it touches and checks the text of each.
//! * **Packs.** What many [`Writer`]s store in the same moment goes into one object. The chunks of most jobs are smaller than what a file or a
//!   request costs; a pack costs the same for a hundred of them.
//! * **Durability.** When [`Writer::flush`] or [`Writer::finish`] returns, what the index says survives a power cut: the object has been
//!   synced, renamed to its name, and its folder synced; a store of objects has answered. Nothing half written ever has a final name.
//! * **Keys.** `<instance>/<keep-until day>/<life>-<number>.pack`. All logs of a pack are kept until the same day, so
//!   that [`Archive::expire`] removes whole packs and nothing has to be counted. No text of users is in a key.
//! * **Crashes.** An object that no index names is waste, never a fault: [`Archive::sweep`] removes it, at the latest [`Archive::expire`] does.
//!   Therefore: store the object first, then the index; remove the index first, then the object.
//! * **Failures.** Each [`Error`] says what was attempted and, by [`Error::again`], whether trying again helps. A writer whose call failed
//!   holds what it held before, so that the same call can be made again.

mod archive;
mod backend;
mod codec;
mod error;
mod group;
mod index;
mod key;
mod local;
mod reader;
mod retention;
mod settings;
#[cfg(test)]
mod tests;
mod writer;

pub use archive::Archive;
pub use error::{Again, Error, Found};
pub use index::{Chunk, LogIndex};
pub use reader::Text;
pub use retention::{Deleted, Removed, SweepError};
pub use settings::{S3, Settings};
pub use writer::Writer;

/// The most bytes of text that one chunk holds.
pub const CHUNK_BYTES: usize = 256 << 10;

/// The most bytes of text that one [`Archive::read`] gives.
pub const READ_BYTES: usize = 1 << 20;
