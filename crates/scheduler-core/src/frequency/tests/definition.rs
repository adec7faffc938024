//! How definitions are read, checked, described and put into words.

use serde_json::Value;

use super::*;

fn problems(text: &str) -> Vec<String> {
    rule(text)
        .check()
        .into_iter()
        .map(|problem| format!("{} {}", problem.field, problem.message))
        .collect()
}

const EVERY_KIND: [&str; 14] = [
    r#"{"all_weeks":{"days":["mon","fri"]}}"#,
    r#"{"odd_weeks":{"days":["sun"],"calendar":"Closing","aobn":"after","day_type":"working"}}"#,
    r#"{"even_weeks":{"days":["sat"],"day_type":"any"}}"#,
    r#"{"on_occurrence":{"days":["tue"],"occurrence":3,"period":"quarter"}}"#,
    r#"{"on_day":{"day":15,"day_type":"any"}}"#,
    r#"{"on_intervals":{"days":[5,30],"aobn":"not_scheduled"}}"#,
    r#"{"on_intervals":{"start":"2026-01-05","every":14,"restart_each_year":true}}"#,
    r#"{"on_request":{"date":"2026-12-24","every_year":true,"aobn":"before"}}"#,
    r#"{"annual_plan":{"calendar":"Fiscal","offset":-3}}"#,
    r#"{"begin_of_period":{"period":"week","offset":2}}"#,
    r#"{"end_of_period":{"period":"year"}}"#,
    r#"{"mid_of_period":{"days":["wed"],"calendar":"Closing"}}"#,
    r#"{"cron":{"pattern":"30 6 * * MON-FRI"}}"#,
    r#"{"cron":{"pattern":"@daily","calendar":"Closing","aobn":"before","day_type":"working"}}"#,
];

#[test]
fn every_kind_is_written_back_as_it_was_read() {
    for text in EVERY_KIND {
        let read = rule(text);
        assert_eq!(read.check(), [], "{text}");
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(rule(&written), read, "{text}");
        assert!(text.contains(read.kind()), "{text}");
        // Defaults are left out, unless they were given.
        assert_eq!(
            written,
            text.replace(
                r#","day_type":"working""#,
                if text.contains("cron") { r#","day_type":"working""# } else { "" }
            )
        );
    }
    let frequency: Frequency =
        serde_json::from_str(r#"{"documentation": "x", "when": {"on_day": {"day": 40}}}"#).unwrap();
    assert_eq!(frequency.check()[0].field, "when.on_day.day");
}

#[test]
fn what_types_refuse() {
    let error = |text: &str| serde_json::from_str::<Rule>(text).unwrap_err().to_string();
    let cases = [
        (r#"{"all_weeks": {}}"#, "missing field `days`"),
        (r#"{"all_weeks": {"days": ["mon"], "abon": "on"}}"#, "unknown field `abon`"),
        (r#"{"weekly": {}}"#, "unknown variant `weekly`"),
        (r#"{"all_weeks": {"days": ["mon"], "aobn": "next"}}"#, "unknown variant `next`"),
        (r#"{"on_day": {"day": 300}}"#, "expected u8"),
        (r#"{"on_request": {"date": "2026-02-30"}}"#, "February 2026 has 28 days"),
        (r#"{"annual_plan": {}}"#, "missing field `calendar`"),
        (r#"{"cron": {"pattern": "* * *"}}"#, "has 3 fields"),
    ];
    for (text, expected) in cases {
        assert!(error(text).contains(expected), "{text}: {}", error(text));
    }
}

/// Rules and what is wrong with them.
const REFUSED: [(&str, &[&str]); 18] = [
    (
        r#"{"all_weeks": {"days": []}}"#,
        &["all_weeks.days is empty; name at least one day of the week such as mon"],
    ),
    (
        r#"{"odd_weeks": {"days": ["mon"], "day_type": "any", "aobn": "after"}}"#,
        &[
            "odd_weeks.aobn has no effect with `day_type: any`, which ignores non-working days; leave one of them out",
        ],
    ),
    (r#"{"odd_weeks": {"days": ["mon"], "day_type": "any", "aobn": "on"}}"#, &[]),
    (
        r#"{"on_occurrence": {"days": ["mon"], "occurrence": 6}}"#,
        &["on_occurrence.occurrence 6 is not 1 to 5; a month has no more of one day of the week"],
    ),
    (
        r#"{"on_occurrence": {"days": [], "occurrence": 0, "period": "week"}}"#,
        &[
            "on_occurrence.days is empty; name at least one day of the week such as mon",
            "on_occurrence.period week is for begin_of_period and end_of_period; use month, quarter or year",
        ],
    ),
    (r#"{"on_day": {"day": 0}}"#, &["on_day.day 0 is not 1 to 31"]),
    (r#"{"on_day": {"day": 32, "aobn": "on"}}"#, &["on_day.day 32 is not 1 to 31"]),
    (r#"{"on_intervals": {}}"#, &["on_intervals.days is missing; give days, or start and every"]),
    (
        r#"{"on_intervals": {"days": [5, 7]}}"#,
        &["on_intervals.days 7 is not one of 5, 10, 15, 20, 25 and 30; use on_day for other days"],
    ),
    (
        r#"{"on_intervals": {"days": [5], "every": 3}}"#,
        &[
            "on_intervals.days cannot stand beside start and every; choose one of them",
            "on_intervals.start is missing; give the first date",
        ],
    ),
    (
        r#"{"on_intervals": {"start": "2026-01-01", "every": 0}}"#,
        &["on_intervals.every 0; give days from 1 to 32767"],
    ),
    (
        r#"{"on_intervals": {"start": "2028-02-29", "every": 9, "restart_each_year": true}}"#,
        &["on_intervals.start 29 February is not in every year; start on 28 February or 1 March"],
    ),
    (
        r#"{"annual_plan": {"calendar": "Fiscal", "offset": 16}}"#,
        &["annual_plan.offset 16 is not -15 to 15 working days"],
    ),
    (
        r#"{"begin_of_period": {"offset": -1}}"#,
        &[
            "begin_of_period.offset -1 is not 0 to 15 working days; others lead out of the period, where nothing runs",
        ],
    ),
    (
        r#"{"end_of_period": {"offset": -7, "period": "week"}}"#,
        &[
            "end_of_period.offset -7 is not -6 to 0 working days; others lead out of the period, where nothing runs",
        ],
    ),
    (
        r#"{"end_of_period": {"offset": -7, "aobn": "after"}}"#,
        &["end_of_period.aobn is decided by the direction of the offset; leave it out"],
    ),
    (r#"{"end_of_period": {"offset": -7, "aobn": "before"}}"#, &[]),
    (
        r#"{"mid_of_period": {"period": "week"}}"#,
        &[
            "mid_of_period.period week is for begin_of_period and end_of_period; use month, quarter or year",
        ],
    ),
];

#[test]
fn what_rules_refuse() {
    for (text, expected) in REFUSED {
        assert_eq!(problems(text), expected, "{text}");
    }
    assert!(
        problems(r#"{"on_day": {"aobn": "before"}}"#)[0]
            .starts_with("on_day.aobn has no effect on on_day; to move")
    );
}

#[test]
fn the_offset_in_a_week_depends_on_the_workdays() {
    let rule = |offset: i8| {
        rule(&format!(r#"{{"begin_of_period": {{"period": "week", "offset": {offset}}}}}"#))
    };
    assert_eq!(rule(4).check_in_week(Weekdays::MON_TO_FRI), []);
    assert_eq!(
        rule(5).check_in_week(Weekdays::MON_TO_FRI)[0].message,
        "5 is more than 4 working days, in a schedule with 5 workdays per week"
    );
    assert_eq!(rule(6).check_in_week(Weekdays::ALL), []);
    assert_eq!(rule(0).check_in_week(Weekdays::NONE), []);
    let month = super::rule(r#"{"begin_of_period": {"offset": 15}}"#);
    assert_eq!(month.check_in_week(Weekdays::MON_TO_FRI), []);
}

#[test]
fn an_offset_that_check_refuses_is_evaluated_all_the_same() {
    for offset in [i8::MIN, -16, 16, i8::MAX] {
        for text in [
            format!(r#"{{"annual_plan": {{"calendar": "Fiscal", "offset": {offset}}}}}"#),
            format!(r#"{{"end_of_period": {{"offset": {offset}}}}}"#),
            format!(r#"{{"begin_of_period": {{"offset": {offset}, "period": "year"}}}}"#),
        ] {
            assert_eq!(rule(&text).check().len(), 1, "{text}");
            let rule = compiled(&text, &[], Some(&["2026-06-15"]));
            let all = rule.between(date_of("2026-01-01"), date_of("2026-12-31"));
            for occurrence in all.occurrences {
                assert_eq!(rule.on(occurrence.date), Ok(occurrence));
            }
        }
    }
}

#[test]
fn every_kind_is_told_in_words() {
    let cases = [
        "On Monday and Friday of every week. A date on a non-working day moves to the first working day before it. Dates are those of time zone Europe/Zurich.",
        "On Sunday of odd weeks (the first of a year begins with the first Sunday of January). A date on a non-working day moves to the first working day after it. Nothing runs on the dates of calendar `Closing`, which are passed over like holidays when a date is moved. Dates are those of time zone Europe/Zurich.",
        "On Saturday of even weeks (the first of a year begins with the second Sunday of January). Non-working days are ignored. Dates are those of time zone Europe/Zurich.",
        "On the 3rd Tuesday of each quarter. A date on a non-working day moves to the first working day before it. Dates are those of time zone Europe/Zurich.",
        "On the 15th of each month, working day or not. Dates are those of time zone Europe/Zurich.",
        "On the 5th and 30th of each month. A date on a non-working day is left out. Dates are those of time zone Europe/Zurich.",
        "Every 14 days from 2026-01-05 on, counted anew in each year from 5 January to 31 December. A date on a non-working day moves to the first working day before it. Dates are those of time zone Europe/Zurich.",
        "On 24 December of each year. A date on a non-working day moves to the first working day before it. Dates are those of time zone Europe/Zurich.",
        "3 working days before each date of calendar `Fiscal`. Dates are those of time zone Europe/Zurich.",
        "2 working days after the first working day of each week (Sunday to Saturday), if that is in the same week. Dates are those of time zone Europe/Zurich.",
        "On the last working day of each year. Dates are those of time zone Europe/Zurich.",
        "On the Wednesday nearest to the middle of each month. A date on a non-working day moves to the first working day before it. Nothing runs on the dates of calendar `Closing`, which are passed over like holidays when a date is moved. Dates are those of time zone Europe/Zurich.",
        "At 06:30 on Monday to Friday. Non-working days are ignored. Dates and times are those of time zone Europe/Zurich; a time that the clocks skip comes when they have gone forward, a time that they show twice comes once, the first time.",
        "At 00:00 every day. A date on a non-working day moves to the first working day before it. Nothing runs on the dates of calendar `Closing`, which are passed over like holidays when a date is moved. Dates and times are those of time zone Europe/Zurich; a time that the clocks skip comes when they have gone forward, a time that they show twice comes once, the first time.",
    ];
    for (text, expected) in EVERY_KIND.into_iter().zip(cases) {
        assert_eq!(rule(text).explain("Europe/Zurich", false), expected, "{text}");
    }
}

#[test]
fn what_is_special_is_told_in_words() {
    let few = |text: &str| rule(text).explain("UTC", true);
    let cases = [
        (
            EVERY_KIND[1],
            "On Sunday of odd weeks (weeks are odd and even by turns, from Sunday 7 January 1900 on). A",
        ),
        (r#"{"on_day": {"day": 22}}"#, "On the 22nd working day of each month. Dates"),
        (
            r#"{"on_day": {"day": 31, "day_type": "any"}}"#,
            "On the 31st of each month that has one, working day or not. D",
        ),
        (
            r#"{"on_intervals": {"start": "2026-01-05", "every": 1}}"#,
            "Every day from 2026-01-05 on. A",
        ),
        (
            r#"{"on_request": {"date": "2026-12-24"}}"#,
            "On Thu 2026-12-24. A date on a non-working day is kept. D",
        ),
        (
            r#"{"on_request": {"date": "2028-02-29", "every_year": true}}"#,
            "On 29 February of each leap year. A",
        ),
        (
            r#"{"annual_plan": {"calendar": "Fiscal"}}"#,
            "On the dates of calendar `Fiscal`, working days or not. D",
        ),
        (
            r#"{"begin_of_period": {"aobn": "after"}}"#,
            "On the first day of each month. A date on a non-working day moves to the first working day after it.",
        ),
        (
            r#"{"end_of_period": {"offset": -1, "day_type": "any"}}"#,
            "1 working day before the last day of each month, if that is in the same month. D",
        ),
        (r#"{"mid_of_period": {"period": "year"}}"#, "On the day in the middle of each year. A"),
    ];
    for (text, expected) in cases {
        assert!(few(text).starts_with(expected), "{text}: {}", few(text));
    }
}

#[test]
fn the_schema_describes_every_kind() {
    let schema = serde_json::to_value(schemars::schema_for!(Frequency)).unwrap();
    let kinds = schema["$defs"]["Rule"]["oneOf"].as_array().unwrap();
    assert_eq!(kinds.len(), 12);
    for text in EVERY_KIND {
        let kind = rule(text).kind();
        let of_kind = kinds.iter().find(|one| one["properties"].get(kind).is_some()).unwrap();
        assert!(of_kind["description"].is_string(), "{kind}");
    }
    let weeks = &schema["$defs"]["Weeks"];
    assert_eq!(weeks["additionalProperties"], Value::Bool(false));
    assert_eq!(weeks["properties"]["days"]["type"], "array");
    assert_eq!(weeks["required"], serde_json::json!(["days"]));
    assert_eq!(schema["$defs"]["CronRule"]["properties"]["pattern"]["format"], "cron");
}
