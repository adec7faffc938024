//! A place in a text that is being read.

use super::problem::Span;

/// Reads a text from left to right. The place is always on a character boundary.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    pub(crate) fn span(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The next character, or the end of the text.
    pub(crate) fn here(&self) -> Span {
        Span::new(self.at, self.at + self.peek().map_or(0, char::len_utf8))
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn is_at(&self, what: &str) -> bool {
        self.rest().starts_with(what)
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Steps over `what` if it is here.
    pub(crate) fn eat(&mut self, what: &str) -> bool {
        let is_here = self.is_at(what);
        if is_here {
            self.at += what.len();
        }
        is_here
    }

    pub(crate) fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !is_skipped(c)).unwrap_or(rest.len());
    }

    /// Goes to a place found with [`Cursor::rest`], `bytes` after this one.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }
}
