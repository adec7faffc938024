//! Sets of days: of the week, of the month.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::text::shown;

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MON", Weekday::Monday),
    ("TUE", Weekday::Tuesday),
    ("WED", Weekday::Wednesday),
    ("THU", Weekday::Thursday),
    ("FRI", Weekday::Friday),
    ("SAT", Weekday::Saturday),
    ("SUN", Weekday::Sunday),
];
const LAST: &str = "LAST";
/// Bit of the last day of the month, beyond those of the days 1 to 31.
const LAST_BIT: u32 = 0;

/// A word in a list of days that is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not {expected}")]
pub struct BadDays {
    /// The word.
    pub word: String,
    expected: &'static str,
}

/// Days of the week. Text form: `MON,WED,FRI`; empty for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Weekdays(u8);

impl Weekdays {
    /// True when no day is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the date is one of these days.
    pub fn contains(self, date: Date) -> bool {
        self.0 & bit(date.weekday()) != 0
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | bit(day)))
    }
}

impl FromStr for Weekdays {
    type Err = BadDays;

    /// Reads names of days, short or in full, in any case, separated by commas.
    fn from_str(text: &str) -> Result<Self, BadDays> {
        words(text)
            .map(|word| {
                WEEKDAYS
                    .iter()
                    .find(|(short, day)| {
                        word.eq_ignore_ascii_case(short)
                            || word.eq_ignore_ascii_case(&format!("{day:?}"))
                    })
                    .map(|(_, day)| *day)
                    .ok_or_else(|| BadDays {
                        word: shown(word),
                        expected: "a day of the week: use MON, TUE, WED, THU, FRI, SAT or SUN",
                    })
            })
            .collect()
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = WEEKDAYS.iter().filter(|(_, day)| self.0 & bit(*day) != 0);
        f.write_str(&names.map(|(name, _)| *name).collect::<Vec<_>>().join(","))
    }
}

/// Days of the month. Text form: `1,15,LAST`; empty for none. `LAST` is the last day whatever its
/// number; a day that a month does not have (31 in June) does not occur in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDays(u32);

impl MonthDays {
    /// True when no day is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the date is one of these days.
    pub fn contains(self, date: Date) -> bool {
        let is_last = self.0 & (1 << LAST_BIT) != 0 && date.day() == date.days_in_month();
        is_last || self.0 & (1 << date.day()) != 0
    }
}

impl FromStr for MonthDays {
    type Err = BadDays;

    /// Reads numbers and `LAST`, separated by commas.
    fn from_str(text: &str) -> Result<Self, BadDays> {
        let mut set = 0;
        for word in words(text) {
            let day = if word.eq_ignore_ascii_case(LAST) {
                Some(LAST_BIT)
            } else {
                word.parse().ok().filter(|day| (1..=31).contains(day))
            };
            let day = day.ok_or_else(|| BadDays {
                word: shown(word),
                expected: "a day of the month: use 1 to 31 or LAST",
            })?;
            set |= 1 << day;
        }
        Ok(Self(set))
    }
}

impl fmt::Display for MonthDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = (1..=31).filter(|day| self.0 & (1 << day) != 0).map(|day: u32| day.to_string());
        let last = (self.0 & (1 << LAST_BIT) != 0).then(|| LAST.to_owned());
        f.write_str(&days.chain(last).collect::<Vec<_>>().join(","))
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_none = text.trim().is_empty();
    text.split(',').map(str::trim).filter(move |_| !is_none)
}

macro_rules! text_form {
    ($set:ident) => {
        impl TryFrom<String> for $set {
            type Error = BadDays;

            fn try_from(text: String) -> Result<Self, BadDays> {
                text.parse()
            }
        }

        impl From<$set> for String {
            fn from(set: $set) -> Self {
                set.to_string()
            }
        }
    };
}
text_form!(Weekdays);
text_form!(MonthDays);

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn lists_read_back_in_calendar_order() {
        let cases = [("FRI, mon,Wednesday", "MON,WED,FRI"), ("", ""), ("sun", "SUN")];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Weekdays>().unwrap().to_string(), expected);
        }
        let cases = [("LAST,15, 1", "1,15,LAST"), (" ", ""), ("31,last", "31,LAST")];
        for (text, expected) in cases {
            assert_eq!(text.parse::<MonthDays>().unwrap().to_string(), expected);
        }
        let days: MonthDays = serde_json::from_str("\"1,LAST\"").unwrap();
        assert_eq!(serde_json::to_string(&days).unwrap(), "\"1,LAST\"");
    }

    #[test]
    fn a_word_that_is_no_day_is_refused() {
        for text in ["0", "32", "first", "1,,2", "1;2", "-1"] {
            assert!(text.parse::<MonthDays>().is_err(), "{text}");
        }
        for text in ["MO", "8", "MON,", "MON TUE"] {
            assert!(text.parse::<Weekdays>().is_err(), "{text}");
        }
        assert_eq!(
            "MON,FUNDAY".parse::<Weekdays>().unwrap_err().to_string(),
            "`FUNDAY` is not a day of the week: use MON, TUE, WED, THU, FRI, SAT or SUN"
        );
    }

    #[test]
    fn the_last_day_has_another_number_each_month() {
        let last: MonthDays = "LAST".parse().unwrap();
        for (month, day) in [(1, 31), (2, 28), (4, 30)] {
            assert!(last.contains(date(2026, month, day)));
            assert!(!last.contains(date(2026, month, day - 1)));
        }
        assert!(last.contains(date(2028, 2, 29)));
        let days: MonthDays = "30".parse().unwrap();
        assert!(days.contains(date(2026, 1, 30)) && !days.contains(date(2026, 1, 31)));
        let monday: Weekdays = [Weekday::Monday].into_iter().collect();
        assert!(monday.contains(date(2026, 6, 15)) && !monday.contains(date(2026, 6, 16)));
    }
}
