//! Why a use case did not do what was asked.

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not do what was asked. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not do it. Nothing was changed.
    #[error(transparent)]
    Sql(#[from] sql::Error),
    /// The caller has no right to.
    #[error(
        "{caller} may not {what}: the privilege `{privilege}` is missing; an administrator can grant it"
    )]
    Forbidden {
        /// Who asked.
        caller: String,
        /// What was asked.
        what: String,
        /// What is missing.
        privilege: String,
    },
    /// The definitions are wrong; nothing of them was stored.
    #[error("the definitions have {}; nothing was stored", mistakes(.0))]
    Definitions(Vec<scheduler_core::definition::Problem>),
    /// Somebody has changed the definitions meanwhile.
    #[error(
        "the definitions were changed meanwhile: revision {found} is current, not {expected}; look at the plan again"
    )]
    Revision {
        /// The revision on which the request was based.
        expected: i64,
        /// The current one.
        found: i64,
    },
    /// Not possible now; the text says why and what helps.
    #[error("{0}")]
    Refused(String),
    /// Another process has the name of this one, and it is the newer one.
    #[error("another process of the same name has begun; this one changes nothing any more")]
    Fenced,
    /// There is no such thing.
    #[error("there is no {what} `{name}`{hint}")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// The name.
        name: String,
        /// The nearest names, or nothing.
        hint: String,
    },
    /// A day would be too large.
    #[error(transparent)]
    TooLarge(#[from] scheduler_core::plan::TooLarge),
    /// What is stored is not what this program writes: another version has, or the database is damaged.
    #[error(
        "{what} is not what this program stores: {why}; it was written by another version or by hand, or the database is damaged"
    )]
    Stored {
        /// What was read, such as `daily job 7`.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// Whether it lies in what was to be done, so that the same fails each time, and not in the database or in this process: those
    /// that were to be done together with it do not fail alone.
    pub(crate) fn is_of_the_work(&self) -> bool {
        match self {
            Self::Sql(why) => !why.is_unavailable() || why.is_too_long(),
            Self::Fenced => false,
            Self::Forbidden { .. }
            | Self::Definitions(_)
            | Self::Revision { .. }
            | Self::Refused(_)
            | Self::Unknown { .. }
            | Self::TooLarge(_)
            | Self::Stored { .. } => true,
        }
    }

    /// What is said, with what lies behind it, in one line that can be stored.
    pub(crate) fn told(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(why) = source {
            let more = why.to_string();
            if !text.contains(&more) {
                text = format!("{text}: {more}");
            }
            source = why.source();
        }
        let kept = text.chars().take(TOLD_MAX);
        kept.map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
    }
}

/// Signs that are kept of why something failed.
const TOLD_MAX: usize = 300;

fn mistakes(problems: &[scheduler_core::definition::Problem]) -> String {
    let first =
        problems.first().map(|first| format!(", the first at {}: {}", first.path, first.message));
    match problems.len() {
        1 => format!("1 mistake{}", first.unwrap_or_default()),
        count => format!("{count} mistakes{}", first.unwrap_or_default()),
    }
}
