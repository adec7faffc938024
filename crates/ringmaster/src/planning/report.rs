//! Mistakes and findings on the terminal.

use std::io::Write as _;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use scheduler_definitions::{Mistake, Reading};
use serde::Serialize;

/// Lines of a file longer than this are shown without their text.
const LINE_BYTES_MAX: usize = 300;

/// Shows every mistake with its line.
pub(crate) fn mistakes(reading: &Reading) {
    for mistake in &reading.mistakes {
        show(reading, mistake, Level::ERROR);
    }
}

/// Shows one mistake with its line, on standard error.
pub(crate) fn show(reading: &Reading, mistake: &Mistake, level: Level<'static>) {
    let title = level.primary_title(mistake.message.as_str());
    let path = mistake.path.to_string();
    let file = mistake.file.display().to_string();
    let line = reading.line(mistake).filter(|line| line.len() <= LINE_BYTES_MAX);
    let renderer = Renderer::styled();
    let text = match line {
        Some(line) => {
            let label = (!path.is_empty()).then_some(path.as_str());
            let annotation =
                AnnotationKind::Primary.span(span(line, mistake.place.column)).label(label);
            let snippet = Snippet::source(line)
                .path(file.as_str())
                .line_start(mistake.place.line as usize)
                .annotation(annotation);
            renderer.render(&[title.element(snippet)])
        }
        None => renderer.render(&[title.element(Origin::path(file.as_str()))]),
    };
    // Nothing can be done when nobody reads it.
    let _ = writeln!(anstream::stderr(), "{text}\n");
}

/// The word that begins at a column, counted in characters from 1.
fn span(line: &str, column: u32) -> std::ops::Range<usize> {
    let start = line
        .char_indices()
        .nth(column.saturating_sub(1) as usize)
        .map_or(line.len(), |(start, _)| start);
    let rest = &line[start..];
    let end = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
        _ => rest.find([':', ',', ']', '}', '#']).unwrap_or(rest.len()),
    };
    start..start + rest[..end].trim_end().len().max(usize::from(!rest.is_empty()))
}

/// A mistake or finding for programs.
#[derive(Serialize)]
pub(crate) struct Entry {
    file: String,
    line: u32,
    column: u32,
    path: String,
    severity: &'static str,
    message: String,
}

impl Entry {
    /// The mistake with how bad it is.
    pub(crate) fn new(mistake: &Mistake, severity: &'static str) -> Self {
        Self {
            file: mistake.file.display().to_string(),
            line: mistake.place.line,
            column: mistake.place.column,
            path: mistake.path.to_string(),
            severity,
            message: mistake.message.clone(),
        }
    }
}

/// `1 mistake`, `2 mistakes`.
pub(crate) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{} {word}s", grouped(number)) }
}

/// A number with commas between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|part| std::str::from_utf8(part).expect("digits"))
        .collect();
    parts.join(",")
}
