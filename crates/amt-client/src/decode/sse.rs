//! Server-sent events, from chunks that may be cut anywhere.

/// Most bytes of one unfinished event; more is not a stream of messages.
const PENDING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One event of the stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SseEvent {
    /// The field `event`; empty means the default kind.
    pub event: String,
    /// The `data` fields, joined with line feeds.
    pub data: String,
}

/// Collects chunks into events.
#[derive(Debug, Default)]
pub struct SseParser {
    pending: Vec<u8>,
}

impl SseParser {
    /// Takes a chunk and gives the events that are complete now. Comments and empty events are left out.
    ///
    /// # Errors
    /// One event grows beyond 4 MiB.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<Vec<SseEvent>, String> {
        self.pending.extend_from_slice(chunk);
        let mut events = Vec::new();
        let mut done = 0;
        while let Some((end, next)) = blank_line(&self.pending, done) {
            let block = String::from_utf8_lossy(&self.pending[done..end]);
            events.extend(event(&block));
            done = next;
        }
        self.pending.drain(..done);
        if self.pending.len() > PENDING_BYTES_MAX {
            return Err(format!("one event is longer than {PENDING_BYTES_MAX} bytes"));
        }
        Ok(events)
    }
}

/// Where the block from `from` ends, and where the next one begins.
fn blank_line(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut line = from;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        if *byte == b'\n' {
            let text = bytes[line..at].strip_suffix(b"\r").unwrap_or(&bytes[line..at]);
            if text.is_empty() {
                return Some((line, at + 1));
            }
            line = at + 1;
        }
    }
    None
}

fn event(block: &str) -> Option<SseEvent> {
    let mut read = SseEvent::default();
    let mut data: Vec<&str> = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut read.event),
            "data" => data.push(value),
            _ => {}
        }
    }
    read.data = data.join("\n");
    (!data.is_empty() || !read.event.is_empty()).then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        ": hello\n\nid: 1\ndata: {\"Text\":\"ä\"}\n\nevent: complete\r\ndata: {}\r\n\r\ndata: cut";

    #[test]
    fn chunks_may_be_cut_anywhere() {
        for size in 1..STREAM.len() {
            let mut parser = SseParser::default();
            let events: Vec<_> = STREAM
                .as_bytes()
                .chunks(size)
                .flat_map(|chunk| parser.feed(chunk).unwrap())
                .collect();
            let expected = [("", "{\"Text\":\"ä\"}"), ("complete", "{}")];
            let seen: Vec<_> = events.iter().map(|e| (e.event.as_str(), e.data.as_str())).collect();
            assert_eq!(seen, expected, "chunks of {size}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut parser = SseParser::default();
        assert!(parser.feed(&vec![b'x'; PENDING_BYTES_MAX + 1]).is_err());
    }
}
