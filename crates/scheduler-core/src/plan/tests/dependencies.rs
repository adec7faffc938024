//! The edges of a day.

use crate::testing::{MONDAY, edges, model, model_of_jobs, plan, plan_on};

fn edges_of_jobs(jobs: &str) -> Vec<String> {
    let model = model_of_jobs(jobs);
    edges(&model, &plan(&model))
}

#[test]
fn the_condition_of_a_dependency_is_that_of_the_edge() {
    let found = edges_of_jobs(
        r#"{
            "A": {},
            "B": {"depends_on": [
                {"requires": {"job": "A"}},
                {"requires": {"job": "A", "condition": "failed"}},
                {"after": {"job": "A", "condition": "ignore_exit_code"}}
            ]}
        }"#,
    );
    assert_eq!(
        found,
        [
            "S.B requires(FinishedOk) S.A",
            "S.B requires(Failed) S.A",
            "S.B after(IgnoreExitCode) S.A"
        ]
    );
}

#[test]
fn a_predecessor_that_is_not_built_is_elsewhere_whether_it_is_required_or_not() {
    let found = edges_of_jobs(
        r#"{
            "A": {"disable_build": true},
            "B": {"depends_on": [{"requires": {"job": "A"}}, {"after": {"job": "A"}}]}
        }"#,
    );
    assert_eq!(
        found,
        ["S.B requires(FinishedOk) elsewhere S.A +0", "S.B after(FinishedOk) elsewhere S.A +0"]
    );
}

#[test]
fn a_predecessor_that_has_been_excluded_is_elsewhere() {
    let found = edges_of_jobs(
        r#"{
            "A": {},
            "B": {"depends_on": [{"excludes": {"job": "A"}}, {"requires": {"job": "A"}}]}
        }"#,
    );
    assert_eq!(found, ["S.B requires(FinishedOk) elsewhere S.A +0"]);
}

#[test]
fn a_predecessor_of_another_date_is_elsewhere_although_the_day_has_one_of_its_own() {
    let found = edges_of_jobs(
        r#"{
            "A": {"depends_on": [{"requires": {"job": "A", "offset_days": -1}}]},
            "B": {"depends_on": [{"after": {"job": "A", "offset_days": 2}}]}
        }"#,
    );
    assert_eq!(
        found,
        ["S.A requires(FinishedOk) elsewhere S.A -1", "S.B after(FinishedOk) elsewhere S.A +2"]
    );
}

#[test]
fn a_conflict_has_one_direction_and_goes_to_each_copy() {
    let found = edges_of_jobs(
        r#"{
            "A": {"instances": [{"P": "1"}, {"P": "2"}]},
            "B": {"depends_on": [{"conflict": {"job": "A"}}]}
        }"#,
    );
    assert_eq!(found, ["S.B conflict S.A", "S.B conflict S.A#1"]);
}

#[test]
fn job_name_like_means_all_names_that_begin_so_but_not_the_job_itself() {
    let found = edges_of_jobs(
        r#"{
            "LOAD_1": {"depends_on": [{"conflict": {"job": "L_AD", "job_name_like": true}}]},
            "LOAD_2": {}, "LEAD": {}, "LAD": {}, "RELOAD": {}, "load": {}
        }"#,
    );
    assert_eq!(
        found,
        [
            "S.LOAD_1 conflict elsewhere S.LOAD_1 +0",
            "S.LOAD_1 conflict S.LOAD_2",
            "S.LOAD_1 conflict S.LEAD"
        ]
    );
}

#[test]
fn a_dependency_counts_only_with_the_frequency_that_it_names() {
    let model = model_of_jobs(
        r#"{
            "A": {"frequencies": [{"use": "Daily"}]},
            "B": {
                "frequencies": [{"use": "Mondays"}, {"use": "Daily"}],
                "depends_on": [{"requires": {"job": "A", "frequency": "Daily"}}]
            }
        }"#,
    );
    assert_eq!(edges(&model, &plan_on(&model, MONDAY)), [""; 0]);
    let tuesday = plan_on(&model, "2026-06-02");
    assert_eq!(edges(&model, &tuesday), ["S.B requires(FinishedOk) S.A"]);
}

#[test]
fn a_dependency_is_within_one_instance_unless_it_names_others() {
    let model = model(
        r#"{"schedules": {"M": {
            "multi_instance": true, "instances": {"properties": [{"P": "x"}, {"P": "y"}]},
            "jobs": {"A": {}, "B": {"depends_on": [{"requires": {"job": "A"}}]}}
        }}}"#,
    );
    assert_eq!(
        edges(&model, &plan(&model)),
        ["M_x.B requires(FinishedOk) M_x.A", "M_y.B requires(FinishedOk) M_y.A"]
    );
}

#[test]
fn an_instance_reference_is_to_instances_of_the_own_schedule() {
    let edges_with = |reference: &str| {
        let model = model(&format!(
            r#"{{"schedules": {{"M": {{
                "multi_instance": true, "instances": {{"named": ["e1", "e2"]}},
                "jobs": {{"A": {{}}, "B": {{"depends_on": [{{"after": {{"job": "A", {reference}}}}}]}}}}
            }}}}}}"#
        ));
        edges(&model, &plan(&model))
    };
    let own = ["M_e1.B after(FinishedOk) M_e1.A", "M_e2.B after(FinishedOk) M_e2.A"];
    assert_eq!(edges_with(r#""instance": "$this""#), own);
    assert_eq!(
        edges_with(r#""instance": "*""#),
        [
            "M_e1.B after(FinishedOk) M_e1.A",
            "M_e1.B after(FinishedOk) M_e2.A",
            "M_e2.B after(FinishedOk) M_e1.A",
            "M_e2.B after(FinishedOk) M_e2.A",
        ]
    );
    assert_eq!(
        edges_with(r#""instance": "e1""#),
        ["M_e1.B after(FinishedOk) M_e1.A", "M_e2.B after(FinishedOk) M_e1.A"]
    );
    assert_eq!(edges_with(r#""successor_instance": "e2""#), own[1..]);
}

#[test]
fn all_instances_are_those_in_the_same_container() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "C": {"run": {"container": {"schedule": "T"}}},
                "D": {"run": {"container": {"schedule": "T"}}}
            }},
            "T": {"subschedule": true, "multi_instance": true, "instances": {"named": ["e1", "e2"]}, "jobs": {
                "X": {},
                "Y": {"depends_on": [{"requires": {"job": "X", "instance": "*", "successor_instance": "e2"}}]}
            }}
        }}"#,
    );
    assert_eq!(
        edges(&model, &plan(&model)),
        [
            "S.C[T_e2].Y requires(FinishedOk) S.C[T_e1].X",
            "S.C[T_e2].Y requires(FinishedOk) S.C[T_e2].X",
            "S.D[T_e2].Y requires(FinishedOk) S.D[T_e1].X",
            "S.D[T_e2].Y requires(FinishedOk) S.D[T_e2].X",
        ]
    );
}

#[test]
fn a_job_depends_on_all_subschedules_of_a_name_from_outside_and_on_its_own_from_inside() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "C": {"run": {"container": {"schedule": "T"}}},
                "D": {"run": {"container": {"schedule": "T"}}},
                "Z": {"depends_on": [{"after": {"job": "Y", "schedule": "T"}}]}
            }},
            "T": {"subschedule": true, "jobs": {"X": {}, "Y": {"depends_on": [{"after": {"job": "X"}}]}}}
        }}"#,
    );
    assert_eq!(
        edges(&model, &plan(&model)),
        [
            "S.Z after(FinishedOk) S.C[T].Y",
            "S.Z after(FinishedOk) S.D[T].Y",
            "S.C[T].Y after(FinishedOk) S.C[T].X",
            "S.D[T].Y after(FinishedOk) S.D[T].X",
        ]
    );
}

#[test]
fn the_edges_of_each_job_are_its_own() {
    let model = model_of_jobs(
        r#"{
            "A": {},
            "B": {"depends_on": [{"after": {"job": "A"}}, {"conflict": {"job": "C"}}]},
            "C": {},
            "D": {"depends_on": [{"excludes": {"job": "E"}}, {"after": {"job": "C"}}]},
            "E": {}
        }"#,
    );
    let plan = plan(&model);
    let counts: Vec<usize> = plan.jobs().map(|(id, _)| plan.edges(id).len()).collect();
    assert_eq!(counts, [0, 2, 0, 1]);
    assert_eq!(plan.edges_len(), 3);
    // The number of a dependency is its place in the list of the job, also after one that makes no edge.
    assert_eq!(plan.edges(crate::plan::DailyJobId(3))[0].dependency, 1);
}
