//! Things by their names.

use std::borrow::Cow;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// Things by their names, in the order in which they were written. Unlike a plain map it has the rule of
/// the names in its JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    transparent,
    bound(
        deserialize = "K: Deserialize<'de> + Eq + Hash, V: Deserialize<'de>",
        serialize = "K: Serialize + Eq + Hash, V: Serialize"
    )
)]
pub struct Named<K, V>(IndexMap<K, V>)
where
    K: Eq + Hash;

impl<K: Eq + Hash, V> Default for Named<K, V> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<K: Eq + Hash, V> Deref for Named<K, V> {
    type Target = IndexMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K: Eq + Hash, V> DerefMut for Named<K, V> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<K: Eq + Hash, V> FromIterator<(K, V)> for Named<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(things: I) -> Self {
        Self(things.into_iter().collect())
    }
}

impl<K: Eq + Hash, V> IntoIterator for Named<K, V> {
    type Item = (K, V);
    type IntoIter = indexmap::map::IntoIter<K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Eq + Hash + JsonSchema, V: JsonSchema> JsonSchema for Named<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}By{}", V::schema_name(), K::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "object",
            "propertyNames": generator.subschema_for::<K>(),
            "additionalProperties": generator.subschema_for::<V>(),
        })
    }
}
