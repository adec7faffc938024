//! What became of an attempt.

use std::time::Duration;

/// What became of an attempt. Every text is one line of at most 1,000 characters, without secrets, for the record and for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server has taken it over.
    Delivered {
        /// What it answered.
        answer: String,
        /// Addresses of a mail that it refused for good, while it took the mail for others.
        refused: Vec<Refusal>,
        /// Addresses of a mail that it would not take now, while it took the mail for others. Send the mail again later, with the same id and
        /// with them in [`crate::Email::only`].
        later: Vec<Refusal>,
    },
    /// It will not be taken, now or later: an address that is none or that the mail server refuses (5xx), or an HTTP status of 3xx or 4xx
    /// other than 408, 425 and 429. Sending it again changes nothing.
    Refused {
        /// Why, and what to do.
        reason: String,
        /// The receiver of the webhook answered 410, *gone*: it asks never to be called again.
        is_gone: bool,
    },
    /// It was not taken, and may be later: the server is away, busy (4xx in SMTP; 408, 425, 429 or 5xx in HTTP) or the settings are
    /// wrong. Nothing was delivered.
    Later {
        /// Why.
        reason: String,
        /// How long the server asks to wait (`Retry-After`), 24 hours at most.
        after: Option<Duration>,
    },
    /// The connection broke, or time was up, after the message was handed over. It may have arrived. Send it again, with the same
    /// id: a receiver that has it can drop the second.
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// An address that a mail server does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The address, as it is written in the delivery.
    pub address: String,
    /// What the server said.
    pub answer: String,
}

impl Outcome {
    pub(crate) fn refused(reason: impl AsRef<str>) -> Self {
        Self::Refused { reason: crate::text::one_line(reason.as_ref()), is_gone: false }
    }

    pub(crate) fn later(reason: impl AsRef<str>) -> Self {
        Self::Later { reason: crate::text::one_line(reason.as_ref()), after: None }
    }

    pub(crate) fn unknown(reason: impl AsRef<str>) -> Self {
        Self::Unknown { reason: crate::text::one_line(reason.as_ref()) }
    }
}
