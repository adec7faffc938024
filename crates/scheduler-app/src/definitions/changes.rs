//! What definitions would change of those that are stored.

use std::collections::HashMap;

use scheduler_store::definition::{Definition, NewDefinition};
use serde_json::Value;

/// What becomes of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is new.
    Added,
    /// It is there and differs.
    Changed,
    /// It is not there any more.
    Removed,
}

/// A definition that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What becomes of it.
    pub what: What,
    /// What it defines, such as `job`.
    pub kind: String,
    /// Its name; that of a job with its schedule, such as `Night/Backup`.
    pub name: String,
    /// The first level of fields that differ, in the order of their names; empty unless it was changed.
    pub fields: Vec<String>,
}

/// All differences, in the order of kinds and names.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What differs.
    pub changes: Vec<Change>,
    pub(super) ended: Vec<i64>,
    pub(super) new: Vec<NewDefinition>,
    /// Definitions that stay and get another place, by their numbers.
    pub(super) moved: Vec<(i64, i64)>,
}

impl Changes {
    /// Whether definitions get other places without being changed.
    pub fn is_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// The way from what is stored to what is wanted.
    pub(super) fn between(stored: &[Definition], wanted: Vec<NewDefinition>) -> Self {
        let mut old: HashMap<(&str, &str, &str), &Definition> = stored
            .iter()
            .map(|row| ((row.kind.as_str(), row.parent.as_str(), row.name.as_str()), row))
            .collect();
        let found: Vec<Option<&Definition>> = wanted
            .iter()
            .map(|new| old.remove(&(new.kind, new.parent.as_str(), new.name.as_str())))
            .collect();
        let gone: Vec<&Definition> = old.into_values().collect();
        let mut all = Self::default();
        for (new, row) in wanted.into_iter().zip(found) {
            all.take_up(new, row);
        }
        for row in gone {
            all.add(What::Removed, &row.kind, &row.parent, &row.name, Vec::new());
            all.ended.push(row.id);
        }
        all.changes.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
        all
    }

    fn take_up(&mut self, new: NewDefinition, row: Option<&Definition>) {
        match row {
            None => {
                self.add(What::Added, new.kind, &new.parent, &new.name, Vec::new());
                self.new.push(new);
            }
            Some(row) if row.body == new.body => {
                if row.place != new.place {
                    self.moved.push((row.id, new.place));
                }
            }
            Some(row) => {
                let fields = fields(&row.body, &new.body);
                self.add(What::Changed, new.kind, &new.parent, &new.name, fields);
                self.ended.push(row.id);
                self.new.push(new);
            }
        }
    }

    fn add(&mut self, what: What, kind: &str, parent: &str, name: &str, fields: Vec<String>) {
        let name = if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") };
        self.changes.push(Change { what, kind: kind.to_owned(), name, fields });
    }

    /// Whether nothing differs, not even the order.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.moved.is_empty()
    }

    /// How many definitions become what.
    pub fn count(&self, what: What) -> usize {
        self.changes.iter().filter(|change| change.what == what).count()
    }
}

/// The fields that differ.
fn fields(old: &str, new: &str) -> Vec<String> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (old, new) = (parse(old), parse(new));
    let (Value::Object(old), Value::Object(new)) = (&old, &new) else { return Vec::new() };
    let mut names: Vec<String> = old
        .iter()
        .filter(|(name, value)| new.get(*name) != Some(*value))
        .map(|(name, _)| name.clone())
        .chain(new.keys().filter(|name| !old.contains_key(*name)).cloned())
        .collect();
    names.sort();
    names
}
