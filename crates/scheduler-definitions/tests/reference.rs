//! The reference of definition files, printed from the JSON Schema, and the schema itself. With `UPDATE_DOCS` in the
//! environment the tests write both; without it they compare.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fields;

use std::path::Path;

use serde_json::Value;

fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/reference/{name} is old; run `cargo xtask gen`");
}

fn schema() -> Value {
    scheduler_definitions::json_schema().to_value()
}

#[test]
fn the_json_schema_in_the_documents_is_current() {
    let text = serde_json::to_string_pretty(&schema()).unwrap();
    compare("definitions.schema.json", &format!("{text}\n"));
}

#[test]
fn the_page_of_fields_is_current() {
    compare("schedule-definitions.md", &fields::page(&schema()));
}

#[test]
fn every_type_and_every_field_of_the_schema_is_on_the_page_with_a_meaning() {
    let schema = schema();
    let page = fields::page(&schema);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        assert!(page.contains(&format!("<a id=\"{}\">", fields::anchor(name))), "{name}");
        for field in definition["properties"].as_object().into_iter().flat_map(|all| all.keys()) {
            assert!(page.contains(&format!("| `{field}`")), "{name}.{field}");
        }
    }
    let without: Vec<&str> = page.lines().filter(|line| line.ends_with("|  |")).collect();
    assert!(without.is_empty(), "without a meaning:\n{}", without.join("\n"));
}

/// Editors show the descriptions; what they cite must be there for the reader.
#[test]
fn descriptions_cite_nothing_outside_of_the_product() {
    let text = schema().to_string();
    assert!(text.contains("days off are ignored"), "the schema has descriptions");
    assert!(!text.contains("opcon-domain"));
}
