//! Dates that a person can check in a calendar: 2026 (1 January is a Thursday), 2027 (a Friday) and
//! 2028 (a Saturday, leap year).

use super::*;

#[test]
fn all_weeks_move_back_from_holidays_by_default() {
    let weekly = |extra: &str| format!(r#"{{"all_weeks": {{"days": ["fri"]{extra}}}}}"#);
    // Friday 25 December 2026 and Friday 1 January 2027 are holidays, and the Thursday before one.
    let holidays = ["2026-12-24", "2026-12-25", "2027-01-01"];
    let cases = [
        ("", "12-18 12-23 12-31 01-08"),
        (r#", "aobn": "after""#, "12-18 12-28 01-04 01-08"),
        (r#", "aobn": "on""#, "12-18 12-25 01-01 01-08"),
        (r#", "aobn": "not_scheduled""#, "12-18 01-08"),
        (r#", "day_type": "any""#, "12-18 12-25 01-01 01-08"),
    ];
    for (extra, expected) in cases {
        let rule = compiled(&weekly(extra), &holidays, None);
        assert_eq!(shown(&rule, "2026-12-18", "2027-01-08"), expected, "{extra}");
    }
}

#[test]
fn the_reason_is_told() {
    let rule = compiled(r#"{"all_weeks": {"days": ["fri"]}}"#, &["2026-12-24", "2026-12-25"], None);
    assert_eq!(said(&rule, "2026-12-18"), "named by the rule");
    assert_eq!(
        said(&rule, "2026-12-23"),
        "from Fri 2026-12-25, no working day, to the first one before it"
    );
    assert_eq!(said(&rule, "2026-12-25"), "not: no working day, moved to Wed 2026-12-23");
    assert_eq!(said(&rule, "2026-12-24"), "not: not a date of the rule");
    let kept = r#"{"all_weeks": {"days": ["fri"], "aobn": "on"}}"#;
    let rule = compiled(kept, &["2026-12-25"], None);
    assert_eq!(said(&rule, "2026-12-25"), "named by the rule, kept though no working day");
}

#[test]
fn the_reason_is_data_as_well() {
    let rule = compiled(
        r#"{"all_weeks": {"days": ["fri", "sat"], "calendar": "Closing"}}"#,
        &[],
        Some(&["2026-11-27"]),
    );
    let forecast = rule.between(date_of("2026-11-26"), date_of("2026-11-27"));
    let expected = r#"{"occurrences":[{"date":"2026-11-26","candidate":"2026-11-28","adjusted":"before","offset":0}],"dropped":[{"candidate":"2026-11-27","why":{"in_calendar":"2026-11-27"}}]}"#;
    assert_eq!(serde_json::to_string(&forecast).unwrap(), expected);
}

#[test]
fn several_candidates_on_one_date_are_one_run() {
    let rule = r#"{"all_weeks": {"days": ["fri", "sat", "sun"]}}"#;
    let rule = compiled(rule, &[], None);
    assert_eq!(shown(&rule, "2026-11-16", "2026-11-29"), "11-20 11-27");
    assert_eq!(said(&rule, "2026-11-20"), "named by the rule");
    let rule = compiled(r#"{"all_weeks": {"days": ["sat", "sun"], "aobn": "after"}}"#, &[], None);
    assert_eq!(
        said(&rule, "2026-11-23"),
        "from Sat 2026-11-21, no working day, to the first one after it"
    );
}

#[test]
fn candidates_beyond_the_edges_of_the_window_are_seen() {
    let after = compiled(r#"{"all_weeks": {"days": ["sat"], "aobn": "after"}}"#, &[], None);
    assert_eq!(shown(&after, "2026-11-23", "2026-11-23"), "11-23");
    assert_eq!(shown(&after, "2026-11-22", "2026-11-29"), "11-23");
    let before = compiled(r#"{"all_weeks": {"days": ["sun"]}}"#, &[], None);
    assert_eq!(shown(&before, "2026-11-20", "2026-11-20"), "11-20");
    assert_eq!(shown(&before, "2026-11-16", "2026-11-21"), "11-20");
}

#[test]
fn a_negative_calendar_removes_dates_and_is_passed_over_when_others_move() {
    // Friday 27 November is in the calendar; Monday 30 November is a holiday.
    let rule = r#"{"all_weeks": {"days": ["mon", "fri"], "calendar": "Closing"}}"#;
    let rule = compiled(rule, &["2026-11-30"], Some(&["2026-11-27"]));
    assert_eq!(shown(&rule, "2026-11-23", "2026-12-04"), "11-23 11-26 12-04");
    assert_eq!(
        said(&rule, "2026-11-27"),
        "not: Fri 2026-11-27 is in the calendar of dates without runs"
    );
    // A holiday that is in the calendar as well does not move.
    let rule = r#"{"all_weeks": {"days": ["fri"], "calendar": "Closing"}}"#;
    let rule = compiled(rule, &["2026-11-27"], Some(&["2026-11-27"]));
    assert_eq!(shown(&rule, "2026-11-23", "2026-12-03"), "");
    let rule = r#"{"all_weeks": {"days": ["sat"], "day_type": "any", "calendar": "Closing"}}"#;
    let rule = compiled(rule, &[], Some(&["2026-11-28"]));
    assert_eq!(shown(&rule, "2026-11-21", "2026-12-05"), "11-21 12-05");
}

#[test]
fn odd_and_even_weeks_begin_with_the_first_sunday_of_january() {
    let odd = compiled(r#"{"odd_weeks": {"days": ["wed"]}}"#, &[], None);
    let even = compiled(r#"{"even_weeks": {"days": ["wed"]}}"#, &[], None);
    // 4 January 2026 is the first Sunday.
    assert_eq!(shown(&odd, "2026-01-01", "2026-02-10"), "01-07 01-21 02-04");
    assert_eq!(shown(&even, "2026-01-01", "2026-02-10"), "01-14 01-28");
    // 2026 has 52 Sundays: 27 December begins week 52, which lasts to 2 January 2027.
    let new_year = compiled(r#"{"even_weeks": {"days": ["fri"], "day_type": "any"}}"#, &[], None);
    assert_eq!(shown(&new_year, "2026-12-20", "2027-01-16"), "01-01 01-15");
    // 2028 has 53: 31 December begins week 53, an odd one, and 7 January 2029 week 1.
    let new_year = compiled(r#"{"odd_weeks": {"days": ["wed"]}}"#, &[], None);
    assert_eq!(shown(&new_year, "2028-12-17", "2029-01-27"), "12-20 01-03 01-10 01-24");
}

#[test]
fn the_server_option_makes_weeks_alternate() {
    let alternate = |text: &str| {
        let working = Arc::new(WorkingDays::new(Weekdays::MON_TO_FRI, []));
        Compiled::new(&rule(text), working, None, true)
    };
    let odd = alternate(r#"{"odd_weeks": {"days": ["wed"]}}"#);
    let even = alternate(r#"{"even_weeks": {"days": ["wed"]}}"#);
    assert_eq!(shown(&odd, "2026-01-01", "2026-02-10"), "01-07 01-21 02-04");
    assert_eq!(shown(&odd, "2028-12-17", "2029-01-27"), "12-20 01-03 01-17");
    assert_eq!(shown(&even, "2028-12-17", "2029-01-27"), "12-27 01-10 01-24");
    let all: Vec<Date> = odd
        .between(date_of("2026-01-01"), date_of("2040-12-31"))
        .occurrences
        .iter()
        .map(|occurrence| occurrence.date)
        .collect();
    assert!(all.windows(2).all(|two| two[0].until(two[1]).unwrap().get_days() == 14));
}

#[test]
fn an_occurrence_is_counted_for_each_day_by_itself() {
    let third = r#"{"on_occurrence": {"days": ["tue", "thu"], "occurrence": 3}}"#;
    // 1 October 2026 is a Thursday.
    assert_eq!(shown(&compiled(third, &[], None), "2026-10-01", "2026-10-31"), "10-15 10-20");
    let fifth = r#"{"on_occurrence": {"days": ["mon"], "occurrence": 5}}"#;
    let fifth = compiled(fifth, &[], None);
    assert_eq!(shown(&fifth, "2026-01-01", "2026-12-31"), "03-30 06-29 08-31 11-30");
    let quarter = r#"{"on_occurrence": {"days": ["mon"], "period": "quarter"}}"#;
    assert_eq!(
        shown(&compiled(quarter, &[], None), "2026-01-01", "2026-12-31"),
        "01-05 04-06 07-06 10-05"
    );
    // The 53rd Friday of a year: 2027 begins with a Friday; 2032 is a leap year that begins with a Thursday.
    let last = r#"{"on_occurrence": {"days": ["fri"], "occurrence": 53, "period": "year"}}"#;
    let last = compiled(last, &[], None);
    let found = last.between(date_of("2026-01-01"), date_of("2036-12-31")).occurrences;
    let found: Vec<String> = found.iter().map(|occurrence| occurrence.date.to_string()).collect();
    assert_eq!(found, ["2027-12-31", "2032-12-31"]);
}

#[test]
fn a_day_is_a_number_or_a_working_day() {
    let working = compiled(r#"{"on_day": {"day": 3}}"#, &["2026-01-01", "2026-01-02"], None);
    assert_eq!(shown(&working, "2026-01-01", "2026-03-31"), "01-07 02-04 03-04");
    let any = compiled(r#"{"on_day": {"day": 31, "day_type": "any"}}"#, &[], None);
    assert_eq!(shown(&any, "2026-01-01", "2026-07-31"), "01-31 03-31 05-31 07-31");
    // February 2026 has 20 working days.
    let late = compiled(r#"{"on_day": {"day": 21}}"#, &[], None);
    assert_eq!(shown(&late, "2026-01-01", "2026-04-30"), "01-29 03-30 04-29");
    assert_eq!(
        shown(&compiled(r#"{"on_day": {}}"#, &[], None), "2026-01-01", "2026-03-31"),
        "01-01 02-02 03-02"
    );
    // The calendar's dates are counted, and then left out.
    let rule = r#"{"on_day": {"day": 2, "calendar": "Closing"}}"#;
    let rule = compiled(rule, &[], Some(&["2026-01-01", "2026-02-03"]));
    assert_eq!(shown(&rule, "2026-01-01", "2026-03-31"), "01-02 03-03");
}

#[test]
fn intervals_are_days_of_the_month_or_counted_from_a_start() {
    let days = compiled(r#"{"on_intervals": {"days": [15, 30]}}"#, &[], None);
    // 15 February and 15 March are Sundays, 30 May is a Saturday; February has no 30th.
    assert_eq!(
        shown(&days, "2026-02-01", "2026-05-31"),
        "02-13 03-13 03-30 04-15 04-30 05-15 05-29"
    );
    let every = r#"{"on_intervals": {"start": "2026-11-23", "every": 14}}"#;
    assert_eq!(
        shown(&compiled(every, &[], None), "2026-01-01", "2027-01-10"),
        "11-23 12-07 12-21 01-04"
    );
    let restart = r#"{"on_intervals": {"start": "2026-12-01", "every": 20, "restart_each_year": true, "day_type": "any"}}"#;
    let restart = compiled(restart, &[], None);
    assert_eq!(shown(&restart, "2025-01-01", "2027-12-31"), "12-01 12-21 12-01 12-21");
    let yearly = r#"{"on_intervals": {"start": "2026-01-01", "every": 100, "restart_each_year": true, "day_type": "any"}}"#;
    let yearly = compiled(yearly, &[], None);
    // In a leap year one day earlier from March on.
    assert_eq!(shown(&yearly, "2027-01-01", "2027-12-31"), "01-01 04-11 07-20 10-28");
    assert_eq!(shown(&yearly, "2028-01-01", "2028-12-31"), "01-01 04-10 07-19 10-27");
}

#[test]
fn a_request_is_one_date_or_one_of_each_year() {
    let once = compiled(r#"{"on_request": {"date": "2026-12-26"}}"#, &[], None);
    assert_eq!(shown(&once, "2020-01-01", "2040-12-31"), "12-26");
    let moved = compiled(r#"{"on_request": {"date": "2026-12-26", "aobn": "after"}}"#, &[], None);
    assert_eq!(shown(&moved, "2020-01-01", "2040-12-31"), "12-28");
    let yearly =
        compiled(r#"{"on_request": {"date": "2028-02-29", "every_year": true}}"#, &[], None);
    assert_eq!(yearly.between(date_of("2021-01-01"), date_of("2040-12-31")).occurrences.len(), 5);
    let early =
        compiled(r#"{"on_request": {"date": "1900-12-24", "every_year": true}}"#, &[], None);
    assert_eq!(shown(&early, "2026-01-01", "2027-12-31"), "12-24 12-24");
}

#[test]
fn an_annual_plan_ignores_holidays_and_its_offset_counts_working_days() {
    // A Saturday and a holiday.
    let plan = ["2026-11-28", "2026-12-25"];
    let offset = |days: i8| {
        let rule = format!(r#"{{"annual_plan": {{"calendar": "Plan", "offset": {days}}}}}"#);
        let rule = compiled(&rule, &["2026-12-25"], Some(&plan));
        shown(&rule, "2026-11-01", "2027-01-31")
    };
    assert_eq!(offset(0), "11-28 12-25");
    assert_eq!(offset(1), "11-30 12-28");
    assert_eq!(offset(-1), "11-27 12-24");
    assert_eq!(offset(15), "12-18 01-15");
    assert_eq!(offset(-15), "11-09 12-04");
    let rule = r#"{"annual_plan": {"calendar": "Plan", "offset": 2}}"#;
    let rule = compiled(rule, &[], Some(&plan));
    assert_eq!(said(&rule, "2026-12-01"), "from Sat 2026-11-28, then 2 working days on");
}

#[test]
fn the_beginning_and_the_end_of_a_period() {
    // 1 August 2026 is a Saturday, 31 May a Sunday; 28 May is taken as a holiday.
    let cases = [
        (r#"{"begin_of_period": {}}"#, "2026-08-01", "08-03 09-01"),
        (r#"{"begin_of_period": {"aobn": "after"}}"#, "2026-08-01", "08-03 09-01"),
        (r#"{"begin_of_period": {"aobn": "not_scheduled"}}"#, "2026-08-01", "09-01"),
        (r#"{"begin_of_period": {"aobn": "before"}}"#, "2026-07-31", "07-31 09-01"),
        (r#"{"begin_of_period": {"day_type": "any"}}"#, "2026-08-01", "08-01 09-01"),
        (r#"{"begin_of_period": {"offset": 1}}"#, "2026-08-01", "08-04 09-02"),
        (r#"{"begin_of_period": {"offset": 1, "day_type": "any"}}"#, "2026-08-01", "08-03 09-02"),
    ];
    for (rule, from, expected) in cases {
        assert_eq!(shown(&compiled(rule, &[], None), from, "2026-09-30"), expected, "{rule}");
    }
    let cases = [
        (r#"{"end_of_period": {}}"#, "05-29 06-30"),
        (r#"{"end_of_period": {"aobn": "before"}}"#, "05-29 06-30"),
        (r#"{"end_of_period": {"aobn": "after"}}"#, "06-01 06-30"),
        (r#"{"end_of_period": {"aobn": "not_scheduled"}}"#, "06-30"),
        (r#"{"end_of_period": {"day_type": "any"}}"#, "05-31 06-30"),
        (r#"{"end_of_period": {"offset": -1}}"#, "05-27 06-29"),
        (r#"{"end_of_period": {"offset": -1, "day_type": "any"}}"#, "05-29 06-29"),
        (r#"{"end_of_period": {"period": "quarter"}}"#, "06-30"),
        (
            r#"{"end_of_period": {"period": "week", "offset": -4}}"#,
            "05-04 05-11 05-18 06-01 06-08 06-15 06-22 06-29",
        ),
    ];
    for (rule, expected) in cases {
        let rule_of = compiled(rule, &["2026-05-28"], None);
        assert_eq!(shown(&rule_of, "2026-05-02", "2026-06-30"), expected, "{rule}");
    }
    let year = compiled(r#"{"end_of_period": {"period": "year"}}"#, &[], None);
    assert_eq!(shown(&year, "2026-01-01", "2028-12-31"), "12-31 12-31 12-29");
}

#[test]
fn an_offset_never_leads_out_of_the_period() {
    // A week with two holidays has no fourth working day before its Friday.
    let rule = r#"{"end_of_period": {"period": "week", "offset": -3}}"#;
    let rule = compiled(rule, &["2026-11-23", "2026-11-24"], None);
    let forecast = rule.between(date_of("2026-11-22"), date_of("2026-11-28"));
    assert_eq!(forecast.occurrences, []);
    let why = DropReason::OutsidePeriod;
    assert_eq!(forecast.dropped, [Dropped { candidate: date_of("2026-11-28"), why }]);
    assert_eq!(said(&rule, "2026-11-28"), "not: the offset leads out of the period");
}

#[test]
fn the_calendar_is_asked_after_the_offset_of_a_period() {
    // 1 January 2027 is a Friday and a holiday, 4 January in the calendar, 5 January the next day.
    let begin = |extra: &str| format!(r#"{{"begin_of_period": {{"calendar": "Closing"{extra}}}}}"#);
    let holidays = ["2027-01-01"];
    let closing: &[&str] = &["2027-01-01", "2027-01-04"];
    let cases = [
        (r#", "aobn": "after""#, "01-05"),
        // The offset counts the 4th, as any working day, before the calendar is asked.
        ("", ""),
        (r#", "offset": 1"#, "01-06"),
        (r#", "offset": 1, "day_type": "any""#, ""),
        (r#", "offset": 2, "day_type": "any""#, "01-05"),
    ];
    for (extra, expected) in cases {
        let rule = compiled(&begin(extra), &holidays, Some(closing));
        assert_eq!(shown(&rule, "2027-01-01", "2027-01-31"), expected, "{extra}");
    }
}

#[test]
fn the_middle_of_a_period() {
    let any = |extra: &str| format!(r#"{{"mid_of_period": {{"day_type": "any"{extra}}}}}"#);
    let month = compiled(&any(""), &[], None);
    assert_eq!(shown(&month, "2026-01-01", "2026-04-30"), "01-16 02-14 03-16 04-15");
    assert_eq!(shown(&month, "2028-02-01", "2028-02-29"), "02-15");
    let quarter = compiled(&any(r#", "period": "quarter""#), &[], None);
    assert_eq!(shown(&quarter, "2026-01-01", "2026-12-31"), "02-14 05-16 08-15 11-15");
    let year = compiled(&any(r#", "period": "year""#), &[], None);
    assert_eq!(shown(&year, "2026-01-01", "2028-12-31"), "07-02 07-02 07-01");
    // The middle of January 2026 is Friday 16.
    let monday = compiled(&any(r#", "days": ["mon"]"#), &[], None);
    assert_eq!(shown(&monday, "2026-01-01", "2026-02-28"), "01-19 02-16");
    let two = compiled(&any(r#", "days": ["mon", "tue"]"#), &[], None);
    assert_eq!(shown(&two, "2026-01-01", "2026-01-31"), "01-13 01-19");
    // Saturday 14 February moves back.
    let working = compiled(r#"{"mid_of_period": {}}"#, &[], None);
    assert_eq!(shown(&working, "2026-02-01", "2026-02-28"), "02-13");
}

#[test]
fn without_any_working_day_every_rule_answers_at_once() {
    let none = Arc::new(WorkingDays::new(Weekdays::NONE, []));
    let closed: Arc<DateSet> = Arc::new(dates(&["2026-06-15"]));
    let rules = [
        r#"{"all_weeks": {"days": ["mon"]}}"#,
        r#"{"all_weeks": {"days": ["mon"], "aobn": "after"}}"#,
        r#"{"on_day": {"day": 1}}"#,
        r#"{"begin_of_period": {"period": "year"}}"#,
        r#"{"end_of_period": {"period": "year", "offset": -3}}"#,
        r#"{"begin_of_period": {"offset": 15}}"#,
        r#"{"annual_plan": {"calendar": "Plan", "offset": 1}}"#,
        r#"{"mid_of_period": {}}"#,
        r#"{"cron": {"pattern": "0 0 * * *", "day_type": "working", "aobn": "before"}}"#,
    ];
    for text in rules {
        let rule = Compiled::new(&rule(text), none.clone(), Some(closed.clone()), false);
        let forecast = rule.between(date_of("1900-01-01"), date_of("2100-12-31"));
        assert_eq!(forecast.occurrences, [], "{text}");
        let is_counted = text.contains("on_day");
        assert_eq!(forecast.dropped.is_empty(), is_counted, "{text}");
        let whys: Vec<DropReason> = forecast
            .dropped
            .iter()
            .map(|dropped| dropped.why)
            .filter(|why| !matches!(why, DropReason::InCalendar(_)))
            .collect();
        assert!(whys.iter().all(|why| *why == DropReason::NoWorkingDay), "{text}: {:?}", whys[0]);
        for day in 1..=31 {
            assert!(rule.on(jiff::civil::date(2026, 12, day)).is_err());
        }
    }
}

#[test]
fn the_ends_of_time_are_no_dates() {
    let daily = compiled(
        r#"{"all_weeks": {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "day_type": "any"}}"#,
        &[],
        None,
    );
    let all = daily.between(Date::MIN, Date::MAX).occurrences;
    assert_eq!(all.first().map(|occurrence| occurrence.date), Some(date_of("1900-01-01")));
    assert_eq!(all.last().map(|occurrence| occurrence.date), Some(date_of("9998-12-31")));
    assert_eq!(daily.on(Date::MAX), Err(Why::NotNamed));
    let after = compiled(r#"{"begin_of_period": {"period": "year", "offset": 15}}"#, &[], None);
    assert_eq!(after.on(Date::MIN), Err(Why::NotNamed));
    assert_eq!(after.between(date_of("9990-01-01"), Date::MAX).occurrences.len(), 9);
}

#[test]
fn rules_are_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Compiled>();
    is_shared::<Use>();
}
