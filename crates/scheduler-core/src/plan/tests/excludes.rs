//! Jobs that take others off the day.

use crate::testing::{MONDAY, excluded, ids, model, model_of_jobs, plan, plan_on};

fn day_of_jobs(jobs: &str) -> (Vec<String>, Vec<String>) {
    let model = model_of_jobs(jobs);
    let plan = plan(&model);
    (ids(&model, &plan), excluded(&model, &plan))
}

#[test]
fn of_two_jobs_that_exclude_each_other_the_first_stays() {
    let (jobs, excluded) = day_of_jobs(
        r#"{
            "Y": {"depends_on": [{"excludes": {"job": "B"}}]},
            "B": {"depends_on": [{"excludes": {"job": "Y"}}]}
        }"#,
    );
    assert_eq!(jobs, ["S.Y"]);
    assert_eq!(excluded, ["S.B by S.Y"]);
}

#[test]
fn an_excluded_job_excludes_nothing() {
    let (jobs, excluded) = day_of_jobs(
        r#"{
            "A": {"depends_on": [{"excludes": {"job": "B"}}]},
            "B": {"depends_on": [{"excludes": {"job": "C"}}]},
            "C": {}
        }"#,
    );
    assert_eq!(jobs, ["S.A", "S.C"]);
    assert_eq!(excluded, ["S.B by S.A"]);
}

#[test]
fn what_a_job_has_excluded_before_it_is_excluded_itself_stays_excluded() {
    let (jobs, excluded) = day_of_jobs(
        r#"{
            "B": {"depends_on": [{"excludes": {"job": "C"}}]},
            "C": {},
            "Z": {"depends_on": [{"excludes": {"job": "B"}}]}
        }"#,
    );
    assert_eq!(jobs, ["S.Z"]);
    assert_eq!(excluded, ["S.C by S.B", "S.B by S.Z"]);
}

#[test]
fn a_job_that_is_not_built_excludes_nothing() {
    let (jobs, excluded) = day_of_jobs(
        r#"{
            "A": {"disable_build": true, "depends_on": [{"excludes": {"job": "B"}}]},
            "B": {}
        }"#,
    );
    assert_eq!(jobs, ["S.B"]);
    assert_eq!(excluded, [""; 0]);
}

#[test]
fn all_copies_of_an_excluded_job_go_and_it_is_named_once() {
    let (jobs, excluded) = day_of_jobs(
        r#"{
            "A": {"instances": [{"P": "1"}, {"P": "2"}], "depends_on": [{"excludes": {"job": "B"}}]},
            "B": {"instances": [{"P": "1"}, {"P": "2"}, {"P": "3"}]}
        }"#,
    );
    assert_eq!(jobs, ["S.A", "S.A#1"]);
    assert_eq!(excluded, ["S.B by S.A"]);
}

#[test]
fn a_job_excludes_only_with_the_frequency_that_it_names() {
    let model = model_of_jobs(
        r#"{
            "A": {
                "frequencies": [{"use": "Mondays"}, {"use": "Daily"}],
                "depends_on": [{"excludes": {"job": "B", "frequency": "Mondays"}}]
            },
            "B": {"frequencies": [{"use": "Daily"}]}
        }"#,
    );
    assert_eq!(ids(&model, &plan_on(&model, MONDAY)), ["S.A"]);
    assert_eq!(ids(&model, &plan_on(&model, "2026-06-02")), ["S.A", "S.B"]);
}

#[test]
fn a_job_excludes_those_of_another_schedule_in_all_instances_and_its_own_in_its_instance() {
    let model = model(
        r#"{"schedules": {
            "M": {
                "multi_instance": true, "instances": {"named": ["e1", "e2"]},
                "jobs": {
                    "A": {"only_instances": ["e1"], "depends_on": [
                        {"excludes": {"job": "B"}}, {"excludes": {"job": "X", "schedule": "S"}}
                    ]},
                    "B": {}
                }
            },
            "S": {"jobs": {"X": {}, "Y": {}}}
        }}"#,
    );
    let plan = plan(&model);
    assert_eq!(ids(&model, &plan), ["M_e1.A", "M_e2.B", "S.Y"]);
    assert_eq!(excluded(&model, &plan), ["M.B by M.A", "S.X by M.A"]);
}

const CONTAINERS: &str = r#"{"schedules": {
    "S": {"jobs": {
        "A": {"depends_on": [{"excludes": {"job": "C"}}]},
        "C": {"run": {"container": {"schedule": "T"}}},
        "K": {"run": {"container": {"schedule": "T"}}},
        "Z": {}
    }},
    "T": {"subschedule": true, "jobs": {"D": {"run": {"container": {"schedule": "U"}}}}},
    "U": {"subschedule": true, "jobs": {"X": {}}}
}}"#;

#[test]
fn an_excluded_container_takes_all_that_is_in_it_along() {
    let model = model(CONTAINERS);
    let plan = plan(&model);
    assert_eq!(ids(&model, &plan), ["S.A", "S.K", "S.Z", "S.K[T].D", "S.K[T].D[U].X"]);
    assert_eq!(excluded(&model, &plan), ["S.C by S.A", "T.D by S.A", "U.X by S.A"]);
}

#[test]
fn no_schedule_of_the_day_is_left_of_an_excluded_container() {
    // The container is the last job: nothing comes after it that could be taken for it.
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "A": {"depends_on": [
                    {"excludes": {"job": "C"}}, {"excludes": {"job": "D"}}
                ]},
                "C": {"run": {"container": {"schedule": "T"}}},
                "D": {"run": {"container": {"schedule": "T"}}}
            }},
            "T": {"subschedule": true, "jobs": {"X": {}}}
        }}"#,
    );
    let plan = plan(&model);
    assert_eq!(ids(&model, &plan), ["S.A"]);
    assert_eq!(plan.schedules.len(), 1);
}

#[test]
fn what_is_in_an_excluded_container_excludes_nothing() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "A": {"depends_on": [{"excludes": {"job": "C"}}]},
                "B": {},
                "C": {"run": {"container": {"schedule": "T"}}}
            }},
            "T": {"subschedule": true, "jobs": {
                "X": {"depends_on": [{"excludes": {"job": "B", "schedule": "S"}}]}
            }}
        }}"#,
    );
    let plan = plan(&model);
    assert_eq!(ids(&model, &plan), ["S.A", "S.B"]);
    assert_eq!(excluded(&model, &plan), ["S.C by S.A", "T.X by S.A"]);
}

#[test]
fn a_job_in_a_container_can_exclude_another_container_that_comes_before_it() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "C": {"run": {"container": {"schedule": "T"}}},
                "D": {"run": {"container": {"schedule": "U"}}}
            }},
            "T": {"subschedule": true, "jobs": {"X": {}}},
            "U": {"subschedule": true, "jobs": {
                "Y": {"depends_on": [{"excludes": {"job": "C", "schedule": "S"}}]}
            }}
        }}"#,
    );
    let plan = plan(&model);
    assert_eq!(ids(&model, &plan), ["S.D", "S.D[U].Y"]);
    assert_eq!(excluded(&model, &plan), ["S.C by U.Y", "T.X by U.Y"]);
}

#[test]
fn a_job_that_excludes_its_own_container_excludes_nothing_after_it() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "B": {},
                "C": {"run": {"container": {"schedule": "T"}}}
            }},
            "T": {"subschedule": true, "jobs": {"D": {"run": {"container": {"schedule": "U"}}}}},
            "U": {"subschedule": true, "jobs": {
                "X": {"depends_on": [{"excludes": {"job": "C", "schedule": "S"}}]},
                "Y": {"depends_on": [{"excludes": {"job": "B", "schedule": "S"}}]}
            }}
        }}"#,
    );
    let plan = plan(&model);
    assert_eq!(ids(&model, &plan), ["S.B"]);
    assert_eq!(excluded(&model, &plan), ["S.C by U.X", "T.D by U.X", "U.X by U.X", "U.Y by U.X"]);
}
