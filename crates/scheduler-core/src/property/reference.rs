//! References to properties: `SI.Name.2026-12-31.Schedule`, without the brackets of a token.

use std::fmt;

use core_kit::nearest;
use core_kit::text::shown;

use super::date_offset::DateOffset;
use super::scope::Scope;
use super::system;
use super::template::{Field, Parser};
use super::{Fault, Problems};

/// A reference whose parts are all known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The remote installation that is asked (`RI`).
    pub remote: Option<String>,
    /// Where the property belongs.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// How far the date lies from it, for dates of the system.
    pub offset: Option<DateOffset>,
    /// What [`Scope::qualifiers`] lists, as far as it is written; empty for the current one. The last
    /// one is not empty.
    pub qualifiers: Vec<String>,
}

impl Reference {
    /// Reads a reference: names with `. [ ] { } \` in quotation marks, a quotation mark in them twice.
    ///
    /// # Errors
    /// The text is none, or has tokens in it.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let read = || -> Result<Self, Fault> {
            let mut parser = Parser::new(text)?;
            let fields = parser.fields(None)?;
            let pattern = Pattern::new(fields)?;
            let whole = super::Span::new(0, text.len());
            pattern.plain().ok_or_else(|| {
                Fault::new(whole, "expected names written out, there is a token among them")
            })
        };
        read().map_err(|fault| Problems::one(text, fault))
    }

    /// The qualifier called `name` in [`Scope::qualifiers`]; none for the current one.
    pub fn qualifier(&self, name: &str) -> Option<&str> {
        let index = self.scope.qualifiers().iter().position(|known| *known == name)?;
        self.qualifiers.get(index).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Why a name cannot be meant, as far as it can be said without knowing what is defined.
    pub(crate) fn fault(&self) -> Option<String> {
        if !system::is_reserved(&self.name) {
            let offset = self
                .offset
                .map(|offset| format!("only dates of the system have offsets such as ({offset})"));
            return offset;
        }
        match self.scope {
            Scope::Threshold | Scope::ResourceMaximum | Scope::ResourceInUse => None,
            Scope::NamedInstance => {
                Some(format!("`{}` is no property of an instance definition", shown(&self.name)))
            }
            scope => match system::lookup(scope, &self.name) {
                Err(why) => Some(why),
                Ok(known) if self.offset.is_some() && known.property.format.is_none() => {
                    Some(format!("`{}` is no date and has no offset", self.name))
                }
                Ok(_) => None,
            },
        }
    }
}

/// A reference as it is written: parts of it may be tokens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    pub(crate) remote: Option<Field>,
    pub(crate) scope: Scope,
    pub(crate) name: Field,
    pub(crate) qualifiers: Vec<Field>,
}

impl Pattern {
    /// Puts the fields of a reference to their use.
    pub(crate) fn new(mut fields: Vec<Field>) -> Result<Self, Fault> {
        let is_remote = |fields: &[Field]| fields.len() > 1 && fields[0].written() == Some("RI");
        let mut remote = None;
        if is_remote(&fields) {
            let rest = fields.split_off(2);
            let prefix = fields[0].span;
            let installation = fields.pop().filter(|field| !field.is_empty() && !rest.is_empty());
            remote = Some(installation.ok_or_else(|| {
                Fault::new(
                    prefix,
                    "expected RI, a remote installation and a reference, as in RI.Site2.JI.Name.2026-12-31.Schedule.Job",
                )
            })?);
            fields = rest;
            if is_remote(&fields) {
                let why = "a remote installation is not asked for another one";
                return Err(Fault::new(fields[0].span, why));
            }
        }
        let mut fields = fields.into_iter();
        let Some(first) = fields.next() else {
            return Err(Fault::new(super::Span::new(0, 0), "expected the name of a property"));
        };
        let pattern = Self { remote, ..Self::local(first, fields.collect())? };
        if let Some(reference) = pattern.plain_parts()?
            && let Some(why) = reference.fault()
        {
            return Err(Fault::new(pattern.name.span, why));
        }
        Ok(pattern)
    }

    fn local(first: Field, mut rest: Vec<Field>) -> Result<Self, Fault> {
        let (scope, name) = if rest.is_empty() {
            (Scope::Global, first)
        } else {
            let scope = first.written().and_then(Scope::from_prefix);
            (scope.ok_or_else(|| no_scope(&first))?, rest.remove(0))
        };
        if name.is_empty() {
            return Err(Fault::new(name.span, "expected the name of a property"));
        }
        while rest.last().is_some_and(Field::is_empty) {
            rest.pop();
        }
        let expected = scope.qualifiers();
        if let Some(field) = rest.get(expected.len()) {
            let form = [&[scope.prefix(), "name"][..], expected].concat().join(".");
            let why = format!(
                "too many parts, expected {form}; a name with a dot must be in quotation marks"
            );
            return Err(Fault::new(field.span, why));
        }
        Ok(Self { remote: None, scope, name, qualifiers: rest })
    }

    /// The reference, if no part of it is a token.
    pub(crate) fn plain(&self) -> Option<Reference> {
        self.plain_parts().ok().flatten()
    }

    fn plain_parts(&self) -> Result<Option<Reference>, Fault> {
        let remote = match &self.remote {
            None => None,
            Some(field) => match field.literal() {
                Some(text) => Some(text),
                None => return Ok(None),
            },
        };
        let Some(name) = self.name.literal() else { return Ok(None) };
        let qualifiers: Option<Vec<String>> = self.qualifiers.iter().map(Field::literal).collect();
        let Some(qualifiers) = qualifiers else { return Ok(None) };
        self.build(remote, &name, qualifiers).map(Some)
    }

    /// The reference of the parts, once they are known.
    pub(crate) fn build(
        &self,
        remote: Option<String>,
        name: &str,
        mut qualifiers: Vec<String>,
    ) -> Result<Reference, Fault> {
        let (name, offset) = split_offset(name).map_err(|why| Fault::new(self.name.span, why))?;
        while qualifiers.last().is_some_and(String::is_empty) {
            qualifiers.pop();
        }
        Ok(Reference { remote, scope: self.scope, name, offset, qualifiers })
    }
}

fn no_scope(field: &Field) -> Fault {
    let Some(text) = field.literal() else {
        return Fault::new(field.span, "expected a scope that is written out before the first dot");
    };
    let prefixes = Scope::ALL.iter().map(|scope| scope.prefix()).chain(["RI"]);
    let names: Vec<&str> = prefixes.collect();
    let near = names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(&text))
        .copied()
        .or_else(|| nearest(&text, names.iter().copied()));
    let near = near.map_or(String::new(), |near| format!(", did you mean {near}?"));
    let message = format!(
        "`{}` is no scope{near} (expected {}; a name with a dot must be in quotation marks)",
        shown(&text),
        names.join(", ")
    );
    Fault::new(field.span, message)
}

/// The name and the offset behind it. Only names of the system have one.
pub(super) fn split_offset(text: &str) -> Result<(String, Option<DateOffset>), String> {
    let is_dated = text.starts_with('$') && text.ends_with(')');
    let Some(open) = text.rfind('(').filter(|_| is_dated) else {
        return Ok((text.to_owned(), None));
    };
    let offset =
        DateOffset::parse(&text[open + 1..text.len() - 1]).map_err(|why| why.to_string())?;
    Ok((text[..open].trim_end().to_owned(), Some(offset)))
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(remote) = &self.remote {
            write!(f, "RI.{}.", Quoted(remote))?;
        }
        if self.scope != Scope::Global {
            write!(f, "{}.", self.scope.prefix())?;
        }
        write!(f, "{}", Quoted(&self.name))?;
        if let Some(offset) = self.offset {
            write!(f, "({offset})")?;
        }
        self.qualifiers.iter().try_for_each(|text| write!(f, ".{}", Quoted(text)))
    }
}

/// A name in quotation marks where it needs them.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        let needs = |c: char| ".[]{}\\\"".contains(c);
        if text.contains(needs) || text.trim() != text || text.starts_with('=') {
            write!(f, "\"{}\"", text.replace('"', "\"\""))
        } else {
            f.write_str(text)
        }
    }
}

#[cfg(test)]
#[path = "reference_tests.rs"]
mod tests;
