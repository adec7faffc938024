//! Texts that may hold the values of encrypted properties, which nothing prints by accident.

use std::fmt;
use std::ops::Range;

/// What stands for a secret in logs and on screens.
const MASK: &str = "***";

/// The value of an encrypted property. It has no `Display`, and its `Debug` is a mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one who sends it to an agent.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::Deserialize::deserialize(deserializer).map(Self)
    }
}

impl schemars::JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "secret".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "writeOnly": true })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// A text whose tokens have been replaced. `Display` and `Debug` show `***` for what came out of
/// encrypted properties; [`Resolved::expose`] is for what is sent to an agent.
#[derive(Clone, PartialEq, Eq)]
pub struct Resolved(Marked);

impl Resolved {
    pub(crate) fn new(marked: Marked) -> Self {
        Self(marked)
    }

    /// Whether encrypted properties went into it.
    pub fn has_secrets(&self) -> bool {
        self.0.has_secrets()
    }

    /// The text, if there is nothing secret in it.
    pub fn plain(&self) -> Option<&str> {
        (!self.has_secrets()).then_some(self.0.text.as_str())
    }

    /// The text with its secrets, to be sent to an agent and stored nowhere.
    pub fn expose(&self) -> &str {
        &self.0.text
    }

    /// Where the secrets are, in bytes of [`Resolved::expose`]; sorted, empty where a secret is.
    pub fn secret_ranges(&self) -> &[Range<usize>] {
        &self.0.secrets
    }
}

impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut from = 0;
        for secret in &self.0.secrets {
            f.write_str(&self.0.text[from..secret.start])?;
            f.write_str(MASK)?;
            from = secret.end;
        }
        f.write_str(&self.0.text[from..])
    }
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resolved({:?})", self.to_string())
    }
}

/// A text that is being put together, with the places of its secrets.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Marked {
    text: String,
    secrets: Vec<Range<usize>>,
}

impl Marked {
    pub(crate) fn plain(text: String) -> Self {
        Self { text, secrets: Vec::new() }
    }

    pub(crate) fn secret(text: String) -> Self {
        let mut marked = Self::default();
        marked.push_secret(&text);
        marked
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn push_secret(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        // An empty one counts: that a secret is empty is not to be seen either, and what is made of it
        // (`[[=[[JI.Pwd]] - "guess"]]`) would otherwise be a question that somebody can ask.
        self.secrets.push(start..self.text.len());
    }

    pub(crate) fn append(&mut self, other: &Self) {
        let start = self.text.len();
        self.text.push_str(&other.text);
        let moved = other.secrets.iter().map(|range| range.start + start..range.end + start);
        self.secrets.extend(moved);
    }

    pub(crate) fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The text, whatever it holds. Not for messages.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_as_stars_wherever_it_stands() {
        let mut marked = Marked::default();
        marked.push("login -p ");
        marked.push_secret("s3cret");
        marked.push_secret("");
        let mut outer = Marked::plain("run ".to_owned());
        outer.append(&marked);
        outer.append(&Marked::secret("x".to_owned()));
        outer.push(" end");
        let resolved = Resolved::new(outer);
        assert_eq!(resolved.to_string(), "run login -p ********* end");
        assert_eq!(format!("{resolved:?}"), "Resolved(\"run login -p ********* end\")");
        assert_eq!(resolved.expose(), "run login -p s3cretx end");
        assert_eq!(resolved.secret_ranges(), [13..19, 19..19, 19..20]);
        assert_eq!(resolved.plain(), None);
        assert_eq!(format!("{:?}", Secret::new("abc")), "***");
        assert_eq!(Resolved::new(Marked::secret(String::new())).plain(), None);
    }
}
