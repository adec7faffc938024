//! Expected starts and ends.

use crate::testing::{expected, model, model_of_jobs, plan};

fn expected_of_jobs(jobs: &str) -> Vec<String> {
    let model = model_of_jobs(jobs);
    expected(&model, &plan(&model))
}

#[test]
fn a_job_starts_after_the_last_of_those_it_waits_for_and_not_before_its_own_time() {
    let found = expected_of_jobs(
        r#"{
            "Last": {"frequencies": [{"use": "Daily", "start": "01:00"}], "depends_on": [
                {"requires": {"job": "Slow"}}, {"after": {"job": "Quick"}}
            ]},
            "Own": {"frequencies": [{"use": "Daily", "start": "04:00"}], "depends_on": [
                {"requires": {"job": "Slow"}}
            ]},
            "Slow": {"frequencies": [{"use": "Daily", "start": "02:00", "estimated_run_minutes": 90}]},
            "Quick": {"frequencies": [{"use": "Daily", "estimated_run_minutes": 30}]}
        }"#,
    );
    assert_eq!(
        found,
        ["S.Last 03:30-03:31", "S.Own 04:00-04:01", "S.Slow 02:00-03:30", "S.Quick 00:00-00:30"]
    );
}

#[test]
fn conflicts_and_jobs_elsewhere_move_nothing() {
    let found = expected_of_jobs(
        r#"{
            "A": {"frequencies": [{"use": "Daily", "estimated_run_minutes": 600}]},
            "B": {"frequencies": [{"use": "Daily"}], "depends_on": [
                {"conflict": {"job": "A"}}, {"requires": {"job": "A", "offset_days": -1}}
            ]}
        }"#,
    );
    assert_eq!(found, ["S.A 00:00-10:00", "S.B 00:00-00:01"]);
}

#[test]
fn the_last_of_further_runs_ends_a_job() {
    let found = expected_of_jobs(
        r#"{
            "A": {"frequencies": [{"use": "Daily", "estimated_run_minutes": 10, "recurrence":
                {"recurring_instances": {"times": ["06:00", "03:00"]}}}]},
            "B": {"frequencies": [{"use": "Daily"}], "depends_on": [{"requires": {"job": "A"}}]}
        }"#,
    );
    assert_eq!(found, ["S.A 00:00-06:10", "S.B 06:10-06:11"]);
}

#[test]
fn a_loop_and_all_behind_it_have_no_times_and_the_others_have() {
    let found = expected_of_jobs(
        r#"{
            "Before": {},
            "A": {"depends_on": [{"after": {"job": "Before"}}, {"requires": {"job": "B"}}]},
            "B": {"depends_on": [{"after": {"job": "A"}}]},
            "Behind": {"depends_on": [{"requires": {"job": "B"}}]},
            "Further": {"depends_on": [{"requires": {"job": "Behind"}}]},
            "Beside": {"depends_on": [{"requires": {"job": "Before"}}]}
        }"#,
    );
    assert_eq!(
        found,
        [
            "S.Before 00:00-00:01",
            "S.A never",
            "S.B never",
            "S.Behind never",
            "S.Further never",
            "S.Beside 00:01-00:02",
        ]
    );
}

#[test]
fn sub_jobs_start_after_their_container_and_its_successors_wait_for_all_of_them() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "After": {"frequencies": [{"use": "Daily"}], "depends_on": [{"requires": {"job": "C"}}]},
                "C": {"frequencies": [{"use": "Daily", "start": "05:00"}],
                    "run": {"container": {"schedule": "T"}}}
            }},
            "T": {"subschedule": true, "jobs": {
                "X": {"frequencies": [{"use": "Daily", "estimated_run_minutes": 20}]},
                "Y": {"frequencies": [{"use": "Daily", "start": "06:00", "estimated_run_minutes": 60}]}
            }}
        }}"#,
    );
    assert_eq!(
        expected(&model, &plan(&model)),
        ["S.After 07:00-07:01", "S.C 05:00-07:00", "S.C[T].X 05:00-05:20", "S.C[T].Y 06:00-07:00"]
    );
}

#[test]
fn a_container_around_a_container_and_one_with_several_instances_ends_with_the_last_job() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "C": {"run": {"container": {"schedule": "T"}}},
                "Z": {"depends_on": [{"requires": {"job": "C"}}]}
            }},
            "T": {"subschedule": true, "jobs": {"D": {"run": {"container": {"schedule": "U"}}}}},
            "U": {
                "subschedule": true, "multi_instance": true, "instances": {"named": ["e1", "e2"]},
                "jobs": {
                    "X": {"frequencies": [{"use": "Daily", "estimated_run_minutes": 20}]},
                    "Y": {"only_instances": ["e1"], "depends_on": [{"after": {"job": "X"}}],
                        "frequencies": [{"use": "Daily", "estimated_run_minutes": 30}]}
                }
            }
        }}"#,
    );
    assert_eq!(
        expected(&model, &plan(&model)),
        [
            "S.C 00:00-00:50",
            "S.Z 00:50-00:51",
            "S.C[T].D 00:00-00:50",
            "S.C[T].D[U_e1].X 00:00-00:20",
            "S.C[T].D[U_e1].Y 00:20-00:50",
            "S.C[T].D[U_e2].X 00:00-00:20",
        ]
    );
}

#[test]
fn a_container_with_a_loop_inside_starts_and_never_ends() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "C": {"run": {"container": {"schedule": "T"}}},
                "Z": {"depends_on": [{"requires": {"job": "C"}}]}
            }},
            "T": {"subschedule": true, "jobs": {
                "X": {"depends_on": [{"requires": {"job": "Y"}}]},
                "Y": {"depends_on": [{"requires": {"job": "X"}}]}
            }}
        }}"#,
    );
    assert_eq!(
        expected(&model, &plan(&model)),
        ["S.C 00:00-never", "S.Z never", "S.C[T].X never", "S.C[T].Y never"]
    );
}

#[test]
fn what_requires_a_job_that_is_not_there_waits_for_ever_with_all_behind_it() {
    let model = model(
        r#"{
            "schedules": {"Sundays": {"frequencies": [{"use": "Sundays"}], "jobs": {"Missing": {}}}, "S": {"jobs": {
                "A": {"depends_on": [{"requires": {"job": "Missing", "schedule": "Sundays"}}]},
                "B": {"depends_on": [{"after": {"job": "A"}}]},
                "C": {"run": {"container": {"schedule": "T"}}, "depends_on": [{"after": {"job": "B"}}]},
                "D": {"run": {"container": {"schedule": "U"}}},
                "E": {"depends_on": [{"after": {"job": "D"}}]},
                "F": {"depends_on": [{"after": {"job": "Missing", "schedule": "Sundays"}}]}
            }}, "T": {"subschedule": true, "jobs": {"In": {}}}, "U": {"subschedule": true, "jobs": {
                "Stuck": {"depends_on": [{"requires": {"job": "Missing", "schedule": "Sundays"}}]},
                "Goes": {}
            }}}
        }"#,
    );
    let found = expected(&model, &plan(&model));
    let ends: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(
        ends,
        [
            "S.A never",
            "S.B never",
            "S.C never",
            "S.D 00:00-never",
            "S.E never",
            "S.F 00:00-00:01",
            "S.C[T].In never",
            "S.D[U].Stuck never",
            "S.D[U].Goes 00:00-00:01",
        ]
    );
}
