//! Names and times as people type and read them.

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A daily job with its schedule: `Night/Load`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobName {
    pub(crate) schedule: String,
    pub(crate) job: String,
}

impl FromStr for JobName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((schedule, job)) if !schedule.is_empty() && !job.is_empty() => {
                Ok(Self { schedule: schedule.to_owned(), job: job.to_owned() })
            }
            _ => Err("expected a schedule and a job, such as Night/Load".to_owned()),
        }
    }
}

/// An attempt by itself: the number of its daily job and its own, as `17.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttemptId {
    pub(crate) job: i64,
    pub(crate) number: i64,
}

impl FromStr for AttemptId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let both = text.split_once('.');
        let both = both.and_then(|(job, number)| Some((job.parse().ok()?, number.parse().ok()?)));
        match both {
            Some((job, number)) if job > 0 && number > 0 => Ok(Self { job, number }),
            _ => Err("expected what `ringmaster job show` calls ID, such as 17.1".to_owned()),
        }
    }
}

/// A text as one part of a path of the API.
pub(crate) fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// An instant in a zone; with its date where that is not the one it is shown for.
pub(crate) fn time(at: Option<Timestamp>, zone: &str, date: Date) -> String {
    let Some(at) = at else { return String::new() };
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = at.to_zoned(zone);
    if local.date() == date {
        local.strftime("%H:%M:%S").to_string()
    } else {
        local.strftime("%m-%d %H:%M:%S").to_string()
    }
}

/// Which zone the times of a table are in, as the line below it.
pub(crate) fn zones<'z>(all: impl IntoIterator<Item = &'z str>) -> Option<String> {
    let all: BTreeSet<&str> = all.into_iter().collect();
    let names: Vec<&str> = all.into_iter().collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("times of {one}")),
        several => Some(format!("times of the zone of each schedule: {}", several.join(", "))),
    }
}

/// An instant with its date and zone.
pub(crate) fn instant(at: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_after_its_schedule() {
        let name: JobName = "Night_Load[Branch load]/Read it".parse().unwrap();
        assert_eq!(name.schedule, "Night_Load[Branch load]");
        assert_eq!(name.job, "Read it");
        for wrong in ["Load", "/Load", "Night/", ""] {
            assert!(wrong.parse::<JobName>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_attempt_is_named_by_the_number_of_its_job_and_its_own() {
        assert_eq!("17.2".parse(), Ok(AttemptId { job: 17, number: 2 }));
        for wrong in ["17", "17.", ".2", "0.1", "17.-1", "a.b", ""] {
            assert!(wrong.parse::<AttemptId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn whatever_a_name_has_it_is_one_part_of_a_path() {
        assert_eq!(segment("A b/c?[é]"), "A%20b%2Fc%3F%5B%C3%A9%5D");
    }
}
