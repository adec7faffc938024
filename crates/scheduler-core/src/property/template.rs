//! Texts with tokens in them.
//!
//! `[[` and `{{` begin a token, which ends with the same sign mirrored. Where three brackets stand in a
//! row, the first of them is text. Inside a token quotation marks make a name of what stands between
//! them; tokens inside them are resolved all the same. There is no escape for `[[` in a text: who needs
//! the two brackets writes `[[="[" + "["]]`.

use super::cursor::Cursor;
use super::limits::{DEPTH_MAX, TEXT_BYTES_MAX, TOKENS_MAX};
use super::problem::{Fault, Problems, Span};
use super::reference::{Pattern, Reference};
use crate::expression::Program;

/// A text that has been read: what stands for itself, and tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// A piece of a text or of a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Text(String),
    Token(Token),
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Reference(Box<Pattern>),
    Expression(Box<Program>),
}

/// A name between dots.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) span: Span,
    pub(crate) parts: Vec<Part>,
    is_quoted: bool,
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// All mistakes in it: tokens that are not closed, names that cannot be meant, bad expressions,
    /// more than the limits allow.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let mut parser = Parser::new(text).map_err(|fault| Problems::one("", fault))?;
        let (parts, faults) = parser.template();
        if faults.is_empty() {
            Ok(Self { text: text.to_owned(), parts })
        } else {
            Err(Problems::locate(text, faults))
        }
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is a token in it.
    pub fn has_tokens(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Token(_)))
    }

    /// The references that are written out, at any depth, with their places. Those with tokens in them
    /// are known only when the text is resolved.
    pub fn references(&self) -> Vec<(Span, Reference)> {
        let mut found = Vec::new();
        collect(&self.parts, &mut found);
        found
    }

    /// The places of the tokens that do not stand in others.
    pub(crate) fn token_spans(&self) -> impl Iterator<Item = Span> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Token(token) => Some(token.span),
        })
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

/// Tokens stand in one another at most [`DEPTH_MAX`] deep, so that this ends.
pub(crate) fn collect(parts: &[Part], found: &mut Vec<(Span, Reference)>) {
    for part in parts {
        let Part::Token(token) = part else { continue };
        match &token.kind {
            Kind::Expression(program) => program.texts().for_each(|parts| collect(parts, found)),
            Kind::Reference(pattern) => match pattern.plain() {
                Some(reference) => found.push((token.span, reference)),
                None => {
                    let fields = pattern.remote.iter().chain([&pattern.name]);
                    fields
                        .chain(&pattern.qualifiers)
                        .for_each(|field| collect(&field.parts, found));
                }
            },
        }
    }
}

impl Field {
    /// The text, if it is written out.
    pub(crate) fn literal(&self) -> Option<String> {
        match self.parts.as_slice() {
            [] => Some(String::new()),
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// The text, if it is written out without quotation marks.
    pub(crate) fn written(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] if !self.is_quoted => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// What is wrong, with whether the rest of the text is worth reading.
enum Stop {
    Token(Fault),
    Text(Fault),
}

/// Reads texts, tokens and what stands in them. Its recursion is bounded by [`DEPTH_MAX`].
pub(crate) struct Parser<'a> {
    pub(crate) cursor: Cursor<'a>,
    depth: usize,
    tokens: usize,
    /// Set by a mistake after which nothing more can be told.
    is_over: bool,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self, Fault> {
        if text.len() > TEXT_BYTES_MAX {
            let why =
                format!("the text has {} bytes, at most {TEXT_BYTES_MAX} are read", text.len());
            return Err(Fault::new(Span::new(0, 0), why));
        }
        Ok(Self { cursor: Cursor::new(text), depth: 0, tokens: 0, is_over: false })
    }

    fn template(&mut self) -> (Vec<Part>, Vec<Fault>) {
        let (mut parts, mut faults) = (Vec::new(), Vec::new());
        let mut literal = String::new();
        while self.cursor.peek().is_some() {
            self.literal(&mut literal);
            if self.cursor.peek().is_none() {
                break;
            }
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            match self.top_token() {
                Ok(token) => parts.push(Part::Token(token)),
                Err(Stop::Token(fault)) => {
                    faults.push(fault);
                    // Tokens that were open when the mistake was found end further on.
                    (0..self.depth).for_each(|_| self.skip_to_close());
                }
                Err(Stop::Text(fault)) => {
                    faults.push(fault);
                    return (parts, faults);
                }
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        (parts, faults)
    }

    /// Takes what stands for itself up to the next token, or the end.
    fn literal(&mut self, out: &mut String) {
        loop {
            let rest = self.cursor.rest();
            let Some(at) = rest.find(['[', '{']) else {
                out.push_str(rest);
                self.cursor.skip(rest.len());
                return;
            };
            let bracket = rest[at..].chars().next();
            let run = rest[at..].chars().take_while(|c| Some(*c) == bracket).count();
            // Of an odd number of brackets the first one is text: `[[[A]]]` is `[`, a token and `]`.
            out.push_str(&rest[..at + run % 2]);
            self.cursor.skip(at + run % 2);
            if run > 1 {
                return;
            }
        }
    }

    fn top_token(&mut self) -> Result<Token, Stop> {
        self.depth = 0;
        self.token().map_err(
            |fault| {
                if self.is_over { Stop::Text(fault) } else { Stop::Token(fault) }
            },
        )
    }

    /// Goes on behind the next end of a token, after a mistake in one.
    fn skip_to_close(&mut self) {
        let rest = self.cursor.rest();
        let end = rest.as_bytes().windows(2).position(|pair| pair == b"]]" || pair == b"}}");
        self.cursor.skip(end.map_or(rest.len(), |at| at + 2));
    }

    fn over<T>(&mut self, span: Span, why: impl Into<String>) -> Result<T, Fault> {
        self.is_over = true;
        Err(Fault::new(span, why))
    }

    /// The end of the token that begins here, if one does.
    pub(crate) fn token_close(&self) -> Option<&'static str> {
        if self.cursor.is_at("[[") {
            Some("]]")
        } else if self.cursor.is_at("{{") {
            Some("}}")
        } else {
            None
        }
    }

    /// Reads the token that begins here.
    pub(crate) fn token(&mut self) -> Result<Token, Fault> {
        let start = self.cursor.at();
        let Some(close) = self.token_close() else {
            return Err(Fault::new(self.cursor.here(), "expected a token"));
        };
        let open = Span::new(start, start + 2);
        if self.depth == DEPTH_MAX {
            return self
                .over(open, format!("tokens stand in one another more than {DEPTH_MAX} deep"));
        }
        if self.tokens == TOKENS_MAX {
            return self.over(open, format!("the text has more than {TOKENS_MAX} tokens"));
        }
        (self.depth, self.tokens) = (self.depth + 1, self.tokens + 1);
        self.cursor.skip(2);
        self.cursor.skip_while(char::is_whitespace);
        let kind = if self.cursor.eat("=") {
            let program = Program::inside(self, open, close)?;
            self.depth -= 1;
            Kind::Expression(Box::new(program))
        } else {
            let fields = self.fields(Some((open, close)))?;
            self.depth -= 1;
            Kind::Reference(Box::new(Pattern::new(fields)?))
        };
        Ok(Token { span: self.cursor.span(start), kind })
    }

    /// What is said of a token that has no end.
    pub(crate) fn unclosed<T>(&mut self, open: Span, close: &str) -> Result<T, Fault> {
        self.over(open, format!("the token that begins here is not closed, expected `{close}`"))
    }

    /// The fields of a reference up to the end of its token, or of the text where there is no token.
    pub(crate) fn fields(&mut self, token: Option<(Span, &str)>) -> Result<Vec<Field>, Fault> {
        let mut fields = Vec::new();
        let mut field = FieldBuilder::new(self.cursor.at());
        loop {
            if let Some((_, close)) = token
                && self.cursor.is_at(close)
            {
                fields.push(field.finish(self.cursor.at()));
                self.cursor.eat(close);
                return Ok(fields);
            }
            match (self.cursor.peek(), token) {
                (None, None) => {
                    fields.push(field.finish(self.cursor.at()));
                    return Ok(fields);
                }
                (None, Some((open, close))) => return self.unclosed(open, close),
                (Some('.'), _) => {
                    fields.push(field.finish(self.cursor.at()));
                    self.cursor.bump();
                    field = FieldBuilder::new(self.cursor.at());
                }
                (Some('"'), _) => self.quoted(&mut field)?,
                (Some(_), _) if self.token_close().is_some() => {
                    let token = self.token()?;
                    field.token(token);
                }
                (Some(c), _) if "[]{}\\".contains(c) => {
                    return Err(Fault::new(self.cursor.here(), bracket(c, token, &self.cursor)));
                }
                (Some(c), _) => {
                    self.cursor.bump();
                    field.plain(c);
                }
            }
        }
    }

    /// A part of a name in quotation marks.
    fn quoted(&mut self, field: &mut FieldBuilder) -> Result<(), Fault> {
        let start = self.cursor.at();
        self.cursor.bump();
        field.begin_quoted();
        loop {
            if self.cursor.eat("\"\"") {
                field.quoted('"');
            } else if self.cursor.eat("\"") {
                return Ok(());
            } else if self.token_close().is_some() {
                let token = self.token()?;
                field.token(token);
            } else if let Some(c) = self.cursor.bump() {
                field.quoted(c);
            } else {
                let mark = Span::new(start, start + 1);
                return self.over(mark, "the quotation mark is not closed");
            }
        }
    }
}

fn bracket(c: char, token: Option<(Span, &str)>, cursor: &Cursor<'_>) -> String {
    match token {
        Some((_, close)) if cursor.is_at("]]") || cursor.is_at("}}") => {
            format!("expected `{close}`, the token began with the other sign")
        }
        _ => format!("a name with `{c}` must be in quotation marks"),
    }
}

/// Puts a field together and takes the blanks off its ends.
struct FieldBuilder {
    start: usize,
    parts: Vec<Part>,
    /// Bytes at the end of the last text that are quoted, and therefore kept.
    kept: usize,
    is_quoted: bool,
}

impl FieldBuilder {
    fn new(start: usize) -> Self {
        Self { start, parts: Vec::new(), kept: 0, is_quoted: false }
    }

    fn text(&mut self) -> &mut String {
        if !matches!(self.parts.last(), Some(Part::Text(_))) {
            self.parts.push(Part::Text(String::new()));
            self.kept = 0;
        }
        match self.parts.last_mut() {
            Some(Part::Text(text)) => text,
            _ => unreachable!("a text was pushed"),
        }
    }

    fn plain(&mut self, c: char) {
        // A blank at the beginning is none of the name.
        if !(self.parts.is_empty() && c.is_whitespace()) {
            self.text().push(c);
        }
    }

    fn begin_quoted(&mut self) {
        self.is_quoted = true;
        self.kept = self.text().len();
    }

    fn quoted(&mut self, c: char) {
        let text = self.text();
        text.push(c);
        self.kept = text.len();
    }

    fn token(&mut self, token: Token) {
        self.parts.push(Part::Token(token));
    }

    fn finish(mut self, end: usize) -> Field {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            let kept = text.trim_end().len().max(self.kept);
            text.truncate(kept);
        }
        self.parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Field { span: Span::new(self.start, end), parts: self.parts, is_quoted: self.is_quoted }
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
