//! Times on the command line: `250ms`, `30s`, `5m`, `2h`, or a bare number of seconds.

use std::time::Duration;

/// Longest time that can be given: 30 days.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// Reads a time.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a time; write 250ms, 30s, 5m or 2h");
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let seconds: f64 = number.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds * factor)
        .ok()
        .filter(|time| *time <= LONGEST)
        .ok_or_else(|| format!("`{text}` is not a time from 0 to 720h"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, milliseconds) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("1.5s", 1500),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("7", 7000),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)));
        }
        for text in ["", "s", "5d", "-1s", "1h30m", "NaN", "inf", "1e9h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
