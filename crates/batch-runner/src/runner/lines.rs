//! From the bytes a job writes to lines of text.

use std::borrow::Cow;

use memchr::memchr;

/// Bounds of a line's size in bytes: below, a character might not fit; above, a record might be too long
/// (each bad byte becomes three).
const LINE_CAP_MIN: u32 = 16;
const LINE_CAP_MAX: u32 = 1024 * 1024;

/// Splits bytes into lines, and lines over the cap into pieces. Holds at most one unfinished piece.
pub(super) struct LineSplitter {
    cap: usize,
    rest: Vec<u8>,
    /// A piece of the present line was given out already.
    is_continued: bool,
}

impl LineSplitter {
    pub(super) fn new(cap_bytes: u32) -> Self {
        let cap = cap_bytes.clamp(LINE_CAP_MIN, LINE_CAP_MAX) as usize;
        Self { cap, rest: Vec::new(), is_continued: false }
    }

    /// Takes the next bytes and gives out every line that is complete with them.
    pub(super) fn feed(&mut self, mut bytes: &[u8], emit: &mut impl FnMut(&str)) {
        while let Some(end) = memchr(b'\n', bytes) {
            self.extend(&bytes[..end], emit);
            self.end_line(emit);
            bytes = &bytes[end + 1..];
        }
        self.extend(bytes, emit);
    }

    /// Gives out a last line without an end.
    pub(super) fn finish(&mut self, emit: &mut impl FnMut(&str)) {
        if !self.rest.is_empty() {
            self.end_line(emit);
        }
    }

    fn extend(&mut self, bytes: &[u8], emit: &mut impl FnMut(&str)) {
        self.rest.extend_from_slice(bytes);
        let mut start = 0;
        while self.rest.len() - start > self.cap {
            let end = start + piece_len(&self.rest[start..], self.cap);
            emit(&text(&self.rest[start..end]));
            self.is_continued = true;
            start = end;
        }
        self.rest.drain(..start);
    }

    fn end_line(&mut self, emit: &mut impl FnMut(&str)) {
        let line = self.rest.strip_suffix(b"\r").unwrap_or(&self.rest);
        // A line whose carriage return alone went over the cap is complete already.
        if !(line.is_empty() && self.is_continued) {
            emit(&text(line));
        }
        self.rest.clear();
        self.is_continued = false;
    }
}

/// How much of `bytes`, which are more than `cap`, to take without cutting a character in two.
pub(super) fn piece_len(bytes: &[u8], cap: usize) -> usize {
    let is_continuation = |index: usize| bytes[index] & 0b1100_0000 == 0b1000_0000;
    (cap - 3..=cap).rev().find(|end| !is_continuation(*end)).unwrap_or(cap)
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(cap: u32, chunks: &[&[u8]]) -> Vec<String> {
        let mut splitter = LineSplitter::new(cap);
        let mut lines = Vec::new();
        for chunk in chunks {
            splitter.feed(chunk, &mut |line: &str| lines.push(line.to_owned()));
        }
        splitter.finish(&mut |line: &str| lines.push(line.to_owned()));
        lines
    }

    #[test]
    fn line_ends_are_taken_off_wherever_the_reads_fall() {
        let input = b"one\r\n\ntwo\nthree";
        for cut in 0..=input.len() {
            let (left, right) = input.split_at(cut);
            assert_eq!(split(100, &[left, right]), ["one", "", "two", "three"], "cut at {cut}");
        }
    }

    #[test]
    fn a_long_line_comes_in_pieces_that_do_not_cut_characters() {
        let line = "aüüüüüüüüüüüüüüü".repeat(5);
        let pieces = split(16, &[line.as_bytes(), b"\nnext\n"]);
        assert!(pieces.iter().all(|piece| piece.len() <= 16 && !piece.contains('\u{fffd}')));
        assert_eq!(pieces[..pieces.len() - 1].concat(), line);
        assert_eq!(pieces.last().map(String::as_str), Some("next"));
    }

    #[test]
    fn a_line_of_exactly_the_cap_is_one_line_with_either_end() {
        assert_eq!(split(16, &[b"0123456789abcdef\n"]), ["0123456789abcdef"]);
        assert_eq!(split(16, &[b"0123456789abcdef\r\n", b"x\n"]), ["0123456789abcdef", "x"]);
    }

    #[test]
    fn bytes_that_are_no_utf_8_become_the_replacement_character() {
        assert_eq!(split(16, &[b"a\xffb\n"]), ["a\u{fffd}b"]);
        assert_eq!(split(16, &[&[0x80; 40]]).concat(), "\u{fffd}".repeat(40));
    }
}
