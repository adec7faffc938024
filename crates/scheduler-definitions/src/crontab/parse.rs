//! The lines of a crontab, as cron of Debian reads them.

/// Characters of a line that are read; cron itself stops at 1,000 per command.
const LINE_CHARS_MAX: usize = 10_000;

/// Which kind of table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A user's own table: five fields and the command.
    User,
    /// `/etc/crontab` and the files of `/etc/cron.d`: five fields, the user and the command.
    System,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// `NAME=value`: holds for the lines after it.
    Setting {
        /// The name.
        name: String,
        /// The value without its quotes.
        value: String,
    },
    /// A text after `#`.
    Comment(String),
    /// Nothing.
    Blank,
    /// A job.
    Job(Entry),
}

/// A job of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The pattern: five fields with one blank between them, or a word such as `@daily`.
    pub pattern: String,
    /// The user of a system table.
    pub user: Option<String>,
    /// The command, with the signs of `%` as cron passes them on.
    pub command: String,
    /// What cron gives the command on its standard input: all after the first `%`, if that is anything.
    pub input: Option<String>,
}

/// A line that is none of a crontab.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct BadLine {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads a table. Each line is read for itself: what is wrong with one changes nothing for the others.
pub fn parse(text: &str, layout: Layout) -> Vec<Result<Line, BadLine>> {
    let bad = |number: usize| move |message| BadLine { line: number + 1, message };
    text.lines()
        .enumerate()
        .map(|(number, line)| parse_line(line, layout).map_err(bad(number)))
        .collect()
}

fn parse_line(line: &str, layout: Layout) -> Result<Line, String> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(Line::Blank);
    }
    if line.chars().nth(LINE_CHARS_MAX).is_some() {
        return Err(format!("the line has more than {LINE_CHARS_MAX} characters"));
    }
    if let Some(comment) = line.strip_prefix('#') {
        return Ok(Line::Comment(comment.trim().to_owned()));
    }
    if line.contains(|sign: char| sign.is_ascii_control() && sign != '\t') {
        return Err("the line has a control character; remove it".to_owned());
    }
    match setting(line) {
        Some((name, value)) => Ok(Line::Setting { name, value }),
        None => job(line, layout).map(Line::Job),
    }
}

/// A name, an equals sign and a value. A pattern has no letters before its first blank but names of days
/// and months, which no equals sign follows.
fn setting(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let name = unquoted(name.trim());
    let is_name = name.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '_')
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
    is_name.then(|| (name.to_owned(), unquoted(value.trim()).to_owned()))
}

fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}

fn job(line: &str, layout: Layout) -> Result<Entry, String> {
    let fields = if line.starts_with('@') { 1 } else { 5 };
    let (mut pattern, mut rest) = (Vec::new(), line);
    for _ in 0..fields {
        let (field, after) =
            next_word(rest).ok_or("expected minute, hour, day, month, weekday and a command")?;
        pattern.push(field);
        rest = after;
    }
    let mut user = None;
    if layout == Layout::System {
        let (name, after) =
            next_word(rest).ok_or("expected a user after the pattern, as in /etc/crontab")?;
        user = Some(name.to_owned());
        rest = after;
    }
    let (command, input) = command(rest.trim());
    if command.is_empty() {
        return Err("the command is missing".to_owned());
    }
    Ok(Entry { pattern: pattern.join(" "), user, command, input })
}

/// The next word and what follows it.
fn next_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A `%` ends the command and begins its input, in which it is a line break; `\%` is the sign itself.
fn command(text: &str) -> (String, Option<String>) {
    let mut parts = vec![String::new()];
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let last = parts.last_mut().expect("there is always one");
        match sign {
            '\\' if signs.peek() == Some(&'%') => last.extend(signs.next()),
            '%' => parts.push(String::new()),
            sign => last.push(sign),
        }
    }
    let command = parts.remove(0).trim().to_owned();
    let mut input = parts.join("\n");
    // As cron does: it looks at the last sign that it wrote and knows to be no escape.
    if input.trim_end_matches('\\').ends_with(|last| last != '\n') {
        input.push('\n');
    }
    (command, (!input.is_empty()).then_some(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: &str, layout: Layout) -> Entry {
        match parse(line, layout).remove(0) {
            Ok(Line::Job(entry)) => entry,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_line_has_a_pattern_and_a_command() {
        let job = entry("17 *\t* * 1-5   /usr/bin/load --all 'a b'", Layout::User);
        assert_eq!(
            (job.pattern.as_str(), job.command.as_str()),
            ("17 * * * 1-5", "/usr/bin/load --all 'a b'")
        );
        let job = entry("@daily root  test -x /x && /x", Layout::System);
        assert_eq!(
            (job.pattern.as_str(), job.user.as_deref(), job.command.as_str()),
            ("@daily", Some("root"), "test -x /x && /x")
        );
    }

    #[test]
    fn a_percent_sign_begins_the_input() {
        let job = entry("0 0 * * * date +\\%F; cat%one%two", Layout::User);
        assert_eq!(
            (job.command.as_str(), job.input.as_deref()),
            ("date +%F; cat", Some("one\ntwo\n"))
        );
    }

    #[test]
    fn the_input_ends_with_one_line_break_if_it_has_a_line() {
        let input = |text: &str| entry(&format!("@daily cat{text}"), Layout::User).input;
        let cases = [
            ("", None),
            ("%", None),
            ("%a", Some("a\n")),
            ("%a%", Some("a\n")),
            ("%a%%", Some("a\n\n")),
            ("%%", Some("\n")),
            ("%a%b", Some("a\nb\n")),
            ("%100\\%", Some("100%\n")),
            ("%a\\b", Some("a\\b\n")),
            ("%a\\", Some("a\\\n")),
            ("%\\", Some("\\")),
        ];
        for (text, expected) in cases {
            assert_eq!(input(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn settings_and_comments_are_no_jobs() {
        let lines: Vec<Line> =
            parse("PATH = \"/bin:/usr/bin\"\n\n# at night\nMAILTO=", Layout::User)
                .into_iter()
                .map(Result::unwrap)
                .collect();
        let setting = |name: &str, value: &str| Line::Setting {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(
            lines,
            [
                setting("PATH", "/bin:/usr/bin"),
                Line::Blank,
                Line::Comment("at night".to_owned()),
                setting("MAILTO", "")
            ]
        );
        // An equals sign in a command makes no setting of it.
        assert_eq!(entry("0 0 * * * A=1 run", Layout::User).command, "A=1 run");
    }

    #[test]
    fn what_is_no_line_is_refused_with_its_number() {
        let wrong = |text: &str, layout| {
            parse(text, layout).into_iter().find_map(Result::err).expect("it is wrong").to_string()
        };
        assert_eq!(
            wrong("\n* * * *", Layout::User),
            "line 2: expected minute, hour, day, month, weekday and a command"
        );
        assert_eq!(wrong("0 0 * * *", Layout::User), "line 1: the command is missing");
        assert_eq!(
            wrong("0 0 * * * a\0b", Layout::User),
            "line 1: the line has a control character; remove it"
        );
        assert_eq!(
            wrong("0 0 * * *", Layout::System),
            "line 1: expected a user after the pattern, as in /etc/crontab"
        );
        assert!(
            wrong(&format!("0 0 * * * {}", "x".repeat(20_000)), Layout::User)
                .contains("more than 10000")
        );
    }
}
