//! Containers, instances and copies: how many daily jobs come from one.

use crate::model::Model;
use crate::plan::{
    CONTAINERS_DEEP_MAX, DAILY_JOBS_MAX, EDGES_MAX, FURTHER_TIMES_MAX, TooLarge, Wanted, build,
};
use crate::testing::{MONDAY, date_of, definitions, ids, model, plan};

#[test]
fn each_copy_of_a_container_has_a_subschedule_of_its_own() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {"C": {
                "run": {"container": {"schedule": "T"}}, "instances": [{"P": "1"}, {"P": "2"}]
            }}},
            "T": {"subschedule": true, "jobs": {"X": {}}}
        }}"#,
    );
    assert_eq!(ids(&model, &plan(&model)), ["S.C", "S.C#1", "S.C[T].X", "S.C#1[T].X"]);
}

#[test]
fn a_subschedule_is_built_in_containers_only_unless_it_is_asked_for() {
    let model = model(
        r#"{"schedules": {"S": {"jobs": {"A": {}}}, "T": {"subschedule": true, "jobs": {"X": {}}}}}"#,
    );
    assert_eq!(ids(&model, &plan(&model)), ["S.A"]);
    let asked = [model.schedule_named("T").unwrap()];
    let plan = build(&model, date_of(MONDAY), Wanted::Only(&asked)).unwrap();
    assert_eq!(ids(&model, &plan), ["T.X"]);
}

#[test]
fn a_schedule_without_jobs_on_a_date_is_not_built() {
    let model = model(
        r#"{"schedules": {
            "Empty": {}, "Sun": {"frequencies": [{"use": "Sundays"}], "jobs": {"A": {}}},
            "S": {"jobs": {"B": {}}}
        }}"#,
    );
    let plan = plan(&model);
    assert_eq!(plan.schedules.len(), 1);
    assert_eq!(ids(&model, &plan), ["S.B"]);
}

#[test]
fn jobs_are_in_the_instances_that_they_name() {
    let model = model(
        r#"{"schedules": {"M": {
            "multi_instance": true, "instances": {"named": ["e1", "e2", "e3"]},
            "jobs": {
                "All": {},
                "Only": {"only_instances": ["e1", "e3"]},
                "Not": {"except_instances": ["e1"]},
                "Both": {"only_instances": ["e1", "e2"], "except_instances": ["e2"]}
            }
        }}}"#,
    );
    assert_eq!(
        ids(&model, &plan(&model)),
        [
            "M_e1.All",
            "M_e1.Only",
            "M_e1.Both",
            "M_e2.All",
            "M_e2.Not",
            "M_e3.All",
            "M_e3.Only",
            "M_e3.Not",
        ]
    );
}

#[test]
fn there_is_an_instance_or_a_copy_for_each_agent_of_a_group() {
    let model = model(
        r#"{
            "agents": {"a1": {"connection": {"command": {}}}, "a2": {"connection": {"command": {}}}},
            "machine_groups": {"G": {"agents": ["a2", "a1"]}},
            "schedules": {
                "M": {"multi_instance": true, "instances": {"machine_group": "G"}, "jobs": {"A": {}}},
                "S": {"jobs": {"B": {"run": {"command": {"line": "x"}}, "runs_on": {"each_of": "G"}}}}
            }
        }"#,
    );
    assert_eq!(ids(&model, &plan(&model)), ["M_a2.A", "M_a1.A", "S.B", "S.B#1"]);
}

/// `S`, `T0`, `T1` and so on, each with a container job `C` for the next.
fn nested(deep: usize) -> String {
    let mut schedules =
        vec![r#""S": {"jobs": {"C": {"run": {"container": {"schedule": "T0"}}}}}"#.to_owned()];
    for number in 0..deep {
        let run = match number + 1 {
            next if next < deep => format!(r#"{{"container": {{"schedule": "T{next}"}}}}"#),
            _ => r#""null_job""#.to_owned(),
        };
        schedules.push(format!(
            r#""T{number}": {{"subschedule": true, "jobs": {{"C": {{"run": {run}}}}}}}"#
        ));
    }
    format!(r#"{{"schedules": {{{}}}}}"#, schedules.join(","))
}

#[test]
fn containers_nest_as_deep_as_the_limit_and_no_deeper() {
    for (deep, built) in
        [(1, 2), (CONTAINERS_DEEP_MAX, 17), (CONTAINERS_DEEP_MAX + 1, 17), (40, 17)]
    {
        let text = nested(deep);
        assert_eq!(plan(&model(&text)).jobs.len(), built, "{deep}");
        let problems = crate::definition::references::check(&definitions(&text));
        assert_eq!(problems.is_empty(), deep <= CONTAINERS_DEEP_MAX, "{deep}: {problems:?}");
    }
}

#[test]
fn a_container_that_contains_itself_ends_at_the_limit() {
    let model = model(
        r#"{"schedules": {"S": {"jobs": {"C": {"run": {"container": {"schedule": "S"}}}}}}}"#,
    );
    assert_eq!(plan(&model).jobs.len(), CONTAINERS_DEEP_MAX + 1);
}

#[test]
fn a_day_that_would_be_too_large_is_refused() {
    let containers = (0..10)
        .map(|number| format!(r#""C{number}": {{"run": {{"container": {{"schedule": "S"}}}}}}"#));
    let jobs = containers.collect::<Vec<_>>().join(",");
    let model = model(&format!(r#"{{"schedules": {{"S": {{"jobs": {{{jobs}}}}}}}}}"#));
    let error = build(&model, date_of(MONDAY), Wanted::All).unwrap_err();
    assert_eq!(error.date, date_of(MONDAY));
    assert!(
        error
            .to_string()
            .starts_with(&format!("2026-06-01 would have more than {DAILY_JOBS_MAX} jobs:"))
    );
}

/// Two jobs on each of 120 agents; the second has other settings too.
fn on_many_agents(second: &str) -> String {
    let names: Vec<String> = (0..120).map(|number| format!("a{number}")).collect();
    let agents =
        names.iter().map(|name| format!(r#""{name}": {{"connection": {{"command": {{}}}}}}"#));
    let job = r#""run": {"command": {"line": "x"}}, "runs_on": {"each_of": "G"}"#;
    format!(
        r#"{{
            "frequencies": {{
                "Daily": {{"when": {{"all_weeks": {{"days": ["mon"]}}}}}},
                "Often": {{"when": {{"cron": {{"pattern": "*/10 * * * *"}}}}}}
            }},
            "agents": {{{}}}, "machine_groups": {{"G": {{"agents": {names:?}}}}},
            "schedules": {{"S": {{"jobs": {{
                "A": {{{job}, "frequencies": [{{"use": "Daily"}}]}}, "B": {{{job}, {second}}}
            }}}}}}
        }}"#,
        agents.collect::<Vec<_>>().join(",")
    )
}

#[test]
fn a_day_with_too_many_edges_or_further_runs_is_refused() {
    for (second, what, max) in [
        (
            r#""frequencies": [{"use": "Daily"}], "depends_on": [{"after": {"job": "A"}}]"#,
            "edges",
            EDGES_MAX,
        ),
        (r#""frequencies": [{"use": "Often"}]"#, "further runs", FURTHER_TIMES_MAX),
    ] {
        let (model, problems) = Model::new(&definitions(&on_many_agents(second)));
        assert!(problems.is_empty(), "{problems:?}");
        let error = build(&model, date_of(MONDAY), Wanted::All).unwrap_err();
        assert_eq!(error, TooLarge { date: date_of(MONDAY), what, max });
    }
}
