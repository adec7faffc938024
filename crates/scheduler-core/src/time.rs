//! Lengths and times as definitions write them, and local time as instants.
//!
//! Civil time stands in the time zone of its schedule. It becomes an instant by the one rule of
//! [`core_kit::zone`]: the first instant at which the local clock has reached it.

pub use core_kit::zone::Zone;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::text_value::TextValue;

/// A distance from the start of a schedule's day, in whole minutes, written `hh:mm`; more than 24 hours
/// lead into the next days. 00:00 to 167:59 (`opcon-domain 1.4.3`; the vendor publishes no largest
/// value, a week less a minute is ours).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(u16);

impl Offset {
    /// No distance.
    pub const ZERO: Self = Self(0);
    /// The longest: a week less a minute.
    pub const MAX: Self = Self(7 * 24 * 60 - 1);

    /// So many minutes; none above [`Offset::MAX`].
    pub fn from_minutes(minutes: u32) -> Option<Self> {
        u16::try_from(minutes).ok().map(Self).filter(|offset| *offset <= Self::MAX)
    }

    /// In minutes.
    pub fn minutes(self) -> u32 {
        u32::from(self.0)
    }
}

impl TextValue for Offset {
    const FORMAT: &'static str = "offset";
    const EXPECTED: &'static str = "hours and minutes such as 06:00 or 30:15, at most 167:59";
    const PATTERN: &'static str = "^[0-9]{1,3}:[0-5][0-9]$";

    fn parse(text: &str) -> Result<Self, String> {
        let minutes = hours_and_minutes(text).ok_or_else(String::new)?;
        Self::from_minutes(minutes).ok_or_else(|| "is too long".to_owned())
    }

    fn print(&self) -> String {
        format!("{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// So many minutes later; at the end of time no later.
pub(crate) fn later(from: Timestamp, minutes: u32) -> Timestamp {
    from.saturating_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MAX)
}

/// A time of day in whole minutes, `00:00` to `23:59`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// So many minutes after midnight; none from 24 hours on.
    pub fn from_minutes(minutes: u32) -> Option<Self> {
        u16::try_from(minutes).ok().filter(|minutes| *minutes < 24 * 60).map(Self)
    }

    /// Minutes after midnight.
    pub fn minutes(self) -> u32 {
        u32::from(self.0)
    }
}

impl TextValue for TimeOfDay {
    const FORMAT: &'static str = "time-of-day";
    const EXPECTED: &'static str = "a time of day such as 06:00, from 00:00 to 23:59";
    const PATTERN: &'static str = "^([01]?[0-9]|2[0-3]):[0-5][0-9]$";

    fn parse(text: &str) -> Result<Self, String> {
        let minutes = hours_and_minutes(text).ok_or_else(String::new)?;
        Self::from_minutes(minutes).ok_or_else(String::new)
    }

    fn print(&self) -> String {
        format!("{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// The minutes of a text `h:mm` to `hhh:mm`.
fn hours_and_minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_form =
        (1..=3).contains(&hours.len()) && minutes.len() == 2 && digits(hours) && digits(minutes);
    let (hours, minutes): (u32, u32) =
        is_form.then_some((hours.parse().ok()?, minutes.parse().ok()?))?;
    (minutes < 60).then_some(hours * 60 + minutes)
}

/// A calendar date, written `2026-12-31`, in the years 1900 to 9998.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub Date);

impl TextValue for Day {
    const FORMAT: &'static str = "date";
    const EXPECTED: &'static str = "a date such as 2026-12-31";
    const PATTERN: &'static str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

    fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let digits = |part: &&str, len: usize| {
            part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let [year, month, day] = parts[..] else { return Err(String::new()) };
        if !(digits(&year, 4) && digits(&month, 2) && digits(&day, 2)) {
            return Err(String::new());
        }
        let number = |part: &str| part.parse::<i16>().map_err(|_| String::new());
        let (year, month, day) = (number(year)?, number(month)?, number(day)?);
        if !(1900..=9998).contains(&year) {
            return Err("is not in the years 1900 to 9998".to_owned());
        }
        let [month, day] = [month, day].map(|part| i8::try_from(part).unwrap_or(i8::MAX));
        let first = Date::new(year, month, 1).map_err(|_| format!("has no month {month}"))?;
        if day < 1 || day > first.days_in_month() {
            return Err(format!(
                "is impossible: {} has {} days",
                first.strftime("%B %Y"),
                first.days_in_month()
            ));
        }
        Date::new(year, month, day).map(Self).map_err(|error| error.to_string())
    }

    fn print(&self) -> String {
        self.0.to_string()
    }
}

/// The name of a time zone.
impl TextValue for ZoneName {
    const FORMAT: &'static str = "time-zone";
    const EXPECTED: &'static str = "the name of a time zone such as Europe/Zurich, or UTC";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| String::new())
    }

    fn print(&self) -> String {
        self.0.name().to_owned()
    }
}

/// A time zone as a definition names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneName(pub Zone);

crate::text_value!(Offset, TimeOfDay, Day, ZoneName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_go_beyond_midnight_and_times_of_day_do_not() {
        assert_eq!("30:15".parse::<Offset>().unwrap().minutes(), 1815);
        assert_eq!("6:05".parse::<Offset>().unwrap().to_string(), "06:05");
        assert_eq!(
            "168:00".parse::<Offset>().unwrap_err().message,
            "`168:00` is too long; expected hours and minutes such as 06:00 or 30:15, at most 167:59"
        );
        assert!("23:59".parse::<TimeOfDay>().is_ok());
        for wrong in ["24:00", "6", "06:60", "06:5", "-1:00", "+6:00", " 06:00", "0600", "٠٦:٠٠"]
        {
            assert!(wrong.parse::<TimeOfDay>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn impossible_dates_say_how_long_the_month_is() {
        let message = |text: &str| text.parse::<Day>().unwrap_err().message;
        assert_eq!(
            message("2026-02-31"),
            "`2026-02-31` is impossible: February 2026 has 28 days; expected a date such as 2026-12-31"
        );
        assert!(message("2026-13-01").contains("has no month 13"));
        assert!(message("2026-00-01").contains("has no month 0"));
        assert!(message("1899-01-01").contains("years 1900"));
        assert_eq!(message("31.12.2026"), "`31.12.2026` is not a date such as 2026-12-31");
        assert_eq!("2028-02-29".parse::<Day>().unwrap().to_string(), "2028-02-29");
    }
}
