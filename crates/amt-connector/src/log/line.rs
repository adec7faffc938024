//! One line of the log.

use jiff::civil::DateTime;
use std::borrow::Cow;

/// The class that the older connector prints for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The frame: arguments and return code.
    Connector,
    /// The work: logon, start, job log.
    Executor,
}

impl Voice {
    /// The name in brackets.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Connector => "AMTConnector",
            Self::Executor => "AMTJobExecutorImpl",
        }
    }
}

/// The text on one line: line ends and other control characters as `\n`, `\u{1b}`, so that a value cannot look like a line of its own or steer a
/// terminal.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    Cow::Owned(line)
}

/// A line with its prefix: `HH:mm:ss.SSS [main] [<class>] yyyyMMdd HH:mm:ss : <text>`, local time.
pub fn line(at: DateTime, voice: Voice, text: &str) -> String {
    let (h, m, s) = (at.hour(), at.minute(), at.second());
    let millisecond = at.subsec_nanosecond() / 1_000_000;
    let (year, month, day) = (at.year(), at.month(), at.day());
    let class = voice.class();
    format!(
        "{h:02}:{m:02}:{s:02}.{millisecond:03} [main] [{class}] {year:04}{month:02}{day:02} {h:02}:{m:02}:{s:02} : {text}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_control_characters_stays_on_one_line() {
        assert_eq!(shown("A\r\nB\tC\u{1b}[2J\u{85}"), "A\\r\\nB\\tC\\u{1b}[2J\\u{85}");
        let plain = r"C:\new\table 'é' ";
        assert!(matches!(shown(plain), Cow::Borrowed(text) if text == plain));
    }

    #[test]
    fn the_prefix_is_that_of_the_seed() {
        let at: DateTime = "2017-05-18T14:00:14.239".parse().unwrap();
        assert_eq!(
            line(at, Voice::Connector, "Connector completed with return code 4"),
            "14:00:14.239 [main] [AMTConnector] 20170518 14:00:14 : Connector completed with return code 4"
        );
        let at: DateTime = "2026-01-02T03:04:05.006".parse().unwrap();
        assert_eq!(
            line(at, Voice::Executor, "Done"),
            "03:04:05.006 [main] [AMTJobExecutorImpl] 20260102 03:04:05 : Done"
        );
    }
}
