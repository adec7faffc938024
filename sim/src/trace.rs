//! What has happened, for whoever must find out why.

use std::collections::VecDeque;
use std::fmt;

use jiff::Timestamp;

/// Lines that are kept.
const LINES_MAX: usize = 60;

/// The last lines, and a digest of all of them by which two runs are compared.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) step: u64,
    lines: VecDeque<String>,
    digest: u64,
    is_printed: bool,
}

impl Trace {
    pub(crate) fn new(is_printed: bool) -> Self {
        Self { is_printed, ..Self::default() }
    }

    /// Something was done.
    pub(crate) fn line(&mut self, now: Timestamp, what: impl fmt::Display) {
        let line = format!("{:>6}  {now:.0}  {what}", self.step);
        self.digest(&line);
        if self.is_printed {
            println!("{line}");
        }
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// More of what was done, for whoever reads along.
    pub(crate) fn detail(&self, what: impl FnOnce() -> String) {
        if self.is_printed {
            println!("        {}", what());
        }
    }

    /// Something was stored that belongs to it.
    pub(crate) fn digest(&mut self, text: &str) {
        let start = self.digest ^ 0xcbf2_9ce4_8422_2325;
        self.digest = text
            .bytes()
            .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    }

    /// A number that is the same for two runs that were the same.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.digest
    }

    /// The last lines.
    pub(crate) fn last(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }
}
