//! A job's list of frequencies: priority, subtraction, and what a job overrides.

use crate::problem::Problem;
use proptest::prelude::*;

use super::*;
use crate::calendar::DayNumber;

fn advanced(text: &str) -> Advanced {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn used(rule: &str, settings: &str, status: BuildStatus) -> Use {
    let rule = Arc::new(compiled(rule, &[], None));
    Use { rule, overrides: Overrides::new(&advanced(settings)), status }
}

fn on(date: &str, uses: &[Use]) -> String {
    match choose(date_of(date), uses) {
        Choice::Built(chosen) => format!("{}: {}", chosen.index, chosen.reason),
        Choice::Subtracted { index, by: Subtraction::DoNotSchedule(reason) } => {
            format!("taken by {index}: {reason}")
        }
        Choice::Subtracted { index, by: Subtraction::Excluded(how) } => {
            format!("taken by {index}: {how}")
        }
        Choice::None(whys) => whys.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

const DAILY: &str =
    r#"{"all_weeks": {"days": ["mon", "tue", "wed", "thu", "fri"], "aobn": "not_scheduled"}}"#;
const MONTH_END: &str = r#"{"end_of_period": {}}"#;

#[test]
fn the_first_that_qualifies_wins() {
    let uses =
        [used(MONTH_END, "{}", BuildStatus::Released), used(DAILY, "{}", BuildStatus::OnHold)];
    assert_eq!(on("2026-11-30", &uses), "0: named by the rule");
    assert_eq!(on("2026-11-27", &uses), "1: named by the rule");
    assert_eq!(on("2026-11-28", &uses), "not a date of the rule; not a date of the rule");
    assert_eq!(on("2026-11-28", &[]), "");
}

#[test]
fn do_not_schedule_subtracts_and_a_disabled_frequency_is_passed_over() {
    let with = |status| [used(MONTH_END, "{}", status), used(DAILY, "{}", BuildStatus::Released)];
    let subtracts = with(BuildStatus::DoNotSchedule);
    assert_eq!(on("2026-11-30", &subtracts), "taken by 0: named by the rule");
    assert_eq!(on("2026-11-27", &subtracts), "1: named by the rule");
    let disabled = with(BuildStatus::DisableFrequency);
    assert_eq!(on("2026-11-30", &disabled), "1: named by the rule");
    assert_eq!(
        on("2026-11-29", &disabled),
        "the frequency is disabled for this job; not a date of the rule"
    );
    // Placed lower it subtracts nothing.
    let lower = [
        used(DAILY, "{}", BuildStatus::Released),
        used(MONTH_END, "{}", BuildStatus::DoNotSchedule),
    ];
    assert_eq!(on("2026-11-30", &lower), "0: named by the rule");
}

#[test]
fn include_beats_exclude_and_everything_else() {
    let settings = r#"{
        "start": "2026-11-10", "end": "2026-11-20",
        "include": ["2026-11-14 to 2026-11-15", "2026-11-17", "2026-12-25"],
        "exclude": ["2026-11-16 to 2026-11-17", "2026-11-21"], "exclude_months": ["dec"]
    }"#;
    let uses = [used(DAILY, settings, BuildStatus::Released)];
    let cases = [
        ("2026-11-09", "scheduled from Tue 2026-11-10 on"),
        ("2026-11-10", "0: named by the rule"),
        ("2026-11-13", "0: named by the rule"),
        ("2026-11-14", "0: included"),
        ("2026-11-16", "taken by 0: the date is excluded"),
        ("2026-11-17", "0: included"),
        ("2026-11-20", "0: named by the rule"),
        ("2026-11-21", "not a date of the rule"),
        ("2026-11-23", "scheduled until Fri 2026-11-20"),
        ("2026-12-25", "0: included"),
    ];
    for (date, expected) in cases {
        assert_eq!(on(date, &uses), expected, "{date}");
    }
    let disabled = [used(DAILY, settings, BuildStatus::DisableFrequency)];
    assert_eq!(on("2026-11-14", &disabled), "the frequency is disabled for this job");
    let subtracted = [used(DAILY, settings, BuildStatus::DoNotSchedule)];
    assert_eq!(on("2026-11-14", &subtracted), "taken by 0: included");
}

#[test]
fn an_excluded_month_takes_the_dates_of_its_own_frequency_away() {
    let uses = [
        used(MONTH_END, r#"{"exclude_months": ["nov", "dec"]}"#, BuildStatus::Released),
        used(DAILY, "{}", BuildStatus::Released),
    ];
    assert_eq!(
        on("2026-10-30", &uses),
        "0: from Sat 2026-10-31, no working day, to the first one before it"
    );
    assert_eq!(on("2026-11-30", &uses), "taken by 0: the month is excluded");
    assert_eq!(on("2026-11-27", &uses), "1: named by the rule");
}

#[test]
fn settings_are_checked_and_told() {
    let some = advanced(
        r#"{"start": "2026-01-01", "end": "2025-01-01", "exclude_months": ["aug", "dec"],
            "exclude": ["2026-12-24 to 2026-12-26"], "include": ["2026-08-03"]}"#,
    );
    assert_eq!(
        some.check(),
        [Problem::new("end", "2025-01-01 is before the start 2026-01-01; exchange them")]
    );
    assert_eq!(
        some.explain(),
        "Only from 2026-01-01 to 2025-01-01. Not on 2026-12-24 to 2026-12-26. Not in August and December. \
         In any case on 2026-08-03."
    );
    assert_eq!((advanced("{}").check(), advanced("{}").explain()), (vec![], String::new()));
    let many = advanced(r#"{"include": ["1900-01-01 to 2000-01-01"]}"#);
    assert_eq!(many.check()[0].field, "include");
    let error = serde_json::from_str::<Advanced>(r#"{"exclude_months": ["august"]}"#).unwrap_err();
    assert!(error.to_string().contains("unknown variant `august`"), "{error}");
}

#[test]
fn a_plan_tells_what_is_missing() {
    let uses = [
        used(MONTH_END, r#"{"exclude_months": ["nov"]}"#, BuildStatus::Released),
        used(DAILY, r#"{"start": "2026-11-27", "include": ["2026-11-29"]}"#, BuildStatus::Released),
    ];
    let plan = plan(date_of("2026-11-26"), date_of("2026-12-01"), &uses);
    let runs: Vec<String> =
        plan.runs.iter().map(|(date, chosen)| format!("{date} {}", chosen.index)).collect();
    assert_eq!(runs, ["2026-11-27 1", "2026-11-29 1", "2026-12-01 1"]);
    let missing = |text: &str, index, why| Missing { date: date_of(text), index, why };
    assert_eq!(
        plan.missing,
        [
            missing("2026-11-26", 1, MissingWhy::Not(Why::BeforeStart(date_of("2026-11-27")))),
            missing(
                "2026-11-30",
                0,
                MissingWhy::Subtracted(Subtraction::Excluded(Exclusion::Month))
            ),
        ]
    );
}

fn any_use() -> impl Strategy<Value = Use> {
    let rules = [
        DAILY,
        MONTH_END,
        r#"{"all_weeks": {"days": ["sat", "sun"]}}"#,
        r#"{"on_day": {"day": 3, "calendar": "Closing"}}"#,
        r#"{"mid_of_period": {"aobn": "after", "calendar": "Closing"}}"#,
        r#"{"cron": {"pattern": "0 6 * * 1-3"}}"#,
    ];
    let status = [
        BuildStatus::Released,
        BuildStatus::Released,
        BuildStatus::ToBeSkipped,
        BuildStatus::DoNotSchedule,
        BuildStatus::DisableFrequency,
    ];
    let settings = [
        "{}",
        "{}",
        r#"{"include": ["2026-11-14 to 2026-11-18"], "exclude": ["2026-11-18 to 2026-11-30"]}"#,
        r#"{"start": "2026-11-12", "exclude_months": ["dec"]}"#,
        r#"{"end": "2026-12-05"}"#,
    ];
    let select = |list: &[&'static str]| prop::sample::select(list.to_vec());
    (select(&rules), prop::sample::select(status.to_vec()), select(&settings)).prop_map(
        |(rule, status, settings)| Use {
            rule: Arc::new(compiled(
                rule,
                &["2026-11-16", "2026-12-01"],
                Some(&["2026-11-17", "2026-12-03"]),
            )),
            overrides: Overrides::new(&advanced(settings)),
            status,
        },
    )
}

proptest! {
    /// A plan has the runs that the dates have one by one, and never two for a date.
    #[test]
    fn a_plan_is_the_choice_of_each_date(
        uses in prop::collection::vec(any_use(), 0..4), from in 0i32..40, len in -1i32..40,
    ) {
        let first = DayNumber::ymd(2026, 11, 1).plus(from);
        let last = first.plus(len);
        let plan = plan(first.date(), last.date(), &uses);
        let mut chosen = Vec::new();
        for day in first.to(last) {
            match choose(day.date(), &uses) {
                Choice::Built(one) => chosen.push((day.date(), one)),
                Choice::Subtracted { index, by } => {
                    let missing = Missing { date: day.date(), index, why: MissingWhy::Subtracted(by) };
                    prop_assert!(plan.missing.contains(&missing), "{missing:?}");
                }
                Choice::None(whys) => prop_assert_eq!(whys.len(), uses.len()),
            }
        }
        prop_assert_eq!(plan.runs, chosen);
        let days = first.date()..=last.date();
        prop_assert!(plan.missing.iter().all(|missing| days.contains(&missing.date)));
    }
}
