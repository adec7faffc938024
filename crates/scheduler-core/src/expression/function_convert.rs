//! Functions that make one type of another, and the logarithm.

use core_kit::text::shown;

use super::value::Value;

pub(super) fn to_bool(values: &[Value]) -> Result<Value, String> {
    match values {
        [Value::Bool(value), ..] => Ok(Value::Bool(*value)),
        [Value::Text(text), ..] if text.trim().eq_ignore_ascii_case("true") => {
            Ok(Value::Bool(true))
        }
        [Value::Text(text), ..] if text.trim().eq_ignore_ascii_case("false") => {
            Ok(Value::Bool(false))
        }
        _ => Err(cannot("ToBool", values, "`true` or `false`")),
    }
}

pub(super) fn to_float(values: &[Value]) -> Result<Value, String> {
    number("ToFloat", values).map(|number| match number {
        Number::Whole(whole) => Value::Float(float(whole)),
        Number::Float(float) => Value::Float(float),
    })
}

pub(super) fn to_int(values: &[Value]) -> Result<Value, String> {
    let whole = whole("ToInt", values)?;
    match i32::try_from(whole) {
        Ok(int) => Ok(Value::Int(int.into())),
        Err(_) => Err(format!("{whole} does not fit into 32 bits, ToLong takes it")),
    }
}

pub(super) fn to_long(values: &[Value]) -> Result<Value, String> {
    whole("ToLong", values).map(Value::Int)
}

pub(super) fn to_text(values: &[Value]) -> Result<Value, String> {
    values
        .first()
        .map(|value| Value::Text(value.to_string()))
        .ok_or_else(|| "ToStr lacks its value".to_owned())
}

enum Number {
    Whole(i64),
    Float(f64),
}

/// The number of a number or a text: digits with a sign, a decimal point and an exponent, and blanks
/// around them.
fn number(function: &str, values: &[Value]) -> Result<Number, String> {
    let bad = || cannot(function, values, "a number");
    match values {
        [Value::Int(number), ..] => Ok(Number::Whole(*number)),
        [Value::Float(number), ..] => Ok(Number::Float(*number)),
        [Value::Text(text), ..] => {
            let text = text.trim();
            // `inf` and `nan` are no numbers here.
            let is_plain = text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
            let whole = text.parse().map(Number::Whole).ok();
            let float = || text.parse().ok().filter(|n: &f64| n.is_finite()).map(Number::Float);
            whole.or_else(float).filter(|_| is_plain).ok_or_else(bad)
        }
        _ => Err(bad()),
    }
}

/// The integer part, towards 0.
fn whole(function: &str, values: &[Value]) -> Result<i64, String> {
    match number(function, values)? {
        Number::Whole(whole) => Ok(whole),
        Number::Float(number) => {
            // 2^63 itself is the first float that does not fit.
            const LIMIT: f64 = 9_223_372_036_854_775_808.0;
            if (-LIMIT..LIMIT).contains(&number) {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the integer part is meant, and fits"
                )]
                Ok(number as i64)
            } else {
                Err(format!("{} does not fit into 64 bits", Value::Float(number)))
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a floating point number is asked for")]
fn float(whole: i64) -> f64 {
    whole as f64
}

fn cannot(function: &str, values: &[Value], expected: &str) -> String {
    let found = match values.first() {
        Some(Value::Text(text)) => format!("`{}`", shown(text)),
        Some(other) => other.type_name().to_owned(),
        None => "nothing".to_owned(),
    };
    format!("{function} cannot convert {found}, expected {expected}")
}

pub(super) fn log_to_base(values: &[Value]) -> Result<Value, String> {
    let [Some(number), Some(base)] = [0, 1].map(|index| values.get(index).and_then(Value::number))
    else {
        return Err("LogToBase takes two numbers; ToFloat converts".to_owned());
    };
    if number <= 0.0 {
        return Err("LogToBase takes a number above 0".to_owned());
    }
    #[expect(clippy::float_cmp, reason = "only the base 1 itself has no logarithm")]
    if base <= 0.0 || base == 1.0 {
        return Err("LogToBase takes a base above 0 that is not 1".to_owned());
    }
    let result = number.ln() / base.ln();
    if result.is_finite() {
        Ok(Value::Float(result))
    } else {
        Err("LogToBase has no result that is a number".to_owned())
    }
}
