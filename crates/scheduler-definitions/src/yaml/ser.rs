//! A tree as serde writes it: in its order.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_saphyr::SingleQuoted;

use super::node::{Node, Value};
use super::scalar::Scalar;

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&*entry.key, &entry.value)?;
                }
                map.end()
            }
            Value::Text { text, is_plain } => match Scalar::of(text, *is_plain) {
                Scalar::Null => serializer.serialize_unit(),
                Scalar::Bool(truth) => serializer.serialize_bool(truth),
                Scalar::Integer(number) => serializer.serialize_i64(number),
                Scalar::Float(number) => serializer.serialize_f64(number),
                Scalar::Text if is_time(text) => SingleQuoted(text).serialize(serializer),
                Scalar::Text => serializer.serialize_str(text),
            },
        }
    }
}

/// Digits with colons between them, which readers of YAML 1.1 take for a number to the base of sixty; some of them also
/// with a zero in front, others not. All times are written alike.
fn is_time(text: &str) -> bool {
    text.contains(':')
        && text
            .split(':')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
