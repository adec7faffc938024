//! What a job wrote: the lines that its runner kept, as text.

use std::io;
use std::path::Path;

use batch_runner::spool::OutputReader;

use crate::task::OutputRule;

/// How much of the file is read at once, in bytes.
const READ_BYTES: usize = 256 * 1024;

/// A part of the text from a place on: the record at `offset` in the file, and so many bytes of its line. What comes back is at most
/// `bytes_max` (4 or more) bytes and the next place.
pub(crate) fn part(
    path: &Path,
    (mut offset, mut skip): (u64, usize),
    bytes_max: usize,
) -> io::Result<(String, (u64, usize))> {
    let mut text = String::new();
    loop {
        // One record, unless there is room for many.
        let limit = bytes_max.saturating_sub(text.len()).clamp(1, READ_BYTES);
        let (records, end) = OutputReader::read_from(path, offset, limit)?;
        if records.is_empty() {
            return Ok((text, (offset, skip)));
        }
        for record in &records {
            let line = format!("{}\n", record.text);
            let rest = line.get(skip..).unwrap_or_default();
            let room = bytes_max - text.len();
            if rest.len() > room {
                let cut = rest.floor_char_boundary(room);
                text.push_str(&rest[..cut]);
                return Ok((text, (offset, skip + cut)));
            }
            text.push_str(rest);
            (offset, skip) = (offset + size(&record.text), 0);
        }
        debug_assert_eq!(offset, end, "records have the size that their reader says");
        offset = end;
    }
}

/// Bytes of a record in the file: kind, time and length stand before its text.
fn size(text: &str) -> u64 {
    13 + text.len() as u64
}

/// The first rule that applies, by its number from 1 on. A text is looked for in each line.
pub(crate) fn rule<'r>(
    path: &Path,
    rules: &'r [OutputRule],
) -> io::Result<Option<(usize, &'r OutputRule)>> {
    let mut is_there = vec![false; rules.len()];
    let mut offset = 0;
    while !rules.is_empty() {
        let (records, end) = OutputReader::read_from(path, offset, READ_BYTES)?;
        if records.is_empty() {
            break;
        }
        for (rule, is_there) in rules.iter().zip(&mut is_there) {
            *is_there |= records.iter().any(|record| record.text.contains(&rule.text));
        }
        offset = end;
    }
    let applies = |(rule, is_there): (&OutputRule, &bool)| rule.contains == *is_there;
    let first = rules.iter().zip(&is_there).position(applies);
    Ok(first.map(|index| (index + 1, &rules[index])))
}
