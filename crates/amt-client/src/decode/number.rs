//! Numbers that may be written as text, and codes that may be written as names.

use amt_protocol::CompletionCode;
use serde_json::Value;

/// An integer, given as a JSON number or as text.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A completion code as its number, its number as text, or its name.
///
/// Numbers that no source assigns are kept as they are: the caller reads them as undefined.
pub fn code(value: &Value) -> Option<u16> {
    match integer(value) {
        Some(number) => u16::try_from(number).ok(),
        None => value.as_str()?.parse().ok().map(CompletionCode::number),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_read_in_every_dress() {
        for value in [json!(2112), json!("2112"), json!(" 2112 "), json!(2112.0)] {
            assert_eq!(integer(&value), Some(2112), "{value}");
        }
        for value in [json!(1.5), json!("x"), json!(null), json!([1]), json!(true)] {
            assert_eq!(integer(&value), None, "{value}");
        }
    }

    #[test]
    fn codes_are_read_as_number_text_or_name() {
        for value in [
            json!(14),
            json!("14"),
            json!("WAIT FOR INPUT REQUEST"),
            json!("wait_for_input_request"),
        ] {
            assert_eq!(code(&value), Some(14), "{value}");
        }
        assert_eq!(code(&json!(17)), Some(17));
        for value in [json!(-1), json!("FINE"), json!(null), json!(70000)] {
            assert_eq!(code(&value), None, "{value}");
        }
    }
}
