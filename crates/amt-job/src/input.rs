//! Texts from the command line or standard input.

use std::io::{self, BufRead, Read as _};

use crate::arguments::Arguments;
use crate::exit::Failure;

/// A line longer than this is cut into several; keeps the memory bounded and each piece within a protocol line.
const PIECE_BYTES_MAX: usize = 160 * 1024;

/// More than a protocol line can hold, so that what is too long is refused by the client with its own words.
const TEXT_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// Whether the text is to be read from standard input: a single `-`.
pub(crate) fn is_stdin(arguments: &Arguments) -> bool {
    matches!(&*arguments.words, [word] if word.text == "-" && !word.is_literal)
}

/// The text of a command: all words with a blank between them, or for `-` the whole standard input without its last
/// line end. `None` when there are no words.
pub(crate) fn text(arguments: &Arguments) -> Result<Option<String>, Failure> {
    if !is_stdin(arguments) {
        let words: Vec<&str> = arguments.words.iter().map(|word| &*word.text).collect();
        return Ok((!words.is_empty()).then(|| words.join(" ")));
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(TEXT_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::local("read standard input", &error))?;
    Ok(Some(String::from_utf8_lossy(without_line_end(&bytes)).into_owned()))
}

/// As [`text`], and its absence is an error.
pub(crate) fn required_text(arguments: &Arguments) -> Result<String, Failure> {
    text(arguments)?.ok_or_else(|| Failure::usage("TEXT is missing"))
}

/// Gives each line of `input` to `take`, without its line end, as soon as it is there.
pub(crate) fn for_each_line(
    input: &mut impl BufRead,
    mut take: impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut line = Vec::new();
    loop {
        let room = PIECE_BYTES_MAX - line.len();
        let read = (&mut *input)
            .take(room as u64)
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::local("read standard input", &error))?;
        let is_whole = line.ends_with(b"\n");
        if read == 0 && line.is_empty() {
            return Ok(());
        }
        // A piece must not end inside a character.
        let end = if is_whole || read == 0 { line.len() } else { character_end(&line) };
        if is_whole || read == 0 || line.len() == PIECE_BYTES_MAX {
            take(&String::from_utf8_lossy(without_line_end(&line[..end])))?;
            line.drain(..end);
        }
    }
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    match bytes.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => bytes,
    }
}

/// Where the last whole character ends. Bytes that are no UTF-8 at all stay in.
fn character_end(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(4);
    let start = (tail..bytes.len()).rev().find(|&at| bytes[at] & 0xC0 != 0x80);
    match start {
        Some(at) if at > 0 && is_cut_off(&bytes[at..]) => at,
        _ => bytes.len(),
    }
}

fn is_cut_off(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for_each_line(&mut io::BufReader::with_capacity(7, input), |line| {
            lines.push(line.to_owned());
            Ok(())
        })
        .unwrap();
        lines
    }

    #[test]
    fn line_ends_are_taken_off_and_blank_lines_kept() {
        assert_eq!(lines(b"a\r\n\nb c\n"), ["a", "", "b c"]);
        assert_eq!(lines(b"no end"), ["no end"]);
        assert_eq!(lines(b"a\xff\n"), ["a\u{fffd}"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let long = "xé€".repeat(PIECE_BYTES_MAX / 3);
        let pieces = lines(long.as_bytes());
        assert!(pieces.len() > 1);
        assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES_MAX));
        assert_eq!(pieces.concat(), long);
    }

    #[test]
    fn a_line_of_exactly_one_piece_is_one_line() {
        let exact = format!("{}\nnext\n", "y".repeat(PIECE_BYTES_MAX - 1));
        assert_eq!(lines(exact.as_bytes()).len(), 2);
    }
}
