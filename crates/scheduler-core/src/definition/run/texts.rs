//! The texts of definitions that may hold tokens: each type offers its own, so that a check goes over all of them.
//!
//! The types are taken apart field by field: a new field does not compile before it is decided whether it is a text.

/// A step from a definition to a text in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At<'d> {
    /// A field, or the name of an entry.
    Field(&'d str),
    /// An item of a list, from 0.
    Index(usize),
}

/// Takes a text and where it stands.
pub type Visit<'v, 'd> = dyn FnMut(&[At<'d>], &'d str) + 'v;

/// Texts that are fields, as far as they are there.
pub(crate) fn fields<'d>(texts: &[(&'d str, Option<&'d String>)], visit: &mut Visit<'_, 'd>) {
    for (field, text) in texts.iter().filter_map(|(field, text)| Some((*field, (*text)?))) {
        visit(&[At::Field(field)], text);
    }
}

/// The texts of a list.
pub(crate) fn list<'d>(field: &'d str, texts: &'d [String], visit: &mut Visit<'_, 'd>) {
    for (index, text) in texts.iter().enumerate() {
        visit(&[At::Field(field), At::Index(index)], text);
    }
}

/// The texts in the settings of an integration, at any depth.
pub(crate) fn settings<'d>(
    field: &'d str,
    settings: &'d serde_json::Map<String, serde_json::Value>,
    visit: &mut Visit<'_, 'd>,
) {
    let mut left: Vec<(Vec<At<'d>>, &'d serde_json::Value)> = Vec::new();
    let below = |path: &[At<'d>], at: At<'d>| [path, &[at]].concat();
    let top = [At::Field(field)];
    left.extend(settings.iter().map(|(name, value)| (below(&top, At::Field(name)), value)));
    // The last one is taken first: turned round, the order is that of the file.
    left.reverse();
    while let Some((path, value)) = left.pop() {
        let first = left.len();
        match value {
            serde_json::Value::String(text) => visit(&path, text),
            serde_json::Value::Array(items) => {
                let items = items.iter().enumerate();
                left.extend(items.map(|(index, item)| (below(&path, At::Index(index)), item)));
            }
            serde_json::Value::Object(members) => {
                let members = members.iter();
                left.extend(members.map(|(name, value)| (below(&path, At::Field(name)), value)));
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            }
        }
        left[first..].reverse();
    }
}
