//! What a mail server answers.

use std::error::Error as _;

use lettre::transport::smtp::Error;

use crate::text::{causes, one_line};

/// What an answer with an error says about trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// No.
    ForGood,
    /// Maybe: a 4xx, or a 5xx about the logging on, which an operator can mend.
    NotNow,
    /// There was no answer.
    None,
}

/// What it means.
pub(crate) fn meaning(error: &Error) -> Meaning {
    match error.status().map(u16::from) {
        // Log on first, with something stronger, under encryption; wrong user or password (RFC 4954).
        Some(530 | 534 | 535 | 538) => Meaning::NotNow,
        Some(code) if code >= 500 => Meaning::ForGood,
        Some(_) => Meaning::NotNow,
        None => Meaning::None,
    }
}

/// For people: code and text of an answer, or why there is none.
pub(crate) fn shown(error: &Error) -> String {
    let code = error.status().map(u16::from);
    match (code, error.source()) {
        (Some(code), Some(text)) => one_line(&format!("{code} {text}")),
        (Some(code), None) => code.to_string(),
        // Its first words say which part of the program has noticed.
        (None, Some(source)) => causes(source),
        (None, None) => causes(error),
    }
}
