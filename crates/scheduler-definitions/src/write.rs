//! Definitions as a file: in their own order, without fields that say what holds without them anyway.

use scheduler_core::definition::Definitions;
use serde_json::Value as Json;

use crate::mistake::Collector;
use crate::yaml::{Node, Scalar, Value, from_node, load};

/// Definitions as a file.
///
/// # Errors
/// They have a value that YAML cannot write, or are more than a file may hold.
pub fn to_yaml(definitions: &Definitions) -> Result<String, WriteError> {
    let full = serde_saphyr::to_string(definitions)?;
    let schema = schemars::schema_for!(Definitions).to_value();
    let mut found = Collector::default();
    let mut documents = load(&full, &mut found).nodes;
    match (&mut documents[..], found.finish().0.pop()) {
        ([node], None) => {
            Pruning { defs: &schema["$defs"] }.value(node, &schema);
            Ok(serde_saphyr::to_string(node)?)
        }
        (_, found) => {
            Err(WriteError::Limits(found.map_or_else(String::new, |found| found.message)))
        }
    }
}

/// Why definitions cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// As YAML.
    #[error("the definitions cannot be written as YAML")]
    Yaml(#[from] serde_saphyr::ser::Error),
    /// What is written could not be read again.
    #[error("the definitions do not fit into one file: {0}")]
    Limits(String),
}

/// Takes out fields with the value that the schema gives as their default. What is empty is not nothing: without its
/// fields a named thing is still there, and an empty list of working days is not Monday to Friday.
struct Pruning<'s> {
    /// The named parts of the schema.
    defs: &'s Json,
}

impl<'s> Pruning<'s> {
    fn value(&self, node: &mut Node<'_>, schema: &'s Json) {
        let schema = self.part(schema, node);
        match &mut node.value {
            Value::Text { .. } => {}
            Value::List(items) => {
                for item in items {
                    self.value(item, &schema["items"]);
                }
            }
            Value::Map(entries) => match schema.get("properties") {
                None => {
                    for entry in entries {
                        self.value(&mut entry.value, &schema["additionalProperties"]);
                    }
                }
                Some(fields) => entries.retain_mut(|entry| {
                    let field = &fields[&*entry.key];
                    let says_nothing =
                        is_null(&entry.value) || is(&entry.value, field.get("default"));
                    self.value(&mut entry.value, field);
                    !says_nothing
                }),
            },
        }
    }

    /// The part of the schema that a value is written by.
    fn part(&self, schema: &'s Json, node: &Node<'_>) -> &'s Json {
        let mut schema = schema;
        loop {
            let reference = schema.get("$ref").and_then(Json::as_str);
            if let Some(name) = reference.and_then(|name| name.strip_prefix("#/$defs/")) {
                schema = &self.defs[name];
                continue;
            }
            let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf"));
            match alternatives.and_then(Json::as_array) {
                None => return schema,
                Some(list) => match list.iter().find(|schema| may_be(schema, node)) {
                    Some(found) => schema = found,
                    None => return &Json::Null,
                },
            }
        }
    }
}

/// Whether an alternative is the one that a value is written by: that of its name, or the only one that is not null.
fn may_be(schema: &Json, node: &Node<'_>) -> bool {
    match (schema.get("properties").and_then(Json::as_object), &node.value) {
        (Some(fields), Value::Map(entries)) => {
            entries.iter().all(|entry| fields.contains_key(&*entry.key))
        }
        (Some(_), _) => false,
        (None, _) => schema.get("$ref").is_some(),
    }
}

fn is_null(node: &Node<'_>) -> bool {
    matches!(&node.value, Value::Text { text, is_plain } if Scalar::of(text, *is_plain) == Scalar::Null)
}

fn is(node: &Node<'_>, default: Option<&Json>) -> bool {
    default.is_some_and(|default| from_node::<Json>(node).as_ref() == Ok(default))
}
