//! Tables of cases, and an oracle that walks the local clock minute by minute.

use proptest::prelude::*;

use super::*;
use crate::zone::samples;

fn schedule(start: &str, zone: Zone) -> Schedule {
    Schedule {
        start_time: start.parse().unwrap(),
        end_time: None,
        repeat: None,
        days_of_week: Weekdays::default(),
        days_of_month: MonthDays::default(),
        dates: BTreeSet::new(),
        time_zone: zone,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The starts of UTC days, `from` and `to` included.
fn starts(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let [from, to] = [from, to].map(|day| at(&format!("{day}T00:00:00Z")));
    let to = to + SignedDuration::from_hours(24);
    schedule.between(from, to).map(|start| start.to_string()).collect()
}

fn days(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    starts(schedule, from, to).into_iter().map(|start| start[..10].to_owned()).collect()
}

#[test]
fn without_days_it_starts_every_day() {
    let daily = schedule("06:00", Zone::utc());
    assert_eq!(
        days(&daily, "2026-02-27", "2026-03-01"),
        ["2026-02-27", "2026-02-28", "2026-03-01"]
    );
    assert_eq!(daily.next_after(at("2026-06-01T06:00:00Z")), Some(at("2026-06-02T06:00:00Z")));
    assert_eq!(
        daily.next_after(at("2026-06-01T05:59:59.999999999Z")),
        Some(at("2026-06-01T06:00:00Z"))
    );
}

#[test]
fn a_day_counts_when_any_of_the_three_lists_names_it() {
    let mut some = schedule("06:00", Zone::utc());
    some.days_of_week = "MON".parse().unwrap();
    assert_eq!(days(&some, "2026-06-01", "2026-06-10"), ["2026-06-01", "2026-06-08"]);
    some.days_of_month = "2,LAST".parse().unwrap();
    assert_eq!(days(&some, "2026-06-01", "2026-06-08"), ["2026-06-01", "2026-06-02", "2026-06-08"]);
    some.dates = [jiff::civil::date(2026, 6, 4)].into();
    assert_eq!(
        days(&some, "2026-06-01", "2026-06-08"),
        ["2026-06-01", "2026-06-02", "2026-06-04", "2026-06-08"]
    );
    assert_eq!(days(&some, "2026-06-30", "2026-06-30"), ["2026-06-30"]);
}

#[test]
fn dates_alone_are_the_only_days_and_come_to_an_end() {
    let mut some = schedule("06:00", Zone::utc());
    some.dates = [jiff::civil::date(2026, 12, 24), jiff::civil::date(2030, 1, 1)].into();
    assert_eq!(days(&some, "2026-01-01", "2035-01-01"), ["2026-12-24", "2030-01-01"]);
    assert_eq!(some.next_after(at("2030-01-01T06:00:00Z")), None);
}

#[test]
fn rare_days_are_found() {
    let mut rare = schedule("06:00", Zone::utc());
    rare.days_of_month = "31".parse().unwrap();
    assert_eq!(rare.next_after(at("2026-01-31T06:00:00Z")), Some(at("2026-03-31T06:00:00Z")));
    rare.days_of_month = "30".parse().unwrap();
    assert_eq!(rare.next_after(at("2026-01-30T06:00:00Z")), Some(at("2026-03-30T06:00:00Z")));
}

#[test]
fn repeats_stop_before_the_end() {
    let mut hourly = schedule("08:00", Zone::utc());
    hourly.end_time = Some("11:00".parse().unwrap());
    hourly.repeat = Some("01:30:00".parse().unwrap());
    let times = |schedule: &Schedule| -> Vec<String> {
        starts(schedule, "2026-06-01", "2026-06-02").iter().map(|s| s[8..16].to_owned()).collect()
    };
    assert_eq!(times(&hourly), ["01T08:00", "01T09:30", "02T08:00", "02T09:30"]);
    hourly.end_time = Some("11:01".parse().unwrap());
    assert_eq!(times(&hourly)[2], "01T11:00");
}

#[test]
fn an_end_that_is_not_after_the_start_is_tomorrow() {
    let mut nightly = schedule("22:00", Zone::utc());
    nightly.repeat = Some("02:00:00".parse().unwrap());
    nightly.end_time = Some("03:00".parse().unwrap());
    nightly.days_of_week = "FRI".parse().unwrap();
    assert_eq!(
        starts(&nightly, "2026-06-05", "2026-06-08"),
        ["2026-06-05T22:00:00Z", "2026-06-06T00:00:00Z", "2026-06-06T02:00:00Z"]
    );
    for end in [Some("22:00".parse().unwrap()), None] {
        nightly.end_time = end;
        let seen = starts(&nightly, "2026-06-05", "2026-06-08");
        assert_eq!((seen.len(), seen[11].as_str()), (12, "2026-06-06T20:00:00Z"));
    }
}

#[test]
fn a_start_in_a_gap_is_after_it_and_repeats_count_elapsed_time() {
    let mut spring = schedule("02:30", samples::berlin());
    assert_eq!(
        starts(&spring, "2026-03-28", "2026-03-30"),
        ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
    );
    spring.start_time = "01:00".parse().unwrap();
    spring.end_time = Some("05:00".parse().unwrap());
    spring.repeat = Some("01:00:00".parse().unwrap());
    let seen = starts(&spring, "2026-03-29", "2026-03-29");
    assert_eq!(seen[..3], ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"]);
    assert_eq!(seen[3..], ["2026-03-29T23:00:00Z"], "the next one is tomorrow's");
}

#[test]
fn a_start_that_occurs_twice_happens_once_and_first() {
    let mut autumn = schedule("02:30", samples::berlin());
    assert_eq!(
        starts(&autumn, "2026-10-24", "2026-10-26"),
        ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
    autumn.start_time = "01:00".parse().unwrap();
    autumn.end_time = Some("04:00".parse().unwrap());
    autumn.repeat = Some("01:00:00".parse().unwrap());
    let seen = starts(&autumn, "2026-10-25", "2026-10-25");
    // Four elapsed hours: 01:00, 02:00, 02:00 again, 03:00. The first is still the 24th in UTC.
    assert_eq!(seen, ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"]);
}

#[test]
fn the_first_start_happens_even_when_start_and_end_fall_together() {
    let mut spring = schedule("02:10", samples::berlin());
    spring.end_time = Some("02:50".parse().unwrap());
    spring.repeat = Some("00:10:00".parse().unwrap());
    assert_eq!(starts(&spring, "2026-03-29", "2026-03-29"), ["2026-03-29T01:00:00Z"]);
}

#[test]
fn the_ends_of_time_end_the_search() {
    let daily = schedule("06:00", samples::berlin());
    assert_eq!(daily.next_after(Timestamp::MAX), None);
    assert_eq!(daily.between(at("2026-01-02T00:00:00Z"), at("2026-01-01T00:00:00Z")).count(), 0);
}

#[test]
fn a_fraction_of_a_second_does_not_make_a_stored_start_happen_again() {
    let mut fine = schedule("06:00:00.000000001", Zone::utc());
    fine.end_time = Some("06:00:00.5".parse().unwrap());
    fine.repeat = Some("12:00:00".parse().unwrap());
    let seen = starts(&fine, "2026-06-01", "2026-06-01");
    assert_eq!(seen, ["2026-06-01T06:00:00Z", "2026-06-01T18:00:00Z"]);
}

#[test]
fn the_stored_form_reads_back_and_refuses_what_it_does_not_know() {
    let text = r#"{"start_time":"06:00:00","repeat":"01:30:00","days_of_month":"1,LAST","dates":["2026-12-24"],"time_zone":"UTC"}"#;
    let read: Schedule = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    let unknown = r#"{"start_time":"06:00:00","time_zone":"UTC","every":"day"}"#;
    assert!(serde_json::from_str::<Schedule>(unknown).is_err());
}

/// Walks the clock of the zone minute by minute and does what the schedule says when the clock
/// passes a start or an end.
fn oracle(schedule: &Schedule, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let minute = SignedDuration::from_mins(1);
    let end_time = schedule.end_time.unwrap_or(schedule.start_time);
    let mut now = from - SignedDuration::from_hours(24 * 3);
    let mut reached = schedule.time_zone.local(now);
    let mut running_since: Option<Timestamp> = None;
    let mut seen = BTreeSet::new();
    while now + minute < to {
        now += minute;
        let local = schedule.time_zone.local(now);
        let mut passed = Vec::new();
        let mut day = reached.date();
        while day <= local.date() {
            // At the same local time an end comes before a start.
            passed.push((day.to_datetime(end_time), 0));
            passed.push((day.to_datetime(schedule.start_time), 1));
            day = day.tomorrow().unwrap();
        }
        passed.retain(|(time, _)| *time > reached && *time <= local);
        passed.sort_unstable();
        for (time, what) in passed {
            if what == 0 {
                running_since = None;
            } else if schedule.is_start_day(time.date()) {
                running_since = Some(now);
                seen.insert(now);
            }
        }
        if let (Some(since), Some(repeat)) = (running_since, schedule.repeat)
            && now.duration_since(since).as_secs() % i64::from(repeat.seconds()) == 0
        {
            seen.insert(now);
        }
        reached = reached.max(local);
    }
    seen.into_iter().filter(|start| *start >= from).collect()
}

prop_compose! {
    fn any_schedule()(
        zone in samples::any(),
        start in (0i8..24, prop::sample::select(vec![0i8, 1, 10, 30, 59])),
        end in prop::option::of((0i8..24, prop::sample::select(vec![0i8, 10, 30]))),
        repeat in prop::option::of(prop::sample::select(vec![1u32, 7, 30, 60, 90, 600, 1440])),
        week in prop::sample::select(vec!["", "", "SUN", "MON,SAT", "TUE,WED,THU"]),
        month in prop::sample::select(vec!["", "", "1", "5,29", "LAST", "25,30"]),
        dates in prop::collection::btree_set(
            prop::sample::select(vec!["2026-03-29", "2026-10-25", "2026-04-05", "2026-09-06", "2026-10-04"]), 0..2),
    ) -> Schedule {
        let time = |(hour, minute)| Time::constant(hour, minute, 0, 0);
        Schedule {
            start_time: time(start),
            end_time: end.map(time),
            repeat: repeat.map(|minutes| Repeat::from_seconds(minutes * 60).unwrap()),
            days_of_week: week.parse().unwrap(),
            days_of_month: month.parse().unwrap(),
            dates: dates.into_iter().map(|date| date.parse().unwrap()).collect(),
            time_zone: zone,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_starts_exactly_when_the_clock_says(schedule in any_schedule(), around in samples::instant()) {
        let from = Timestamp::from_second(around.as_second() / 60 * 60).unwrap();
        let to = from + SignedDuration::from_hours(24 * 4);
        let starts: Vec<_> = schedule.between(from, to).collect();
        prop_assert_eq!(starts, oracle(&schedule, from, to));
    }

    #[test]
    fn the_next_start_is_later_and_nothing_lies_between(schedule in any_schedule(), at in samples::instant()) {
        if let Some(next) = schedule.next_after(at) {
            prop_assert!(next > at);
            let after = Timestamp::from_second(at.as_second() + 1).unwrap();
            prop_assert_eq!(schedule.between(after, next).next(), None);
            prop_assert!(schedule.between(next, next + SignedDuration::from_secs(1)).eq([next]));
        } else {
            prop_assert!(!schedule.dates.is_empty());
        }
    }
}
