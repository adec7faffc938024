//! Lines of a configuration file, without any knowledge of keys.

/// One `KEY=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The section it stands in, as written; empty before the first.
    pub section: &'a str,
    /// The key, trimmed, as written.
    pub key: &'a str,
    /// Everything after the first `=`, trimmed. May hold `=`, `#`, `;`, backslashes and quotes; nothing is unescaped.
    pub value: &'a str,
}

/// What one line is. Empty lines and comments are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    /// `[NAME]`.
    Section(&'a str),
    /// `KEY=value`.
    Entry(Entry<'a>),
    /// Anything else, trimmed.
    Junk(&'a str),
}

/// Reads a file's text into numbered lines, from 1.
///
/// A byte order mark, CRLF and blanks around everything do not matter. A comment is a line whose first character is
/// `#` or `;`: a later one belongs to the value.
pub fn parse(text: &str) -> Vec<(usize, Line<'_>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut section = "";
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let inner = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let read = match (inner, line.split_once('=')) {
            (Some(name), _) => {
                section = name.trim();
                Line::Section(section)
            }
            (None, Some((key, value))) if !key.trim().is_empty() => {
                Line::Entry(Entry { section, key: key.trim(), value: value.trim() })
            }
            _ => Line::Junk(line),
        };
        lines.push((number, read));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry<'a>(section: &'a str, key: &'a str, value: &'a str) -> Line<'a> {
        Line::Entry(Entry { section, key, value })
    }

    #[test]
    fn the_documented_example_reads_as_it_stands() {
        let text = "\u{feff}[CONNECTOR]\r\nNAME=Asysco AMT Connector\r\n; a remark\r\n\r\n\
                    [AMT BATCH SERVER]\r\nUSER= 62324e685a47303d\r\n  # more\r\nserver_address = h:4004 \r\n";
        assert_eq!(
            parse(text),
            [
                (1, Line::Section("CONNECTOR")),
                (2, entry("CONNECTOR", "NAME", "Asysco AMT Connector")),
                (5, Line::Section("AMT BATCH SERVER")),
                (6, entry("AMT BATCH SERVER", "USER", "62324e685a47303d")),
                (8, entry("AMT BATCH SERVER", "server_address", "h:4004")),
            ]
        );
    }

    #[test]
    fn values_keep_what_other_readers_eat() {
        for value in [r"C:\tmp\new", "a=b==", "x#y", "x ; y", "\"quoted\"", "'PARAM'", "[x]", ""] {
            let text = format!("K={value}");
            assert_eq!(parse(&text), [(1, entry("", "K", value))]);
        }
    }

    #[test]
    fn a_line_that_is_nothing_is_not_glued_to_the_next() {
        assert_eq!(parse("bare\nz=1"), [(1, Line::Junk("bare")), (2, entry("", "z", "1"))]);
        assert_eq!(parse("=1\n[open"), [(1, Line::Junk("=1")), (2, Line::Junk("[open"))]);
    }

    proptest! {
        #[test]
        fn any_text_gives_lines_in_order_and_within_range(text in "(?s).{0,300}") {
            let lines = parse(&text);
            let numbers: Vec<_> = lines.iter().map(|(number, _)| *number).collect();
            prop_assert!(numbers.is_sorted());
            prop_assert!(numbers.iter().all(|n| (1..=text.lines().count()).contains(n)));
        }

        #[test]
        fn what_is_written_is_read_back(
            key in "[A-Z_]{1,20}",
            value in "[!-~]([ -~]{0,40}[!-~])?",
            pad in " {0,3}",
            crlf in any::<bool>(),
        ) {
            let end = if crlf { "\r\n" } else { "\n" };
            let text = format!("[S]{end}{pad}{key}{pad}={pad}{value}{pad}{end}");
            prop_assert_eq!(parse(&text)[1].clone(), (2, entry("S", &key, &value)));
        }
    }
}
