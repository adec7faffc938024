//! serde over the tree. It is asked for trees that the schema check has found to be right, so what it
//! refuses is a rule that no schema can state; the first of them ends it.

use std::{fmt, slice};

use scheduler_core::path::{Path, Step};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};

use super::node::{Entry, Node, Value};
use super::scalar::Scalar;

/// Builds a `T` from a tree.
///
/// # Errors
/// The tree is no `T`.
pub(crate) fn from_node<T: DeserializeOwned>(node: &Node<'_>) -> Result<T, DeError> {
    T::deserialize(node)
}

/// Why a tree is not what was asked for, and which value of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeError {
    message: String,
    /// The way to the value, its last step first.
    way: Vec<Step>,
}

impl DeError {
    /// Which value.
    pub(crate) fn path(&self) -> Path {
        self.way.iter().rev().cloned().collect()
    }

    /// The same, one step further up.
    fn below(mut self, step: Step) -> Self {
        self.way.push(step);
        self
    }
}

impl fmt::Display for DeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeError {}

impl de::Error for DeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), way: Vec::new() }
    }
}

/// The items of a list. An error says in which of them it is.
struct Items<'n, 'a> {
    items: slice::Iter<'n, Node<'a>>,
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = DeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DeError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        seed.deserialize(item).map(Some).map_err(|error| error.below(Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a map. An error says in which of them it is.
struct Entries<'n, 'a> {
    entries: slice::Iter<'n, Entry<'a>>,
    /// The one whose key was read.
    open: Option<&'n Entry<'a>>,
}

impl<'n, 'a> Entries<'n, 'a> {
    fn new(entries: &'n [Entry<'a>]) -> Self {
        Self { entries: entries.iter(), open: None }
    }
}

fn below(entry: &Entry<'_>) -> impl FnOnce(DeError) -> DeError {
    |error| error.below(Step::Field((*entry.key).into()))
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = DeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DeError> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.open = Some(entry);
        seed.deserialize(StrDeserializer::new(&entry.key)).map(Some).map_err(below(entry))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DeError> {
        let entry = self.open.take().expect("serde asks for a value after its key");
        seed.deserialize(&entry.value).map_err(below(entry))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

impl<'de> Deserializer<'de> for &Node<'_> {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match &self.value {
            Value::List(items) => {
                let mut list = Items { items: items.iter(), next: 0 };
                let value = visitor.visit_seq(&mut list)?;
                if list.items.len() > 0 {
                    let message = format!("{} items are too many", items.len());
                    return Err(DeError::custom(message));
                }
                Ok(value)
            }
            Value::Map(entries) => visitor.visit_map(Entries::new(entries)),
            Value::Text { text, is_plain } => match Scalar::of(text, *is_plain) {
                Scalar::Null => visitor.visit_unit(),
                Scalar::Bool(truth) => visitor.visit_bool(truth),
                Scalar::Integer(number) => visitor.visit_i64(number),
                Scalar::Float(number) => visitor.visit_f64(number),
                Scalar::Text => visitor.visit_str(text),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match &self.value {
            Value::Text { text, is_plain } if Scalar::of(text, *is_plain) == Scalar::Null => {
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeError> {
        visitor.visit_newtype_struct(self)
    }

    /// An alternative is written as its name, or as a map of the name to what belongs to it.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        match &self.value {
            Value::Text { text, .. } => visitor.visit_enum((&**text).into_deserializer()),
            Value::Map(entries) if entries.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries::new(entries)))
            }
            Value::Map(_) | Value::List(_) => Err(DeError::custom(format!(
                "{name}: expected one of {}, found {}",
                variants.join(", "),
                self.kind()
            ))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::*;
    use crate::mistake::Collector;
    use crate::yaml::load;

    #[derive(Debug, Deserialize)]
    enum Kind {
        #[serde(rename = "sizes")]
        Sizes(#[expect(dead_code, reason = "only its reading is tried")] HashMap<char, Vec<u8>>),
    }

    #[test]
    fn an_error_says_which_value_it_is_about() {
        let path = |text: &str| {
            let documents = load(text, &mut Collector::default());
            let error = from_node::<HashMap<String, Vec<Kind>>>(&documents.nodes[0]).unwrap_err();
            format!("{}: {error}", error.path())
        };
        assert_eq!(
            path("a: []\nb: [{ sizes: {} }, { sizes: { xy: [] } }]"),
            "b[1].sizes.xy: invalid value: string \"xy\", expected a character"
        );
        assert_eq!(
            path("b: [{ sizes: {} }, { sizes: { x: [1, 2, 300] } }]"),
            "b[1].sizes.x[2]: invalid value: integer `300`, expected u8"
        );
    }
}
