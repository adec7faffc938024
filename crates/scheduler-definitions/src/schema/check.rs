//! The check of a tree against a compiled schema.

use std::collections::HashMap;
use std::fmt;

use core_kit::nearest;
use core_kit::text::shown;
use scheduler_core::definition::formats::Format;
use scheduler_core::path::{Path, Step};

use super::shape::{Fields, Id, Kind, Schema};
use crate::mistake::Collector;
use crate::yaml::{Entry, Node, Place, Scalar, Value};

/// Names of which a message lists all; of more it lists none but the nearest.
const LISTED_MAX: usize = 12;

/// Finds every mistake of a tree and takes what is wrong out of it, so that the rest can be read and
/// checked further: a wrong field that may be missing, a wrong item of a list, a thing that lacks what it
/// must have.
pub(crate) fn check(schema: &Schema, node: &mut Node<'_>, found: &mut Collector) -> TakenOut {
    let mut check = Check { schema, found, taken: TakenOut::default() };
    if check.value(schema.root, node, &Trail::Top) == Usable::No {
        node.value = Value::Map(Vec::new());
        check.taken.things.push(Path::default());
    }
    check.taken
}

/// What a check has taken out of a tree.
#[derive(Debug, Default)]
pub(crate) struct TakenOut {
    /// Named things, and fields that may hold such: references to them, or to what is below them, are no mistakes.
    pub things: Vec<Path>,
    /// Fields, as far as mistakes are shown: that they are missing is no mistake.
    pub fields: Vec<Path>,
    /// Items of lists, by the list and their number in the file, the lowest first: those behind them have moved up.
    pub items: Vec<(Path, usize)>,
}

/// Whether a value can be read, after what is wrong has been taken out of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Usable {
    Yes,
    No,
}

/// The way to the value that is being checked. It becomes a path only for a mistake.
enum Trail<'t> {
    Top,
    Field(&'t Trail<'t>, &'t str),
    Index(&'t Trail<'t>, usize),
}

impl Trail<'_> {
    /// Whether the value may be one that nobody may see, written at a wrong place.
    fn is_secret(&self) -> bool {
        match self {
            Self::Top => false,
            Self::Field(above, name) => *name == "encrypted" || above.is_secret(),
            Self::Index(above, _) => above.is_secret(),
        }
    }

    fn path(&self) -> Path {
        match self {
            Self::Top => Path::default(),
            Self::Field(above, name) => above.path().field(*name),
            Self::Index(above, index) => {
                let mut path = above.path();
                path.push(Step::Index(*index));
                path
            }
        }
    }
}

struct Check<'c> {
    schema: &'c Schema,
    found: &'c mut Collector,
    taken: TakenOut,
}

impl Check<'_> {
    fn mistake(
        &mut self,
        place: Place,
        trail: &Trail<'_>,
        message: impl FnOnce() -> String,
    ) -> Usable {
        self.found.add(place, || trail.path(), message);
        Usable::No
    }

    fn expected(&mut self, what: impl fmt::Display, node: &Node<'_>, trail: &Trail<'_>) -> Usable {
        let found = || if trail.is_secret() { "something else".to_owned() } else { node.kind() };
        self.mistake(node.place, trail, || format!("expected {what}, found {}", found()))
    }

    fn value(&mut self, id: Id, node: &mut Node<'_>, trail: &Trail<'_>) -> Usable {
        let shape = &self.schema.shapes[id];
        if shape.nullable && scalar(node) == Some(Scalar::Null) {
            return Usable::Yes;
        }
        match &shape.kind {
            Kind::Any => Usable::Yes,
            Kind::Same(other) => self.value(*other, node, trail),
            Kind::Bool => match scalar(node) {
                Some(Scalar::Bool(_)) => Usable::Yes,
                _ => self.expected("true or false", node, trail),
            },
            Kind::Integer { least, most } => self.integer(*least, *most, node, trail),
            Kind::Number { least, most } => self.number(*least, *most, node, trail),
            // `encrypted: { S3CRET }` is a name without a value: the name may be the secret.
            Kind::Text { is_secret: true, .. } if scalar(node) == Some(Scalar::Null) => {
                let above = if let Trail::Field(above, _) = trail { above } else { trail };
                let message = || {
                    "a name, which is not shown here, has no value; write `NAME: \"value\"`"
                        .to_owned()
                };
                self.mistake(node.place, above, message)
            }
            Kind::Text { is_secret: true, .. } if text_of(node).is_none() => {
                // What it is would say what it is like.
                let message = || "expected text; write it in quotes".to_owned();
                self.mistake(node.place, trail, message)
            }
            Kind::Text { chars_least, chars_most, format, .. } => {
                self.text(*chars_least, *chars_most, *format, node, trail)
            }
            Kind::List { item, least, most } => self.list(*item, (*least, *most), node, trail),
            Kind::Named { name, value } => self.named(*name, *value, node, trail),
            Kind::Fields(fields) => self.fields(fields, node, trail),
            Kind::OneOf { plain, tagged } => self.one_of(plain, tagged, node, trail),
        }
    }

    fn integer(&mut self, least: i64, most: i64, node: &Node<'_>, trail: &Trail<'_>) -> Usable {
        match (scalar(node), least, most) {
            (Some(Scalar::Integer(number)), ..) if (least..=most).contains(&number) => Usable::Yes,
            (_, i64::MIN, i64::MAX) => self.expected("a whole number", node, trail),
            (_, least, i64::MAX) => {
                self.expected(format_args!("a whole number from {least} on"), node, trail)
            }
            (_, least, most) => {
                self.expected(format_args!("a whole number from {least} to {most}"), node, trail)
            }
        }
    }

    fn number(&mut self, least: f64, most: f64, node: &Node<'_>, trail: &Trail<'_>) -> Usable {
        #[expect(clippy::cast_precision_loss, reason = "only compared with limits")]
        let number = match scalar(node) {
            Some(Scalar::Integer(number)) => Some(number as f64),
            Some(Scalar::Float(number)) => Some(number),
            _ => None,
        };
        match number {
            Some(number) if (least..=most).contains(&number) => Usable::Yes,
            _ if most < f64::MAX => {
                self.expected(format_args!("a number from {least} to {most}"), node, trail)
            }
            _ => self.expected("a number", node, trail),
        }
    }

    fn text(
        &mut self,
        least: usize,
        most: Option<usize>,
        format: Option<&Format>,
        node: &Node<'_>,
        trail: &Trail<'_>,
    ) -> Usable {
        let Some(text) = text_of(node) else {
            let what = format.map_or("text", |format| format.expected);
            let fits = |text: &str| {
                let chars = text.chars().count();
                (least.max(1)..=most.unwrap_or(usize::MAX)).contains(&chars)
                    && format.is_none_or(|format| (format.check)(text).is_ok())
            };
            // What would be wrong in quotes as well is not mended by them.
            let hint = || match &node.value {
                Value::Text { text, .. } if fits(text) => {
                    format!("; write it in quotes: \"{}\"", shown(text))
                }
                _ => String::new(),
            };
            let message = || format!("expected {what}; found {}{}", node.kind(), hint());
            return self.mistake(node.place, trail, message);
        };
        let chars = text.chars().count();
        if chars < least {
            return self.mistake(node.place, trail, || "this must not be empty".to_owned());
        }
        if let Some(most) = most.filter(|most| chars > *most) {
            return self.mistake(node.place, trail, || {
                format!("the text has {chars} characters; at most {most} are allowed")
            });
        }
        match format.map(|format| (format.check)(text)) {
            Some(Err(message)) => self.mistake(node.place, trail, || message),
            Some(Ok(())) | None => Usable::Yes,
        }
    }

    fn list(
        &mut self,
        item: Id,
        (least, most): (usize, Option<usize>),
        node: &mut Node<'_>,
        trail: &Trail<'_>,
    ) -> Usable {
        let Value::List(items) = &mut node.value else {
            return self.expected("a list", node, trail);
        };
        let (mut usable, count) = (Usable::Yes, items.len());
        if count < least {
            usable = self.mistake(node.place, trail, || {
                format!("the list has {count} items; at least {least} are needed")
            });
        }
        if let Some(most) = most.filter(|most| count > *most) {
            usable = self.mistake(node.place, trail, || {
                format!("the list has {count} items; at most {most} are allowed")
            });
        }
        let mut next = 0;
        items.retain_mut(|value| {
            let index = next;
            next += 1;
            let is_usable = self.value(item, value, &Trail::Index(trail, index)) == Usable::Yes;
            // Once mistakes are only counted, no place is looked for in this file.
            if !is_usable && !self.found.is_full() {
                self.taken.items.push((trail.path(), index));
            }
            is_usable
        });
        usable
    }

    fn named(
        &mut self,
        name: Option<&Format>,
        value: Id,
        node: &mut Node<'_>,
        trail: &Trail<'_>,
    ) -> Usable {
        let Value::Map(entries) = &mut node.value else {
            return self.expected("a map of names", node, trail);
        };
        entries.retain_mut(|entry| {
            let trail = Trail::Field(trail, &entry.key);
            let by_name = match name.map(|name| (name.check)(&entry.key)) {
                Some(Err(message)) => self.mistake(entry.place, &trail, || message),
                Some(Ok(())) | None => Usable::Yes,
            };
            let is_usable = self.value(value, &mut entry.value, &trail) == Usable::Yes
                && by_name == Usable::Yes;
            if !is_usable {
                self.taken.things.push(trail.path());
            }
            is_usable
        });
        Usable::Yes
    }

    fn fields(&mut self, fields: &Fields, node: &mut Node<'_>, trail: &Trail<'_>) -> Usable {
        let Value::Map(entries) = &mut node.value else {
            return self.expected("a map of fields", node, trail);
        };
        let mut usable = Usable::Yes;
        for name in &fields.required {
            if !entries.iter().any(|entry| entry.key == **name) {
                usable = self.mistake(node.place, trail, || format!("field `{name}` is missing"));
            }
        }
        entries.retain_mut(|entry| {
            let is_usable = match fields.shapes.get(&*entry.key) {
                Some(shape) => {
                    let trail = Trail::Field(trail, &entry.key);
                    let is_usable = self.value(*shape, &mut entry.value, &trail);
                    if is_usable == Usable::No && self.holds_names(*shape) {
                        self.taken.things.push(trail.path());
                    }
                    if is_usable == Usable::No && !self.found.is_full() {
                        self.taken.fields.push(trail.path());
                    }
                    is_usable
                }
                None => {
                    self.take_misspelled(&entry.key, fields, trail);
                    self.unknown(entry, "field", || fields.names.clone(), trail)
                }
            };
            if is_usable == Usable::No && fields.required.iter().any(|name| **name == entry.key) {
                usable = Usable::No;
            }
            is_usable == Usable::Yes
        });
        usable
    }

    /// Notes the field that an unknown one was probably meant to be: what is in it is not there either. Once
    /// mistakes are only counted, nothing is compared any more.
    fn take_misspelled(&mut self, key: &str, fields: &Fields, trail: &Trail<'_>) {
        if self.found.is_full() {
            return;
        }
        if let Some(near) = nearest(key, fields.names.iter().map(String::as_str)) {
            if fields.shapes.get(near).is_some_and(|shape| self.holds_names(*shape)) {
                self.taken.things.push(trail.path().field(near));
            }
            self.taken.fields.push(trail.path().field(near));
        }
    }

    /// Whether things with names may be in a value, to which others refer.
    fn holds_names(&self, id: Id) -> bool {
        match &self.schema.shapes[id].kind {
            Kind::Same(other) => self.holds_names(*other),
            Kind::Named { .. } | Kind::Fields(_) => true,
            _ => false,
        }
    }

    /// A key that is none of the names.
    fn unknown(
        &mut self,
        entry: &Entry<'_>,
        what: &str,
        names: impl FnOnce() -> Vec<String>,
        trail: &Trail<'_>,
    ) -> Usable {
        let message =
            || format!("unknown {what} `{}`{}", shown(&entry.key), hint(&entry.key, &names()));
        self.mistake(entry.place, &Trail::Field(trail, &entry.key), message)
    }

    fn one_of(
        &mut self,
        plain: &[String],
        tagged: &HashMap<String, Id>,
        node: &mut Node<'_>,
        trail: &Trail<'_>,
    ) -> Usable {
        let names = || {
            let mut names: Vec<String> = plain.iter().chain(tagged.keys()).cloned().collect();
            names.sort_unstable();
            names
        };
        match &mut node.value {
            Value::Text { text, .. } if plain.iter().any(|name| name == text) => Usable::Yes,
            Value::Text { text, .. } => {
                let message = || match tagged.get(&**text) {
                    Some(_) => format!(
                        "`{text}` needs a value: write `{text}:` and what belongs to it below"
                    ),
                    None => format!("unknown value `{}`{}", shown(text), hint(text, &names())),
                };
                self.mistake(node.place, trail, message)
            }
            Value::Map(entries) if !tagged.is_empty() => match &mut entries[..] {
                [entry] => match tagged.get(&*entry.key) {
                    Some(shape) => {
                        self.value(*shape, &mut entry.value, &Trail::Field(trail, &entry.key))
                    }
                    None => self.unknown(entry, "name", names, trail),
                },
                entries => {
                    let given: Vec<&str> = entries.iter().map(|entry| &*entry.key).collect();
                    let given = || match &given[..] {
                        [] => "none".to_owned(),
                        given => shown(&given.join(", ")),
                    };
                    self.mistake(node.place, trail, || {
                        format!("expected exactly one of {}, found {}", names().join(", "), given())
                    })
                }
            },
            Value::Map(_) | Value::List(_) => self.mistake(node.place, trail, || {
                format!("expected one of {}, found {}", names().join(", "), node.kind())
            }),
        }
    }
}

fn scalar(node: &Node<'_>) -> Option<Scalar> {
    match &node.value {
        Value::Text { text, is_plain } => Some(Scalar::of(text, *is_plain)),
        Value::List(_) | Value::Map(_) => None,
    }
}

/// The text, when YAML takes it for one.
fn text_of<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Text { text, is_plain } if Scalar::of(text, *is_plain) == Scalar::Text => Some(text),
        _ => None,
    }
}

/// What may have been meant.
fn hint(name: &str, names: &[String]) -> String {
    // The days of the week in full, and the like.
    let begins = names.iter().find(|each| each.len() > 2 && name.starts_with(each.as_str()));
    let near = begins.map(String::as_str);
    match near.or_else(|| nearest(name, names.iter().map(String::as_str))) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if names.len() <= LISTED_MAX => format!("; expected one of {}", names.join(", ")),
        None => String::new(),
    }
}
