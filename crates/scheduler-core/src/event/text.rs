//! The text form of events: `$TYPE:COMMAND,field,…`, from outside with user and password at the end.

use std::fmt;

use core_kit::nearest;
use core_kit::text::shown;

use super::command::{self, Command, specs};
use super::field::{Options, has_token};
use super::password::Password;
use super::reader::{BadEvent, Raw, Reader};
use super::spec::{ALIASES, Spec};
use crate::text_value::TextValue;

/// Longest event of a definition, in characters (`opcon-domain 1.8`).
pub const INTERNAL_CHARS_MAX: usize = 738;

/// Longest event from outside, in characters, with user and password.
pub const EXTERNAL_CHARS_MAX: usize = 2000;

/// An event from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// What is to be done.
    pub command: Command,
    /// Who says so.
    pub user: String,
    /// Their password for events.
    pub password: Password,
}

/// Reads an event of a definition.
///
/// # Errors
/// It is too long, no command has that name, or a field is wrong; the message says which.
pub fn parse(text: &str, options: Options) -> Result<Command, BadEvent> {
    let fields = split(text, INTERNAL_CHARS_MAX)?;
    let (name, raw) = fields.split_first().ok_or_else(|| BadEvent::whole("the event is empty"))?;
    let spec = find(&name.text)?;
    command::read(&mut Reader::new(spec, raw, options)?)
}

/// Reads an event from outside, which ends with user and password. No message of an error shows the
/// password, or a part of one that has a comma.
///
/// # Errors
/// As [`parse`], or user and password are missing.
pub fn parse_external(text: &str, options: Options) -> Result<External, BadEvent> {
    let fields = split(text, EXTERNAL_CHARS_MAX)?;
    let (name, rest) = fields.split_first().ok_or_else(|| BadEvent::whole("the event is empty"))?;
    let spec = find(&name.text)?;
    let [raw @ .., user, password] = rest else {
        let message = format!(
            "{} from outside ends with user and password: {},<user>,<password>",
            spec.name(),
            spec.syntax()
        );
        return Err(BadEvent::whole(message));
    };
    if user.text.is_empty() || password.text.is_empty() {
        let message = "an event from outside ends with user and password; one of them is blank";
        return Err(BadEvent { message: message.to_owned(), column: user.column });
    }
    let command = command::read(&mut Reader::new(spec, raw, options)?.with_hidden_values())?;
    let password = Password::new(&password.text);
    Ok(External { command, user: user.text.clone(), password })
}

/// The command with this name, in any case.
pub(super) fn find(name: &str) -> Result<&'static Spec, BadEvent> {
    let wanted = name.to_ascii_uppercase();
    let wanted =
        ALIASES.iter().find(|(old, _)| *old == wanted).map_or(wanted.as_str(), |(_, now)| now);
    let parts = wanted.strip_prefix('$').and_then(|wanted| wanted.split_once(':'));
    if let Some((group, action)) = parts
        && let Some(spec) = specs().find(|spec| spec.group == group && spec.action == action)
    {
        return Ok(spec);
    }
    let names: Vec<String> = specs().map(Spec::name).collect();
    let message = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("`{}` is no command; did you mean {near}?", shown(name)),
        None => format!(
            "`{}` is no command; an event begins with one such as $JOB:ADD or $SCHEDULE:BUILD",
            shown(name)
        ),
    };
    Err(BadEvent { message, column: Some(1) })
}

/// The fields: what stands between commas that are not inside of a token.
pub(super) fn split(text: &str, chars_max: usize) -> Result<Vec<Raw>, BadEvent> {
    // A character has at most four bytes: what is much too long is not even counted.
    let chars = if text.len() > 4 * chars_max { text.len() } else { text.chars().count() };
    if chars > chars_max {
        let message = format!("the event is too long: it has more than {chars_max} characters");
        return Err(BadEvent::whole(message));
    }
    let chars: Vec<char> = text.trim_end().chars().collect();
    let mut fields = vec![Raw { text: String::new(), column: Some(1) }];
    // Tokens that are open: which sign closes them, and where they began.
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let is_double = chars.get(at + 1) == Some(&c);
        let mut taken = 1;
        match c {
            '[' | '{' if is_double => {
                open.push((if c == '[' { ']' } else { '}' }, at + 1));
                taken = 2;
            }
            _ if is_double && open.last().is_some_and(|(close, _)| *close == c) => {
                open.pop();
                taken = 2;
            }
            ',' if open.is_empty() => {
                fields.push(Raw { text: String::new(), column: Some(at + 2) });
                at += 1;
                continue;
            }
            _ if c.is_control() && c != '\t' => {
                let message = format!("the event has a control character at character {}", at + 1);
                return Err(BadEvent { message, column: Some(at + 1) });
            }
            _ => {}
        }
        if let Some(field) = fields.last_mut() {
            field.text.extend(chars.iter().skip(at).take(taken));
        }
        at += taken;
    }
    if let Some((close, column)) = open.first() {
        let message = format!(
            "the token that begins at character {column} is not closed by `{close}{close}`"
        );
        return Err(BadEvent { message, column: Some(*column) });
    }
    for field in &mut fields {
        field.text = field.text.trim().to_owned();
    }
    Ok(fields)
}

/// Why a command with tokens cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotResolved<E> {
    /// A token has no value.
    Token(E),
    /// The values do not fit the fields.
    Event(BadEvent),
}

impl Command {
    /// Whether a field waits for its tokens.
    pub fn has_tokens(&self) -> bool {
        self.fields().iter().any(|field| has_token(field))
    }

    /// The command with the values of its tokens, field by field, so that a comma in a value begins no
    /// field. `resolve` gets each field that has tokens. Every field is checked, now without wildcards
    /// unless `options` allow them.
    ///
    /// # Errors
    /// A token has no value, or a value does not fit its field.
    pub fn resolved<E>(
        &self,
        options: Options,
        mut resolve: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<Self, NotResolved<E>> {
        let raw = self
            .fields()
            .into_iter()
            .map(|field| {
                let text = if has_token(&field) { resolve(&field)? } else { field };
                Ok(Raw { text: text.trim().to_owned(), column: None })
            })
            .collect::<Result<Vec<_>, E>>()
            .map_err(NotResolved::Token)?;
        let reader = Reader::new(self.spec(), &raw, options).map_err(NotResolved::Event)?;
        command::read(&mut reader.without_tokens()).map_err(NotResolved::Event)
    }
}

impl fmt::Display for Command {
    /// The text form, without blank fields at the end that may be left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = self.spec();
        let mut fields = self.fields();
        while fields.last().is_some_and(String::is_empty)
            && spec.args.get(fields.len() - 1).is_none_or(|arg| arg.is_optional)
        {
            fields.pop();
        }
        f.write_str(&spec.name())?;
        fields.iter().try_for_each(|field| write!(f, ",{field}"))
    }
}

/// An event as definitions write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventText(pub Command);

impl TextValue for EventText {
    const FORMAT: &'static str = "event";
    const EXPECTED: &'static str = "an event such as $JOB:ADD,CURRENT,NIGHT,LOAD,DAILY";

    fn parse(text: &str) -> Result<Self, String> {
        parse(text, Options::permissive())
            .map(Self)
            .map_err(|bad| format!("is no event: {}", bad.message))
    }

    fn print(&self) -> String {
        self.0.to_string()
    }
}

crate::text_value!(EventText);
