//! Functions of times.

use core_kit::nearest;
use core_kit::text::shown;

use super::function::text_at;
use super::value::Value;

const FORMATS: [&str; 6] = [
    "signed_percent",
    "unsigned_percent",
    "signed_secs",
    "unsigned_secs",
    "signed_string",
    "unsigned_string",
];
const SECONDS_OF_DAY: i64 = 86_400;

/// `time1 - time2`. Percentages are of `time2`, so that a run time and its estimate can be compared;
/// they and the seconds are numbers, as the vendor's examples calculate with them.
pub(super) fn difference(values: &[Value]) -> Result<Value, String> {
    let [first, second, format] = [0, 1, 2].map(|index| text_at(values, index, "TimeDiff"));
    let (first, second, format) = (seconds(first?)?, seconds(second?)?, format?);
    let difference = first - second;
    match format.trim().to_ascii_lowercase().as_str() {
        "signed_secs" => Ok(Value::Int(difference)),
        "unsigned_secs" => Ok(Value::Int(difference.abs())),
        "signed_percent" => percent(difference, second),
        "unsigned_percent" => percent(difference.abs(), second),
        "signed_string" => {
            let sign = if difference < 0 { '-' } else { '+' };
            Ok(Value::Text(format!("{sign}{}", clock(difference.abs()))))
        }
        "unsigned_string" => Ok(Value::Text(clock(difference.abs()))),
        other => {
            let near = nearest(other, FORMATS);
            let near = near.map_or(String::new(), |near| format!(", did you mean {near}?"));
            let other = shown(other);
            Err(format!(
                "`{other}` is no format of TimeDiff{near} (expected {})",
                FORMATS.join(", ")
            ))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of at most 999,999 hours are exact")]
fn percent(difference: i64, of: i64) -> Result<Value, String> {
    if of == 0 {
        return Err("TimeDiff has no percentage of 00:00:00".to_owned());
    }
    Ok(Value::Float(difference as f64 * 100.0 / of as f64))
}

fn clock(seconds: i64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A time `hh:mm:ss`; run times have more than 24 hours.
fn seconds(text: &str) -> Result<i64, String> {
    let parts: Option<Vec<i64>> = text.trim().split(':').map(digits).collect();
    match parts.as_deref() {
        Some(&[hours, minutes, seconds]) if minutes < 60 && seconds < 60 => {
            Ok(hours * 3600 + minutes * 60 + seconds)
        }
        _ => Err(format!("`{}` is no time, expected hh:mm:ss", shown(text))),
    }
}

/// Minutes, `hh:mm` or `dd:hh:mm` as part of a day.
#[expect(clippy::cast_precision_loss, reason = "minutes of at most 999,999 days are exact")]
pub(super) fn part_of_day(values: &[Value]) -> Result<Value, String> {
    let text = text_at(values, 0, "ToOaTime")?;
    let parts: Option<Vec<i64>> = text.trim().split(':').map(digits).collect();
    let minutes = match parts.as_deref() {
        Some(&[minutes]) => minutes,
        Some(&[hours, minutes]) if minutes < 60 => hours * 60 + minutes,
        Some(&[days, hours, minutes]) if hours < 24 && minutes < 60 => {
            days * SECONDS_OF_DAY / 60 + hours * 60 + minutes
        }
        _ => {
            let text = shown(text);
            return Err(format!("`{text}` is no time, expected minutes, hh:mm or dd:hh:mm"));
        }
    };
    Ok(Value::Float(minutes as f64 * 60.0 / SECONDS_OF_DAY as f64))
}

/// A number of at most six digits.
fn digits(text: &str) -> Option<i64> {
    let is_number = (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
