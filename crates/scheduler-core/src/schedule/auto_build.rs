//! Which dates of a schedule are to be built now (`opcon-domain 1.2`, *auto build*).

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::definition::{AutoBuild, CatchUp};
use crate::time::{TimeOfDay, Zone};

/// Most dates that are looked at in one go, ten years of them; the rest follows in the next.
const DATES_MAX: usize = 3660;

/// What is to be done about the dates of a schedule whose build time has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    /// These are built, the oldest first.
    pub build: Vec<Date>,
    /// These are not built, since a later one is: recorded as superseded.
    pub superseded: Vec<Date>,
    /// These are not built at all: recorded as missed.
    pub missed: Vec<Date>,
    /// The first date whose build time has not come.
    pub next: Option<Date>,
    /// When that comes.
    pub next_at: Option<Timestamp>,
}

/// When a date is built: `days_in_advance` days before it, and as many days earlier as further dates are built with it.
pub fn build_instant(auto: &AutoBuild, default: TimeOfDay, zone: &Zone, date: Date) -> Timestamp {
    let before = i64::from(auto.days_in_advance) + i64::from(auto.days.max(1)) - 1;
    let time = auto.build_time.unwrap_or(default);
    let day = date.saturating_sub(before.days()).to_datetime(Time::midnight());
    let local = day.saturating_add(SignedDuration::from_mins(i64::from(time.minutes())));
    zone.first_instant(local).unwrap_or(Timestamp::MAX)
}

/// The first date of a schedule that is new at `now`: tomorrow, or today where the time for that is to come. So no date is left out
/// between those that were built by hand and those that are built by themselves; today has begun, and is somebody's own decision.
pub fn first_date(auto: &AutoBuild, default: TimeOfDay, zone: &Zone, now: Timestamp) -> Date {
    let today = zone.local(now).date();
    let is_to_come = build_instant(auto, default, zone, today) > now;
    if is_to_come { today } else { today.saturating_add(1.day()) }
}

/// The dates from `first` on whose build time has come at `now`, and what becomes of them. Those of today and later are always
/// built; of those whose own day has passed while nobody built the policy decides.
pub fn due(auto: &AutoBuild, default: TimeOfDay, zone: &Zone, first: Date, now: Timestamp) -> Due {
    let today = zone.local(now).date();
    let (mut past, mut present) = (Vec::new(), Vec::new());
    let mut date = first;
    let mut due = Due::default();
    for _ in 0..DATES_MAX {
        let at = build_instant(auto, default, zone, date);
        if at > now {
            due.next_at = Some(at);
            break;
        }
        if date < today {
            past.push(date);
        } else {
            present.push(date);
        }
        date = date.saturating_add(1.day());
    }
    due.next = Some(date);
    match auto.catch_up {
        CatchUp::All => due.build = past,
        CatchUp::Latest if present.is_empty() => {
            due.build = past.pop().into_iter().collect();
            due.superseded = past;
        }
        CatchUp::Latest => due.superseded = past,
        CatchUp::None => due.missed = past,
    }
    due.build.extend(present);
    due
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// What is due for a schedule of Zurich that is built at 18:00: dates as days of November 2026.
    fn due_at(auto: &AutoBuild, first: i8, now: &str) -> String {
        let zone: Zone = "Europe/Zurich".parse().unwrap();
        let found =
            due(auto, "18:00".parse().unwrap(), &zone, date(2026, 11, first), now.parse().unwrap());
        let days = |dates: &[Date]| {
            dates.iter().map(|date| date.day().to_string()).collect::<Vec<_>>().join(" ")
        };
        let next = found.next.map_or(0, Date::day);
        let at = found.next_at.map_or_else(String::new, |at| at.strftime("%d %H:%M").to_string());
        format!(
            "build {} superseded {} missed {} next {next} at {at}",
            days(&found.build),
            days(&found.superseded),
            days(&found.missed)
        )
    }

    fn auto(days_in_advance: u16, days: u16, catch_up: CatchUp) -> AutoBuild {
        AutoBuild { days_in_advance, days, catch_up, ..AutoBuild::default() }
    }

    #[test]
    fn a_date_is_built_so_many_days_before_it_at_its_time() {
        let auto = auto(1, 1, CatchUp::All);
        assert_eq!(
            due_at(&auto, 24, "2026-11-23T16:59:59Z"),
            "build  superseded  missed  next 24 at 23 17:00"
        );
        assert_eq!(
            due_at(&auto, 24, "2026-11-23T17:00:00Z"),
            "build 24 superseded  missed  next 25 at 24 17:00"
        );
    }

    #[test]
    fn a_schedule_that_is_new_begins_with_tomorrow_unless_the_time_of_today_is_to_come() {
        let zone: Zone = "Europe/Zurich".parse().unwrap();
        let first = |auto: &AutoBuild, now: &str| {
            first_date(auto, "18:00".parse().unwrap(), &zone, now.parse().unwrap()).day()
        };
        for (in_advance, days) in [(0, 3), (1, 1), (7, 1)] {
            assert_eq!(first(&auto(in_advance, days, CatchUp::All), "2026-11-23T16:00:00Z"), 24);
        }
        let on_its_day = auto(0, 1, CatchUp::All);
        assert_eq!(first(&on_its_day, "2026-11-23T16:59:59Z"), 23);
        assert_eq!(first(&on_its_day, "2026-11-23T17:00:00Z"), 24);
    }

    #[test]
    fn several_days_are_built_at_once_so_that_the_last_is_in_time() {
        let auto = auto(0, 3, CatchUp::All);
        assert_eq!(
            due_at(&auto, 23, "2026-11-23T17:00:00Z"),
            "build 23 24 25 superseded  missed  next 26 at 24 17:00"
        );
    }

    #[test]
    fn after_an_outage_the_policy_decides_about_days_that_have_passed() {
        let now = "2026-11-23T18:00:00Z";
        for (catch_up, expected) in [
            (CatchUp::All, "build 20 21 22 23 24 superseded  missed "),
            (CatchUp::Latest, "build 23 24 superseded 20 21 22 missed "),
            (CatchUp::None, "build 23 24 superseded  missed 20 21 22"),
        ] {
            let found = due_at(&auto(1, 1, catch_up), 20, now);
            assert_eq!(found, format!("{expected} next 25 at 24 17:00"), "{catch_up:?}");
        }
    }

    #[test]
    fn the_last_of_the_past_is_built_where_today_is_not_due_yet() {
        // Built on its own day at 18:00, and it is morning.
        let found = due_at(&auto(0, 1, CatchUp::Latest), 20, "2026-11-23T08:00:00Z");
        assert_eq!(found, "build 22 superseded 20 21 missed  next 23 at 23 17:00");
    }

    #[test]
    fn a_very_long_outage_is_caught_up_in_parts() {
        let zone = Zone::utc();
        let auto = auto(0, 1, CatchUp::None);
        let midnight = TimeOfDay::default();
        let found =
            due(&auto, midnight, &zone, date(1990, 1, 1), "2026-11-23T08:00:00Z".parse().unwrap());
        assert_eq!((found.missed.len(), found.next_at), (DATES_MAX, None));
        assert_eq!(found.next, Some(date(1990, 1, 1).saturating_add(3660.days())));
    }
}
