//! Durations and sizes as people write them in a configuration: always with a unit.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A length of time written as a whole number and a unit: `250ms`, `30s`, `5m`, `2h`, `7d`. A plain number is refused,
/// because nobody can tell what it counts. At most 36500 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DurationText(pub Duration);

/// A number of bytes written as a whole number and a unit: `512B`, `64KiB`, `64MiB`, `2GiB`, `1TiB`. A plain number is
/// refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeText(pub u64);

/// Why a text is no [`DurationText`] or [`SizeText`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct QuantityError {
    text: String,
    expected: &'static str,
}

const DURATION: &str =
    "a duration with a unit, such as \"250ms\", \"30s\", \"5m\", \"2h\" or \"7d\"";
const SIZE: &str = "a size with a unit, such as \"512B\", \"64KiB\", \"64MiB\" or \"2GiB\"";

/// Unit and its milliseconds, largest first.
const DURATION_UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
/// Unit and its bytes, largest first.
const SIZE_UNITS: [(&str, u64); 5] =
    [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

const DURATION_MAX_MS: u64 = 36_500 * 86_400_000;

impl DurationText {
    /// The length of time.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl SizeText {
    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for DurationText {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text, &DURATION_UNITS)
            .filter(|&ms| ms <= DURATION_MAX_MS)
            .map(|ms| Self(Duration::from_millis(ms)))
            .ok_or_else(|| QuantityError { text: text.to_owned(), expected: DURATION })
    }
}

impl FromStr for SizeText {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text, &SIZE_UNITS)
            .map(Self)
            .ok_or_else(|| QuantityError { text: text.to_owned(), expected: SIZE })
    }
}

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        // "0ms" would be right too, but seconds are what people write.
        if ms == 0 { f.write_str("0s") } else { print(f, ms, &DURATION_UNITS) }
    }
}

impl fmt::Display for SizeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { f.write_str("0B") } else { print(f, self.0, &SIZE_UNITS) }
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// The amount in the largest unit that divides it.
fn print(f: &mut fmt::Formatter<'_>, amount: u64, units: &[(&str, u64)]) -> fmt::Result {
    let fitting = units.iter().find(|(_, factor)| amount.is_multiple_of(*factor));
    // The last unit is one of its kind, so there is always one.
    let (unit, factor) = fitting.unwrap_or(&("", 1));
    write!(f, "{}{unit}", amount / factor)
}

struct TextOf(&'static str);

impl Visitor<'_> for TextOf {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextOf(DURATION))?.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for SizeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextOf(SIZE))?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for DurationText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for SizeText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_printed_in_their_largest_unit() {
        for (text, ms, printed) in [
            ("250ms", 250, "250ms"),
            ("30s", 30_000, "30s"),
            ("90s", 90_000, "90s"),
            ("120s", 120_000, "2m"),
            ("5 m", 300_000, "5m"),
            ("2h", 7_200_000, "2h"),
            ("7d", 604_800_000, "7d"),
            ("0s", 0, "0s"),
        ] {
            let duration: DurationText = text.parse().expect(text);
            assert_eq!(duration.get(), Duration::from_millis(ms), "{text}");
            assert_eq!(duration.to_string(), printed);
        }
    }

    #[test]
    fn sizes_are_read_and_printed_in_their_largest_unit() {
        for (text, bytes, printed) in [
            ("512B", 512, "512B"),
            ("64MiB", 64 << 20, "64MiB"),
            ("1024KiB", 1 << 20, "1MiB"),
            ("0B", 0, "0B"),
        ] {
            let size: SizeText = text.parse().expect(text);
            assert_eq!((size.bytes(), size.to_string().as_str()), (bytes, printed), "{text}");
        }
    }

    #[test]
    fn what_has_no_clear_meaning_is_refused() {
        for text in [
            "",
            "30",
            "s",
            "-5s",
            "1.5h",
            "5 minutes",
            "5M",
            "99999999999d",
            "18446744073709551615h",
        ] {
            assert!(text.parse::<DurationText>().is_err(), "{text}");
        }
        for text in ["", "64", "64MB", "64mib", "-1B", "99999999TiB"] {
            assert!(text.parse::<SizeText>().is_err(), "{text}");
        }
    }
}
