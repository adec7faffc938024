//! Days of the week, and sets of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DayNumber;

/// A day of the week.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DayOfWeek {
    /// Sunday, with which a week begins.
    // Source: `opcon-domain 1.4.1`.
    Sun,
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
}

impl DayOfWeek {
    /// All of them, in the order of a week.
    pub const ALL: [Self; 7] =
        [Self::Sun, Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat];

    /// The day that is so many days after Sunday.
    pub const fn from_sunday(days: i32) -> Self {
        match days.rem_euclid(7) {
            0 => Self::Sun,
            1 => Self::Mon,
            2 => Self::Tue,
            3 => Self::Wed,
            4 => Self::Thu,
            5 => Self::Fri,
            _ => Self::Sat,
        }
    }

    /// The English name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sun => "Sunday",
            Self::Mon => "Monday",
            Self::Tue => "Tuesday",
            Self::Wed => "Wednesday",
            Self::Thu => "Thursday",
            Self::Fri => "Friday",
            Self::Sat => "Saturday",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of days of the week, written as a list: `[mon, tue]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Vec<DayOfWeek>", into = "Vec<DayOfWeek>")]
#[schemars(with = "Vec<DayOfWeek>", inline)]
pub struct Weekdays(u8);

impl Weekdays {
    /// No day.
    pub const NONE: Self = Self(0);
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const MON_TO_FRI: Self = Self(0b011_1110);

    /// True when no day is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many days are in the set, 0 to 7.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether the day is in the set.
    pub const fn contains(self, day: DayOfWeek) -> bool {
        self.0 & day.bit() != 0
    }

    /// Whether the date falls on one of these days.
    pub const fn has(self, date: DayNumber) -> bool {
        self.0 >> date.days_from_sunday() & 1 != 0
    }

    /// The days of the set, in the order of a week.
    pub fn iter(self) -> impl Iterator<Item = DayOfWeek> {
        DayOfWeek::ALL.into_iter().filter(move |day| self.contains(*day))
    }

    /// How many dates from `first` to `last`, both included, fall on these days.
    pub fn count(self, first: DayNumber, last: DayNumber) -> i32 {
        if last < first {
            return 0;
        }
        let days = last.since(first) + 1;
        // The days of one week, from the weekday of `first` on; the last, incomplete week has the
        // lower ones.
        let start = first.days_from_sunday();
        let turned = (u16::from(self.0) | u16::from(self.0) << 7) >> start;
        let rest = turned & ((1 << (days % 7)) - 1);
        let ones = |bits: u32| i32::try_from(bits).unwrap_or(0);
        days / 7 * ones(self.len()) + ones(rest.count_ones())
    }
}

impl FromIterator<DayOfWeek> for Weekdays {
    fn from_iter<I: IntoIterator<Item = DayOfWeek>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | day.bit()))
    }
}

impl From<Vec<DayOfWeek>> for Weekdays {
    fn from(days: Vec<DayOfWeek>) -> Self {
        days.into_iter().collect()
    }
}

impl From<Weekdays> for Vec<DayOfWeek> {
    fn from(days: Weekdays) -> Self {
        days.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_a_list_in_the_order_of_a_week() {
        let days: Weekdays = serde_json::from_str("[\"sat\", \"mon\", \"sat\"]").unwrap();
        assert_eq!(serde_json::to_string(&days).unwrap(), "[\"mon\",\"sat\"]");
        let error = serde_json::from_str::<Weekdays>("[\"monday\"]").unwrap_err().to_string();
        assert!(
            error.contains("unknown variant `monday`, expected one of `sun`, `mon`"),
            "{error}"
        );
        assert_eq!(Weekdays::MON_TO_FRI.iter().count(), 5);
        assert!(!Weekdays::MON_TO_FRI.contains(DayOfWeek::Sun));
        assert!(!Weekdays::MON_TO_FRI.contains(DayOfWeek::Sat));
    }

    #[test]
    fn counting_is_the_same_as_looking_at_each_day() {
        let start = DayNumber::ymd(2026, 11, 20);
        for set in 0..128 {
            let set = Weekdays(set);
            for (from, len) in (0..7).flat_map(|from| (0..24).map(move |len| (from, len))) {
                let (first, last) = (start.plus(from), start.plus(from + len - 1));
                let looked: usize =
                    first.to(last).filter(|day| set.contains(day.weekday())).count();
                assert_eq!(usize::try_from(set.count(first, last)).unwrap(), looked);
                assert!(first.to(last).all(|day| set.has(day) == set.contains(day.weekday())));
            }
        }
    }
}
