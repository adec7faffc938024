//! Lines from a stream, with a limit.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::time::Instant;

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
    /// Bytes of the line that have come, also those that are skipped.
    line_bytes: u64,
    /// A line with more bytes is none, and an error.
    endless_bytes: u64,
    throttle: Option<Throttle>,
}

/// How much is read in a window of time; the rest waits in the pipe, and so does who writes it.
#[derive(Debug)]
struct Throttle {
    bytes_max: u64,
    window: Duration,
    since: Instant,
    bytes: u64,
}

const BUFFER_BYTES: usize = 64 * 1024;

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `bytes_max` bytes.
    pub(super) fn new(from: R, bytes_max: usize) -> Self {
        let from = BufReader::with_capacity(BUFFER_BYTES, from);
        Self {
            from,
            bytes_max,
            partial: Vec::new(),
            is_too_long: false,
            line_bytes: 0,
            endless_bytes: u64::MAX,
            throttle: None,
        }
    }

    /// A line with more bytes than that is an error.
    pub(super) fn endless_after(self, endless_bytes: u64) -> Self {
        Self { endless_bytes, ..self }
    }

    /// No more bytes than that are read in each window of time.
    pub(super) fn throttled(self, bytes_max: u64, window: Duration) -> Self {
        let throttle = Throttle { bytes_max, window, since: Instant::now(), bytes: 0 };
        Self { throttle: Some(throttle), ..self }
    }

    /// The next line; none at the end. What stands after the last line end is no line: whoever wrote it has died over it.
    ///
    /// # Errors
    /// What the system says, or a line that has no end.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(throttle) = &mut self.throttle {
                throttle.rest().await;
            }
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
            let used = used as u64;
            if let Some(throttle) = &mut self.throttle {
                throttle.bytes = throttle.bytes.saturating_add(used);
            }
            self.line_bytes = self.line_bytes.saturating_add(used);
            if end.is_none() && self.line_bytes > self.endless_bytes {
                return Err(io::Error::other("it writes a line without end"));
            }
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
        self.line_bytes = 0;
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

impl Throttle {
    /// Waits for the next window where this one is used up.
    async fn rest(&mut self) {
        if self.since.elapsed() >= self.window {
            (self.since, self.bytes) = (Instant::now(), 0);
        } else if self.bytes >= self.bytes_max {
            tokio::time::sleep_until(self.since + self.window).await;
            (self.since, self.bytes) = (Instant::now(), 0);
        }
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

    #[tokio::test]
    async fn a_line_without_end_is_an_error_and_not_an_endless_wait() {
        let mut lines = Lines::new(tokio::io::repeat(b'x'), 100).endless_after(1_000_000);
        let error = lines.next().await.expect_err("it has no end");
        assert!(error.to_string().contains("without end"), "{error}");
        let mut lines = Lines::new(&b"1234567890\n"[..], 5).endless_after(20);
        assert_eq!(lines.next().await.expect("memory"), Some(Line::TooLong(b"12345".to_vec())));
    }

    #[tokio::test(start_paused = true)]
    async fn who_writes_too_much_waits() {
        let window = Duration::from_secs(10);
        let mut lines =
            Lines::new(tokio::io::repeat(b'\n'), 100).throttled(BUFFER_BYTES as u64, window);
        let before = Instant::now();
        for _ in 0..=3 * BUFFER_BYTES {
            lines.next().await.expect("memory is readable");
        }
        assert_eq!(before.elapsed(), 3 * window);
    }
}
