//! From the JSON Schema to the compiled form.

use std::collections::HashMap;

use scheduler_core::definition::formats;
use serde_json::{Map, Value};

use super::shape::{Fields, Id, Kind, Schema, Shape};

/// Compiles a schema that `schemars` has made.
///
/// # Errors
/// It has something that the check does not know; the definition types have nothing of the kind (a test
/// compiles their schema).
pub(crate) fn compile(schema: &schemars::Schema) -> Result<Schema, String> {
    let top = schema.as_object().ok_or("the schema is no object")?;
    let none = Map::new();
    let defs = top.get("$defs").and_then(Value::as_object).unwrap_or(&none);
    let mut compiler = Compiler { defs, known: HashMap::new(), shapes: Vec::new() };
    let root = compiler.object(top)?;
    Ok(Schema { shapes: compiler.shapes, root })
}

struct Compiler<'s> {
    defs: &'s Map<String, Value>,
    /// Shapes of `$defs`, also of those that are still being compiled.
    known: HashMap<&'s str, Id>,
    shapes: Vec<Shape>,
}

impl<'s> Compiler<'s> {
    fn add(&mut self, kind: Kind) -> Id {
        self.shapes.push(Shape { nullable: false, kind });
        self.shapes.len() - 1
    }

    fn value(&mut self, schema: &'s Value) -> Result<Id, String> {
        match schema {
            Value::Bool(true) => Ok(self.add(Kind::Any)),
            Value::Object(object) => self.object(object),
            other => Err(format!("unknown schema {other}")),
        }
    }

    fn object(&mut self, schema: &'s Map<String, Value>) -> Result<Id, String> {
        if let Some(reference) = schema.get("$ref") {
            only(schema, &["$ref"])?;
            return self.reference(text(reference)?);
        }
        if let Some(list) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            only(schema, &["anyOf", "oneOf"])?;
            return self.alternatives(list.as_array().ok_or("alternatives are no list")?);
        }
        if let Some(names) = schema.get("enum") {
            only(schema, &["type", "enum"])?;
            let plain = names
                .as_array()
                .ok_or("an enum is no list")?
                .iter()
                .map(|name| text(name).map(str::to_owned));
            let plain = plain.collect::<Result<_, _>>()?;
            return Ok(self.add(Kind::OneOf { plain, tagged: HashMap::new() }));
        }
        if let Some(name) = schema.get("const") {
            only(schema, &["type", "const"])?;
            return Ok(self
                .add(Kind::OneOf { plain: vec![text(name)?.to_owned()], tagged: HashMap::new() }));
        }
        let (name, nullable) = type_of(schema)?;
        only(schema, keywords(name))?;
        let kind = match name {
            None => Kind::Any,
            Some("boolean") => Kind::Bool,
            Some("integer") => integer(schema)?,
            Some("number") => number(schema),
            Some("string") => Kind::Text {
                chars_least: size(schema, "minLength").unwrap_or(0),
                chars_most: size(schema, "maxLength"),
                format: format_of(schema)?,
                is_secret: schema.get("writeOnly").is_some_and(|flag| *flag == Value::Bool(true)),
            },
            Some("array") => self.list(schema)?,
            Some("object") => self.map(schema)?,
            Some(other) => return Err(format!("unknown type {other}")),
        };
        let id = self.add(kind);
        self.shapes[id].nullable = nullable;
        Ok(id)
    }

    fn reference(&mut self, reference: &'s str) -> Result<Id, String> {
        let name = reference
            .strip_prefix("#/$defs/")
            .ok_or_else(|| format!("unknown reference {reference}"))?;
        if let Some(id) = self.known.get(name) {
            return Ok(*id);
        }
        let schema = self.defs.get(name).ok_or_else(|| format!("{reference} leads nowhere"))?;
        // The place is taken first, so that a type may contain itself.
        let id = self.add(Kind::Any);
        self.known.insert(name, id);
        let made = self.value(schema)?;
        self.shapes[id].kind = Kind::Same(made);
        Ok(id)
    }

    /// Something or nothing, or one of several.
    fn alternatives(&mut self, list: &'s [Value]) -> Result<Id, String> {
        let is_null = |schema: &&Value| schema.get("type").and_then(Value::as_str) == Some("null");
        if let [some, null] = list
            && is_null(&null)
        {
            let inner = self.value(some)?;
            return Ok(self.nullable(inner));
        }
        let (mut plain, mut tagged) = (Vec::new(), HashMap::new());
        for schema in list {
            let schema = schema.as_object().ok_or("an alternative is no object")?;
            if let Some(name) = schema.get("const") {
                only(schema, &["type", "const"])?;
                plain.push(text(name)?.to_owned());
            } else if let Some(names) = schema.get("enum").and_then(Value::as_array) {
                only(schema, &["type", "enum"])?;
                for name in names {
                    plain.push(text(name)?.to_owned());
                }
            } else {
                let fields = fields_alone(schema)?;
                let (name, value) = fields
                    .filter(|fields| fields.len() == 1)
                    .and_then(|fields| fields.iter().next())
                    .ok_or_else(|| format!("unknown alternative {schema:?}"))?;
                tagged.insert(name.clone(), self.value(value)?);
            }
        }
        Ok(self.add(Kind::OneOf { plain, tagged }))
    }

    /// A shape like another one that nothing satisfies as well.
    fn nullable(&mut self, inner: Id) -> Id {
        self.shapes.push(Shape { nullable: true, kind: Kind::Same(inner) });
        self.shapes.len() - 1
    }

    fn list(&mut self, schema: &'s Map<String, Value>) -> Result<Kind, String> {
        let item = self.value(schema.get("items").ok_or("a list without items")?)?;
        Ok(Kind::List {
            item,
            least: size(schema, "minItems").unwrap_or(0),
            most: size(schema, "maxItems"),
        })
    }

    fn map(&mut self, schema: &'s Map<String, Value>) -> Result<Kind, String> {
        match schema.get("additionalProperties") {
            Some(value @ Value::Object(_)) => {
                only(schema, &["type", "additionalProperties", "propertyNames"])?;
                let name = match schema.get("propertyNames").and_then(Value::as_object) {
                    Some(names) => {
                        only(names, &["type", "format", "pattern"])?;
                        format_of(names)?
                    }
                    None => None,
                };
                Ok(Kind::Named { name, value: self.value(value)? })
            }
            Some(Value::Bool(true)) => {
                only(schema, &["type", "additionalProperties"])?;
                Ok(Kind::Named { name: None, value: self.add(Kind::Any) })
            }
            _ => self.fields(schema).map(Kind::Fields),
        }
    }

    fn fields(&mut self, schema: &'s Map<String, Value>) -> Result<Fields, String> {
        let mut fields = Fields::default();
        for (name, value) in fields_alone(schema)?.into_iter().flatten() {
            fields.shapes.insert(name.clone(), self.value(value)?);
            fields.names.push(name.clone());
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            fields.required.push(text(name)?.to_owned());
        }
        Ok(fields)
    }
}

/// Keywords that say nothing about what is right.
const REMARKS: [&str; 5] = ["$schema", "$defs", "title", "description", "default"];

/// Refuses what would be passed over: a general validator would find mistakes by it that the check does not.
fn only(schema: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match schema.keys().find(|key| !REMARKS.contains(&&***key) && !known.contains(&&***key)) {
        Some(key) => Err(format!("unknown keyword `{key}` beside {}", known.join(", "))),
        None => Ok(()),
    }
}

/// What may stand beside a type.
fn keywords(name: Option<&str>) -> &'static [&'static str] {
    match name {
        Some("integer" | "number") => &["type", "format", "minimum", "maximum"],
        // The pattern is an aid of editors; the parser of the format is the rule.
        Some("string") => &["type", "minLength", "maxLength", "format", "pattern", "writeOnly"],
        Some("array") => &["type", "items", "minItems", "maxItems"],
        Some("object") => {
            &["type", "properties", "required", "additionalProperties", "propertyNames"]
        }
        _ => &["type"],
    }
}

/// The fields of an object that has no others. The check refuses unknown ones, so the schema must too.
fn fields_alone(schema: &Map<String, Value>) -> Result<Option<&Map<String, Value>>, String> {
    only(schema, &["type", "properties", "required", "additionalProperties"])?;
    match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => Ok(schema.get("properties").and_then(Value::as_object)),
        _ => Err(format!("further fields beside {schema:?}")),
    }
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("{value} is no text"))
}

fn size(schema: &Map<String, Value>, name: &str) -> Option<usize> {
    schema.get(name).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok())
}

/// The type, and whether nothing will do as well.
fn type_of(schema: &Map<String, Value>) -> Result<(Option<&str>, bool), String> {
    match schema.get("type") {
        None => Ok((None, false)),
        Some(Value::String(name)) => Ok((Some(name), false)),
        Some(Value::Array(names)) => match &names[..] {
            [name, null] if null == "null" => Ok((Some(text(name)?), true)),
            _ => Err(format!("unknown types {names:?}")),
        },
        Some(other) => Err(format!("unknown type {other}")),
    }
}

/// The limits of a whole number: those of its Rust type, or narrower ones.
fn integer(schema: &Map<String, Value>) -> Result<Kind, String> {
    let (least, most) = match schema.get("format").map(text).transpose()? {
        Some("uint8") => (0, i64::from(u8::MAX)),
        Some("uint16") => (0, i64::from(u16::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("uint64" | "uint") => (0, i64::MAX),
        Some("int8") => (i64::from(i8::MIN), i64::from(i8::MAX)),
        Some("int16") => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        None | Some("int64") => (i64::MIN, i64::MAX),
        Some(other) => return Err(format!("unknown format {other} of a whole number")),
    };
    let given = |name: &str| schema.get(name).and_then(Value::as_i64);
    Ok(Kind::Integer {
        least: given("minimum").unwrap_or(least).max(least),
        most: given("maximum").unwrap_or(most).min(most),
    })
}

/// The limits of a number.
fn number(schema: &Map<String, Value>) -> Kind {
    let given = |name: &str| schema.get(name).and_then(Value::as_f64);
    Kind::Number {
        least: given("minimum").unwrap_or(f64::MIN),
        most: given("maximum").unwrap_or(f64::MAX),
    }
}

fn format_of(schema: &Map<String, Value>) -> Result<Option<&'static formats::Format>, String> {
    match schema.get("format") {
        None => Ok(None),
        Some(name) => {
            let name = text(name)?;
            formats::find(name).map(Some).ok_or_else(|| format!("the format {name} has no parser"))
        }
    }
}
