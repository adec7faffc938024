//! What is wrong with a text, and where.

use std::fmt;

use super::limits::PROBLEMS_MAX;

/// A piece of a text, in bytes from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// A mistake whose line and column have not been counted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) span: Span,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

/// One mistake in a text. Its message never holds the value of an encrypted property.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// Where, in bytes of the text.
    pub span: Span,
    /// The line, from 1.
    pub line: usize,
    /// The character in its line, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 {
            write!(f, "line {}, ", self.line)?;
        }
        write!(f, "column {}: {}", self.column, self.message)
    }
}

/// All mistakes that were found in a text, in the order of the text; at least one, at most
/// [`PROBLEMS_MAX`]. Displayed, each is a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    list: Vec<Problem>,
    left_off: usize,
}

impl Problems {
    pub(crate) fn locate(text: &str, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| (fault.span.start, fault.span.end));
        faults.dedup();
        let left_off = faults.len().saturating_sub(PROBLEMS_MAX);
        faults.truncate(PROBLEMS_MAX);
        let (mut line, mut line_start, mut counted) = (1, 0, 0);
        let list = faults
            .into_iter()
            .map(|Fault { span, message }| {
                let start = floor(text, span.start);
                let skipped = &text[counted..start];
                line += skipped.matches('\n').count();
                line_start = skipped.rfind('\n').map_or(line_start, |at| counted + at + 1);
                counted = start;
                let column = text[line_start..start].chars().count() + 1;
                Problem { span, line, column, message }
            })
            .collect();
        Self { list, left_off }
    }

    pub(crate) fn one(text: &str, fault: Fault) -> Self {
        Self::locate(text, vec![fault])
    }

    /// The mistakes.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// How many more there were.
    pub fn left_off(&self) -> usize {
        self.left_off
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            write!(f, "{gap}{problem}")?;
        }
        match self.left_off {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

/// The character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_of_the_line_and_every_problem_keeps_its_place() {
        let text = "aü\nbö[[x\n\nz";
        let faults = [text.len() - 1, 7, 0].map(|at| Fault::new(Span::new(at, at + 1), "wrong"));
        let problems = Problems::locate(text, faults.to_vec());
        assert_eq!(
            problems.to_string(),
            "column 1: wrong\nline 2, column 3: wrong\nline 4, column 1: wrong"
        );
    }

    #[test]
    fn more_than_the_limit_are_counted() {
        let faults = (0..130).map(|at| Fault::new(Span::new(at, at), "wrong")).collect();
        let problems = Problems::locate(&"x".repeat(200), faults);
        assert_eq!((problems.iter().count(), problems.left_off()), (100, 30));
        assert!(problems.to_string().ends_with("\nand 30 more"));
    }
}
