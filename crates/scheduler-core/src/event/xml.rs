//! The XML form of events from outside: `<EVENT><TYPE>JOB</TYPE><ACTION>HOLD</ACTION>…</EVENT>`.
//!
//! Only what events need of XML: elements without attributes, text, and the entities of XML itself. Anything
//! else is refused. Tags are read in any case.

use core_kit::nearest;
use core_kit::text::shown;

use super::command;
use super::field::Options;
use super::password::Password;
use super::reader::{BadEvent, Raw, Reader};
use super::spec::Spec;
use super::text::{EXTERNAL_CHARS_MAX, External, find, split};

/// Longest text with events, in bytes.
pub const XML_BYTES_MAX: usize = 256 * 1024;

/// Most events in a text.
pub const XML_EVENTS_MAX: usize = 100;

/// Most elements in an event: all of its fields, with some parts each.
const ELEMENTS_MAX: usize = 400;

/// Reads all events of a text.
///
/// # Errors
/// The first mistake: what is no event, an unknown tag with the nearest known one, a wrong field.
pub fn parse_xml(text: &str, options: Options) -> Result<Vec<External>, BadEvent> {
    if text.len() > XML_BYTES_MAX {
        let message = format!("the events are too long: more than {XML_BYTES_MAX} bytes");
        return Err(BadEvent::whole(message));
    }
    let mut pieces = Pieces { rest: without_prolog(text), text };
    let mut events = Vec::new();
    loop {
        match pieces.next()? {
            Piece::End if events.is_empty() => {
                return Err(BadEvent::whole("there is no <EVENT> element"));
            }
            Piece::End => return Ok(events),
            Piece::Text(blank) if blank.trim().is_empty() => {}
            Piece::Open(name) if name == "EVENT" => {
                if events.len() == XML_EVENTS_MAX {
                    let message = format!("there are more than {XML_EVENTS_MAX} events");
                    return Err(BadEvent::whole(message));
                }
                let elements = elements(&mut pieces)?;
                events.push(event(&elements, options)?);
            }
            Piece::Open(name) => {
                return Err(BadEvent::whole(format!("<{}> is not <EVENT>", shown(&name))));
            }
            Piece::Close(name) => return Err(unexpected(&name)),
            Piece::Text(_) => return Err(BadEvent::whole("text stands outside of <EVENT>")),
        }
    }
}

fn unexpected(name: &str) -> BadEvent {
    BadEvent::whole(format!("</{}> closes nothing that is open", shown(name)))
}

fn without_prolog(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let is_prolog = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("<?xml"));
    match text.split_once("?>") {
        Some((_, rest)) if is_prolog => rest,
        _ => text,
    }
}

/// Whether an element says who sends the event. No message shows what is inside of it, nor text that stands
/// at a wrong place: it may be the password.
fn is_of_user(name: &str) -> bool {
    matches!(name, "USERNAME" | "USERPWD")
}

/// An element of an event.
struct Element {
    name: String,
    text: String,
    parts: Vec<(String, String)>,
}

/// The elements up to the end of the event.
fn elements(pieces: &mut Pieces<'_>) -> Result<Vec<Element>, BadEvent> {
    let mut all: Vec<Element> = Vec::new();
    // Names of what is open inside of the event: an element, and a part of it.
    let mut open: Vec<String> = Vec::new();
    let mut count = 0;
    loop {
        match pieces.next()? {
            Piece::End => return Err(BadEvent::whole("<EVENT> is not closed by </EVENT>")),
            Piece::Open(name) => {
                count += 1;
                if count > ELEMENTS_MAX {
                    let message = format!("an event has more than {ELEMENTS_MAX} elements");
                    return Err(BadEvent::whole(message));
                }
                match (open.len(), all.last_mut()) {
                    (0, _) => {
                        let (text, parts) = (String::new(), Vec::new());
                        all.push(Element { name: name.clone(), text, parts });
                    }
                    (1, Some(element)) if is_of_user(&element.name) => {
                        let message = format!("<{}> has a `<` inside; write &lt;", element.name);
                        return Err(BadEvent::whole(message));
                    }
                    (1, Some(element)) => element.parts.push((name.clone(), String::new())),
                    _ => {
                        let message = format!("<{}> stands too deep inside", shown(&name));
                        return Err(BadEvent::whole(message));
                    }
                }
                open.push(name);
            }
            Piece::Close(name) => match open.pop() {
                Some(expected) if expected == name => {}
                None if name == "EVENT" => return Ok(all),
                Some(expected) => {
                    let message = format!("<{expected}> is closed by </{}>", shown(&name));
                    return Err(BadEvent::whole(message));
                }
                None => return Err(unexpected(&name)),
            },
            Piece::Text(text) => match (open.len(), all.last_mut()) {
                (1, Some(element)) => element.text.push_str(&text),
                (2, Some(element)) => {
                    if let Some((_, part)) = element.parts.last_mut() {
                        part.push_str(&text);
                    }
                }
                _ if text.trim().is_empty() => {}
                _ => return Err(BadEvent::whole("text stands outside of an element of <EVENT>")),
            },
        }
    }
}

fn event(elements: &[Element], options: Options) -> Result<External, BadEvent> {
    let text_of = |name: &str| -> Result<&str, BadEvent> {
        let found = elements.iter().find(|element| element.name == name);
        let text = found.map(|element| element.text.trim()).filter(|text| !text.is_empty());
        text.ok_or_else(|| BadEvent::whole(format!("<{name}> is missing in an event")))
    };
    let spec = find(&format!("${}:{}", text_of("TYPE")?, text_of("ACTION")?))
        .map_err(|bad| BadEvent { column: None, ..bad })?;
    let (user, password) = (text_of("USERNAME")?, text_of("USERPWD")?);
    let mut raw = vec![Raw { text: String::new(), column: None }; spec.args.len()];
    let mut seen: Vec<&str> = Vec::new();
    for element in elements {
        let name = element.name.as_str();
        if seen.contains(&name) {
            return Err(BadEvent::whole(format!("<{name}> is given twice in {}", spec.name())));
        }
        seen.push(name);
        if matches!(name, "TYPE" | "ACTION") || is_of_user(name) {
            continue;
        }
        let index = spec
            .args
            .iter()
            .position(|arg| arg.xml == Some(name))
            .ok_or_else(|| unknown_tag(name, spec))?;
        raw[index].text = field(element, spec, index)?;
    }
    let chars: usize = raw.iter().map(|raw| raw.text.chars().count() + 1).sum();
    if chars > EXTERNAL_CHARS_MAX {
        let message = format!("an event is too long: more than {EXTERNAL_CHARS_MAX} characters");
        return Err(BadEvent::whole(message));
    }
    let command = command::read(&mut Reader::new(spec, &raw, options)?)?;
    Ok(External { command, user: user.to_owned(), password: Password::new(password) })
}

fn unknown_tag(name: &str, spec: &'static Spec) -> BadEvent {
    let known: Vec<&str> = spec.args.iter().filter_map(|arg| arg.xml).collect();
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean <{near}>?"),
        None => format!("it has {}", known.join(", ")),
    };
    BadEvent::whole(format!("{} has no element <{}>; {hint}", spec.name(), shown(name)))
}

/// The text of an element as it would stand in the text form.
fn field(element: &Element, spec: &'static Spec, index: usize) -> Result<String, BadEvent> {
    let name = &element.name;
    let text = match spec.args[index].parts {
        Some((part, sign)) if !element.parts.is_empty() => {
            if let Some((other, _)) = element.parts.iter().find(|(other, _)| other != part) {
                let message = format!("<{name}> has <{}>; it consists of <{part}>", shown(other));
                return Err(BadEvent::whole(message));
            }
            let parts = element.parts.iter().map(|(_, text)| text.trim());
            let parts: Vec<_> = parts.filter(|text| !text.is_empty()).collect();
            parts.join(&sign.to_string())
        }
        _ if !element.parts.is_empty() => {
            return Err(BadEvent::whole(format!("<{name}> has no elements inside")));
        }
        _ => element.text.trim().to_owned(),
    };
    // Commands are kept in their text form, in which a comma begins a field.
    let fields =
        split(&text, EXTERNAL_CHARS_MAX).map_err(|bad| BadEvent { column: None, ..bad })?;
    if fields.len() > 1 {
        let message = format!("<{name}> of {} has a comma, which no field may have", spec.name());
        return Err(BadEvent::whole(message));
    }
    Ok(text)
}

enum Piece {
    Open(String),
    Close(String),
    Text(String),
    End,
}

/// What the text consists of, from the beginning.
struct Pieces<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Pieces<'_> {
    fn next(&mut self) -> Result<Piece, BadEvent> {
        if self.rest.is_empty() {
            return Ok(Piece::End);
        }
        let Some(tag) = self.rest.strip_prefix('<') else {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return unescaped(text).map(Piece::Text);
        };
        let Some((tag, rest)) = tag.split_once('>') else {
            return Err(self.bad_tag());
        };
        let (is_close, name) = match tag.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, tag),
        };
        let name = name.trim_end();
        let empty = name.strip_suffix('/').filter(|_| !is_close);
        let upper = empty.unwrap_or(name).trim_end().to_ascii_uppercase();
        let is_name = (1..=32).contains(&upper.len())
            && upper.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name {
            return Err(self.bad_tag());
        }
        // An empty element says nothing: it counts as left out.
        self.rest = rest;
        if empty.is_some() {
            return Ok(Piece::Text(String::new()));
        }
        Ok(if is_close { Piece::Close(upper) } else { Piece::Open(upper) })
    }

    fn bad_tag(&self) -> BadEvent {
        let column = self.text[..self.text.len() - self.rest.len()].chars().count() + 1;
        let message = format!(
            "`<` at character {column} begins no tag; attributes, comments and declarations are not read, and the \
             sign itself is written &lt;"
        );
        BadEvent { message, column: Some(column) }
    }
}

/// Text with the entities of XML replaced.
fn unescaped(text: &str) -> Result<String, BadEvent> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, entity)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) =
            entity.split_once(';').filter(|(name, _)| name.len() <= 8).ok_or_else(|| {
                BadEvent::whole("`&` begins no entity of XML; write &amp; for the sign")
            })?;
        let c = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => numbered(name),
        };
        let unknown = || BadEvent::whole("`&` begins no entity of XML; write &amp; for the sign");
        out.push(c.ok_or_else(unknown)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn numbered(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(number).filter(|c| *c != '\0')
}
