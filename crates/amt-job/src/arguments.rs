//! The command line of one command, read without a library because `amtjob` is started once per message.

use std::ffi::OsString;

use crate::exit::Failure;

/// What a command accepts besides `--help` and `--json`.
#[derive(Debug)]
pub(crate) struct Spec {
    /// Options without a value, without `--`.
    pub(crate) flags: &'static [&'static str],
    /// Options with a value, without `--`.
    pub(crate) options: &'static [&'static str],
    /// The word after the first one is taken as it is, even when it begins with `-`.
    pub(crate) second_word_is_raw: bool,
    /// Bytes that are not UTF-8 are replaced rather than refused; for texts that people read.
    pub(crate) is_lossy: bool,
}

/// A word that is not an option.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// As given.
    pub(crate) text: String,
    /// Given after `--` or where only a value can be, so that `-` is a text and not standard input.
    pub(crate) is_literal: bool,
}

/// The command line, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// In their order.
    pub(crate) words: Vec<Word>,
    flags: Vec<&'static str>,
    options: Vec<(&'static str, String)>,
    /// `--help` was given.
    pub(crate) wants_help: bool,
    /// `--json` was given.
    pub(crate) wants_json: bool,
}

impl Arguments {
    /// Sorts the arguments after the command's name.
    pub(crate) fn parse(
        spec: &Spec,
        given: impl Iterator<Item = OsString>,
    ) -> Result<Self, Failure> {
        let mut arguments = Self::default();
        let mut given = given.map(|argument| utf8(spec, argument));
        while let Some(argument) = given.next() {
            let argument = argument?;
            if spec.second_word_is_raw && arguments.words.len() == 1 && argument != "--" {
                // `set KEY=VALUE --json` has its value already.
                if !arguments.words[0].text.contains('=') {
                    arguments.words.push(Word { text: argument, is_literal: true });
                    continue;
                }
            }
            if argument == "--" {
                for rest in given.by_ref() {
                    arguments.words.push(Word { text: rest?, is_literal: true });
                }
            } else if is_option(&argument) {
                arguments.option(spec, &argument, &mut given)?;
            } else {
                arguments.words.push(Word { text: argument, is_literal: false });
            }
        }
        Ok(arguments)
    }

    fn option(
        &mut self,
        spec: &Spec,
        argument: &str,
        given: &mut impl Iterator<Item = Result<String, Failure>>,
    ) -> Result<(), Failure> {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument, None),
        };
        let known = |names: &[&'static str]| {
            names.iter().copied().find(|known| name.strip_prefix("--") == Some(known))
        };
        if let Some(option) = known(spec.options) {
            let value = match value {
                Some(value) => value,
                None => given
                    .next()
                    .ok_or_else(|| Failure::usage(format!("{name} needs a value")))??,
            };
            self.options.push((option, value));
            return Ok(());
        }
        if value.is_some() && (known(spec.flags).is_some() || name == "--json") {
            return Err(Failure::usage(format!("{name} takes no value")));
        }
        match (known(spec.flags), name) {
            (Some(flag), _) => self.flags.push(flag),
            (None, "--help" | "-h") => self.wants_help = true,
            (None, "--json") => self.wants_json = true,
            (None, _) => {
                return Err(Failure::usage(format!(
                    "there is no option `{name}` here; write `--` before a text that begins with `-`"
                )));
            }
        }
        Ok(())
    }

    /// Whether the flag was given.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// The value of an option; the last one counts.
    pub(crate) fn value(&self, option: &str) -> Option<&str> {
        self.values(option).last()
    }

    /// All values of an option that may be repeated.
    pub(crate) fn values(&self, option: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(name, _)| *name == option).map(|(_, value)| &**value)
    }

    /// Refuses words that the command does not take.
    pub(crate) fn words_at_most(&self, most: usize) -> Result<(), Failure> {
        match self.words.get(most) {
            None => Ok(()),
            Some(word) => Err(Failure::usage(format!("`{}` is one word too many", word.text))),
        }
    }

    /// The only word, called `name` in the help.
    pub(crate) fn only_word(&self, name: &str) -> Result<&str, Failure> {
        self.words_at_most(1)?;
        match self.words.first() {
            Some(word) => Ok(&word.text),
            None => Err(Failure::usage(format!("{name} is missing"))),
        }
    }
}

/// `-5 rows` and `-` are words: no option begins with anything but a letter.
fn is_option(argument: &str) -> bool {
    let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'));
    name.is_some_and(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
}

fn utf8(spec: &Spec, argument: OsString) -> Result<String, Failure> {
    argument.into_string().or_else(|bytes| {
        let text = bytes.to_string_lossy().into_owned();
        if spec.is_lossy {
            return Ok(text);
        }
        Err(Failure::usage(format!("`{text}` is not UTF-8; only UTF-8 can be sent to the server")))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const SPEC: Spec =
        Spec { flags: &["wait"], options: &["kind"], second_word_is_raw: false, is_lossy: false };

    fn parse(spec: &Spec, given: &[&str]) -> Result<Arguments, Failure> {
        Arguments::parse(spec, given.iter().map(OsString::from))
    }

    fn words(arguments: &Arguments) -> Vec<&str> {
        arguments.words.iter().map(|word| &*word.text).collect()
    }

    #[test]
    fn options_and_words_may_be_mixed() {
        let arguments = parse(&SPEC, &["a", "--kind", "-x", "--wait", "b", "--kind=y=z"]).unwrap();
        assert_eq!(words(&arguments), ["a", "b"]);
        assert_eq!(arguments.value("kind"), Some("y=z"));
        assert_eq!(arguments.values("kind").collect::<Vec<_>>(), ["-x", "y=z"]);
        assert!(arguments.has("wait"));
    }

    #[test]
    fn a_dash_without_a_letter_begins_a_word() {
        let arguments = parse(&SPEC, &["-5 rows", "-", "--5", "--", "--wait", "-"]).unwrap();
        assert_eq!(words(&arguments), ["-5 rows", "-", "--5", "--wait", "-"]);
        assert!(!arguments.words[1].is_literal);
        assert!(arguments.words[4].is_literal);
    }

    #[test]
    fn wrong_options_are_refused() {
        assert!(parse(&SPEC, &["--knid", "x"]).is_err());
        assert!(parse(&SPEC, &["--kind"]).is_err());
        assert!(parse(&SPEC, &["--wait=1"]).is_err());
        assert!(parse(&SPEC, &["-w"]).is_err());
    }

    #[test]
    fn the_second_word_of_set_is_never_an_option() {
        let set = Spec { second_word_is_raw: true, ..SPEC };
        let arguments = parse(&set, &["--json", "KEY", "--kind"]).unwrap();
        assert_eq!(words(&arguments), ["KEY", "--kind"]);
        let arguments = parse(&set, &["KEY=1", "--json"]).unwrap();
        assert_eq!(words(&arguments), ["KEY=1"]);
        assert!(arguments.wants_json);
        assert_eq!(words(&parse(&set, &["KEY", "--", "--"]).unwrap()), ["KEY", "--"]);
    }
}
