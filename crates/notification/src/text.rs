//! Texts from outside, made fit for one line.

use std::error::Error;

/// Most characters of a text for the record.
const RECORD_CHARS_MAX: usize = 1_000;

/// One line for the record.
pub(crate) fn one_line(text: &str) -> String {
    line(text, RECORD_CHARS_MAX)
}

/// One line of at most so many characters: ends of lines, other control characters and signs that change the direction of text become
/// blanks, and of several blanks in a row one is left.
pub(crate) fn line(text: &str, chars_max: usize) -> String {
    let is_blank = |c: char| c.is_whitespace() || c.is_control() || turns_or_breaks(c);
    let words = text.split(is_blank).filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(chars_max) {
        Some(_) => line.chars().take(chars_max.saturating_sub(1)).chain(['…']).collect(),
        None => line,
    }
}

/// Marks of text direction, and the ends of lines that Unicode has beside the control characters.
fn turns_or_breaks(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// All causes of an error in one line, without those that only repeat the one before.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        cause = inner.source();
    }
    one_line(&parts.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_end_of_line_and_no_control_character() {
        assert_eq!(line("a\r\nBcc: x\t\0\u{1b}[1m b\u{202e}c\u{2028}d", 99), "a Bcc: x [1m b c d");
        assert_eq!(line("  Größe  ", 99), "Größe");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_characters() {
        assert_eq!(line("ääää", 4), "ääää");
        assert_eq!(line("äääää", 4), "äää…");
    }
}
