//! The tree.

use std::borrow::Cow;

use scheduler_core::path::Step;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node<'a> {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value<'a>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// A text; `is_plain` without quotes, so that it may be a number, a truth value or nothing.
    Text {
        /// The characters, after escapes.
        text: Cow<'a, str>,
        /// Written without quotes.
        is_plain: bool,
    },
    /// A list.
    List(Vec<Node<'a>>),
    /// A map in the order of the file; keys are unique.
    Map(Vec<Entry<'a>>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// Where the key begins.
    pub place: Place,
    /// The value.
    pub value: Node<'a>,
}

impl<'a> Node<'a> {
    /// The entry of a map.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry<'a>> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            Value::Text { .. } | Value::List(_) => None,
        }
    }

    /// Where the value at a path stands: a text itself, the key of anything longer, or the deepest part of the path that
    /// is there.
    pub(crate) fn locate(&self, path: &[Step]) -> Place {
        self.locate_below(path, self.place)
    }

    /// `key` is the place of this value's key, where it has one.
    fn locate_below(&self, path: &[Step], key: Place) -> Place {
        let Some((step, rest)) = path.split_first() else {
            return match &self.value {
                Value::Text { text, .. } if !text.is_empty() => self.place,
                _ => key,
            };
        };
        match (step, &self.value) {
            (Step::Field(name), Value::Map(_)) => match self.entry(name) {
                Some(entry) => entry.value.locate_below(rest, entry.place),
                None => key,
            },
            (Step::Index(index), Value::List(items)) => {
                items.get(*index).map_or(self.place, |item| item.locate_below(rest, item.place))
            }
            _ => self.place,
        }
    }

    /// How a message calls it.
    pub(crate) fn kind(&self) -> String {
        match &self.value {
            Value::Text { text, is_plain } => super::Scalar::of(text, *is_plain).kind(text),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        }
    }
}
