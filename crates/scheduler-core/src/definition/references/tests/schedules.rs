//! Schedules, frequencies, calendars.

use super::{NONE, found};

/// What is wrong with the only schedule; paths from it on.
fn of_schedule(settings: &str) -> Vec<String> {
    let all = format!(
        r#"{{
            "calendars": {{"Bank Holidays": {{"dates": ["2026-12-25"]}}}},
            "frequencies": {{"Often": {{"when": {{"cron": {{"pattern": "0 6 * * *"}}}}}}}},
            "schedules": {{"S": {{{settings}}}}}
        }}"#
    );
    let found = found(&all).into_iter();
    found.map(|one| one.strip_prefix("schedules.S.").map_or(one.clone(), str::to_owned)).collect()
}

fn of_use(settings: &str) -> Vec<String> {
    of_schedule(&format!(r#""jobs": {{"A": {{"frequencies": [{{{settings}}}]}}}}"#))
        .iter()
        .map(|one| one.strip_prefix("jobs.A.frequencies[0].").unwrap_or(one).to_owned())
        .collect()
}

#[test]
fn calendars_of_frequencies_and_schedules_must_be_there() {
    assert_eq!(
        found(
            r#"{"frequencies": {"Plan": {"when": {"annual_plan": {"calendar": "Nowhere"}}}}, "schedules": {}}"#
        ),
        ["frequencies.Plan.when.annual_plan.calendar: no calendar `Nowhere` is defined"]
    );
    assert_eq!(of_schedule(r#""additional_holidays": "Bank Holidays""#), NONE);
    assert_eq!(
        of_schedule(r#""additional_holidays": "Bank Holdays""#),
        [
            "additional_holidays: no calendar `Bank Holdays` is defined; did you mean `Bank Holidays`?"
        ]
    );
}

#[test]
fn what_calendars_and_frequencies_find_wrong_with_themselves_is_told_at_their_place() {
    let places = |found: Vec<String>| {
        found.iter().map(|one| one.split(": ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let too_many = r#"{"dates": ["1990-01-01 to 2026-12-25"]}"#;
    let text = format!(r#"{{"calendars": {{"C": {too_many}}}, "schedules": {{}}}}"#);
    assert_eq!(places(found(&text)), ["calendars.C.dates"]);
    assert_eq!(places(of_schedule(&format!(r#""holidays": {too_many}"#))), ["holidays.dates"]);
    assert_eq!(
        places(found(
            r#"{"frequencies": {"F": {"when": {"all_weeks": {"days": []}}}}, "schedules": {}}"#
        )),
        ["frequencies.F.when.all_weeks.days"]
    );
}

#[test]
fn a_schedule_with_jobs_has_a_working_day() {
    assert_eq!(of_schedule(r#""workdays": []"#), NONE);
    assert_eq!(
        of_schedule(r#""workdays": [], "jobs": {"A": {}}"#),
        ["workdays: a schedule needs at least one working day of the week"]
    );
}

#[test]
fn instances_are_for_multi_instance_schedules_and_their_group_must_be_there() {
    assert_eq!(of_schedule(r#""multi_instance": true, "instances": {"named": ["a"]}"#), NONE);
    assert_eq!(
        of_schedule(r#""instances": {"named": ["a"]}"#),
        ["instances: only a schedule with `multi_instance: true` has instances"]
    );
    assert_eq!(
        of_schedule(r#""multi_instance": true, "instances": {"machine_group": "G"}"#),
        ["instances.machine_group: no machine group `G` is defined"]
    );
}

#[test]
fn instances_are_there_and_have_a_name_each() {
    let of = |instances: &str| {
        of_schedule(&format!(r#""multi_instance": true, "instances": {instances}"#))
    };
    assert_eq!(
        of(r#"{"named": []}"#),
        ["instances.named: 0 instances are given; expected 1 to 2048"]
    );
    assert_eq!(of(r#"{"named": ["a", "b", "a"]}"#), ["instances.named[2]: `a` is there already"]);
    assert_eq!(
        of(r#"{"properties": []}"#),
        ["instances.properties: 0 instances are given; expected 1 to 2048"]
    );
    assert_eq!(
        of(r#"{"properties": [{"P": "a"}, {}, {"Q": "a"}]}"#),
        [
            "instances.properties[1]: give at least one property: its value is the name",
            "instances.properties[2]: `a` is there already"
        ]
    );
}

#[test]
fn a_subschedule_has_no_build_of_its_own_and_no_conflict_with_other_days() {
    let settings = r#""auto_build": {}, "conflict_with_other_days": true"#;
    assert_eq!(of_schedule(settings), NONE);
    assert_eq!(
        of_schedule(&format!(r#""subschedule": true, {settings}"#)),
        [
            "auto_build: a subschedule is built with its container and has no time of its own",
            "conflict_with_other_days: this is not supported on subschedules",
        ]
    );
}

#[test]
fn frequencies_that_are_used_must_be_there_and_are_used_once() {
    assert_eq!(
        of_use(r#""use": "Dailly""#),
        ["use: no frequency `Dailly` is defined; did you mean `Daily`?"]
    );
    assert_eq!(
        of_schedule(
            r#""jobs": {"A": {"frequencies": [{"use": "Mondays"}, {"use": "Daily"}, {"use": "Mondays"}]}}"#
        ),
        [
            "jobs.A.frequencies[2].use: `Mondays` is used already, as number 1: it would never decide"
        ]
    );
}

#[test]
fn frequencies_are_those_of_the_schedule_or_of_the_jobs() {
    assert_eq!(
        of_schedule(
            r#""frequencies": [{"use": "Daily"}], "jobs": {"A": {"frequencies": [{"use": "Mondays"}]}, "B": {}}"#
        ),
        [
            "jobs.A.frequencies: its schedule has frequencies for all jobs: give them to the schedule or to the \
          jobs, not to both"
        ]
    );
}

#[test]
fn ad_hoc_has_jobs_and_nothing_that_a_build_would_need() {
    let of = |name: &str, settings: &str| {
        found(&format!(r#"{{"schedules": {{"{name}": {{{settings}"jobs": {{"A": {{}}}}}}}}}}"#))
    };
    assert_eq!(of("AdHoc", ""), NONE);
    let given = r#""auto_build": {}, "multi_instance": true, "#;
    let wrong = |field: &str| {
        format!(
            "schedules.AdHoc.{field}: `AdHoc` is never built, it is there on each day on which a job is added to it; \
             leave `{field}` out"
        )
    };
    assert_eq!(of("AdHoc", given), [wrong("auto_build"), wrong("multi_instance")]);
    assert_eq!(of("AdHoc", r#""subschedule": true, "#), [wrong("subschedule")]);
    assert_eq!(of("Other", given), NONE);
    assert_eq!(
        of("ADHOC", ""),
        [
            "schedules.ADHOC: the name differs only in case from `AdHoc`, the schedule that is always there; choose \
             another name"
        ]
    );
}

#[test]
fn a_latest_start_is_not_before_the_start() {
    assert_eq!(of_use(r#""use": "Daily", "start": "05:00", "latest_start": "05:00""#), NONE);
    assert_eq!(of_use(r#""use": "Daily", "start": "05:00", "latest_start": "00:00""#), NONE);
    assert_eq!(
        of_use(r#""use": "Daily", "start": "05:00", "latest_start": "04:59""#),
        ["latest_start: 04:59 is before the start at 05:00: the job would always miss it"]
    );
    let mixed = |start_from: &str, latest_start_from: &str| {
        of_use(&format!(
            r#""use": "Daily", "start": "05:00", "start_from": "{start_from}",
               "latest_start": "04:59", "latest_start_from": "{latest_start_from}""#
        ))
    };
    assert_eq!(mixed("release", "release").len(), 1);
    // A release is known on the day only.
    assert_eq!(mixed("schedule_start", "release"), NONE);
    assert_eq!(mixed("release", "schedule_start"), NONE);
}

#[test]
fn a_cron_pattern_leaves_no_room_for_a_start_and_a_recurrence() {
    assert_eq!(of_use(r#""use": "Often""#), NONE);
    assert_eq!(
        of_use(
            r#""use": "Often", "start": "05:00", "recurrence": {"restart_offset": {"minutes": 5, "number_of_runs": 3}}"#
        ),
        [
            "start: the cron pattern of this frequency says when the job starts; leave `start` out",
            "recurrence: the cron pattern of this frequency says when the job runs again; leave \
             `recurrence` out",
        ]
    );
}

#[test]
fn what_the_parts_of_a_use_find_wrong_with_themselves_is_told_at_their_place() {
    assert_eq!(
        of_use(
            r#""use": "Daily", "advanced": {"start": "2026-02-01", "end": "2026-01-01"},
               "retry": {"maximum_attempts": 0}, "recurrence": {"restart_offset": {"minutes": 5}}"#
        ),
        [
            "advanced.end: 2026-01-01 is before the start 2026-02-01; exchange them",
            "retry.maximum_attempts: 0 is not in the range 1 to 999",
            "recurrence.restart_offset: never ends; give latest_run or number_of_runs",
        ]
    );
}

#[test]
fn repetitions_before_the_start_are_mistakes() {
    let with = |recurrence: &str| {
        of_use(&format!(r#""use": "Daily", "start": "08:00", "recurrence": {{{recurrence}}}"#))
    };
    let latest = |time: &str| {
        with(&format!(r#""restart_offset": {{"minutes": 60, "latest_run": "{time}"}}"#))
    };
    assert_eq!(
        latest("07:59"),
        [
            "recurrence.restart_offset.latest_run: 07:59 is before the start at 08:00: the job would run once and not \
             again"
        ]
    );
    assert_eq!(latest("08:00"), NONE);
    let times = |more: &str| {
        with(&format!(r#""recurring_instances": {{"times": ["09:00", "06:00", "08:00"]{more}}}"#))
    };
    let told = |what: &str| {
        let path = "recurrence.recurring_instances.times[1]";
        [format!("{path}: 06:00 is before the start at 08:00: the job would {what}; leave it out")]
    };
    assert_eq!(times(""), told("run for it as soon as its first run has ended"));
    assert_eq!(times(r#", "on_overlap": "skip""#), told("never run for it"));
    // Both count from different times.
    let of_release = r#""use": "Daily", "start": "08:00", "start_from": "release",
        "recurrence": {"recurring_instances": {"times": ["06:00"]}}"#;
    assert_eq!(of_use(of_release), NONE);
}

#[test]
fn schedules_that_contain_themselves_are_named_whole_and_once() {
    let subs = |links: &[(&str, &[&str])]| {
        let schedules = links.iter().map(|(name, inside)| {
            let jobs = inside.iter().map(|inner| {
                format!(r#""C {inner}": {{"run": {{"container": {{"schedule": "{inner}"}}}}}}"#)
            });
            let jobs = jobs.collect::<Vec<_>>().join(",");
            format!(r#""{name}": {{"subschedule": true, "jobs": {{{jobs}}}}}"#)
        });
        found(&format!(r#"{{"schedules": {{{}}}}}"#, schedules.collect::<Vec<_>>().join(",")))
    };
    assert_eq!(subs(&[("A", &["B", "C"]), ("B", &["C"]), ("C", &[])]), NONE);
    let at = |schedule: &str, inner: &str| {
        format!(
            "schedules.{schedule}.jobs.\"C {inner}\".run.container.schedule: a schedule cannot contain itself: "
        )
    };
    assert_eq!(subs(&[("A", &["A"])]), [at("A", "A") + "`A` contains `A`"]);
    assert_eq!(
        subs(&[("Z", &["A"]), ("A", &["B"]), ("B", &["C"]), ("C", &["A"]), ("D", &["D"])]),
        [
            at("A", "B") + "`A` contains `B` contains `C` contains `A`",
            at("D", "D") + "`D` contains `D`"
        ]
    );
}

#[test]
fn dates_of_a_job_alone_are_not_given_for_all_jobs_of_a_schedule() {
    let found = of_schedule(
        r#""frequencies": [{"use": "Often", "advanced": {"include": ["2027-01-01"]}}]"#,
    );
    assert_eq!(
        found,
        [
            "frequencies[0].advanced: a job's own use of a frequency has these: give the frequencies to the jobs"
        ]
    );
}

#[test]
fn a_slip_in_the_name_of_the_master_holiday_calendar_is_seen() {
    let of = |name: &str, schedules: &str| {
        found(&format!(
            r#"{{"calendars": {{"{name}": {{"dates": ["2026-12-25"]}}}}, "schedules": {{{schedules}}}}}"#
        ))
    };
    for name in ["Master holiday", "Master Holidays", "MASTER HOLIDAY"] {
        let expected = format!(
            "calendars.{name}: nothing uses this calendar; did you mean `Master Holiday`, which schedules use without \
             naming it?"
        );
        assert_eq!(
            of(name, "").iter().map(|one| one.replace('"', "")).collect::<Vec<_>>(),
            [expected]
        );
    }
    assert_eq!(of("Master Holiday", ""), NONE);
    assert_eq!(of("Bank Holidays", ""), NONE);
    let used = r#""S": {"additional_holidays": "Master holiday"}"#;
    assert_eq!(of("Master holiday", used), NONE);
}
