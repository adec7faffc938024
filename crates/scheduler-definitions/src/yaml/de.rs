//! serde over the tree. It is asked for trees that the schema check has found to be right, so what it
//! refuses is a rule that no schema can state; the first of them ends it.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use super::node::{Entry, Node, Value};
use super::scalar::Scalar;

/// Builds a `T` from a tree.
///
/// # Errors
/// The tree is no `T`.
pub(crate) fn from_node<T: DeserializeOwned>(node: &Node<'_>) -> Result<T, DeError> {
    T::deserialize(node)
}

/// Why a tree is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeError(pub String);

impl fmt::Display for DeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DeError {}

impl de::Error for DeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

fn pair<'n, 'a>(entry: &'n Entry<'a>) -> (&'n str, &'n Node<'a>) {
    (&*entry.key, &entry.value)
}

impl IntoDeserializer<'_, DeError> for &Node<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &Node<'_> {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match &self.value {
            Value::List(items) => {
                let mut list = SeqDeserializer::new(items.iter());
                let value = visitor.visit_seq(&mut list)?;
                list.end()?;
                Ok(value)
            }
            Value::Map(entries) => {
                visitor.visit_map(MapDeserializer::new(entries.iter().map(pair)))
            }
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
                visitor.visit_enum(de::value::MapAccessDeserializer::new(MapDeserializer::new(
                    entries.iter().map(pair),
                )))
            }
            Value::Map(_) | Value::List(_) => Err(DeError(format!(
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
