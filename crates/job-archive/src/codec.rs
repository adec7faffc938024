//! Text to stored bytes and back.

use std::cell::RefCell;

use sha2::{Digest as _, Sha256};
use zstd::bulk::{Compressor, Decompressor};

use crate::error::{Error, Found};

/// Measured on job logs (`examples/archive_bench.rs`, and docs/decisions/0012-job-output-archive.md).
pub(crate) const LEVEL: i32 = 1;

/// Larger texts are compressed on a thread where nobody waits for other things.
const INLINE_BYTES: usize = 16 << 10;

thread_local! {
    // Making a context costs more than compressing the log of an ordinary job.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

/// A text as it is stored.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) stored: Vec<u8>,
    pub(crate) hash: String,
}

/// Compresses a text and takes its hash.
pub(crate) async fn encode(text: &str) -> Result<Encoded, Error> {
    if text.len() <= INLINE_BYTES {
        return encode_now(text);
    }
    let text = text.to_owned();
    match tokio::task::spawn_blocking(move || encode_now(&text)).await {
        Ok(encoded) => encoded,
        Err(error) => Err(unavailable(error.to_string())),
    }
}

fn encode_now(text: &str) -> Result<Encoded, Error> {
    let stored = compress(text.as_bytes()).map_err(|error| unavailable(error.to_string()))?;
    Ok(Encoded { stored, hash: hash(text.as_bytes()) })
}

fn compress(text: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some(compressor) => compressor,
            None => slot.insert(Compressor::new(LEVEL)?),
        };
        compressor.compress(text)
    })
}

fn unavailable(reason: String) -> Error {
    let attempt = "compress a log".to_owned();
    Error::Unavailable { place: "of this process".to_owned(), attempt, reason }
}

/// Decompresses what must be `bytes` bytes of text with this hash.
pub(crate) fn decode(stored: &[u8], bytes: u64, expected: &str) -> Result<String, Found> {
    let undecodable = |reason: String| Found::Undecodable(reason);
    let capacity = usize::try_from(bytes).map_err(|error| undecodable(error.to_string()))?;
    let text = Decompressor::new()
        .and_then(|mut decompressor| decompressor.decompress(stored, capacity))
        .map_err(|error| undecodable(error.to_string()))?;
    let found = hash(&text);
    if !found.eq_ignore_ascii_case(expected) {
        return Err(Found::Hash(found));
    }
    if text.len() != capacity {
        return Err(undecodable(format!("{} bytes of text, not {bytes}", text.len())));
    }
    String::from_utf8(text).map_err(|_| undecodable("not UTF-8".to_owned()))
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn hash(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::digest(bytes);
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
