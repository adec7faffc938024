#![allow(clippy::unwrap_used, reason = "a test may panic")]

use scheduler_core::definition::{Definitions, formats};
use serde_json::{Value, json};

use super::compile;

#[test]
fn the_schema_of_the_definitions_can_be_compiled() {
    let schema = schemars::schema_for!(Definitions);
    if let Err(why) = compile(&schema) {
        panic!("{why}\n{}", serde_json::to_string_pretty(&schema).unwrap());
    }
}

#[test]
fn what_the_check_would_pass_over_is_refused() {
    let cases = [
        (json!({ "type": "string", "contentEncoding": "base64" }), "contentEncoding"),
        (json!({ "type": "array", "items": true, "uniqueItems": true }), "uniqueItems"),
        (json!({ "type": "integer", "multipleOf": 5 }), "multipleOf"),
        (json!({ "type": "integer", "format": "uint128" }), "uint128"),
        (json!({ "type": "string", "format": "hostname" }), "hostname"),
        (json!({ "type": "object", "properties": {}, "minProperties": 1 }), "minProperties"),
        (json!({ "type": "object", "properties": { "a": true } }), "further fields"),
        (json!({ "type": "object", "additionalProperties": true, "required": ["a"] }), "required"),
        (
            json!({ "type": "object", "additionalProperties": {}, "propertyNames": { "maxLength": 3 } }),
            "maxLength",
        ),
        (json!({ "oneOf": [{ "const": "a", "not": {} }, { "const": "b" }] }), "not"),
        (json!({ "enum": ["a"], "if": {} }), "if"),
    ];
    for (schema, expected) in cases {
        let schema: schemars::Schema = schema.try_into().unwrap();
        let refused = compile(&schema).expect_err(expected);
        assert!(refused.contains(expected), "{refused}");
    }
}

/// A wrong name in a map without a rule of its names is found only by serde, after everything else.
#[test]
fn every_map_of_the_definitions_says_what_its_names_are() {
    // Variables of the environment have any name.
    let free = [
        "#/$defs/Command/properties/environment",
        "#/$defs/CommandAgent/properties/environment",
        // The fields of a form that somebody else makes.
        "#/$defs/PlugIn/properties/settings",
        "#/$defs/PlugInAgent/properties/settings",
    ]
    .map(str::to_owned);
    let schema = schemars::schema_for!(Definitions).to_value();
    let (mut maps, mut without) = (0, Vec::new());
    let mut rest = vec![("#".to_owned(), &schema)];
    while let Some((path, value)) = rest.pop() {
        let others = &value["additionalProperties"];
        if others.is_object() || (value["type"] == "object" && *others != Value::Bool(false)) {
            maps += 1;
            let format = value["propertyNames"]["format"].as_str();
            if format.is_none_or(|format| formats::find(format).is_none()) {
                without.push(path.clone());
            }
        }
        match value {
            Value::Object(fields) => {
                rest.extend(fields.iter().map(|(key, value)| (format!("{path}/{key}"), value)));
            }
            Value::Array(items) => rest.extend(
                items.iter().enumerate().map(|(index, value)| (format!("{path}/{index}"), value)),
            ),
            _ => {}
        }
    }
    assert!(maps > 15, "the maps are found: {maps}");
    without.retain(|path| !free.contains(path));
    assert!(without.is_empty(), "maps without a rule of their names: {without:#?}");
}
