//! A time zone by name, and the one rule by which a local time becomes an instant.
//!
//! **The rule.** A local date and time means *the first instant at which the local clock has
//! reached it*. So
//! * a local time inside a gap (clocks go forward) is the first instant after the gap;
//! * a local time that occurs twice (clocks go back) is its first occurrence, and only that one;
//! * later local times never mean earlier instants, so windows and schedules cannot fold over
//!   themselves.
//!
//! Queue windows, batch schedules and the scheduler's plans use this rule and no other.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Serialize};

/// Files that many systems keep beside the zones. They hold the zone of the machine, which is another
/// one elsewhere.
const OF_THE_MACHINE: [&str; 2] = ["localtime", "posixrules"];

/// A time zone with the name it was asked for by.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A name that no time zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone: use a name such as Europe/Amsterdam, or UTC")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// Reads what has been stored. Earlier versions took POSIX rules (`UTC+1`, which is one hour
    /// *behind* UTC) as well: what holds one goes on as it did, and cannot be changed without a name.
    ///
    /// # Errors
    /// A text that is neither.
    pub fn stored(text: &str) -> Result<Self, UnknownZone> {
        text.parse().or_else(|unknown| {
            let rules = TimeZone::posix(text).map_err(|_| unknown)?;
            Ok(Self { name: text.to_owned(), rules })
        })
    }

    /// The name, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The local date and time at an instant.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.rules.to_datetime(at)
    }

    /// The local date at an instant.
    pub fn date(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// Whether the local clock ever shows `local`: not inside a gap.
    pub fn has(&self, local: DateTime) -> bool {
        !matches!(self.rules.to_ambiguous_timestamp(local).offset(), AmbiguousOffset::Gap { .. })
    }

    /// Whether the local clock is set forward or back after `first` and not after `last`.
    pub fn changes_between(&self, first: Timestamp, last: Timestamp) -> bool {
        self.rules.following(first).next().is_some_and(|change| change.timestamp() <= last)
    }

    /// The first instant at which the local clock has reached `local`; none beyond the ends of
    /// time.
    pub fn first_instant(&self, local: DateTime) -> Option<Timestamp> {
        let ambiguous = self.rules.to_ambiguous_timestamp(local);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
            AmbiguousOffset::Gap { after, .. } => {
                // With the later offset a time in the gap lies before the clocks change.
                let before_the_gap = after.to_timestamp(local).ok()?;
                self.rules
                    .following(before_the_gap)
                    .find(|change| change.offset() == after)
                    .map(|change| change.timestamp())
            }
        }
    }
}

/// The time of day without a fraction of a second. Instants are stored in microseconds: with a
/// finer time of day, a start that was stored and read back would lie before itself and happen
/// again.
pub fn whole_seconds(time: Time) -> Time {
    Time::constant(time.hour(), time.minute(), time.second(), 0)
}

impl FromStr for Zone {
    type Err = UnknownZone;

    /// Reads an IANA name (`Europe/Amsterdam`, in any case), which is looked up in the zone database
    /// of the machine, once per name. A POSIX rule such as `UTC+1` is none: its sign is the opposite
    /// of what people mean.
    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        if name.eq_ignore_ascii_case("UTC") {
            return Ok(Self::utc());
        }
        let unknown = || UnknownZone(crate::text::shown(name));
        if OF_THE_MACHINE.iter().any(|file| name.eq_ignore_ascii_case(file)) {
            return Err(unknown());
        }
        let rules = TimeZone::get(name).map_err(|_| unknown())?;
        Ok(Self { name: name.to_owned(), rules })
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, UnknownZone> {
        Self::stored(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

/// Zones that need no database, for tests.
#[cfg(any(test, feature = "samples"))]
#[expect(missing_docs, clippy::missing_panics_doc, clippy::unwrap_used, reason = "tests only")]
pub mod samples {
    use proptest::prelude::*;

    use super::{Timestamp, Zone};

    /// Western Europe: forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00.
    pub fn berlin() -> Zone {
        Zone::stored("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    /// Half an hour only, and south of the equator: back on 2026-04-05 at 02:00, forward on
    /// 2026-10-04 at 02:00.
    pub fn lord_howe() -> Zone {
        Zone::stored("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0").unwrap()
    }

    /// The clocks change at midnight: forward at 00:00 to 01:00, back at 00:00 to 23:00 of the day
    /// before.
    pub fn midnight() -> Zone {
        Zone::stored("<-04>4<-03>,M9.1.0/0,M4.1.0/0").unwrap()
    }

    pub fn any() -> impl Strategy<Value = Zone> {
        prop_oneof![Just(Zone::utc()), Just(berlin()), Just(lord_howe()), Just(midnight())]
    }

    /// An instant near a change of the clocks of one of the zones, on a whole second.
    pub fn instant() -> impl Strategy<Value = Timestamp> {
        let changes = [
            "2026-03-29T01:00:00Z",
            "2026-10-25T01:00:00Z",
            "2026-04-04T15:00:00Z",
            "2026-10-03T15:30:00Z",
            "2026-09-06T04:00:00Z",
            "2026-04-05T03:00:00Z",
            "2026-06-15T12:00:00Z",
        ];
        (prop::sample::select(changes.to_vec()), -200_000i64..200_000).prop_map(
            |(change, seconds)| {
                let change: Timestamp = change.parse().unwrap();
                Timestamp::from_second(change.as_second() + seconds).unwrap()
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instant(zone: &Zone, local: &str) -> String {
        zone.first_instant(local.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_local_time_in_a_gap_is_the_first_instant_after_it() {
        let berlin = samples::berlin();
        for local in
            ["2026-03-29T02:00", "2026-03-29T02:01", "2026-03-29T02:59:59", "2026-03-29T03:00"]
        {
            assert_eq!(instant(&berlin, local), "2026-03-29T01:00:00Z", "{local}");
        }
        assert_eq!(instant(&berlin, "2026-03-29T01:59:59"), "2026-03-29T00:59:59Z");
        assert_eq!(instant(&berlin, "2026-03-29T03:00:01"), "2026-03-29T01:00:01Z");
        assert_eq!(instant(&samples::lord_howe(), "2026-10-04T02:15"), "2026-10-03T15:30:00Z");
        assert_eq!(instant(&samples::midnight(), "2026-09-06T00:30"), "2026-09-06T04:00:00Z");
    }

    #[test]
    fn a_local_time_that_occurs_twice_is_the_first_one() {
        let berlin = samples::berlin();
        assert_eq!(instant(&berlin, "2026-10-25T01:59:59"), "2026-10-24T23:59:59Z");
        assert_eq!(instant(&berlin, "2026-10-25T02:00"), "2026-10-25T00:00:00Z");
        assert_eq!(instant(&berlin, "2026-10-25T02:59:59"), "2026-10-25T00:59:59Z");
        assert_eq!(instant(&berlin, "2026-10-25T03:00"), "2026-10-25T02:00:00Z");
    }

    #[test]
    fn named_zones_follow_the_same_rule() {
        let zone: Zone = "Europe/Amsterdam".parse().unwrap();
        assert_eq!(instant(&zone, "2026-03-29T02:30"), "2026-03-29T01:00:00Z");
        assert_eq!(serde_json::to_string(&zone).unwrap(), "\"Europe/Amsterdam\"");
    }

    #[test]
    fn an_unknown_zone_is_refused_by_name() {
        let error = "Europe/Amsterdan".parse::<Zone>().unwrap_err();
        assert!(error.to_string().starts_with("`Europe/Amsterdan` is not a time zone"));
        assert!(serde_json::from_str::<Zone>("\"nowhere\"").is_err());
    }

    #[test]
    fn a_posix_rule_is_no_name() {
        let refused = [
            "UTC+1",
            "utc-1",
            "CET+1",
            "CET-1CEST",
            "<+01>-1",
            "GMT+2",
            "localtime",
            "posixrules",
            "",
        ];
        for name in refused {
            let error = name.parse::<Zone>().expect_err(name).to_string();
            let expected = "is not a time zone: use a name such as Europe/Amsterdam, or UTC";
            assert_eq!(error, format!("`{name}` {expected}"));
        }
    }

    #[test]
    fn every_name_of_the_database_is_taken() {
        for name in ["Europe/Amsterdam", "europe/amsterdam", "UTC", "utc", "Etc/UTC", "Etc/GMT-1"] {
            assert_eq!(
                name.parse::<Zone>().expect(name).name(),
                if name == "utc" { "UTC" } else { name }
            );
        }
        // Not every machine has the older names; who has one means what the database says.
        if jiff::tz::db().available().any(|name| name.as_str() == "EST5EDT") {
            let zone: Zone = "EST5EDT".parse().unwrap();
            assert_eq!(instant(&zone, "2026-07-01T08:00"), "2026-07-01T12:00:00Z");
        } else {
            assert!("EST5EDT".parse::<Zone>().is_err());
        }
    }

    #[test]
    fn a_posix_rule_that_is_stored_goes_on() {
        let zone: Zone = serde_json::from_str("\"UTC+1\"").unwrap();
        assert_eq!(
            (zone.name(), instant(&zone, "2026-07-01T08:00").as_str()),
            ("UTC+1", "2026-07-01T09:00:00Z")
        );
        assert!(Zone::stored("nowhere").is_err());
    }

    proptest! {
        /// The rule itself: nothing before the instant has reached the local time, and the instant
        /// has.
        #[test]
        fn it_is_the_first_instant_that_has_reached_the_local_time(
            zone in samples::any(), at in samples::instant(), minutes in -3000i64..3000,
        ) {
            let local = zone.local(at) + jiff::Span::new().minutes(minutes);
            let first = zone.first_instant(local).unwrap();
            prop_assert!(zone.local(first) >= local);
            for seconds in [1, 60, 1800, 3599, 3600, 7200] {
                let earlier = Timestamp::from_second(first.as_second() - seconds).unwrap();
                prop_assert!(zone.local(earlier) < local, "{earlier} had reached {local}");
            }
        }
    }
}
