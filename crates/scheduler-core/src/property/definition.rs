//! Names and values of properties, and the list form `P1=v1;P2=v2`.

use std::collections::HashSet;

use core_kit::text::shown;

use super::date_format::DateFormat;
use super::limits::{DEFINITIONS_BYTES_MAX, VALUE_CHARS_MAX};
use super::problem::{Fault, Problems, Span};
use super::system;
use super::template::Template;
use crate::name::PropertyName;
use crate::text_value::{TextValue, read};

/// The value of a property: at most 4,000 characters, without blanks at its ends. It may hold tokens,
/// which are resolved when it is used.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PropertyValue(String);

impl PropertyValue {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TextValue for PropertyValue {
    const FORMAT: &'static str = "property-value";
    const EXPECTED: &'static str = "at most 4000 characters";

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let chars = text.chars().count();
        if chars > VALUE_CHARS_MAX {
            return Err(format!("has {chars} characters"));
        }
        Ok(Self(text.to_owned()))
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

crate::text_value!(PropertyValue);

/// A property with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name.
    pub name: PropertyName,
    /// The value, with its tokens.
    pub value: PropertyValue,
}

/// Why a property of a machine, schedule or job cannot have this name; none if it can.
pub fn instance_name_fault(name: &str) -> Option<String> {
    if let Err(bad) = read::<PropertyName>(name) {
        return Some(bad.message);
    }
    let shown = shown(name);
    if name.starts_with('$') {
        return Some(format!("`{shown}` begins with `$`, which is reserved for the system"));
    }
    if name.starts_with('@') || name.ends_with('@') || name.contains("@@") {
        return Some(format!("`{shown}` has `@` at one end or twice in a row"));
    }
    None
}

/// Why a global property cannot have this name; none if it can. Beside users' names there are those of
/// dates and times, whose value is a format: `$DATE`, `$DATE yyyymmdd`.
pub fn global_name_fault(name: &str) -> Option<String> {
    let is_date = is_date_name(name);
    if is_date && let Err(bad) = read::<PropertyName>(name) {
        return Some(bad.message);
    }
    if is_date { None } else { instance_name_fault(name) }
}

/// Whether the value of a global property of this name is a date format.
pub(crate) fn is_date_name(name: &str) -> bool {
    let managed = system::exact(name).filter(|property| property.format.is_some());
    managed.or_else(|| system::derived_from(name)).is_some()
}

/// Why a global property of this name cannot have this value; none if it can. Mistakes in tokens are
/// found by [`Template::parse`].
pub(crate) fn global_value_fault(name: &str, value: &str) -> Option<String> {
    let format = is_date_name(name).then(|| DateFormat::parse(value))?;
    format.err().map(|why| format!("the value of `{}` is no date format: {why}", shown(name)))
}

/// What may surprise in a value: signs that separate parts of events. The value is legal all the same.
pub fn awkward(value: &str) -> Option<String> {
    let sign = value.chars().find(|c| ",=;|".contains(*c))?;
    Some(format!("the value has `{sign}`, which separates parts of an event when it gets into one"))
}

/// Reads `P1=v1;P2=v2`, as events and builds carry it. A `;` or `=` inside a token separates nothing. Of
/// two properties of one name the first one counts.
///
/// # Errors
/// All mistakes: pieces without `=`, names and values that break the rules, bad tokens.
pub fn parse_definitions(text: &str) -> Result<Vec<Definition>, Problems> {
    if text.len() > DEFINITIONS_BYTES_MAX {
        let why = format!(
            "the properties have {} bytes, at most {DEFINITIONS_BYTES_MAX} are read",
            text.len()
        );
        return Err(Problems::one("", Fault::new(Span::new(0, 0), why)));
    }
    let template = Template::parse(text)?;
    let tokens: Vec<Span> = template.token_spans().collect();
    let equals: Vec<usize> = outside(text, &tokens, '=').collect();
    let (mut list, mut faults): (Vec<Definition>, Vec<Fault>) = (Vec::new(), Vec::new());
    let mut names = HashSet::new();
    for piece in pieces(text, &tokens) {
        if text[piece.start..piece.end].trim().is_empty() {
            continue;
        }
        let first = equals.get(equals.partition_point(|at| *at < piece.start));
        match definition(text, piece, first.copied().filter(|at| *at < piece.end)) {
            Ok(new) if !names.insert(new.name.clone()) => {}
            Ok(new) => list.push(new),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(list) } else { Err(Problems::locate(text, faults)) }
}

/// The pieces between the `;` outside tokens.
fn pieces(text: &str, tokens: &[Span]) -> Vec<Span> {
    let cuts: Vec<usize> = outside(text, tokens, ';').collect();
    let starts = [0].into_iter().chain(cuts.iter().map(|cut| cut + 1));
    let ends = cuts.iter().copied().chain([text.len()]);
    starts.zip(ends).map(|(start, end)| Span::new(start, end)).collect()
}

/// Where a sign stands outside tokens.
fn outside<'t>(text: &'t str, tokens: &'t [Span], sign: char) -> impl Iterator<Item = usize> + 't {
    let mut next = 0;
    text.match_indices(sign).map(|(at, _)| at).filter(move |at| {
        while tokens.get(next).is_some_and(|token| token.end <= *at) {
            next += 1;
        }
        tokens.get(next).is_none_or(|token| *at < token.start)
    })
}

fn definition(text: &str, piece: Span, equals: Option<usize>) -> Result<Definition, Fault> {
    let equals = equals
        .ok_or_else(|| Fault::new(piece, "expected name=value; several are separated by `;`"))?;
    let name = text[piece.start..equals].trim();
    if let Some(why) = instance_name_fault(name) {
        return Err(Fault::new(Span::new(piece.start, equals), why));
    }
    let value_span = Span::new(equals + 1, piece.end);
    let value = read(&text[value_span.start..value_span.end])
        .map_err(|bad| Fault::new(value_span, bad.message))?;
    let name = read(name).map_err(|bad| Fault::new(Span::new(piece.start, equals), bad.message))?;
    Ok(Definition { name, value })
}

#[cfg(test)]
#[path = "definition_tests.rs"]
mod tests;
