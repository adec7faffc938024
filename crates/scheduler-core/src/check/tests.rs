//! What the check finds, and that it finds nothing where all is well.

use super::*;
use crate::plan::{Days, Wanted, build};
use crate::testing::{date_of, model, model_of_jobs};

/// The findings of so many dates from Monday, 2026-06-01 on: severity, path and message.
fn found(model: &Model, days: i64) -> Vec<String> {
    let first = date_of(crate::testing::MONDAY);
    let mut check = Check::new(model, first);
    let mut built = Days::new(model, first, Wanted::All).unwrap();
    for _ in 0..days {
        check.day(built.next_day().unwrap());
    }
    let findings = check.finish().into_iter();
    findings
        .map(|each| {
            let severity = match each.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            format!("{severity} {}: {}", each.path, each.message)
        })
        .collect()
}

fn found_of_jobs(jobs: &str, days: i64) -> Vec<String> {
    found(&model_of_jobs(jobs), days)
}

#[test]
fn sane_definitions_have_no_findings() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "A": {"depends_on": [{"requires": {"job": "A", "offset_days": -1}}]},
                "B": {"depends_on": [{"requires": {"job": "A"}}, {"conflict": {"job": "D"}}]},
                "C": {"run": {"container": {"schedule": "T"}}, "depends_on": [{"after": {"job": "B"}}]},
                "D": {"instances": [{"P": "1"}, {"P": "2"}], "depends_on": [
                    {"requires": {"job": "C"}}, {"conflict": {"job": "B"}}
                ]}
            }},
            "T": {"subschedule": true, "jobs": {"X": {}, "Y": {"depends_on": [{"requires": {"job": "X"}}]}}},
            "U": {"frequencies": [{"use": "Mondays", "latest_start": "01:00"}], "jobs": {
                "Z": {"depends_on": [{"after": {"job": "D", "schedule": "S"}}]}
            }}
        }}"#,
    );
    assert_eq!(found(&model, 14), [""; 0]);
}

#[test]
fn a_loop_is_named_whole_and_what_waits_behind_it_is_not() {
    let jobs = r#"{
        "Behind": {"depends_on": [{"requires": {"job": "C"}}]},
        "C": {"depends_on": [{"requires": {"job": "A"}}]},
        "A": {"depends_on": [{"after": {"job": "B"}}]},
        "B": {"depends_on": [{"after": {"job": "Fine"}}, {"requires": {"job": "C"}}]},
        "Fine": {}
    }"#;
    assert_eq!(
        found_of_jobs(jobs, 3),
        ["error schedules.S.jobs.C: a loop, on 3 dates, the first Mon 2026-06-01: \
          `C` waits for `A` waits for `B` waits for `C`"]
    );
    assert_eq!(
        found_of_jobs(jobs, 1),
        ["error schedules.S.jobs.C: a loop, on Mon 2026-06-01: \
          `C` waits for `A` waits for `B` waits for `C`"]
    );
}

#[test]
fn two_loops_of_one_date_are_both_found_also_where_one_waits_for_the_other() {
    let jobs = r#"{
        "A": {"depends_on": [{"requires": {"job": "C"}}, {"requires": {"job": "B"}}]},
        "B": {"depends_on": [{"requires": {"job": "A"}}]},
        "C": {"depends_on": [{"requires": {"job": "D"}}]},
        "D": {"depends_on": [{"requires": {"job": "C"}}]}
    }"#;
    assert_eq!(
        found_of_jobs(jobs, 1),
        [
            "error schedules.S.jobs.A: a loop, on Mon 2026-06-01: `A` waits for `B` waits for `A`",
            "error schedules.S.jobs.C: a loop, on Mon 2026-06-01: `C` waits for `D` waits for `C`",
        ]
    );
}

#[test]
fn two_loops_through_one_job_are_both_found() {
    let jobs = r#"{
        "A": {"depends_on": [{"requires": {"job": "B"}}, {"requires": {"job": "C"}}]},
        "B": {"depends_on": [{"requires": {"job": "A"}}]},
        "C": {"depends_on": [{"requires": {"job": "A"}}]}
    }"#;
    assert_eq!(
        found_of_jobs(jobs, 1),
        [
            "error schedules.S.jobs.A: a loop, on Mon 2026-06-01: `A` waits for `B` waits for `A`",
            "error schedules.S.jobs.A: a loop, on Mon 2026-06-01: `A` waits for `C` waits for `A`",
        ]
    );
}

#[test]
fn a_loop_over_schedules_names_the_schedules_of_the_others() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {"A": {"depends_on": [{"requires": {"job": "B", "schedule": "T"}}]}}},
            "T": {"jobs": {"B": {"depends_on": [{"after": {"job": "A", "schedule": "S"}}]}}}
        }}"#,
    );
    assert_eq!(
        found(&model, 1),
        [
            "error schedules.S.jobs.A: a loop, on Mon 2026-06-01: `A` waits for `B` of `T` waits for `A`"
        ]
    );
}

#[test]
fn a_loop_through_a_container_names_the_container() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "A": {"depends_on": [{"requires": {"job": "C"}}]},
                "C": {"run": {"container": {"schedule": "T"}}}
            }},
            "T": {"subschedule": true, "jobs": {
                "X": {"depends_on": [{"requires": {"job": "A", "schedule": "S"}}]}
            }}
        }}"#,
    );
    assert_eq!(
        found(&model, 1),
        ["error schedules.S.jobs.A: a loop, on Mon 2026-06-01: \
          `A` waits for `C` waits for `X` of `T` waits for `A`"]
    );
}

#[test]
fn a_job_that_waits_for_the_container_around_it_is_a_loop() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {"C": {"run": {"container": {"schedule": "T"}}}}},
            "T": {"subschedule": true, "jobs": {
                "X": {"depends_on": [{"requires": {"job": "C", "schedule": "S"}}]}
            }}
        }}"#,
    );
    assert_eq!(
        found(&model, 1),
        [
            "error schedules.S.jobs.C: a loop, on Mon 2026-06-01: `C` waits for `X` of `T` waits for `C`"
        ]
    );
}

#[test]
fn a_container_that_waits_for_what_is_in_it_is_a_loop() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {"C": {
                "run": {"container": {"schedule": "T"}},
                "depends_on": [{"requires": {"job": "X", "schedule": "T"}}]
            }}},
            "T": {"subschedule": true, "jobs": {"X": {}}}
        }}"#,
    );
    assert_eq!(
        found(&model, 1),
        [
            "error schedules.S.jobs.C: a loop, on Mon 2026-06-01: `C` waits for `X` of `T` waits for `C`"
        ]
    );
}

#[test]
fn a_loop_counts_on_the_dates_on_which_its_jobs_meet() {
    let jobs = r#"{
        "A": {"frequencies": [{"use": "Daily"}], "depends_on": [{"after": {"job": "B"}}]},
        "B": {"frequencies": [{"use": "Sundays"}], "depends_on": [{"after": {"job": "A"}}]}
    }"#;
    assert_eq!(
        found_of_jobs(jobs, 14),
        ["error schedules.S.jobs.A: a loop, on 2 dates, the first Sun 2026-06-07: \
          `A` waits for `B` waits for `A`"]
    );
}

#[test]
fn a_loop_in_several_instances_of_a_date_counts_the_date_once() {
    let model = model(
        r#"{"schedules": {"M": {
            "multi_instance": true, "instances": {"named": ["e1", "e2", "e3"]},
            "jobs": {
                "A": {"depends_on": [{"after": {"job": "B"}}]},
                "B": {"depends_on": [{"after": {"job": "A"}}]}
            }
        }}}"#,
    );
    assert_eq!(
        found(&model, 2),
        ["error schedules.M.jobs.A: a loop, on 2 dates, the first Mon 2026-06-01: \
          `A` waits for `B` waits for `A`"]
    );
}

const USE_AFTER: &str = "there this job waits for ever; use the type `after` if it may be missing";

#[test]
fn a_required_job_that_is_missing_on_some_dates_is_found_with_the_first() {
    let jobs = r#"{
        "A": {"frequencies": [{"use": "Sundays", "build": "do_not_schedule"}, {"use": "Daily"}]},
        "B": {"frequencies": [{"use": "Daily"}], "depends_on": [{"after": {"job": "C"}}, {"requires": {"job": "A"}}]},
        "C": {"frequencies": [{"use": "Mondays"}]}
    }"#;
    assert_eq!(
        found_of_jobs(jobs, 14),
        [format!(
            "error schedules.S.jobs.B.depends_on[1].requires.job: `A` is required but is not built on 2 of \
             the 14 dates of this job, the first Sun 2026-06-07: {USE_AFTER}"
        )]
    );
}

#[test]
fn a_required_job_that_is_missing_counts_dates_and_not_copies() {
    let jobs = r#"{
        "A": {"frequencies": [{"use": "Mondays"}]},
        "B": {
            "frequencies": [{"use": "Daily"}], "instances": [{"P": "1"}, {"P": "2"}],
            "depends_on": [{"requires": {"job": "A"}}]
        }
    }"#;
    assert_eq!(
        found_of_jobs(jobs, 7),
        [format!(
            "error schedules.S.jobs.B.depends_on[0].requires.job: `A` is required but is not built on 6 of \
             the 7 dates of this job, the first Tue 2026-06-02: {USE_AFTER}"
        )]
    );
}

#[test]
fn a_required_job_that_is_never_built_or_never_with_its_successor_is_said_to_be_so() {
    let jobs = r#"{
        "Never": {"disable_build": true, "frequencies": [{"use": "Daily"}]},
        "Mon": {"frequencies": [{"use": "Mondays"}]},
        "Sun": {"frequencies": [{"use": "Sundays"}], "depends_on": [
            {"requires": {"job": "Never"}}, {"requires": {"job": "Mon"}}
        ]}
    }"#;
    assert_eq!(
        found_of_jobs(jobs, 14),
        [
            format!(
                "error schedules.S.jobs.Sun.depends_on[0].requires.job: `Never` is required but is never \
                 built: {USE_AFTER}"
            ),
            format!(
                "error schedules.S.jobs.Sun.depends_on[1].requires.job: `Mon` is required but is not built on \
                 any of the 2 dates of this job: {USE_AFTER}"
            ),
            "warning schedules.S.jobs.Never: never built in 14 days: its build is disabled"
                .to_owned(),
        ]
    );
}

#[test]
fn predecessors_of_other_dates_are_looked_for_there_as_far_as_the_dates_are_known() {
    let jobs = |offset: &str| {
        format!(
            r#"{{
                "A": {{"frequencies": [{{"use": "Sundays", "build": "do_not_schedule"}}, {{"use": "Daily"}}]}},
                "B": {{"frequencies": [{{"use": "Daily"}}], "depends_on": [
                    {{"requires": {{"job": "A", "offset_days": {offset}}}}}
                ]}}
            }}"#
        )
    };
    let text = |offset: &str, first: &str| {
        format!(
            "error schedules.S.jobs.B.depends_on[0].requires.job: `A` is required (offset {offset} days) but is \
             not built on 1 of the 9 dates of this job, the first {first}: there this job waits for ever \
             (to count the dates on which the other is built: `options: {{ job_dependency_offset: occurrence }}`); \
             use the type `after` if it may be missing"
        )
    };
    assert_eq!(found_of_jobs(&jobs("-1"), 9), [text("-1", "Mon 2026-06-08")]);
    assert_eq!(found_of_jobs(&jobs("2"), 9), [text("+2", "Fri 2026-06-05")]);
    // The Sunday that is missing is not among the dates, or nobody of these dates waits for it.
    assert_eq!(found_of_jobs(&jobs("-1"), 6), [""; 0]);
    assert_eq!(found_of_jobs(&jobs("-3"), 9), [""; 0]);
}

#[test]
fn a_predecessor_of_another_date_counts_only_with_the_frequency_and_instance_of_the_dependency() {
    let jobs = r#"{
        "A": {"frequencies": [{"use": "Mondays"}]},
        "B": {"frequencies": [{"use": "Sundays"}, {"use": "Daily"}], "depends_on": [
            {"requires": {"job": "A", "offset_days": -6, "frequency": "Sundays"}}
        ]}
    }"#;
    assert_eq!(found_of_jobs(jobs, 14), [""; 0]);
    let of_instance = |instance: &str| {
        let model = model(&format!(
            r#"{{"schedules": {{
                "S": {{"frequencies": [{{"use": "Mondays"}}], "jobs": {{"A": {{}}}}}},
                "M": {{
                    "multi_instance": true, "instances": {{"named": ["e1", "e2"]}},
                    "jobs": {{"B": {{"only_instances": ["e1"], "depends_on": [{{"requires": {{
                        "job": "A", "schedule": "S", "offset_days": -1, "successor_instance": "{instance}"
                    }}}}]}}}}
                }}
            }}}}"#
        ));
        found(&model, 7).len()
    };
    assert_eq!((of_instance("e1"), of_instance("e2")), (1, 0));
}

#[test]
fn occurrences_of_other_dates_are_there_by_definition() {
    let model = model(
        r#"{"options": {"job_dependency_offset": "occurrence"}, "schedules": {"S": {"jobs": {
            "A": {"frequencies": [{"use": "Mondays"}]},
            "B": {"frequencies": [{"use": "Daily"}], "depends_on": [{"requires": {"job": "A", "offset_days": -1}}]}
        }}}}"#,
    );
    assert_eq!(found(&model, 14), [""; 0]);
}

#[test]
fn ad_hoc_is_never_built_and_nothing_is_wrong_with_that() {
    let model = model(
        r#"{"schedules": {"AdHoc": {"jobs": {"A": {}, "SMA_SKD_BUILD": {}}}, "S": {"jobs": {"B": {}}}}}"#,
    );
    assert_eq!(found(&model, 10), Vec::<String>::new());
    let built = |wanted: Wanted<'_>| {
        let plan = build(&model, date_of(crate::testing::MONDAY), wanted).unwrap();
        plan.jobs.iter().map(|job| model.job_name(job.job).as_str()).collect::<Vec<_>>()
    };
    assert_eq!(built(Wanted::All), ["B"]);
    let ad_hoc = model.schedule_named("AdHoc").unwrap();
    assert_eq!(built(Wanted::Only(&[ad_hoc])), Vec::<&str>::new());
}

#[test]
fn each_reason_why_a_job_is_never_built_is_told() {
    let why = |text: &str| {
        let all = found(&model(text), 10);
        let [one] = &all[..] else { panic!("{all:#?}") };
        one.strip_prefix("warning schedules.").unwrap().to_owned()
    };
    let of_job = |job: &str| {
        let text = format!(r#"{{"schedules": {{"S": {{"jobs": {{"A": {{{job}}}}}}}}}}}"#);
        let found = why(&text);
        found.strip_prefix("S.jobs.A: never built in 10 days: ").unwrap().to_owned()
    };
    assert_eq!(of_job(r#""disable_build": true"#), "its build is disabled");
    assert_eq!(
        of_job(r#""frequencies": []"#),
        "it has no frequency; only an event or an operator can add it"
    );
    assert_eq!(
        of_job(r#""frequencies": [{"use": "Daily", "build": "disable_frequency"}]"#),
        "all its frequencies are disabled"
    );
    assert_eq!(
        of_job(r#""frequencies": [{"use": "Daily", "build": "do_not_schedule"}]"#),
        "all its frequencies only take dates away (do_not_schedule)"
    );
    assert_eq!(
        of_job(
            r#""frequencies": [{"use": "Daily", "build": "do_not_schedule"}, {"use": "Mondays"}]"#
        ),
        "none of its frequencies qualifies for a date that no other one takes away"
    );
    assert_eq!(
        why(r#"{"schedules": {"T": {"subschedule": true, "jobs": {"X": {}}}}}"#),
        "T.jobs.X: never built in 10 days: no container runs its subschedule `T`"
    );
    assert_eq!(
        why(r#"{"schedules": {
            "S": {"frequencies": [{"use": "Sundays"}], "jobs": {"C": {"run": {"container": {"schedule": "T"}}}}},
            "T": {"subschedule": true, "frequencies": [{"use": "Mondays"}], "jobs": {"X": {}}}
        }}"#),
        "T.jobs.X: never built in 10 days: it qualifies, first for Mon 2026-06-01, but its container is not \
         built on the same dates"
    );
    assert_eq!(
        why(r#"{"schedules": {"M": {
            "multi_instance": true, "instances": {"named": ["e1"]},
            "jobs": {"A": {"except_instances": ["e1"]}}
        }}}"#),
        "M.jobs.A: never built in 10 days: it is in none of the instances of its schedule"
    );
    let excluded = "it qualifies, first for Mon 2026-06-01, but jobs that exclude it take it off each of its dates";
    assert_eq!(
        why(r#"{"schedules": {"S": {"jobs": {
            "A": {"depends_on": [{"excludes": {"job": "B"}}]}, "B": {}
        }}}}"#),
        format!("S.jobs.B: never built in 10 days: {excluded}")
    );
}

#[test]
fn an_excluded_job_of_an_instance_or_a_subschedule_is_said_to_be_excluded() {
    let excluded = "it qualifies, first for Mon 2026-06-01, but jobs that exclude it take it off each of its dates";
    let of_instance = model(
        r#"{"schedules": {"M": {
            "multi_instance": true, "instances": {"named": ["e1", "e2"]},
            "jobs": {"A": {"depends_on": [{"excludes": {"job": "B"}}]}, "B": {"only_instances": ["e1"]}}
        }}}"#,
    );
    assert_eq!(
        found(&of_instance, 3),
        [format!("warning schedules.M.jobs.B: never built in 3 days: {excluded}")]
    );
    let inside = model(
        r#"{"schedules": {
            "S": {"jobs": {"C": {"run": {"container": {"schedule": "T"}}}}},
            "T": {"subschedule": true, "jobs": {"X": {"depends_on": [{"excludes": {"job": "Y"}}]}, "Y": {}}}
        }}"#,
    );
    assert_eq!(
        found(&inside, 3),
        [format!("warning schedules.T.jobs.Y: never built in 3 days: {excluded}")]
    );
}

#[test]
fn a_job_that_is_expected_to_miss_its_latest_start_is_found_and_one_that_just_meets_it_is_not() {
    let jobs = r#"{
        "A": {"frequencies": [{"use": "Mondays", "estimated_run_minutes": 61}, {"use": "Daily", "estimated_run_minutes": 60}]},
        "B": {
            "frequencies": [{"use": "Daily", "latest_start": "01:00"}], "instances": [{"P": "1"}, {"P": "2"}],
            "depends_on": [{"requires": {"job": "A"}}]
        }
    }"#;
    assert_eq!(
        found_of_jobs(jobs, 14),
        [
            "warning schedules.S.jobs.B: on 2 dates, the first Mon 2026-06-01 it is expected to miss its latest \
          start: what it waits for ends later"
        ]
    );
}

#[test]
fn errors_come_before_warnings() {
    let jobs = r#"{
        "Never": {"disable_build": true},
        "Z": {"depends_on": [{"after": {"job": "Y"}}]},
        "Y": {"depends_on": [{"after": {"job": "Z"}}]}
    }"#;
    let found = found_of_jobs(jobs, 1);
    assert!(found[0].starts_with("error schedules.S.jobs.Z"), "{found:?}");
    assert!(found[1].starts_with("warning schedules.S.jobs.Never"), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn a_latest_start_is_missed_because_of_a_job_of_the_day_before() {
    let found = found_of_jobs(
        r#"{
            "Night": {"frequencies": [{"use": "Daily", "start": "22:00", "estimated_run_minutes": 600}]},
            "Morning": {"frequencies": [{"use": "Daily", "latest_start": "07:59"}], "depends_on": [
                {"requires": {"job": "Night", "offset_days": -1}}
            ]}
        }"#,
        3,
    );
    assert_eq!(
        found,
        [
            "warning schedules.S.jobs.Morning: on 3 dates, the first Mon 2026-06-01 it is expected to miss its latest \
             start: what it waits for ends later"
        ]
    );
}
