//! Values of expressions.

use std::cmp::Ordering;
use std::fmt;

use super::limits::{DIGITS, TOLERANCE};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A number without a decimal point.
    Int(i64),
    /// Another number; never infinite, never "not a number".
    Float(f64),
    /// A string.
    Text(String),
}

impl Value {
    /// What it is, with its article.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a floating point number",
            Self::Text(_) => "a string",
        }
    }

    /// The number; none for booleans and strings.
    #[expect(
        clippy::cast_precision_loss,
        reason = "floating point arithmetic on an integer rounds it"
    )]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Bool(_) | Self::Text(_) => None,
        }
    }

    /// Whether two values are of one type and equal. Integers and floating point numbers are one type.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Int(left), Self::Int(right)) => left == right,
            (Self::Text(left), Self::Text(right)) => left == right,
            _ => match (self.number(), other.number()) {
                (Some(left), Some(right)) => are_close(left, right),
                _ => false,
            },
        }
    }

    /// Which of two numbers or two strings is greater; none for other pairs.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(order_texts(left, right)),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }
}

/// Whether two numbers differ by less than 0.001 % of the larger one.
fn are_close(left: f64, right: f64) -> bool {
    let difference = (left - right).abs();
    difference == 0.0 || difference < TOLERANCE * left.abs().max(right.abs())
}

/// The order of strings: letters by the alphabet whatever their case; where only the case differs, the
/// upper case letter is the greater one.
fn order_texts(left: &str, right: &str) -> Ordering {
    let folded = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    folded(left).cmp(&folded(right)).then_with(|| {
        let cases = |text: &str| text.chars().map(char::is_uppercase).collect::<Vec<_>>();
        cases(left).cmp(&cases(right)).then_with(|| left.cmp(right))
    })
}

impl fmt::Display for Value {
    /// The value as it stands in a text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => f.write_str(&float_text(*value)),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// A floating point number with at most 15 digits, without zeros at its end; with an exponent below
/// 0.00001 and from 10 ^ 15 on.
fn float_text(number: f64) -> String {
    let scientific = format!("{:.*e}", DIGITS - 1, number);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits.replace('.', "")),
        None => ("", mantissa.replace('.', "")),
    };
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    let point = |head: &str, tail: &str| {
        let gap = if tail.is_empty() { "" } else { "." };
        format!("{sign}{head}{gap}{tail}")
    };
    let limit = i32::try_from(DIGITS).unwrap_or(i32::MAX);
    match exponent {
        0.. if exponent < limit => {
            let whole = usize::try_from(exponent).unwrap_or(0) + 1;
            let padded = format!("{digits:0<whole$}");
            point(&padded[..whole], &padded[whole..])
        }
        -5..0 => {
            let zeros = usize::try_from(-1 - exponent).unwrap_or(0);
            point("0", &format!("{}{digits}", "0".repeat(zeros)))
        }
        _ => format!("{}E{exponent:+03}", point(&digits[..1], &digits[1..])),
    }
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
