//! Puts values in the place of tokens.

use core_kit::nearest;
use core_kit::text::shown;

use super::context::{Audience, Context, Find};
use super::limits::{
    COMPARED_NAMES_MAX, DEPTH_MAX, STEPS_MAX, TEXT_BYTES_MAX, TOKENS_MAX, VALUE_CHARS_MAX,
    WORK_BYTES_MAX,
};
use super::place::{Place, place_of};
use super::problem::{Fault, Problems, Span};
use super::reference::{Pattern, Reference};
use super::scope::Scope;
use super::secret::{Marked, Resolved};
use super::system;
use super::system_value::system_value;
use super::target::{Assignment, Target, target};
use super::template::{Field, Kind, Part, Template, Token};
use crate::expression::{self, Value};

/// A resolved text, and what its expressions ask to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// The text.
    pub text: Resolved,
    /// The assignments, in the order in which they were made. The text has been resolved with the
    /// values from before them.
    pub assignments: Vec<Assignment>,
}

/// Reads a text and resolves its tokens.
///
/// # Errors
/// All tokens that cannot be resolved, or all mistakes in the text.
pub fn resolve(text: &str, context: &Context<'_>) -> Result<Resolution, Problems> {
    resolve_template(&Template::parse(text)?, context)
}

/// Resolves the tokens of a text that has been read.
///
/// # Errors
/// All tokens that cannot be resolved.
pub fn resolve_template(
    template: &Template,
    context: &Context<'_>,
) -> Result<Resolution, Problems> {
    let mut resolver = Resolver::new(context);
    match resolver.parts(template.parts()) {
        Ok(text) => Ok(Resolution { text: Resolved::new(text), assignments: resolver.assignments }),
        Err(faults) => Err(Problems::locate(template.text(), faults)),
    }
}

/// One resolution, with what it has used of the limits.
pub(crate) struct Resolver<'c> {
    pub(crate) context: &'c Context<'c>,
    pub(crate) assignments: Vec<Assignment>,
    depth: usize,
    tokens: usize,
    steps: usize,
    work: usize,
    compared: usize,
    /// The properties whose values are being resolved, outermost first.
    path: Vec<(Place, String)>,
    /// Set when a limit is reached: nothing more is resolved.
    is_over: bool,
}

impl<'c> Resolver<'c> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        Self {
            context,
            assignments: Vec::new(),
            depth: 0,
            tokens: 0,
            steps: 0,
            work: 0,
            compared: 0,
            path: Vec::new(),
            is_over: false,
        }
    }

    fn over<T>(&mut self, span: Span, why: String) -> Result<T, Fault> {
        self.is_over = true;
        Err(Fault::new(span, why))
    }

    /// Counts bytes that are put together.
    pub(crate) fn charge(&mut self, bytes: usize, span: Span) -> Result<(), Fault> {
        self.work = self.work.saturating_add(bytes);
        if self.work > WORK_BYTES_MAX {
            let why =
                format!("more than {WORK_BYTES_MAX} bytes would be put together for this text");
            return self.over(span, why);
        }
        Ok(())
    }

    /// Counts a step of an expression.
    pub(crate) fn step(&mut self, span: Span) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return self.over(span, format!("the expressions take more than {STEPS_MAX} steps"));
        }
        Ok(())
    }

    /// Goes one deeper; [`Resolver::higher`] comes back.
    pub(crate) fn deeper(&mut self, span: Span) -> Result<(), Fault> {
        if self.depth == DEPTH_MAX {
            let why = format!(
                "tokens and values of properties stand in one another more than {DEPTH_MAX} deep"
            );
            return self.over(span, why);
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn higher(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Resolves pieces of a text, all of them even if one fails.
    pub(crate) fn parts(&mut self, parts: &[Part]) -> Result<Marked, Vec<Fault>> {
        let (mut text, mut faults) = (Marked::default(), Vec::new());
        for part in parts {
            if self.is_over {
                break;
            }
            match part {
                Part::Text(literal) => text.push(literal),
                Part::Token(token) => match self.token(token) {
                    Ok(value) => text.append(&value),
                    Err(more) => faults.extend(more),
                },
            }
            if text.len() > TEXT_BYTES_MAX {
                let span = part_span(part, parts);
                let why = format!("the result is longer than {TEXT_BYTES_MAX} bytes");
                faults.extend(self.over::<()>(span, why).err());
            }
        }
        if faults.is_empty() { Ok(text) } else { Err(faults) }
    }

    fn token(&mut self, token: &Token) -> Result<Marked, Vec<Fault>> {
        self.tokens += 1;
        if self.tokens > TOKENS_MAX {
            let why = format!("more than {TOKENS_MAX} tokens would be resolved for this text");
            return self.over(token.span, why).map_err(|fault| vec![fault]);
        }
        self.deeper(token.span).map_err(|fault| vec![fault])?;
        let value = match &token.kind {
            Kind::Reference(pattern) => self.reference(pattern, token.span),
            Kind::Expression(program) => expression::run(program, self).map(|outcome| {
                let text = outcome.value.to_string();
                if outcome.is_secret { Marked::secret(text) } else { Marked::plain(text) }
            }),
        };
        self.higher();
        let value = value?;
        self.charge(value.len(), token.span).map_err(|fault| vec![fault])?;
        Ok(value)
    }

    /// The value of an operand of an expression, and whether it is secret. A token is a string; only
    /// `[[@current]]` may be a number, where the field of the job is one.
    pub(crate) fn operand(&mut self, parts: &[Part]) -> Result<(Value, bool), Vec<Fault>> {
        if let [Part::Token(Token { kind: Kind::Reference(pattern), .. })] = parts
            && let Some(value) = self.current_field(pattern)
        {
            return Ok((value, false));
        }
        let text = self.parts(parts)?;
        let is_secret = text.has_secrets();
        Ok((Value::Text(text.into_text()), is_secret))
    }

    fn current_field(&self, pattern: &Pattern) -> Option<Value> {
        let reference = pattern.plain()?;
        let is_current = reference.scope == Scope::Global && reference.name == "@current";
        self.context.instance.filter(|_| is_current)?.current.clone()
    }

    /// The property that an assignment sets.
    pub(crate) fn target(&mut self, token: &Token) -> Result<Target, Vec<Fault>> {
        let Kind::Reference(pattern) = &token.kind else {
            return Err(vec![Fault::new(token.span, "expected the property that is set")]);
        };
        let reference = self.meant(pattern)?;
        target(&reference, self.context).map_err(|why| vec![Fault::new(token.span, why)])
    }

    fn reference(&mut self, pattern: &Pattern, span: Span) -> Result<Marked, Vec<Fault>> {
        let reference = self.meant(pattern)?;
        self.value(&reference, span)
    }

    /// The reference with the tokens in it resolved.
    fn meant(&mut self, pattern: &Pattern) -> Result<Reference, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut text = |resolver: &mut Self, field: &Field| {
            resolver.field(field).map_err(|more| faults.extend(more)).unwrap_or_default()
        };
        let remote = pattern.remote.as_ref().map(|field| text(self, field));
        let name = text(self, &pattern.name);
        let qualifiers = pattern.qualifiers.iter().map(|field| text(self, field)).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let reference = pattern.build(remote, &name, qualifiers).map_err(|fault| vec![fault])?;
        let fault = if reference.name.is_empty() {
            Some("the name of the property is empty".to_owned())
        } else {
            reference.fault()
        };
        fault.map_or(Ok(reference), |why| Err(vec![Fault::new(pattern.name.span, why)]))
    }

    /// A part of a name. What was in a token is part of this one name, whatever signs it has.
    fn field(&mut self, field: &Field) -> Result<String, Vec<Fault>> {
        let text = self.parts(&field.parts)?;
        if text.has_secrets() {
            let why = "the value of an encrypted property cannot be part of a name";
            return Err(vec![Fault::new(field.span, why)]);
        }
        Ok(text.into_text())
    }

    fn value(&mut self, reference: &Reference, span: Span) -> Result<Marked, Vec<Fault>> {
        let fault = |why: String| vec![Fault::new(span, why)];
        if let Some(remote) = &reference.remote {
            return self.remote(remote, reference).map_err(fault);
        }
        let store = self.context.store;
        let name = reference.name.as_str();
        let (place, number) = match reference.scope {
            Scope::Threshold => (Place::Thresholds, store.threshold(name)),
            Scope::ResourceMaximum => {
                (Place::Resources, store.resource(name).map(|units| units.maximum))
            }
            Scope::ResourceInUse => {
                (Place::Resources, store.resource(name).map(|units| units.in_use))
            }
            Scope::NamedInstance => return self.instance_value(name, span),
            Scope::Global
            | Scope::Machine
            | Scope::Schedule
            | Scope::Job
            | Scope::ParentSchedule
            | Scope::ParentJob => return self.property_of_object(reference, span),
        };
        let text = number.map(|number| Marked::plain(number.to_string()));
        text.ok_or_else(|| vec![Fault::new(span, self.unknown(reference, &place))])
    }

    /// A property of the system or of an object.
    fn property_of_object(
        &mut self,
        reference: &Reference,
        span: Span,
    ) -> Result<Marked, Vec<Fault>> {
        let fault = |why: String| vec![Fault::new(span, why)];
        if system::is_reserved(&reference.name) {
            return system_value(reference, self.context).map(Marked::plain).map_err(fault);
        }
        match place_of(reference, self.context).map_err(fault)? {
            Some(place) => self.property(reference, place, span),
            None => Err(fault(format!("`{}` is no property", shown(&reference.to_string())))),
        }
    }

    fn remote(&self, installation: &str, reference: &Reference) -> Result<Marked, String> {
        let asked = shown(&reference.to_string());
        match self.context.store.remote(installation, reference) {
            Some(Find::Value(text)) => Ok(Marked::plain(text)),
            Some(Find::Encrypted) => Err(format!("`{asked}` is encrypted")),
            Some(Find::NoProperty | Find::NoObject) => {
                Err(format!("`{asked}` does not exist there"))
            }
            None => Err(format!("no remote installation `{}` is known", shown(installation))),
        }
    }

    fn instance_value(&mut self, name: &str, span: Span) -> Result<Marked, Vec<Fault>> {
        let Some(instance) = self.context.instance else {
            let why = "`$this` is known only while a named instance is built";
            return Err(vec![Fault::new(span, why)]);
        };
        match instance.properties.iter().find(|(known, _)| known == name) {
            Some((_, value)) => self.property_text(value, name, span),
            None => {
                let names = instance.properties.iter().map(|(known, _)| known.as_str());
                let near = nearest(name, names);
                let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
                let name = shown(name);
                Err(vec![Fault::new(
                    span,
                    format!("the instance definition has no property `{name}`{near}"),
                )])
            }
        }
    }

    /// The value of a user's property, with its own tokens resolved.
    fn property(
        &mut self,
        reference: &Reference,
        place: Place,
        span: Span,
    ) -> Result<Marked, Vec<Fault>> {
        let name = reference.name.as_str();
        let fault = |why: String| vec![Fault::new(span, why)];
        match self.context.store.find(&place, name) {
            Find::Value(text) => {
                let key = (place, name.to_owned());
                if let Some(first) = self.path.iter().position(|known| *known == key) {
                    let names = self.path[first..].iter().map(|(_, name)| name.as_str());
                    let names: Vec<&str> = names.chain([name]).collect();
                    return Err(fault(format!(
                        "the value refers to itself: {}",
                        names.join(" → ")
                    )));
                }
                self.path.push(key);
                let value = self.property_text(&text, name, span);
                self.path.pop();
                value
            }
            Find::Encrypted if self.context.audience == Audience::Agent => {
                let secret = self.context.store.secret(&place, name);
                secret.map(|secret| Marked::secret(secret.expose().to_owned())).ok_or_else(|| {
                    fault(format!("the encrypted property `{}` cannot be read", shown(name)))
                })
            }
            Find::Encrypted => Err(fault(format!(
                "`{}` is encrypted, it may be only in what is sent to an agent",
                shown(&reference.to_string())
            ))),
            Find::NoObject => Err(fault(format!("there is no such object: {place}"))),
            Find::NoProperty => Err(fault(self.unknown(reference, &place))),
        }
    }

    fn property_text(&mut self, text: &str, name: &str, span: Span) -> Result<Marked, Vec<Fault>> {
        let inside = |why: &dyn std::fmt::Display| {
            Fault::new(span, format!("in the value of `{}`: {why}", shown(name)))
        };
        if text.chars().nth(VALUE_CHARS_MAX).is_some() {
            let why = format!("it has more than {VALUE_CHARS_MAX} characters");
            return Err(vec![inside(&why)]);
        }
        if !(text.contains("[[") || text.contains("{{")) {
            return Ok(Marked::plain(text.to_owned()));
        }
        let problems = match Template::parse(text) {
            Err(problems) => problems,
            // The token whose value this is has been counted as one deeper.
            Ok(template) => match self.parts(template.parts()) {
                Ok(value) => return Ok(value),
                Err(faults) => Problems::locate(text, faults),
            },
        };
        Err(problems.iter().map(|problem| inside(&problem)).collect())
    }

    /// What is said of a name that is not there.
    fn unknown(&mut self, reference: &Reference, place: &Place) -> String {
        let name = reference.name.as_str();
        let written = shown(name);
        let what = match place {
            Place::Global => format!("there is no global property `{written}`"),
            Place::Thresholds => {
                return self.with_near(format!("there is no threshold `{written}`"), name, place);
            }
            Place::Resources => {
                return self.with_near(format!("there is no resource `{written}`"), name, place);
            }
            place => format!("{place} has no property `{written}`"),
        };
        let elsewhere =
            [(Scope::Job, "job"), (Scope::Schedule, "schedule"), (Scope::Machine, "machine")];
        for (scope, noun) in elsewhere.into_iter().filter(|_| reference.scope == Scope::Global) {
            let other = Reference { scope, qualifiers: Vec::new(), ..reference.clone() };
            let Ok(Some(place)) = place_of(&other, self.context) else { continue };
            if matches!(self.context.store.find(&place, name), Find::Value(_) | Find::Encrypted) {
                return format!(
                    "{what}; the {noun} has one, write `{}`",
                    shown(&other.to_string())
                );
            }
        }
        self.with_near(what, name, place)
    }

    fn with_near(&mut self, what: String, name: &str, place: &Place) -> String {
        let left = COMPARED_NAMES_MAX.saturating_sub(self.compared);
        if left == 0 {
            return what;
        }
        let names = self.context.store.names(place);
        self.compared += names.len();
        match nearest(name, names.iter().map(String::as_str).take(left)) {
            Some(near) => format!("{what}, did you mean `{near}`?"),
            None => what,
        }
    }
}

/// Where a part stands: a token knows, a text begins where the token before it ends.
fn part_span(part: &Part, parts: &[Part]) -> Span {
    let token = parts.iter().rev().chain([part]).find_map(|part| match part {
        Part::Token(token) => Some(token.span),
        Part::Text(_) => None,
    });
    match part {
        Part::Token(token) => token.span,
        Part::Text(_) => token.unwrap_or(Span::new(0, 0)),
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
