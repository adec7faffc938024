//! Reading the file `output` while its runner may still be writing it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::record::{self, Decoded, Record};

/// Reads records from a byte offset, so that a controller continues where an earlier one stored it.
#[derive(Debug)]
pub struct OutputReader;

impl OutputReader {
    /// The whole records from `offset` on, and the offset behind the last of them.
    ///
    /// Reads about `max_bytes`, but always at least one record if there is one. A record that is cut off at
    /// the end of the file is left for the next call (its writer is in the middle of it, or was
    /// killed there). A missing file is an empty one. `InvalidData` when the file is damaged.
    pub fn read_from(path: &Path, offset: u64, max_bytes: usize) -> io::Result<(Vec<Record>, u64)> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((Vec::new(), offset));
            }
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        read_up_to(&mut file, &mut bytes, max_bytes)?;
        loop {
            let (records, used, needed) = decode_all(&bytes)?;
            if !records.is_empty() || needed <= bytes.len() {
                return Ok((records, offset + used as u64));
            }
            let missing = needed - bytes.len();
            if read_up_to(&mut file, &mut bytes, missing)? == 0 {
                return Ok((records, offset));
            }
        }
    }
}

/// The whole records, the bytes they take, and how many bytes the torn one behind them needs from
/// the start of `bytes` (0 when nothing is torn).
fn decode_all(bytes: &[u8]) -> io::Result<(Vec<Record>, usize, usize)> {
    let mut records = Vec::new();
    let mut used = 0;
    while used < bytes.len() {
        match record::decode(&bytes[used..])? {
            Decoded::Whole(record, len) => {
                records.push(record);
                used += len;
            }
            Decoded::Torn(needed) => return Ok((records, used, used + needed)),
        }
    }
    Ok((records, used, 0))
}

fn read_up_to(file: &mut File, bytes: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
    file.take(limit as u64).read_to_end(bytes)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::record::{RecordKind, encode};
    use super::*;

    fn two_records() -> Vec<u8> {
        let mut bytes = Vec::new();
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap();
        encode(&mut bytes, RecordKind::Output, at, "first");
        encode(&mut bytes, RecordKind::Error, at, "zweite ü");
        bytes
    }

    #[test]
    fn a_torn_tail_is_left_for_the_next_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("output");
        let whole = two_records();
        let first = 13 + 5;
        for len in 0..=whole.len() {
            std::fs::write(&path, &whole[..len]).unwrap();
            let (records, offset) = OutputReader::read_from(&path, 0, 1 << 20).unwrap();
            let expected = if len == whole.len() { 2 } else { usize::from(len >= first) };
            assert_eq!(records.len(), expected, "{len} bytes");
            let end = [0, first, whole.len()][expected];
            assert_eq!(offset, end as u64, "{len} bytes");
        }
    }

    #[test]
    fn a_record_larger_than_the_limit_is_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("output");
        std::fs::write(&path, two_records()).unwrap();
        let (records, offset) = OutputReader::read_from(&path, 0, 1).unwrap();
        assert_eq!(records[0].text, "first");
        let (records, end) = OutputReader::read_from(&path, offset, 1).unwrap();
        assert_eq!((records[0].kind, records[0].text.as_str()), (RecordKind::Error, "zweite ü"));
        assert_eq!(OutputReader::read_from(&path, end, 1).unwrap(), (Vec::new(), end));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_a_missing_one_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("output");
        assert_eq!(OutputReader::read_from(&path, 7, 100).unwrap(), (Vec::new(), 7));
        let mut bytes = two_records();
        bytes[0] = b'x';
        std::fs::write(&path, bytes).unwrap();
        let error = OutputReader::read_from(&path, 0, 100).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
