//! The operators, which of them binds tighter, and what they do with two values.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::value::Value;

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `^`
    Power,
    /// `%`
    Modulus,
    /// `/`
    Divide,
    /// `*`
    Multiply,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `>=`
    GreaterOrEqual,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `!=`, also written `<>`
    NotEqual,
    /// `==`
    Equal,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `=`
    Assign,
}

/// The operators from the one that binds tightest to the one that binds loosest, level by level.
///
/// Each operator has a level of its own, as `opcon-domain 1.9` notes the vendor's list: `10 - 3 + 2` is
/// 5, because `+` binds tighter than `-`. To share a level, put two operators in one of these lists;
/// nothing else knows about levels. Operators of a level are taken from left to right (`2 ^ 3 ^ 2` is
/// 64), assignments from right to left. A sign (`-`) or `!` in front of an operand belongs to the
/// operand and binds tighter than all of them: `-2 ^ 2` is 4.
pub const LEVELS: &[&[Operator]] = &[
    &[Operator::Power],
    &[Operator::Modulus],
    &[Operator::Divide],
    &[Operator::Multiply],
    &[Operator::Add],
    &[Operator::Subtract],
    &[Operator::GreaterOrEqual],
    &[Operator::LessOrEqual],
    &[Operator::Greater],
    &[Operator::Less],
    &[Operator::NotEqual],
    &[Operator::Equal],
    &[Operator::And],
    &[Operator::Or],
    &[Operator::Assign],
];

/// How operators are written, the longer of two that begin alike first.
pub(super) const SIGNS: [(&str, Operator); 16] = [
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("<>", Operator::NotEqual),
    ("!=", Operator::NotEqual),
    ("==", Operator::Equal),
    ("&&", Operator::And),
    ("||", Operator::Or),
    ("^", Operator::Power),
    ("%", Operator::Modulus),
    ("/", Operator::Divide),
    ("*", Operator::Multiply),
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Assign),
];

impl Operator {
    /// Its level in [`LEVELS`], 0 for the tightest.
    pub fn level(self) -> usize {
        LEVELS.iter().position(|level| level.contains(&self)).unwrap_or(LEVELS.len())
    }

    /// Its sign.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Power => "^",
            Self::Modulus => "%",
            Self::Divide => "/",
            Self::Multiply => "*",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::GreaterOrEqual => ">=",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::NotEqual => "!=",
            Self::Equal => "==",
            Self::And => "&&",
            Self::Or => "||",
            Self::Assign => "=",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Power => "raises a number to a power",
            Self::Modulus => "remainder of two integers, with the sign of the first",
            Self::Divide => "divides two numbers; two integers without the fraction (`7 / 2` is 3)",
            Self::Multiply => "multiplies two numbers",
            Self::Add => "adds two numbers, or joins two strings",
            Self::Subtract => {
                "subtracts two numbers, or removes every occurrence of the second string from the first"
            }
            Self::GreaterOrEqual => "greater or equal; numbers or strings",
            Self::LessOrEqual => "less or equal; numbers or strings",
            Self::Greater => "greater; numbers or strings",
            Self::Less => "less; numbers or strings",
            Self::NotEqual => "not equal, or not of one type; also written `<>`",
            Self::Equal => {
                "equal, and of one type; floating point numbers that differ by less than 0.001 %"
            }
            Self::And => "both are true",
            Self::Or => "one of them is true",
            Self::Assign => {
                "stores the value in the property on its left, which is made if it does not exist"
            }
        }
    }

    /// What it makes of two values. The error lacks the place.
    pub(super) fn apply(self, left: &Value, right: &Value) -> Result<Value, String> {
        match self {
            Self::Power => power(left, right),
            Self::Modulus => modulus(left, right),
            Self::Divide => divide(left, right),
            Self::Multiply => numbers(self, left, right, i64::checked_mul, |a, b| a * b),
            Self::Add => match (left, right) {
                (Value::Text(left), Value::Text(right)) => Ok(Value::Text(left.clone() + right)),
                _ => numbers(self, left, right, i64::checked_add, |a, b| a + b),
            },
            Self::Subtract => match (left, right) {
                (Value::Text(left), Value::Text(right)) if right.is_empty() => {
                    Ok(Value::Text(left.clone()))
                }
                (Value::Text(left), Value::Text(right)) => {
                    Ok(Value::Text(left.replace(right.as_str(), "")))
                }
                _ => numbers(self, left, right, i64::checked_sub, |a, b| a - b),
            },
            Self::GreaterOrEqual => self.order(left, right, Ordering::is_ge),
            Self::LessOrEqual => self.order(left, right, Ordering::is_le),
            Self::Greater => self.order(left, right, Ordering::is_gt),
            Self::Less => self.order(left, right, Ordering::is_lt),
            Self::NotEqual => Ok(Value::Bool(!left.equals(right))),
            Self::Equal => Ok(Value::Bool(left.equals(right))),
            Self::And => booleans(self, left, right).map(|(a, b)| Value::Bool(a && b)),
            Self::Or => booleans(self, left, right).map(|(a, b)| Value::Bool(a || b)),
            // Assignments are made by the evaluator; the value of one is what was assigned.
            Self::Assign => Ok(right.clone()),
        }
    }

    fn order(
        self,
        left: &Value,
        right: &Value,
        holds: fn(Ordering) -> bool,
    ) -> Result<Value, String> {
        let order = left
            .order(right)
            .ok_or_else(|| mismatch(self, left, right, "two numbers or two strings"))?;
        Ok(Value::Bool(holds(order)))
    }
}

fn mismatch(operator: Operator, left: &Value, right: &Value, expected: &str) -> String {
    let hint = match (left, right) {
        (Value::Text(_), Value::Int(_) | Value::Float(_))
        | (Value::Int(_) | Value::Float(_), Value::Text(_)) => {
            "; ToInt, ToFloat and ToStr convert, a token is always a string"
        }
        (Value::Text(_), _) | (_, Value::Text(_))
            if matches!(operator, Operator::And | Operator::Or) =>
        {
            "; ToBool converts, a token is always a string"
        }
        _ => "",
    };
    format!(
        "`{}` takes {expected}, not {} and {}{hint}",
        operator.sign(),
        left.type_name(),
        right.type_name()
    )
}

fn numbers(
    operator: Operator,
    left: &Value,
    right: &Value,
    whole: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
) -> Result<Value, String> {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        return whole(*left, *right).map(Value::Int).ok_or_else(overflow);
    }
    let expected = match operator {
        Operator::Add | Operator::Subtract => "two numbers or two strings",
        _ => "two numbers",
    };
    match (left.number(), right.number()) {
        (Some(left), Some(right)) => finite(float(left, right)),
        _ => Err(mismatch(operator, left, right, expected)),
    }
}

fn overflow() -> String {
    "the result is too large for a 64-bit integer; ToFloat of an operand makes it a floating point number"
        .to_owned()
}

fn finite(number: f64) -> Result<Value, String> {
    if number.is_finite() {
        Ok(Value::Float(number))
    } else {
        Err("the result is no number, or too large".to_owned())
    }
}

fn power(left: &Value, right: &Value) -> Result<Value, String> {
    if let (Value::Int(base), Value::Int(exponent)) = (left, right)
        && *exponent >= 0
    {
        // Beyond 32 bits only the powers of -1, 0 and 1 fit, of which every second one is the same.
        let result = match u32::try_from(*exponent) {
            Ok(exponent) => base.checked_pow(exponent),
            Err(_) => {
                (-1..=1).contains(base).then(|| base.pow(if exponent % 2 == 0 { 2 } else { 1 }))
            }
        };
        return result.map(Value::Int).ok_or_else(overflow);
    }
    match (left.number(), right.number()) {
        (Some(base), Some(exponent)) => finite(base.powf(exponent)),
        _ => Err(mismatch(Operator::Power, left, right, "two numbers")),
    }
}

fn modulus(left: &Value, right: &Value) -> Result<Value, String> {
    match (left, right) {
        (Value::Int(_), Value::Int(0)) => Err("division by zero".to_owned()),
        // The one overflow, the smallest integer by -1, has no remainder.
        (Value::Int(left), Value::Int(right)) => {
            Ok(Value::Int(left.checked_rem(*right).unwrap_or(0)))
        }
        _ => Err(mismatch(Operator::Modulus, left, right, "two integers")),
    }
}

fn divide(left: &Value, right: &Value) -> Result<Value, String> {
    if right.number() == Some(0.0) && left.number().is_some() {
        return Err("division by zero".to_owned());
    }
    numbers(Operator::Divide, left, right, i64::checked_div, |a, b| a / b)
}

fn booleans(operator: Operator, left: &Value, right: &Value) -> Result<(bool, bool), String> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok((*left, *right)),
        _ => Err(mismatch(operator, left, right, "two booleans")),
    }
}

/// The operators as a Markdown table, from the one that binds tightest.
pub fn operators_table() -> String {
    let mut out = String::from("| level | operator | what it does |\n|---|---|---|\n");
    for (index, level) in LEVELS.iter().enumerate() {
        for operator in *level {
            let sign = operator.sign().replace('|', "\\|");
            // Writing to a String cannot fail.
            let _ = writeln!(out, "| {} | `{sign}` | {} |", index + 1, operator.meaning());
        }
    }
    out
}

#[cfg(test)]
#[path = "operator_tests.rs"]
mod tests;
