//! Mistakes and findings on the terminal.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use core_kit::text::visible;
use scheduler_definitions::{Beside, Mistake, Place, Reading, beside};
use serde::Serialize;

/// Lines of a file longer than this are shown without their text.
const LINE_BYTES_MAX: usize = 300;
/// Places of the same mistake that are shown.
const PLACES_MAX: usize = 3;

/// How much is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// Each place by itself, also where the same is wrong at many.
    pub(crate) all: bool,
    /// How everything can be seen.
    pub(crate) how: &'static str,
}

impl Shown {
    /// As an option `--all` of the same command says.
    pub(crate) fn by_option(all: bool) -> Self {
        Self { all, how: "--all" }
    }
}

/// Shows every mistake with its line. What is the same at several places is shown once, with the first of them.
pub(crate) fn show(reading: &Reading, mistakes: &[Mistake], level: &Level<'static>, shown: Shown) {
    let mut groups: Vec<Vec<&Mistake>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for mistake in mistakes {
        let at = *known.entry(&mistake.message).or_insert(groups.len());
        match groups.get_mut(at).filter(|_| !shown.all) {
            Some(group) => group.push(mistake),
            None => groups.push(vec![mistake]),
        }
    }
    for group in &groups {
        show_group(reading, group, level.clone(), shown.how);
    }
}

/// Says that a file was read without those that define what is missing in it.
pub(crate) fn hint(reading: &Reading, path: &Path) {
    if let Some(Beside { folder, defined }) = beside(reading, path) {
        crate::texts::say(&format!(
            "other files of {folder} define {} of the names that are missing here: give the folder, {folder}, instead of the file",
            grouped(defined),
            folder = folder.display(),
        ));
    }
}

/// Shows one mistake with its first places and their lines, on standard error.
fn show_group(reading: &Reading, places: &[&Mistake], level: Level<'static>, how: &str) {
    let Some(first) = places.first() else { return };
    let message = visible(&first.message);
    let texts: Vec<PlaceText<'_>> =
        places.iter().take(PLACES_MAX).map(|place| PlaceText::new(reading, place)).collect();
    let mut group = Group::with_title(level.primary_title(message.as_str()));
    for text in &texts {
        group = text.add_to(group);
    }
    let more = places.len().saturating_sub(PLACES_MAX);
    if more > 0 {
        let text = format!("and {}: {how} shows each", count(more, "more place"));
        group = group.element(Level::NOTE.message(text));
    }
    // Nothing can be done when nobody reads it.
    let _ = writeln!(anstream::stderr(), "{}\n", Renderer::styled().render(&[group]));
}

/// A place as it is shown.
struct PlaceText<'r> {
    place: Place,
    path: String,
    file: String,
    /// The line, where it may be shown.
    line: Option<&'r str>,
}

impl<'r> PlaceText<'r> {
    fn new(reading: &'r Reading, mistake: &Mistake) -> Self {
        let is_shown = |line: &&str| line.len() <= LINE_BYTES_MAX && !may_hold_secret(line);
        Self {
            place: mistake.place,
            path: mistake.path.to_string(),
            file: visible(&mistake.file.display().to_string()),
            line: reading.line(mistake).filter(is_shown),
        }
    }

    fn add_to<'t>(&'t self, group: Group<'t>) -> Group<'t> {
        let has_path = !self.path.is_empty();
        if let Some(line) = self.line {
            let label = has_path.then_some(self.path.as_str());
            let annotation =
                AnnotationKind::Primary.span(span(line, self.place.column)).label(label);
            let snippet = Snippet::source(line)
                .path(self.file.as_str())
                .line_start(self.place.line as usize)
                .annotation(annotation);
            return group.element(snippet);
        }
        let origin = Origin::path(self.file.as_str()).line(self.place.line as usize);
        let group = group.element(origin.char_column(self.place.column as usize));
        if has_path {
            group.element(Level::NOTE.message(format!("at {}", self.path)))
        } else {
            group
        }
    }
}

/// Whether a line can hold a value that nobody may see: what is printed here ends up in logs.
fn may_hold_secret(line: &str) -> bool {
    let line = line.to_lowercase();
    ["encrypted", "password", "secret"].iter().any(|word| line.contains(word))
}

/// The value or key that begins at a column, counted in characters from 1.
fn span(line: &str, column: u32) -> std::ops::Range<usize> {
    let start = line
        .char_indices()
        .nth(column.saturating_sub(1) as usize)
        .map_or(line.len(), |(start, _)| start);
    let rest = &line[start..];
    let Some(first) = rest.chars().next() else { return start..start };
    let end = match first {
        '"' | '\'' => quoted_end(rest, first),
        _ => plain_end(rest, is_flow(&line[..start + first.len_utf8()])),
    };
    // At least the first sign is marked, also where it is a blank.
    start..start + rest[..end].trim_end().len().max(first.len_utf8())
}

/// Whether a place is in a list or map in brackets that begins in the same line.
fn is_flow(before: &str) -> bool {
    let count = |signs: [char; 2]| before.matches(signs).count();
    count(['[', '{']) > count([']', '}'])
}

/// Where a text without quotes ends: before a comment, after a key, in brackets also before what separates.
fn plain_end(text: &str, is_flow: bool) -> usize {
    let mut before = None;
    for (at, sign) in text.char_indices() {
        let after = text[at + sign.len_utf8()..].chars().next();
        let is_blank = |sign: char| matches!(sign, ' ' | '\t');
        let ends = match sign {
            ':' => {
                after.is_none_or(|after| is_blank(after) || (is_flow && ",[]{}".contains(after)))
            }
            '#' => before.is_some_and(is_blank),
            ',' | ']' | '}' => is_flow,
            _ => false,
        };
        if ends {
            return at;
        }
        before = Some(sign);
    }
    text.len()
}

/// Where a text in quotes ends: a second quote stands for itself in single ones, a backslash before it in double ones.
fn quoted_end(text: &str, quote: char) -> usize {
    let mut signs = text.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' && quote == '"' {
            signs.next();
        } else if sign == quote && (quote == '"' || signs.next_if(|next| next.1 == quote).is_none())
        {
            return at + 1;
        }
    }
    text.len()
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

/// Every mistake of the definitions for programs.
pub(crate) fn entries(reading: &Reading) -> Vec<Entry> {
    reading.mistakes.iter().map(|mistake| Entry::new(mistake, "error")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is marked from the first `@` on, which is not a part of the line.
    fn marked(line: &str) -> String {
        let at = line.find('@').unwrap();
        let column = u32::try_from(line[..at].chars().count() + 1).unwrap();
        let line = line.replacen('@', "", 1);
        line[span(&line, column)].to_owned()
    }

    #[test]
    fn the_whole_value_or_key_is_marked_and_nothing_else() {
        let cases = [
            ("start_time: @25:00", "25:00"),
            ("start_time: @25:00 # late", "25:00"),
            ("@start_time: 25:00", "start_time"),
            ("@start_time:", "start_time"),
            ("f: [{ use: @X }]", "X"),
            ("f: [{ @use: X }]", "use"),
            ("d: [@2026-02-31, 2026-05-01]", "2026-02-31"),
            ("w: { at: @6:00, to: 7:00 }", "6:00"),
            ("w: { @a:[] }", "a"),
            ("line: @load a#1, [[X]] to b  ", "load a#1, [[X]] to b"),
            ("line: @'it''s: #1' # x", "'it''s: #1'"),
            (r#"line: @"a \" b": c"#, r#""a \" b""#),
            ("line: @'no end", "'no end"),
            ("@", ""),
            ("ab@", ""),
        ];
        for (line, expected) in cases {
            assert_eq!(marked(line), expected, "{line}");
        }
        // The mark of a map begins with its bracket.
        assert_eq!(marked("Post: @{ rum: null_job }"), "{ rum");
    }

    #[test]
    fn a_wide_blank_is_marked_whole() {
        for blank in ['\u{a0}', '\u{3000}', '\u{2003}', '\t'] {
            assert_eq!(marked(&format!("@{blank}: x")), blank.to_string());
            assert_eq!(marked(&format!("a: {blank}@{blank}")), blank.to_string());
        }
    }
}
