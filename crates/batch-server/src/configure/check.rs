//! Checks of single values.

use batch_core::names::{Kind, Name};

use crate::counted::counted;
use crate::error::{Error, Result};

/// Longest description or comment, in characters.
pub(super) const TEXT_MAX: usize = 4000;
/// Longest path, in characters.
pub(super) const PATH_MAX: usize = 1024;
/// Longest short text such as a mail address, in characters.
pub(super) const SHORT_MAX: usize = 256;

/// A name, or what is wrong with it.
pub(super) fn name<K: Kind>(field: &str, text: &str) -> Result<Name<K>> {
    Name::new(text).map_err(|error| Error::invalid(field, error.to_string()))
}

/// A name that may be left out; an empty one is left out.
pub(super) fn maybe_name<K: Kind>(field: &str, text: Option<&str>) -> Result<Option<Name<K>>> {
    text.filter(|text| !text.is_empty()).map(|text| name(field, text)).transpose()
}

/// A text of one or several lines.
pub(super) fn text(field: &str, text: &str, chars_max: usize) -> Result<String> {
    if text.chars().nth(chars_max).is_some() {
        return Err(Error::invalid(
            field,
            format!("it is too long, use at most {chars_max} characters"),
        ));
    }
    if let Some(c) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Error::invalid(
            field,
            format!("remove the control character U+{:04X}", u32::from(c)),
        ));
    }
    Ok(text.to_owned())
}

/// A text of one line.
pub(super) fn line(field: &str, value: &str, chars_max: usize) -> Result<String> {
    if value.contains(['\n', '\t']) {
        return Err(Error::invalid(field, "it must be one line without tabs"));
    }
    text(field, value, chars_max)
}

/// How many things refer to another one, and what one and several of them are called.
pub(super) type Used<'a> = (i64, &'a str, &'a str);

/// Fails when something still refers to a thing that is to be removed.
pub(super) fn refuse_used(what: &str, name: &str, counts: &[Used<'_>]) -> Result<()> {
    let used = usage(counts);
    if used.is_empty() {
        return Ok(());
    }
    Err(Error::Conflict(format!("{what} `{name}` is still used by {used}; remove them first")))
}

/// `3 jobs, 1 queue`, for what still refers to a thing; empty when nothing does.
fn usage(counts: &[Used<'_>]) -> String {
    let used = counts.iter().filter(|(count, ..)| *count > 0);
    used.map(|(count, one, several)| counted(*count, one, several)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_printable() {
        assert_eq!(text("d", "a\nb\tc", 5).unwrap(), "a\nb\tc");
        assert_eq!(
            text("d", "abcdef", 5).unwrap_err().to_string(),
            "d: it is too long, use at most 5 characters"
        );
        assert_eq!(
            text("d", "a\u{1b}", 5).unwrap_err().to_string(),
            "d: remove the control character U+001B"
        );
        assert!(line("d", "a\nb", 5).is_err());
    }

    #[test]
    fn what_is_used_is_not_removed_and_the_refusal_says_only_what_is_there() {
        let counts = [(2, "job", "jobs"), (0, "queue", "queues"), (1, "schedule", "schedules")];
        assert_eq!(
            refuse_used("queue", "Q", &counts).unwrap_err().to_string(),
            "queue `Q` is still used by 2 jobs, 1 schedule; remove them first"
        );
        assert!(refuse_used("queue", "Q", &[(0, "job", "jobs")]).is_ok());
    }
}
