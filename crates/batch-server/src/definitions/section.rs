//! Reading a TOML file so that every mistake is found at once and named with its line.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use batch_core::names::{Kind, Name, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text with the place where it stands.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) at: usize,
}

/// The mistakes found so far.
#[derive(Debug)]
pub(super) struct Mistakes {
    path: PathBuf,
    /// Where each line begins.
    lines: Vec<usize>,
    found: RefCell<Vec<(usize, String)>>,
}

impl Mistakes {
    /// None yet in the file `path` with this text.
    pub(super) fn new(path: PathBuf, text: &str) -> Self {
        let starts =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { path, lines: std::iter::once(0).chain(starts).collect(), found: RefCell::default() }
    }

    /// None yet in the same file.
    pub(super) fn another(&self) -> Self {
        Self { path: self.path.clone(), lines: self.lines.clone(), found: RefCell::default() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.found.borrow().len()
    }

    /// Takes over those that were found elsewhere in the same file.
    pub(super) fn append(&self, others: &Self) {
        self.found.borrow_mut().extend(others.found.take());
    }

    /// Notes a mistake at a byte of the text.
    pub(super) fn add(&self, at: usize, mistake: impl Into<String>) {
        self.found.borrow_mut().push((at, mistake.into()));
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// Every mistake in the order of the file; none means that the file is good.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut found = self.found.borrow().clone();
        found.sort_by_key(|(at, _)| *at);
        let path = self.path.display();
        found
            .into_iter()
            .map(|(at, mistake)| format!("{path}:{}: {mistake}", self.line(at)))
            .collect()
    }
}

/// A table of the file.
pub(super) struct Section<'a> {
    /// How messages call it.
    place: String,
    table: &'a DeTable<'a>,
    at: usize,
    mistakes: &'a Mistakes,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(super) fn root(table: &'a Spanned<DeTable<'a>>, mistakes: &'a Mistakes) -> Self {
        Self { place: "the file".to_owned(), table: table.get_ref(), at: 0, mistakes }
    }

    /// Where it begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Notes a mistake at a place in this table.
    pub(super) fn mistake(&self, at: usize, mistake: impl std::fmt::Display) {
        self.mistakes.add(at, format!("{}: {mistake}", self.place));
    }

    /// Refuses keys beside these.
    pub(super) fn only(&self, known: &[&str]) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let hint = nearest(name, known.iter().copied()).map_or_else(
                    || format!("known here: {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.mistake(key.span().start, format!("unknown key `{name}`; {hint}"));
            }
        }
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.mistake(
            value.span().start,
            format!("key `{key}` is of type {found}; it must be {wanted}"),
        );
    }

    /// Whether a key is there, right or wrong.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A text; `None` when it is absent or a mistake.
    pub(super) fn text(&self, key: &str) -> Option<Text> {
        let value = self.value(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(key, value, "a text in quotes");
            return None;
        };
        let at = value.span().start;
        if text.contains('\0') {
            self.mistake(at, format!("key `{key}`: remove the zero character"));
            return None;
        }
        Some(Text { text: text.to_owned(), at })
    }

    /// A text that has to be there.
    pub(super) fn required(&self, key: &str) -> Option<Text> {
        if !self.has(key) {
            self.mistake(self.at, format!("key `{key}` is missing"));
        }
        self.text(key)
    }

    /// A name that has to be there, and where it stands. From then on, messages call the table by it.
    pub(super) fn own_name<K: Kind>(&mut self, what: &str) -> Option<(Name<K>, usize)> {
        let text = self.required("name")?;
        self.place = format!("{what} `{}`", text.text);
        Some((self.checked_name(&text)?, text.at))
    }

    /// A name that may be left out.
    pub(super) fn name<K: Kind>(&self, key: &str) -> Option<Text> {
        let text = self.text(key)?;
        self.checked_name::<K>(&text).map(|_| text)
    }

    /// Names; without those that cannot be one.
    pub(super) fn names<K: Kind>(&self, key: &str) -> Vec<Text> {
        let texts = self.texts(key);
        texts.into_iter().filter(|text| self.checked_name::<K>(text).is_some()).collect()
    }

    fn checked_name<K: Kind>(&self, text: &Text) -> Option<Name<K>> {
        Name::new(&text.text).map_err(|error| self.mistake(text.at, error)).ok()
    }

    /// One of some words; the first is the default.
    pub(super) fn word(&self, key: &str, words: &[&'static str]) -> Option<&'static str> {
        let Some(given) = self.text(key) else { return words.first().copied() };
        let found = words.iter().find(|word| **word == given.text).copied();
        if found.is_none() {
            let list = words.join(", ");
            self.mistake(
                given.at,
                format!("key `{key}` cannot be `{}`; it is one of {list}", given.text),
            );
        }
        found
    }

    /// Yes or no; no when it is absent.
    pub(super) fn flag(&self, key: &str, default: bool) -> bool {
        let Some(value) = self.value(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong(key, value, "true or false");
            default
        })
    }

    /// A whole number within a range.
    pub(super) fn number(
        &self,
        key: &str,
        range: std::ops::RangeInclusive<i64>,
        default: i64,
    ) -> i64 {
        let Some(value) = self.value(key) else { return default };
        let number = value.get_ref().as_integer();
        let number =
            number.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        match number {
            Some(number) if range.contains(&number) => number,
            Some(number) => {
                let (from, to) = (range.start(), range.end());
                self.mistake(
                    value.span().start,
                    format!(
                        "key `{key}` is {number}; it must be a whole number from {from} to {to}"
                    ),
                );
                default
            }
            None => {
                self.wrong(
                    key,
                    value,
                    &format!("a whole number from {} to {}", range.start(), range.end()),
                );
                default
            }
        }
    }

    /// A list of texts; empty when it is absent.
    pub(super) fn texts(&self, key: &str) -> Vec<Text> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list {
            match item.get_ref().as_str() {
                Some(text) if !text.contains('\0') => {
                    texts.push(Text { text: text.to_owned(), at: item.span().start });
                }
                _ => self.wrong(key, item, "a text in quotes"),
            }
        }
        texts
    }

    /// A table of texts; empty when it is absent.
    pub(super) fn settings(&self, key: &str) -> BTreeMap<String, Text> {
        let Some(value) = self.value(key) else { return BTreeMap::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, &format!("a table, `[application.{key}]`"));
            return BTreeMap::new();
        };
        let inner = Section {
            place: format!("{}, {key}", self.place),
            table,
            at: value.span().start,
            mistakes: self.mistakes,
        };
        let names = table.keys().map(|name| name.get_ref().as_ref().to_owned());
        names.filter_map(|name| inner.text(&name).map(|text| (name, text))).collect()
    }

    /// A list of tables, `[[key]]`.
    pub(super) fn sections(&self, key: &str) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let wanted = format!("a list of tables, `[[{key}]]`");
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, &wanted);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in list {
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section {
                    place: key.to_owned(),
                    table,
                    at: item.span().start,
                    mistakes: self.mistakes,
                }),
                None => self.wrong(key, item, &wanted),
            }
        }
        sections
    }
}
