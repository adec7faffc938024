//! The framed record: `kind: u8`, `at: i64 LE microseconds`, `len: u32 LE`, `len` bytes of UTF-8.

use std::io;

use jiff::Timestamp;

/// Bytes before the text of a record.
const HEADER_BYTES: usize = 1 + 8 + 4;

/// No record has a longer text; a longer one in a file means that the file is damaged.
pub const TEXT_MAX_BYTES: u32 = 4 * 1024 * 1024;

/// What a record is (amt-domain 8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// A line of output.
    Output,
    /// A message: information.
    Information,
    /// A message: warning.
    Warning,
    /// A message: error.
    Error,
}

impl RecordKind {
    /// The byte in the file.
    pub fn code(self) -> u8 {
        match self {
            Self::Output => b'O',
            Self::Information => b'I',
            Self::Warning => b'W',
            Self::Error => b'E',
        }
    }

    /// The kind of a byte in a file; `None` for a byte that is none.
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            b'O' => Self::Output,
            b'I' => Self::Information,
            b'W' => Self::Warning,
            b'E' => Self::Error,
            _ => return None,
        })
    }
}

/// One line of output or one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub kind: RecordKind,
    /// When the runner read it (microseconds).
    pub at: Timestamp,
    /// The text, without line end.
    pub text: String,
}

/// Appends a record to `buffer`. A text over [`TEXT_MAX_BYTES`] is cut there.
pub(crate) fn encode(buffer: &mut Vec<u8>, kind: RecordKind, at: Timestamp, text: &str) {
    let text = &text[..text.floor_char_boundary(TEXT_MAX_BYTES as usize)];
    let len = u32::try_from(text.len()).unwrap_or(TEXT_MAX_BYTES);
    buffer.push(kind.code());
    buffer.extend_from_slice(&at.as_microsecond().to_le_bytes());
    buffer.extend_from_slice(&len.to_le_bytes());
    buffer.extend_from_slice(text.as_bytes());
}

/// What stands at the start of `bytes`.
pub(crate) enum Decoded {
    /// A record of so many bytes.
    Whole(Record, usize),
    /// The start of a record that needs so many bytes in all.
    Torn(usize),
}

/// Reads one record. Fails with `InvalidData` on bytes that no runner writes.
pub(crate) fn decode(bytes: &[u8]) -> io::Result<Decoded> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Ok(Decoded::Torn(HEADER_BYTES));
    };
    let [code, at @ .., l0, l1, l2, l3] = header;
    let len = u32::from_le_bytes([*l0, *l1, *l2, *l3]);
    if len > TEXT_MAX_BYTES {
        return Err(damaged("length"));
    }
    let kind = RecordKind::from_code(*code).ok_or_else(|| damaged("kind"))?;
    let len = len as usize;
    let Some(text) = rest.get(..len) else {
        return Ok(Decoded::Torn(HEADER_BYTES + len));
    };
    let text = std::str::from_utf8(text).map_err(|_| damaged("text"))?.to_owned();
    let at = Timestamp::from_microsecond(i64::from_le_bytes(*at)).map_err(|_| damaged("time"))?;
    Ok(Decoded::Whole(Record { kind, at, text }, HEADER_BYTES + len))
}

fn damaged(part: &str) -> io::Error {
    let text = format!("the output file is damaged: a record has an impossible {part}");
    io::Error::new(io::ErrorKind::InvalidData, text)
}
