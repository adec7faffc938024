//! Functions of strings. Places and lengths are counted in characters.

use super::function::text_at;
use super::value::Value;
use crate::property::limits::TEXT_BYTES_MAX;

pub(super) fn index(values: &[Value]) -> Result<Value, String> {
    let (text, search) = (text_at(values, 0, "Index")?, text_at(values, 1, "Index")?);
    let found = text.find(search).map(|at| count(&text[..at]));
    Ok(Value::Int(found.unwrap_or(-1)))
}

pub(super) fn length(values: &[Value]) -> Result<Value, String> {
    text_at(values, 0, "Length").map(|text| Value::Int(count(text)))
}

pub(super) fn replace(values: &[Value]) -> Result<Value, String> {
    let [text, search, replacement] = [0, 1, 2].map(|index| text_at(values, index, "Replace"));
    let search = search?;
    if search.is_empty() {
        return Err("Replace needs a text to search for, not an empty one".to_owned());
    }
    replaced(text?, search, replacement?)
}

pub(super) fn replace_backslashes(values: &[Value]) -> Result<Value, String> {
    let [text, replacement] = [0, 1].map(|index| text_at(values, index, "ReplaceBackslashes"));
    replaced(text?, "\\", replacement?)
}

/// Replaces, if the result is not too long: it is counted before it is made.
fn replaced(text: &str, search: &str, replacement: &str) -> Result<Value, String> {
    let times = text.matches(search).count();
    let left = text.len() - times * search.len();
    match times.checked_mul(replacement.len()).and_then(|new| new.checked_add(left)) {
        Some(bytes) if bytes <= TEXT_BYTES_MAX => {
            Ok(Value::Text(text.replace(search, replacement)))
        }
        _ => Err(format!("the result is longer than {TEXT_BYTES_MAX} bytes")),
    }
}

pub(super) fn part(values: &[Value]) -> Result<Value, String> {
    let text = text_at(values, 0, "SubStr")?;
    let start = place(values, 1)?;
    let beyond = || {
        let length = count(text);
        format!(
            "SubStr reaches beyond the text, which has {length} characters (places count from 0)"
        )
    };
    let start = offset(text, start).ok_or_else(beyond)?;
    let rest = &text[start..];
    let end = match values.get(2) {
        None => rest.len(),
        Some(_) => offset(rest, place(values, 2)?).ok_or_else(beyond)?,
    };
    Ok(Value::Text(rest[..end].to_owned()))
}

/// A place or length, which is an integer from 0 on.
fn place(values: &[Value], index: usize) -> Result<usize, String> {
    let what = if index == 1 { "start" } else { "length" };
    match values.get(index) {
        Some(Value::Int(number)) => usize::try_from(*number)
            .map_err(|_| format!("the {what} of SubStr is {number}, expected 0 or more")),
        Some(other) => Err(format!(
            "the {what} of SubStr is {}, expected an integer; ToInt converts",
            other.type_name()
        )),
        None => Err(format!("SubStr lacks its {what}")),
    }
}

/// The byte of a character, the end included.
fn offset(text: &str, chars: usize) -> Option<usize> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    { ends }.nth(chars)
}

pub(super) fn lower(values: &[Value]) -> Result<Value, String> {
    text_at(values, 0, "ToLower").map(|text| Value::Text(text.to_lowercase()))
}

pub(super) fn upper(values: &[Value]) -> Result<Value, String> {
    text_at(values, 0, "ToUpper").map(|text| Value::Text(text.to_uppercase()))
}

fn count(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}
