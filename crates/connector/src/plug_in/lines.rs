//! Lines from a stream, with a limit.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A whole one.
    Whole(Vec<u8>),
    /// The beginning of one that is longer than allowed; the rest is skipped.
    TooLong(Vec<u8>),
}

/// Reads lines. The future of [`Lines::next`] may be dropped; nothing is lost by that.
#[derive(Debug)]
pub(super) struct Lines<R> {
    from: BufReader<R>,
    bytes_max: usize,
    partial: Vec<u8>,
    is_too_long: bool,
}

const BUFFER_BYTES: usize = 64 * 1024;

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `bytes_max` bytes.
    pub(super) fn new(from: R, bytes_max: usize) -> Self {
        let from = BufReader::with_capacity(BUFFER_BYTES, from);
        Self { from, bytes_max, partial: Vec::new(), is_too_long: false }
    }

    /// The next line; none at the end. What stands after the last line end is no line: whoever wrote it has died over it.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let buffer = self.from.fill_buf().await?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let bytes = &buffer[..end.unwrap_or(buffer.len())];
            let room = self.bytes_max - self.partial.len();
            self.is_too_long |= bytes.len() > room;
            self.partial.extend_from_slice(&bytes[..bytes.len().min(room)]);
            let used = end.map_or(bytes.len(), |end| end + 1);
            self.from.consume(used);
            if end.is_some() {
                return Ok(Some(self.take()));
            }
        }
    }

    /// What stands after the last line end, when there is no next line.
    pub(super) fn rest(&mut self) -> Option<Line> {
        (!self.partial.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> Line {
        let mut line = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.is_too_long) {
            return Line::TooLong(line);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Line::Whole(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &[u8], bytes_max: usize) -> Vec<Line> {
        let mut lines = Lines::new(text, bytes_max);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.expect("memory is readable") {
            all.push(line);
        }
        all
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_costs_itself_only() {
        let whole = |text: &str| Line::Whole(text.into());
        let found = lines(b"12345\n123456\r\n\n12\r\n1234567890\n1", 5).await;
        let expected = [
            whole("12345"),
            Line::TooLong("12345".into()),
            whole(""),
            whole("12"),
            Line::TooLong("12345".into()),
        ];
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn a_line_longer_than_the_buffer_comes_whole() {
        let long = vec![b'x'; 3 * BUFFER_BYTES + 7];
        let mut text = long.clone();
        text.push(b'\n');
        assert_eq!(lines(&text, long.len()).await, [Line::Whole(long)]);
    }
}
