//! What a text without quotes is, by the core schema of YAML 1.2.

use core_kit::text::shown;

/// A text as YAML understands it. `yes`, `on` and `6:00` are texts, as in YAML 1.2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// Anything else, and everything in quotes.
    Text,
}

impl Scalar {
    /// Reads a text.
    pub(crate) fn of(text: &str, is_plain: bool) -> Self {
        if !is_plain {
            return Self::Text;
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ => number(text).unwrap_or(Self::Text),
        }
    }

    /// How a message calls it.
    pub(super) fn kind(self, text: &str) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Bool(truth) => format!("the truth value {truth}"),
            Self::Integer(_) | Self::Float(_) => format!("the number {}", shown(text)),
            Self::Text => format!("the text `{}`", shown(text)),
        }
    }
}

/// The number that a plain text is.
fn number(text: &str) -> Option<Scalar> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let radix = |prefix: &str, radix: u32| {
        digits
            .strip_prefix(prefix)
            .filter(|_| digits.len() == text.len())
            .and_then(|rest| i64::from_str_radix(rest, radix).ok())
    };
    if let Some(integer) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(Scalar::Integer(integer));
    }
    let has = |signs: &[char]| digits.contains(signs);
    if digits.is_empty() || !digits.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.') {
        return None;
    }
    if !digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return None;
    }
    if has(&['.', 'e', 'E']) {
        return text.parse().ok().map(Scalar::Float);
    }
    text.parse().ok().map(Scalar::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_are_what_the_core_schema_says() {
        let cases = [
            ("12", Scalar::Integer(12)),
            ("-7", Scalar::Integer(-7)),
            ("0x1F", Scalar::Integer(31)),
            ("0o17", Scalar::Integer(15)),
            ("1.5", Scalar::Float(1.5)),
            ("1e3", Scalar::Float(1000.0)),
            ("true", Scalar::Bool(true)),
            ("~", Scalar::Null),
            ("yes", Scalar::Text),
            ("06:00", Scalar::Text),
            ("2026-12-31", Scalar::Text),
            ("1.2.3", Scalar::Text),
            ("-", Scalar::Text),
            ("12a", Scalar::Text),
            ("99999999999999999999", Scalar::Text),
            (".", Scalar::Text),
        ];
        for (text, expected) in cases {
            assert_eq!(Scalar::of(text, true), expected, "{text}");
            assert_eq!(Scalar::of(text, false), Scalar::Text, "{text} in quotes");
        }
    }
}
