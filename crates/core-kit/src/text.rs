//! What error messages have in common: a value from outside is shown, but never at any length.

/// Characters of a value that a message shows.
const SHOWN_CHARS: usize = 60;

/// The beginning of `value` as a message shows it, with control characters made visible.
pub fn shown(value: &str) -> String {
    let mut text: String = value
        .chars()
        .take(SHOWN_CHARS)
        .flat_map(|c| Escaped::of(c).0.into_iter().flatten())
        .collect();
    if value.chars().nth(SHOWN_CHARS).is_some() {
        text.push('…');
    }
    text
}

/// All of `text` with what cannot be seen made visible, so that a name from outside does nothing to a terminal.
pub fn visible(text: &str) -> String {
    text.chars().flat_map(|c| Escaped::of(c).0.into_iter().flatten()).collect()
}

/// Whether a character shows nothing itself but does something to a terminal or to the text around it: control
/// characters, directions of writing, blanks without width, separators of lines.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Up to two characters that stand for one.
struct Escaped([Option<char>; 2]);

impl Escaped {
    fn of(c: char) -> Self {
        match c {
            '\n' => Self([Some('\\'), Some('n')]),
            '\r' => Self([Some('\\'), Some('r')]),
            '\t' => Self([Some('\\'), Some('t')]),
            '\0' => Self([Some('\\'), Some('0')]),
            c if is_invisible(c) => Self([Some('\u{fffd}'), None]),
            c => Self([Some(c), None]),
        }
    }
}

/// A time of day or a length of time, `hh:mm:ss`, 24 hours (`amt-domain 10`).
pub fn hms(seconds: u32) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_and_a_control_character_is_visible() {
        assert_eq!(shown("a\nb\u{1}"), "a\\nb\u{fffd}");
        assert_eq!(
            visible("\u{1b}]0;x\u{7}\u{9b}31m\u{202e}y\n"),
            "\u{fffd}]0;x\u{fffd}\u{fffd}31m\u{fffd}y\\n"
        );
        assert_eq!(shown(&"x".repeat(60)), "x".repeat(60));
        assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
    }
}
