//! Random rules in random worlds, against the oracle.
//!
//! `RINGMASTER_FREQUENCY_CASES` sets how many descriptions are tried: 1000000 in a release build takes
//! some minutes.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::oracle::World;
use super::*;
use crate::calendar::{DayOfWeek, Period};
use crate::name::CalendarName;
use crate::time::Day;

const CASES: u32 = 3000;

fn config() -> ProptestConfig {
    let asked = std::env::var("RINGMASTER_FREQUENCY_CASES").ok();
    let cases = asked.and_then(|count| count.parse().ok()).unwrap_or(CASES);
    ProptestConfig {
        cases,
        max_local_rejects: u32::MAX,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn weekdays() -> impl Strategy<Value = Weekdays> {
    prop::sample::subsequence(DayOfWeek::ALL.to_vec(), 1..=7)
        .prop_map(|days| days.into_iter().collect())
}

fn workweek() -> impl Strategy<Value = Weekdays> {
    prop_oneof![
        6 => Just(Weekdays::MON_TO_FRI),
        1 => Just(Weekdays::ALL),
        1 => Just(Weekdays::NONE),
        4 => weekdays(),
    ]
}

fn aobn() -> impl Strategy<Value = Option<Aobn>> {
    let some = [Aobn::After, Aobn::On, Aobn::Before, Aobn::NotScheduled];
    prop::option::weighted(0.8, prop::sample::select(some.to_vec()))
}

fn day_type() -> impl Strategy<Value = DayType> {
    prop_oneof![3 => Just(DayType::Working), 1 => Just(DayType::Any)]
}

fn long_period() -> impl Strategy<Value = Period> {
    prop::sample::select(vec![Period::Month, Period::Month, Period::Quarter, Period::Year])
}

fn any_date() -> impl Strategy<Value = Date> {
    let any = (1950i16..2090, 1i8..=12, 1i8..=31);
    let year_ends =
        (1990i16..2060, prop::sample::select(vec![(12i8, 28i8), (1, 1), (2, 28), (3, 31)]))
            .prop_map(|(year, (month, day))| (year, month, day));
    prop_oneof![any, year_ends].prop_map(|(year, month, day)| {
        let first = Date::new(year, month, 1).unwrap();
        Date::new(year, month, day.min(first.days_in_month())).unwrap()
    })
}

/// A date not far from the window that is looked at.
fn near(base: Date) -> impl Strategy<Value = Day> {
    (-500i64..100).prop_map(move |days| Day(base + Span::new().days(days)))
}

fn closing() -> CalendarName {
    "Closing".parse().unwrap()
}

fn cron_pattern() -> impl Strategy<Value = String> {
    let of_month = prop::sample::select(vec![
        "*", "1", "15", "31", "30,31", "1-7", "*/2", "*/10", "2-20/3", "L", "15W", "1W", "31W",
        "LW", "L,3", "29",
    ]);
    let month = prop::sample::select(vec!["*", "*", "*", "2", "1,7", "6-9", "*/3"]);
    let of_week = prop::sample::select(vec![
        "*", "*", "1", "0", "7", "1-5", "6,0", "5-7", "*/2", "+1", "+1-5", "5L", "1#1", "2#5",
        "0#2", "+3#3",
    ]);
    (of_month, month, of_week).prop_map(|(day, month, week)| format!("0 6 {day} {month} {week}"))
}

fn week_rule() -> impl Strategy<Value = Rule> {
    let weeks = || {
        (weekdays(), aobn(), day_type()).prop_map(|(days, aobn, day_type)| Weeks {
            days,
            calendar: Some(closing()),
            aobn,
            day_type,
        })
    };
    let occurrence = (weekdays(), 1u8..=6, long_period(), aobn(), day_type()).prop_map(
        |(days, occurrence, period, aobn, day_type)| OnOccurrence {
            days,
            occurrence,
            period,
            calendar: Some(closing()),
            aobn,
            day_type,
        },
    );
    prop_oneof![
        weeks().prop_map(Rule::AllWeeks),
        weeks().prop_map(Rule::OddWeeks),
        weeks().prop_map(Rule::EvenWeeks),
        occurrence.prop_map(Rule::OnOccurrence),
    ]
}

fn day_rule(base: Date) -> impl Strategy<Value = Rule> {
    let on_day = (1u8..=31, day_type()).prop_map(|(day, day_type)| OnDay {
        day,
        day_type,
        calendar: Some(closing()),
        aobn: None,
    });
    let of_month = prop::sample::subsequence(vec![5u8, 10, 15, 20, 25, 30], 1..=6);
    let days = (of_month, aobn(), day_type()).prop_map(|(days, aobn, day_type)| OnIntervals {
        days,
        calendar: Some(closing()),
        aobn,
        day_type,
        ..OnIntervals::default()
    });
    let every = (near(base), prop_oneof![1u16..=40, 1u16..=400], any::<bool>(), aobn(), day_type())
        .prop_filter("not on a leap day", |(start, ..)| (start.0.month(), start.0.day()) != (2, 29))
        .prop_map(|(start, every, restart_each_year, aobn, day_type)| OnIntervals {
            start: Some(start),
            every: Some(every),
            restart_each_year,
            calendar: Some(closing()),
            aobn,
            day_type,
            ..OnIntervals::default()
        });
    let request = (near(base), any::<bool>(), aobn())
        .prop_map(|(date, every_year, aobn)| OnRequest { date, every_year, aobn });
    let plan = prop_oneof![Just(0), -15i8..=15]
        .prop_map(|offset| AnnualPlan { calendar: closing(), offset });
    prop_oneof![
        on_day.prop_map(Rule::OnDay),
        days.prop_map(Rule::OnIntervals),
        every.prop_map(Rule::OnIntervals),
        request.prop_map(Rule::OnRequest),
        plan.prop_map(Rule::AnnualPlan),
    ]
}

fn period_rule() -> impl Strategy<Value = Rule> {
    let edge = || {
        let period = prop_oneof![1 => Just(Period::Week), 3 => long_period()];
        (period, prop_oneof![Just(0i8), -15i8..=15], aobn(), day_type()).prop_map(
            |(period, offset, aobn, day_type)| PeriodEdge {
                period,
                offset,
                calendar: Some(closing()),
                aobn,
                day_type,
            },
        )
    };
    let some_days = prop_oneof![Just(Weekdays::NONE), weekdays()];
    let middle = (long_period(), some_days, aobn(), day_type()).prop_map(
        |(period, days, aobn, day_type)| MidOfPeriod {
            period,
            days,
            calendar: Some(closing()),
            aobn,
            day_type,
        },
    );
    prop_oneof![
        edge().prop_map(Rule::BeginOfPeriod),
        edge().prop_map(Rule::EndOfPeriod),
        middle.prop_map(Rule::MidOfPeriod),
    ]
}

fn cron_rule() -> impl Strategy<Value = Rule> {
    let parts = (cron_pattern(), aobn(), day_type());
    parts.prop_filter_map("a date that comes", |(pattern, aobn, day_type)| {
        let pattern = pattern.parse().ok()?;
        Some(Rule::Cron(CronRule { pattern, calendar: Some(closing()), aobn, day_type }))
    })
}

fn any_rule(base: Date) -> impl Strategy<Value = Rule> {
    prop_oneof![4 => week_rule(), 5 => day_rule(base), 3 => period_rule(), 1 => cron_rule()]
}

/// Some dates around a date: single ones, and now and then a long row of them.
fn closed(base: Date, count: usize) -> impl Strategy<Value = BTreeSet<Date>> {
    let single = prop::collection::vec(-30i64..90, 0..=count);
    let row = prop_oneof![8 => Just((0i64, 0i64)), 1 => (-400i64..60, 0i64..20), 1 => (-400i64..60, 300i64..500)];
    (single, row).prop_map(move |(single, (from, len))| {
        single
            .into_iter()
            .chain(from..from + len)
            .map(|days| base + Span::new().days(days))
            .collect()
    })
}

#[derive(Debug)]
struct Case {
    rule: Rule,
    week: Weekdays,
    holidays: BTreeSet<Date>,
    calendar: Option<BTreeSet<Date>>,
    alternate: bool,
    first: Date,
    last: Date,
}

fn case() -> impl Strategy<Value = Case> {
    any_date().prop_flat_map(|base| {
        let calendar = prop::option::of(closed(base, 12));
        (any_rule(base), workweek(), closed(base, 12), calendar, any::<bool>(), 0i64..70).prop_map(
            move |(rule, week, holidays, calendar, alternate, len)| Case {
                rule,
                week,
                holidays,
                calendar,
                alternate,
                first: base,
                last: base + Span::new().days(len),
            },
        )
    })
}

impl Case {
    fn compiled(&self) -> Compiled {
        let holidays: DateSet = self.holidays.iter().copied().collect();
        let working = Arc::new(WorkingDays::new(self.week, [&holidays]));
        let calendar =
            self.calendar.as_ref().map(|dates| Arc::new(dates.iter().copied().collect()));
        Compiled::new(&self.rule, working, calendar, self.alternate)
    }

    fn check(&self) -> TestCaseResult {
        let rule = self.compiled();
        let world = World::new(
            self.first.year(),
            self.week,
            &self.holidays,
            self.calendar.as_ref(),
            self.alternate,
        );
        let (first, last) = (world.at(self.first), world.at(self.last));
        let near = |at: &usize| *at + 740 > first && *at < last + 740;
        let candidates = world.candidates(&self.rule).into_iter().filter(near);
        let fates: Vec<(usize, super::oracle::Fate)> =
            candidates.map(|at| (at, world.fate(&self.rule, at))).collect();
        let forecast = rule.between(self.first, self.last);
        let mut expected_dropped: Vec<Dropped> = fates
            .iter()
            .filter(|(at, _)| (first..=last).contains(at))
            .filter_map(|(at, fate)| {
                fate.err().map(|why| Dropped { candidate: world.days[*at].date, why })
            })
            .collect();
        expected_dropped.dedup();
        prop_assert_eq!(&forecast.dropped, &expected_dropped);
        let mut occurrences = forecast.occurrences.iter();
        for at in first..=last {
            let date = world.days[at].date;
            let mut from: Vec<usize> =
                fates.iter().filter(|(_, fate)| *fate == Ok(at)).map(|(from, _)| *from).collect();
            from.sort_by_key(|from| (*from != at, *from));
            let on = rule.on(date);
            let Some(from) = from.first() else {
                let own =
                    fates.iter().find(|(candidate, _)| *candidate == at).map(|(_, fate)| *fate);
                let expected = match own {
                    None => Why::NotNamed,
                    Some(Ok(to)) => Why::Moved(world.days[to].date),
                    Some(Err(why)) => Why::Dropped(why),
                };
                prop_assert_eq!(on, Err(expected), "{}", date);
                continue;
            };
            let occurrence = occurrences.next().copied();
            prop_assert_eq!(
                occurrence.map(|occurrence| (occurrence.date, occurrence.candidate)),
                Some((date, world.days[*from].date)),
                "{}",
                date
            );
            prop_assert_eq!(Some(on), occurrence.map(Ok), "{}", date);
        }
        prop_assert_eq!(occurrences.next(), None);
        Ok(())
    }
}

proptest! {
    #![proptest_config(config())]

    /// Every date, every reason, by date and by stretch.
    #[test]
    fn rules_say_what_the_oracle_says(case in case()) {
        case.check()?;
    }
}

#[test]
fn the_oracle_knows_a_calendar() {
    // Checked by hand, since all else is checked by it.
    let world = World::new(2026, Weekdays::MON_TO_FRI, &BTreeSet::new(), None, false);
    let dates = |text: &str, from: Date, to: Date| {
        let found = world.candidates(&rule(text)).into_iter().map(|at| world.days[at].date);
        found.filter(|day| (from..=to).contains(day)).map(|day| day.to_string()).collect::<Vec<_>>()
    };
    let january = (date(2026, 1, 1), date(2026, 1, 31));
    let odd = dates(r#"{"odd_weeks": {"days": ["mon"]}}"#, january.0, january.1);
    assert_eq!(odd, ["2026-01-05", "2026-01-19"]);
    let middle = dates(r#"{"mid_of_period": {}}"#, january.0, january.1);
    assert_eq!(middle, ["2026-01-16"]);
}
