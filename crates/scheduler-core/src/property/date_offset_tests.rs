use core_kit::zone::samples;
use proptest::prelude::*;

use super::*;
use crate::calendar::{DateSet, DayOfWeek, Weekdays};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn week(days: Weekdays) -> WorkingDays {
    WorkingDays::new(days, [])
}

fn moved(day: &str, offset: &str) -> String {
    let offset = DateOffset::parse(offset).unwrap();
    match offset.date(date(day), Some(&week(Weekdays::MON_TO_FRI))) {
        Ok(date) => date.to_string(),
        Err(why) => why.to_string(),
    }
}

#[test]
fn dates_move_by_every_unit() {
    let cases = [
        // The vendor's own examples.
        ("2016-12-19", "+3d", "2016-12-22"),
        ("2016-12-19", "+3q", "2017-09-19"),
        ("2016-12-19", "+1m", "2017-01-19"),
        ("2016-12-19", "+1eom", "2016-12-31"),
        // Its training: +2 is the next month, -1 the one before.
        ("2016-12-19", "+2eom", "2017-01-31"),
        ("2016-12-19", "-1eom", "2016-11-30"),
        ("2028-03-31", "-1eom", "2028-02-29"),
        ("2026-12-19", "+3", "2026-12-22"),
        ("2026-01-31", "+1m", "2026-02-28"),
        ("2028-01-31", "+1m", "2028-02-29"),
        ("2026-03-31", "-1m", "2026-02-28"),
        ("2026-05-31", "+1q", "2026-08-31"),
        ("2026-11-30", "+1q", "2027-02-28"),
        ("2028-02-29", "+1yy", "2029-02-28"),
        ("2028-02-29", "-4yy", "2024-02-29"),
        ("2026-12-31", "+1wk", "2027-01-07"),
        ("2026-12-31", "-1ww", "2026-12-24"),
        // 2027-01-01 is a Friday.
        ("2027-01-01", "+1wd", "2027-01-04"),
        ("2027-01-02", "+1wd", "2027-01-04"),
        ("2027-01-04", "-1wd", "2027-01-01"),
        ("2027-01-03", "-1wd", "2027-01-01"),
        ("2027-01-01", "+5h", "2027-01-01"),
    ];
    for (day, offset, expected) in cases {
        assert_eq!(moved(day, offset), expected, "{day} {offset}");
    }
}

#[test]
fn offsets_are_read_with_their_limits() {
    for (text, printed) in [
        ("+3d", "+3d"),
        ("-1", "-1d"),
        (" + 3 d ", ""),
        ("+32000ww", "+32000wk"),
        ("+1EOM", "+1eom"),
    ] {
        if let Ok(offset) = DateOffset::parse(text) {
            assert_eq!(offset.to_string(), printed);
        } else {
            assert_eq!(printed, "", "{text}");
        }
    }
    let message = |text: &str| DateOffset::parse(text).unwrap_err().to_string();
    assert_eq!(message("3d"), "`(3d)` is no offset: expected `+` or `-` and a number, as in (+3d)");
    assert_eq!(message("+0d"), "`(+0d)` is no offset: the number must be 1 to 32000");
    assert_eq!(message("+32001d"), "`(+32001d)` is no offset: the number must be 1 to 32000");
    assert_eq!(
        message("+99999999999999d"),
        "`(+99999999999999d)` is no offset: the number must be 1 to 32000"
    );
    assert_eq!(
        message("+1x"),
        "`(+1x)` is no offset: `x` is no unit, use one of yy q m eom wk ww d wd h n s"
    );
    for wrong in ["", "+", "-", "++1d", "+1d2", "+ü"] {
        assert!(DateOffset::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_leads_nowhere_says_so() {
    assert_eq!(moved("2026-01-01", "+32000yy"), "(+32000yy) leads out of the years 1 to 9999");
    assert_eq!(moved("2026-01-01", "-32000m"), "(-32000m) leads out of the years 1 to 9999");
    let never = week(Weekdays::NONE);
    let offset = DateOffset::parse("+1wd").unwrap();
    let error = |day: &str, days: Option<&WorkingDays>| {
        offset.date(date(day), days).unwrap_err().to_string()
    };
    assert_eq!(
        error("2026-01-01", Some(&never)),
        "(+1wd) finds no working day: the schedule works on no day of the week"
    );
    assert_eq!(
        error("2026-01-01", None),
        "(+1wd) counts working days, and there is no schedule here whose working days are meant"
    );
    let always = week(Weekdays::ALL);
    assert!(error("9999-12-31", Some(&always)).contains("leads out of the years"));
}

#[test]
fn hours_pass_in_the_world_and_days_move_on_the_calendar() {
    let zone = samples::berlin();
    let local = |anchor: Anchor, offset: &str| {
        let offset = DateOffset::parse(offset).unwrap();
        offset.apply(anchor, &zone, None).unwrap().local().to_string()
    };
    // Clocks go from 02:00 to 03:00 on 2026-03-29.
    let at = Anchor::Instant("2026-03-28T22:30:00Z".parse().unwrap());
    assert_eq!(local(at, "+3h"), "2026-03-29T03:30:00");
    assert_eq!(local(at, "+120n"), "2026-03-29T01:30:00");
    assert_eq!(local(at, "+1d"), "2026-03-29T23:30:00");
    let in_gap = Anchor::Instant("2026-03-28T01:30:00Z".parse().unwrap());
    assert_eq!(local(in_gap, "+1d"), "2026-03-29T03:00:00");
    assert_eq!(local(Anchor::Day(date("2026-03-29")), "+25h"), "2026-03-30T01:00:00");
    assert_eq!(local(Anchor::Day(date("2026-03-29")), "-1s"), "2026-03-28T23:59:59");
}

#[test]
fn the_longest_count_of_working_days_is_right() {
    let sundays = week([DayOfWeek::Sun].into_iter().collect());
    let offset = DateOffset::parse("+32000wd").unwrap();
    // 2026-01-04 is a Sunday; 32,000 weeks less one after the first Sunday.
    let expected = date("2026-01-04").checked_add(Span::new().weeks(31_999)).unwrap();
    assert_eq!(offset.date(date("2026-01-01"), Some(&sundays)), Ok(expected));
}

#[test]
fn a_working_day_is_found_behind_years_without_one() {
    let (first, last) = (DayNumber::ymd(2026, 1, 2), DayNumber::ymd(2027, 12, 31));
    let closed: DateSet = first.to(last).collect();
    let days = WorkingDays::new(Weekdays::MON_TO_FRI, [&closed]);
    let moved = |day: &str, offset: &str| {
        DateOffset::parse(offset).unwrap().date(date(day), Some(&days)).unwrap().to_string()
    };
    // 2028-01-01 is a Saturday.
    assert_eq!(moved("2026-01-01", "+1wd"), "2028-01-03");
    assert_eq!(moved("2028-01-03", "-1wd"), "2026-01-01");
}

/// The day of a month, or its last: by trying.
fn clamp(year: i16, month: i8, day: i8) -> Date {
    (1..=day).rev().find_map(|day| Date::new(year, month, day).ok()).unwrap()
}

proptest! {
    #[test]
    fn working_days_agree_with_a_walk(
        start in 0i32..4000, amount in -60i32..60, week in 1u8..128, holidays in proptest::collection::hash_set(-200i32..4200, 0..40),
    ) {
        prop_assume!(amount != 0);
        let day_zero = date("2024-01-01");
        let add = |n: i32| day_zero.checked_add(Span::new().days(n)).unwrap();
        let numbered = |n: i32| week & (1 << n.rem_euclid(7)) != 0 && !holidays.contains(&n);
        let worked: Weekdays = (0..7)
            .filter(|n| week & (1 << n) != 0)
            .map(|n| DayNumber::from(add(n)).weekday())
            .collect();
        let closed: DateSet = holidays.iter().map(|n| add(*n)).collect();
        let days = WorkingDays::new(worked, [&closed]);
        let offset = DateOffset::new(amount, OffsetUnit::WorkingDay).unwrap();
        let found = offset.date(add(start), Some(&days)).unwrap();
        // Oracle: all working days in order, indexed from the start.
        let all: Vec<i32> = (-2000..6000).filter(|n| numbered(*n)).collect();
        let expected = if amount > 0 {
            let first = all.iter().position(|n| *n > start).unwrap();
            all[first + usize::try_from(amount - 1).unwrap()]
        } else {
            let before = all.iter().filter(|n| **n < start).count();
            all[before - usize::try_from(-amount).unwrap()]
        };
        prop_assert_eq!(found, add(expected));
    }

    #[test]
    fn months_and_their_ends_agree_with_counting(
        year in 1900i16..2200, month in 1i8..=12, day in 1i8..=31, amount in -500i32..500,
    ) {
        prop_assume!(amount != 0);
        let start = clamp(year, month, day);
        let day = start.day();
        // Oracle: months numbered from year 0, one step at a time.
        let at = |months: i32| {
            let total = i32::from(year) * 12 + i32::from(month) - 1 + months;
            (i16::try_from(total.div_euclid(12)).unwrap(), i8::try_from(total.rem_euclid(12) + 1).unwrap())
        };
        let move_by = |unit| DateOffset::new(amount, unit).unwrap().date(start, None).unwrap();
        let (to_year, to_month) = at(amount);
        prop_assert_eq!(move_by(OffsetUnit::Month), clamp(to_year, to_month, day));
        let (to_year, to_month) = at(amount * 3);
        prop_assert_eq!(move_by(OffsetUnit::Quarter), clamp(to_year, to_month, day));
        prop_assert_eq!(move_by(OffsetUnit::Year), clamp(year + i16::try_from(amount).unwrap(), month, day));
        let (to_year, to_month) = at(if amount > 0 { amount - 1 } else { amount });
        prop_assert_eq!(move_by(OffsetUnit::EndOfMonth), clamp(to_year, to_month, 31));
    }

    #[test]
    fn what_is_printed_is_read_again(amount in -32000i32..=32000, unit in 0usize..UNITS.len()) {
        prop_assume!(amount != 0);
        let offset = DateOffset::new(amount, UNITS[unit].1).unwrap();
        prop_assert_eq!(DateOffset::parse(&offset.to_string()).unwrap(), offset);
    }
}
