//! Accept files: a text file that answers a job's input requests line by line (`amt-domain 9`).

/// The answer to an input request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// This line of the file, without its line end. It can be empty: an empty line is an empty
    /// answer.
    Line(&'a str),
    /// Nothing in the file answers; an operator must.
    AskOperator(AskReason),
}

/// Why an operator is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskReason {
    /// The request names no accept file.
    NotGiven,
    /// The file that it names is not there. The source is silent; failing the job would lose work
    /// that an operator can save.
    Missing,
    /// Every line has been used.
    Exhausted,
}

/// The accept file of a request, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptFile<'a> {
    /// The request names none.
    NotGiven,
    /// It names one that is not there.
    Missing,
    /// Its content.
    Content(&'a str),
}

impl<'a> AcceptFile<'a> {
    /// The answer to the next input request, after `answered` lines of the file have been used.
    ///
    /// Lines end with LF or CRLF; the last one may have no end. A byte order mark at the beginning
    /// is not part of the first answer.
    pub fn next_answer(self, answered: usize) -> Answer<'a> {
        let content = match self {
            Self::NotGiven => return Answer::AskOperator(AskReason::NotGiven),
            Self::Missing => return Answer::AskOperator(AskReason::Missing),
            Self::Content(content) => content,
        };
        let text = content.strip_prefix('\u{feff}').unwrap_or(content);
        text.lines().nth(answered).map_or(Answer::AskOperator(AskReason::Exhausted), Answer::Line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answers(content: &str) -> Vec<&str> {
        (0..)
            .map_while(|index| match AcceptFile::Content(content).next_answer(index) {
                Answer::Line(line) => Some(line),
                Answer::AskOperator(reason) => {
                    assert_eq!(reason, AskReason::Exhausted);
                    None
                }
            })
            .collect()
    }

    #[test]
    fn lines_answer_in_their_order() {
        let cases: [(&str, &[&str]); 8] = [
            ("yes\nno\n", &["yes", "no"]),
            ("yes\r\nno\r\n", &["yes", "no"]),
            ("yes\r\nno", &["yes", "no"]),
            ("\n\n", &["", ""]),
            ("", &[]),
            ("\u{feff}yes\n", &["yes"]),
            (" padded \n", &[" padded "]),
            ("\u{feff}", &[]),
        ];
        for (content, expected) in cases {
            assert_eq!(answers(content), expected, "{content:?}");
        }
    }

    #[test]
    fn without_a_file_an_operator_is_asked() {
        for index in [0, 7] {
            assert_eq!(
                AcceptFile::NotGiven.next_answer(index),
                Answer::AskOperator(AskReason::NotGiven)
            );
            assert_eq!(
                AcceptFile::Missing.next_answer(index),
                Answer::AskOperator(AskReason::Missing)
            );
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_answered(lines in prop::collection::vec("[^\r\n\u{feff}]{0,9}", 0..9), end in "\r?\n") {
            let content: String = lines.iter().flat_map(|line| [line.as_str(), end.as_str()]).collect();
            prop_assert_eq!(answers(&content), lines);
        }
    }
}
