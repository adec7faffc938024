//! Reads the fields of a command one after the other, with errors that say where.

use core_kit::text::shown;

use super::field::{Field, Options, Value, has_token};
use super::spec::Spec;

/// An event that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadEvent {
    /// The whole sentence: where, what, why, and what was expected.
    pub message: String,
    /// The character at which the mistake begins, from 1; none for the event as a whole and for XML.
    pub column: Option<usize>,
}

impl BadEvent {
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self { message: message.into(), column: None }
    }
}

/// A field as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    /// Its text, trimmed.
    pub(crate) text: String,
    /// The character at which it begins, from 1; none for XML.
    pub(crate) column: Option<usize>,
}

/// The fields of a command, as many as the command has; those that were not there are blank.
pub(crate) struct Reader<'a> {
    spec: &'static Spec,
    raw: &'a [Raw],
    options: Options,
    next: usize,
    /// Tokens have been replaced: what looks like one is text.
    is_resolved: bool,
    /// What stands in fields that may be left out is not shown: it may be a part of a password.
    is_hidden: bool,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// More fields than the command has.
    pub(crate) fn new(
        spec: &'static Spec,
        raw: &'a [Raw],
        options: Options,
    ) -> Result<Self, BadEvent> {
        let (found, max) = (raw.len(), spec.args.len());
        if let Some(extra) = raw.get(max) {
            let message = format!(
                "{} has {found} fields, more than {max}; it is {}, and a comma inside of a field is not possible",
                spec.name(),
                spec.syntax()
            );
            return Err(BadEvent { message, column: extra.column });
        }
        Ok(Self { spec, raw, options, next: 0, is_resolved: false, is_hidden: false })
    }

    pub(crate) const fn without_tokens(self) -> Self {
        Self { is_resolved: true, ..self }
    }

    pub(crate) const fn with_hidden_values(self) -> Self {
        Self { is_hidden: true, ..self }
    }

    pub(crate) const fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// The next field, which must be there.
    ///
    /// # Errors
    /// It is not there, or not such a value.
    pub(crate) fn needed<T: Value>(&mut self) -> Result<Field<T>, BadEvent> {
        let index = self.next;
        match self.optional::<T>()? {
            Some(field) => Ok(field),
            None => T::blank().map(Field::Known).ok_or_else(|| {
                let message = format!(
                    "field {} ({}) of {} is missing; expected {}, as in {}",
                    index + 1,
                    self.arg_name(index),
                    self.spec.name(),
                    T::EXPECTED,
                    self.spec.syntax()
                );
                BadEvent { message, column: self.raw.get(index).and_then(|raw| raw.column) }
            }),
        }
    }

    /// The next field, which may be blank or left out.
    ///
    /// # Errors
    /// It is not such a value.
    pub(crate) fn optional<T: Value>(&mut self) -> Result<Option<Field<T>>, BadEvent> {
        let index = self.next;
        self.next += 1;
        let Some(raw) = self.raw.get(index).filter(|raw| !raw.text.is_empty()) else {
            return Ok(None);
        };
        if !self.is_resolved && has_token(&raw.text) {
            return Ok(Some(Field::Later(raw.text.clone())));
        }
        T::read(&raw.text, self.options).map(|value| Some(Field::Known(value))).map_err(|why| {
            let why = if why.is_empty() {
                format!("is not {}", T::EXPECTED)
            } else {
                format!("{why}; expected {}", T::EXPECTED)
            };
            let is_hidden =
                self.is_hidden && self.spec.args.get(index).is_none_or(|a| a.is_optional);
            let (text, why) = if is_hidden {
                ("…".to_owned(), format!("is not {}", T::EXPECTED))
            } else {
                (shown(&raw.text), why)
            };
            let message = format!(
                "field {} ({}) of {}: `{text}` {why}",
                index + 1,
                self.arg_name(index),
                self.spec.name()
            );
            BadEvent { message, column: raw.column }
        })
    }

    fn arg_name(&self, index: usize) -> &'static str {
        self.spec.args.get(index).map_or("unnamed", |arg| arg.name)
    }
}
