//! Keeping output lines and messages in the spool, up to the cap and as long as the disk allows.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;

use super::lines::{LineSplitter, piece_len};
use super::masks::Masks;
use super::{now, platform_text};
use crate::platform::runner::wake;
use crate::spool::{RecordKind, Spool, append, encode};
use crate::{End, ExitRecord, Order};

/// The file `output` and what may still go into it.
pub(crate) struct Keeper {
    /// Where the file is, or will be: a job that says nothing gets none.
    path: PathBuf,
    file: Option<File>,
    /// Length of the whole records in the file.
    len: u64,
    /// Records that are appended together.
    batch: Vec<u8>,
    lines: LineSplitter,
    output: Allowance,
    messages: Allowance,
    cap_bytes: u64,
    line_cap: usize,
    masks: Masks,
    error: Option<String>,
}

/// How much of one source is still kept.
struct Allowance {
    left: u64,
    dropped: u64,
}

impl Allowance {
    /// Takes up to `len` bytes and returns how many are kept.
    fn take(&mut self, len: usize) -> usize {
        let kept = usize::try_from(self.left).unwrap_or(usize::MAX).min(len);
        self.left -= kept as u64;
        self.dropped += (len - kept) as u64;
        kept
    }
}

impl Keeper {
    /// Begins with the remarks of the order.
    pub(crate) fn open(spool: &Spool, order: &Order) -> Self {
        let cap_bytes = order.output_cap_bytes;
        let mut keeper = Self {
            path: spool.output(),
            file: None,
            len: 0,
            batch: Vec::new(),
            lines: LineSplitter::new(order.line_cap_bytes),
            output: Allowance { left: cap_bytes, dropped: 0 },
            messages: Allowance { left: cap_bytes, dropped: 0 },
            cap_bytes,
            line_cap: order.line_cap_bytes.clamp(16, 1024 * 1024) as usize,
            masks: Masks::new(&order.masks),
            error: None,
        };
        for remark in &order.prelude {
            keeper.message(RecordKind::Information, remark);
        }
        keeper
    }

    /// Takes bytes the job wrote.
    pub(crate) fn output(&mut self, bytes: &[u8]) {
        let kept = self.output.take(bytes.len());
        if kept == 0 {
            return;
        }
        let (at, batch, masks) = (now(), &mut self.batch, &self.masks);
        let mut emit = |line: &str| encode(batch, RecordKind::Output, at, &masks.hide(line));
        self.lines.feed(&bytes[..kept], &mut emit);
        if kept < bytes.len() {
            self.lines.finish(&mut emit);
        }
        self.append();
    }

    /// Takes a message. It does not end an unfinished output line: that is kept when it is complete.
    pub(crate) fn message(&mut self, kind: RecordKind, text: &str) {
        let kept = text.floor_char_boundary(self.messages.take(text.len()));
        if kept == 0 && !text.is_empty() {
            return;
        }
        let at = now();
        let text = self.masks.hide(&text[..kept]);
        let mut rest = text.as_ref();
        while rest.len() > self.line_cap {
            let (piece, after) = rest.split_at(piece_len(rest.as_bytes(), self.line_cap));
            encode(&mut self.batch, kind, at, piece);
            rest = after;
        }
        encode(&mut self.batch, kind, at, rest);
        self.append();
    }

    /// Ends an unfinished line and says what is missing.
    pub(crate) fn finish(&mut self, undying: usize) {
        let dropped = self.dropped_bytes();
        let (at, batch, masks) = (now(), &mut self.batch, &self.masks);
        let mut emit = |line: &str| encode(batch, RecordKind::Output, at, &masks.hide(line));
        self.lines.finish(&mut emit);
        if dropped > 0 {
            let cap = self.cap_bytes;
            let text =
                format!("{dropped} bytes of output beyond the limit of {cap} bytes were not kept");
            encode(batch, RecordKind::Warning, at, &text);
        }
        if undying > 0 {
            let text = format!("{undying} processes of the job could not be ended");
            encode(batch, RecordKind::Warning, at, &text);
        }
        self.append();
    }

    /// The exit record of a job that was asked for nothing.
    pub(crate) fn record(
        &self,
        end: End,
        started_at: Timestamp,
        ended_at: Timestamp,
        escaped_ended: u32,
    ) -> ExitRecord {
        ExitRecord {
            end,
            started_at,
            ended_at,
            was_killed: false,
            stop: None,
            dropped_bytes: self.dropped_bytes(),
            escaped_ended,
            is_over_process_limit: false,
            spool_error: self.error.clone(),
        }
    }

    /// Bytes beyond the cap so far.
    fn dropped_bytes(&self) -> u64 {
        self.output.dropped + self.messages.dropped
    }

    /// Why nothing is kept any more.
    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// One write for everything that came together.
    fn append(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        if self.error.is_none() {
            match self.write() {
                Ok(()) => self.len += self.batch.len() as u64,
                Err(error) => self.give_up(&error),
            }
            wake::ring();
        }
        self.batch.clear();
    }

    fn write(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(append(&self.path)?);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(&self.batch))
    }

    /// A file that cannot be written does not hold the job up: it only loses the output. A piece of a record may
    /// be in it: cut it off, or a reader would wait for its rest for ever.
    fn give_up(&mut self, error: &io::Error) {
        if let Some(file) = self.file.take() {
            let _ = file.set_len(self.len);
        }
        self.error = Some(platform_text(error));
    }
}
