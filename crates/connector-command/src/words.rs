//! Command lines as programs with arguments. No shell is involved: who wants one names it.

/// What is wrong with a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadLine {
    Empty,
    OpenQuote(char),
    EndsInBackslash,
}

impl BadLine {
    pub(crate) fn text(self) -> String {
        match self {
            Self::Empty => "names no program".into(),
            Self::OpenQuote(quote) => format!("has a {quote} without its end"),
            Self::EndsInBackslash => "ends in a backslash".into(),
        }
    }
}

/// Splits a line as the systems do on which jobs run.
pub(crate) fn split(line: &str) -> Result<Vec<String>, BadLine> {
    if cfg!(windows) { windows(line) } else { unix(line) }
}

/// As a shell splits it: blanks, both quotes and backslashes, and nothing else of a shell.
fn unix(line: &str) -> Result<Vec<String>, BadLine> {
    let (mut words, mut word, mut signs) = (Vec::new(), None::<String>, line.chars());
    while let Some(sign) = signs.next() {
        match sign {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' | '"' => quoted(sign, &mut signs, word.get_or_insert_default())?,
            '\\' => {
                word.get_or_insert_default().push(signs.next().ok_or(BadLine::EndsInBackslash)?);
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    if words.first().is_none_or(String::is_empty) { Err(BadLine::Empty) } else { Ok(words) }
}

fn quoted(
    quote: char,
    signs: &mut impl Iterator<Item = char>,
    word: &mut String,
) -> Result<(), BadLine> {
    while let Some(sign) = signs.next() {
        if sign == quote {
            return Ok(());
        }
        if sign == '\\' && quote == '"' {
            let next = signs.next().ok_or(BadLine::OpenQuote(quote))?;
            if !matches!(next, '"' | '\\' | '$' | '`') {
                word.push('\\');
            }
            word.push(next);
        } else {
            word.push(sign);
        }
    }
    Err(BadLine::OpenQuote(quote))
}

/// As programs on Windows split theirs: backslashes count only before `"`.
fn windows(line: &str) -> Result<Vec<String>, BadLine> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), None::<String>, false);
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            ' ' | '\t' | '\n' | '\r' if !is_quoted => words.extend(word.take()),
            '"' => {
                word.get_or_insert_default();
                is_quoted = !is_quoted;
            }
            '\\' => {
                let mut count = 1;
                while signs.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let word = word.get_or_insert_default();
                // The path to the program has none of this: there a backslash is a backslash.
                let is_before_quote = signs.peek() == Some(&'"') && !words.is_empty();
                let kept = if is_before_quote { count / 2 } else { count };
                word.extend(std::iter::repeat_n('\\', kept));
                if is_before_quote && count % 2 == 1 {
                    word.extend(signs.next());
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    if is_quoted {
        return Err(BadLine::OpenQuote('"'));
    }
    words.extend(word);
    if words.first().is_none_or(String::is_empty) { Err(BadLine::Empty) } else { Ok(words) }
}

/// Arguments as the job log shows them. `quotes_values`: all in quotes that are no options, as the older AMT connector is called.
pub(crate) fn shown(arguments: &[String], quotes_values: bool) -> String {
    let one = |argument: &String| {
        let is_plain = !argument.is_empty()
            && !argument.contains([' ', '\t', '\n', '"', '\'', '\\'])
            && (!quotes_values || argument.starts_with('-'));
        if is_plain { argument.clone() } else { format!("\"{}\"", argument.replace('"', "\\\"")) }
    };
    arguments.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_unix_is_split_as_a_shell_does() {
        let words = |line| unix(line).unwrap();
        assert_eq!(words(" a  b\tc\n"), ["a", "b", "c"]);
        assert_eq!(
            words(r#"sh -c 'echo "$HOME"; exit 3'"#),
            ["sh", "-c", r#"echo "$HOME"; exit 3"#]
        );
        assert_eq!(
            words(r#"a "b \"c\" \n" d\ e '' x"y"'z'"#),
            ["a", r#"b "c" \n"#, "d e", "", "xyz"]
        );
        assert_eq!(unix("  "), Err(BadLine::Empty));
        assert_eq!(unix("'' a"), Err(BadLine::Empty));
        assert_eq!(unix("a 'b"), Err(BadLine::OpenQuote('\'')));
        assert_eq!(unix("a \"b\\"), Err(BadLine::OpenQuote('"')));
        assert_eq!(unix("a \\"), Err(BadLine::EndsInBackslash));
    }

    #[test]
    fn a_line_for_windows_keeps_its_backslashes() {
        let words = |line| windows(line).unwrap();
        assert_eq!(
            words(r#""C:\Program Files\a.exe" C:\x\ "d:\e f" -p "a \"b\"" """#),
            [r"C:\Program Files\a.exe", r"C:\x\", r"d:\e f", "-p", r#"a "b""#, ""]
        );
        assert_eq!(words(r#"a "b\\" c"#), ["a", r"b\", "c"]);
        assert_eq!(windows("\"a"), Err(BadLine::OpenQuote('"')));
    }

    #[test]
    fn arguments_are_shown_so_that_one_sees_where_each_ends() {
        let arguments = ["-c", "a b", "", "\"x\""].map(String::from);
        assert_eq!(shown(&arguments, false), r#"-c "a b" "" "\"x\"""#);
        let arguments = ["-jt", "START"].map(String::from);
        assert_eq!(shown(&arguments, true), r#"-jt "START""#);
    }
}
