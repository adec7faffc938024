//! A JSON Schema, compiled: the parts that `schemars` makes of the definition types, and no others.

use std::collections::HashMap;

use scheduler_core::definition::formats::Format;

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(super) shapes: Vec<Shape>,
    pub(super) root: Id,
}

/// The number of a shape in its schema.
pub(super) type Id = usize;

/// What a value must be.
#[derive(Debug)]
pub(super) struct Shape {
    /// Nothing at all will do as well.
    pub nullable: bool,
    pub kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// As another one.
    Same(Id),
    /// Anything.
    Any,
    Bool,
    Integer {
        least: i64,
        most: i64,
    },
    Number {
        least: f64,
        most: f64,
    },
    Text {
        chars_least: usize,
        chars_most: Option<usize>,
        format: Option<&'static Format>,
        /// Whether it is written and never shown.
        is_secret: bool,
    },
    List {
        item: Id,
        least: usize,
        most: Option<usize>,
    },
    /// Things by their names.
    Named {
        name: Option<&'static Format>,
        value: Id,
    },
    Fields(Fields),
    /// One of several: a name alone, or a name with what belongs to it.
    OneOf {
        plain: Vec<String>,
        tagged: HashMap<String, Id>,
    },
}

#[derive(Debug, Default)]
pub(super) struct Fields {
    pub shapes: HashMap<String, Id>,
    /// In the order of the schema.
    pub names: Vec<String>,
    pub required: Vec<String>,
}
