//! How often a schedule starts its job within a day.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::{hms, shown};

const DAY_SECONDS: u32 = 24 * 3600;

/// A repeat interval: 1 second to 24 hours of elapsed time. Text form `hh:mm:ss`, as in the
/// vendor's example `01:30:00` (`amt-domain 10`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repeat {
    seconds: u32,
}

/// A text or number that is no repeat interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a repeat interval: use hh:mm:ss, from 00:00:01 to 24:00:00")]
pub struct BadRepeat(String);

impl Repeat {
    /// An interval in seconds, 1 to 86 400.
    ///
    /// # Errors
    /// When it is outside of that.
    pub fn from_seconds(seconds: u32) -> Result<Self, BadRepeat> {
        if (1..=DAY_SECONDS).contains(&seconds) {
            Ok(Self { seconds })
        } else {
            Err(BadRepeat(format!("{seconds} s")))
        }
    }

    /// The interval in seconds.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }
}

impl FromStr for Repeat {
    type Err = BadRepeat;

    fn from_str(text: &str) -> Result<Self, BadRepeat> {
        parse(text)
            .and_then(|seconds| Self::from_seconds(seconds).ok())
            .ok_or_else(|| BadRepeat(shown(text)))
    }
}

fn parse(text: &str) -> Option<u32> {
    let mut parts = text.split(':').map(|part| {
        let is_number = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok()).flatten()
    });
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let is_whole = parts.next().is_none() && minutes < 60 && seconds < 60;
    is_whole.then_some(hours * 3600 + minutes * 60 + seconds)
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hms(self.seconds))
    }
}

impl TryFrom<String> for Repeat {
    type Error = BadRepeat;

    fn try_from(text: String) -> Result<Self, BadRepeat> {
        text.parse()
    }
}

impl From<Repeat> for String {
    fn from(repeat: Repeat) -> Self {
        repeat.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_form_reads_back() {
        for (text, seconds) in [("01:30:00", 5400), ("00:00:01", 1), ("24:00:00", 86_400)] {
            let repeat: Repeat = text.parse().unwrap();
            assert_eq!((repeat.seconds(), repeat.to_string().as_str()), (seconds, text));
        }
        assert_eq!("1:30:00".parse::<Repeat>(), Repeat::from_seconds(5400));
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in [
            "",
            "00:00:00",
            "24:00:01",
            "01:60:00",
            "01:00",
            "1:2:3:4",
            "+1:00:00",
            "a:b:c",
            "001:00:00",
        ] {
            assert!(text.parse::<Repeat>().is_err(), "{text}");
        }
        assert!(Repeat::from_seconds(0).is_err());
        assert_eq!(
            "01:00".parse::<Repeat>().unwrap_err().to_string(),
            "`01:00` is not a repeat interval: use hh:mm:ss, from 00:00:01 to 24:00:00"
        );
    }
}
