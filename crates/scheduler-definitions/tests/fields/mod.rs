//! Prints the tables of fields from the JSON Schema: a section for each type, under the path at which it is met first.

use std::collections::HashSet;
use std::fmt::Write as _;

use scheduler_core::definition::formats::FORMATS;
use serde_json::{Map, Value};

const HEAD: &str = "# Fields of definition files

<!-- Written by a test from the code; run `cargo xtask gen` to renew it. -->

Every section and every field of a definition file, as the [JSON Schema](definitions.schema.json) has them. The
[guide](../guide/schedule-files.md) has them by example. `NAME` stands for a name that you choose, `[]` for each entry of a
list. Where no default is given and the field is not required, it is absent.

";

/// The whole page.
pub(crate) fn page(schema: &Value) -> String {
    let mut printer = Printer {
        definitions: schema["$defs"].as_object().unwrap(),
        done: HashSet::new(),
        out: HEAD.to_owned(),
    };
    for (section, value) in schema["properties"].as_object().unwrap() {
        let meaning = description(value);
        let _ = writeln!(printer.out, "## `{section}`\n\n{meaning}\n");
        let entry = value.get("additionalProperties").filter(|entry| entry.is_object());
        if let Some(format) = value["propertyNames"]["format"].as_str() {
            let _ = writeln!(printer.out, "Each under its name: {}.\n", format_link(format));
        }
        match entry {
            Some(entry) => printer.follow(entry, &format!("{section}.NAME")),
            None => printer.follow(value, section),
        }
    }
    printer.formats();
    format!("{}\n", printer.out.trim_end())
}

/// Where the section of a type begins.
pub(crate) fn anchor(name: &str) -> String {
    format!("type-{}", name.to_lowercase())
}

struct Printer<'s> {
    definitions: &'s Map<String, Value>,
    done: HashSet<&'s str>,
    out: String,
}

impl<'s> Printer<'s> {
    /// Prints the types that a value refers to, and what those refer to.
    fn follow(&mut self, value: &'s Value, path: &str) {
        if let Some(name) = reference(value) {
            self.one(name, path);
            return;
        }
        for key in ["anyOf", "oneOf"] {
            for each in value[key].as_array().into_iter().flatten() {
                self.follow(each, path);
            }
        }
        if value["items"].is_object() {
            self.follow(&value["items"], &format!("{path}[]"));
        }
        if value["additionalProperties"].is_object() {
            self.follow(&value["additionalProperties"], &format!("{path}.NAME"));
        }
        for (field, each) in fields(value) {
            self.follow(each, &format!("{path}.{field}"));
        }
    }

    fn one(&mut self, name: &'s str, path: &str) {
        if !self.done.insert(name) {
            return;
        }
        let definition = &self.definitions[name];
        let meaning = description(definition);
        let _ = writeln!(self.out, "<a id=\"{}\"></a>\n### `{path}`\n\n{meaning}\n", anchor(name));
        if definition["oneOf"].is_array() {
            self.choices(definition);
        } else if let Some(words) = definition["enum"].as_array() {
            let words: Vec<String> =
                words.iter().map(|word| format!("`{}`", word.as_str().unwrap())).collect();
            let _ = writeln!(self.out, "One of {}.\n", words.join(", "));
        } else if definition["properties"].is_object() {
            self.table(definition);
        } else {
            let _ = writeln!(self.out, "Written as: {}.\n", kind(definition));
        }
        self.follow(definition, path);
    }

    /// One of several words or fields.
    fn choices(&mut self, definition: &Value) {
        self.out.push_str("One of:\n\n| written as | with | meaning |\n|---|---|---|\n");
        for each in definition["oneOf"].as_array().unwrap() {
            let meaning = description(each);
            let words = each["enum"].as_array().into_iter().flatten();
            for word in words.chain(each.get("const")) {
                let _ = writeln!(self.out, "| `{}` | | {meaning} |", word.as_str().unwrap());
            }
            for (field, value) in fields(each) {
                let _ = writeln!(self.out, "| `{field}` | {} | {meaning} |", kind(value));
            }
        }
        self.out.push('\n');
    }

    /// Fields: those that are required first.
    fn table(&mut self, definition: &Value) {
        let required: Vec<&str> = definition["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        self.out.push_str("| field | value | default | meaning |\n|---|---|---|---|\n");
        for wanted in [true, false] {
            for (field, value) in fields(definition) {
                if required.contains(&field.as_str()) != wanted {
                    continue;
                }
                let default = if wanted { "**required**".to_owned() } else { default(value) };
                let (kind, meaning) = (kind(value), description(value));
                let _ = writeln!(self.out, "| `{field}` | {kind} | {default} | {meaning} |");
            }
        }
        self.out.push('\n');
    }

    fn formats(&mut self) {
        self.out.push_str("## Texts with a rule\n\n| text | expected |\n|---|---|\n");
        for format in FORMATS {
            let (name, expected) = (format.name, format.expected.replace('|', "\\|"));
            let _ = writeln!(
                self.out,
                "| <a id=\"text-{name}\"></a>{} | {expected} |",
                name.replace('-', " ")
            );
        }
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value["properties"].as_object().into_iter().flatten()
}

fn description(value: &Value) -> String {
    value["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}

fn reference(value: &Value) -> Option<&str> {
    value["$ref"].as_str().map(|target| target.trim_start_matches("#/$defs/"))
}

fn format_link(format: &str) -> String {
    format!("[{}](#text-{format})", format.replace('-', " "))
}

/// What a value is, in a few words.
fn kind(value: &Value) -> String {
    if let Some(name) = reference(value) {
        return format!("[see](#{})", anchor(name));
    }
    if let Some(all) = value["anyOf"].as_array() {
        let some: Vec<String> =
            all.iter().filter(|each| each["type"] != "null").map(kind).collect();
        return some.join(" or ");
    }
    let range = |low: &str, high: &str| match (value[low].as_f64(), value[high].as_f64()) {
        (Some(low), Some(high)) => format!(", {low} to {high}"),
        (Some(low), None) => format!(", from {low}"),
        (None, Some(high)) => format!(", at most {high}"),
        (None, None) => String::new(),
    };
    match type_of(value) {
        "boolean" => "true or false".to_owned(),
        "integer" => format!("number{}", range("minimum", "maximum")),
        "number" => format!("number, also with a fraction{}", range("minimum", "maximum")),
        "string" => match value["format"].as_str() {
            Some("token-text") => "text with [tokens](#text-token-text)".to_owned(),
            Some(format) => format_link(format),
            None => format!(
                "text{}",
                value["maxLength"]
                    .as_u64()
                    .map_or_else(String::new, |max| format!(", at most {max} characters"))
            ),
        },
        "array" => format!(
            "list of: {}{}",
            kind(&value["items"]),
            range("minItems", "maxItems").replace(", ", "; ")
        ),
        _ if value["additionalProperties"].is_object() => {
            format!("by name: {}", kind(&value["additionalProperties"]))
        }
        _ => "fields".to_owned(),
    }
}

/// The type, leaving aside that it may be absent.
fn type_of(value: &Value) -> &str {
    let all = value["type"].as_array().into_iter().flatten().chain([&value["type"]]);
    all.filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default()
}

fn default(value: &Value) -> String {
    match value.get("default") {
        None | Some(Value::Null) => String::new(),
        Some(Value::Array(all)) if all.is_empty() => String::new(),
        Some(Value::Object(all)) if all.is_empty() => String::new(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(other) => format!("`{other}`"),
    }
}
