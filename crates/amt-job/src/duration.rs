//! Durations as people write them: `90`, `90s`, `10m`, `2h`.

use crate::exit::Failure;

/// Reads a duration, in seconds. `name` is where it stood, for the error.
pub(crate) fn seconds(name: &str, text: &str) -> Result<u32, Failure> {
    let bad = || {
        Failure::usage(format!(
            "{name} `{text}` is not a duration; write seconds (90), or 90s, 10m, 2h, at most {} s",
            u32::MAX
        ))
    };
    let (number, unit) = match text.chars().last() {
        Some('s') => (&text[..text.len() - 1], 1),
        Some('m') => (&text[..text.len() - 1], 60),
        Some('h') => (&text[..text.len() - 1], 3600),
        _ => (text, 1),
    };
    // `parse` alone would take `+5` as well.
    if !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(bad());
    }
    number.parse::<u32>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(bad)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::seconds;

    #[test]
    fn seconds_minutes_and_hours() {
        for (text, expected) in [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("0", 0)] {
            assert_eq!(seconds("--timeout", text).unwrap(), expected, "{text}");
        }
        for text in
            ["", "s", "-5", "+5", "1.5h", "5d", "10 m", "2h30m", "4294967296", "2000000h", "5é"]
        {
            assert!(seconds("--timeout", text).is_err(), "{text}");
        }
    }
}
