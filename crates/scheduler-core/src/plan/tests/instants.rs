//! The planned instants of jobs that run and of those that were excluded.

use crate::testing::{MONDAY, model, plan_on};

/// The same job on its own and, in another schedule, excluded: each with its instants.
fn instants(of_use: &str, job: &str) -> [Vec<String>; 2] {
    let model = model(&format!(
        r#"{{"frequencies": {{"Nightly": {{"when": {{"cron": {{"pattern": "30 1,2,3 * * *"}}}}}}}},
            "schedules": {{
                "S": {{"jobs": {{"A": {{"frequencies": [{{{of_use}}}] {job}}}}}}},
                "T": {{"jobs": {{
                    "B": {{"frequencies": [{{"use": "Daily"}}], "depends_on": [{{"excludes": {{"job": "A"}}}}]}},
                    "A": {{"frequencies": [{{{of_use}}}] {job}}}
                }}}}
            }}}}"#
    ));
    let plan = plan_on(&model, MONDAY);
    let shown = |at: jiff::Timestamp| at.strftime("%H:%M").to_string();
    let is_of_s = |job: &crate::plan::DailyJob| job.schedule == 0;
    let jobs = plan.jobs().filter(|(_, job)| is_of_s(job));
    let own = jobs.flat_map(|(id, job)| {
        let name = plan.job_name(&model, job).to_owned();
        plan.instants(&model, id).into_iter().map(move |at| format!("{name} {}", shown(at)))
    });
    let excluded = plan.excluded.iter().flat_map(|each| {
        let (names, instants) = plan.instants_of_excluded(&model, each);
        let all = names.into_iter().flat_map(|name| {
            instants.iter().map(|at| format!("{name} {}", shown(*at))).collect::<Vec<_>>()
        });
        all.collect::<Vec<_>>()
    });
    [own.collect(), excluded.collect()]
}

#[test]
fn a_job_that_was_excluded_has_the_instants_that_it_would_have_had() {
    for (of_use, job, expected) in [
        (r#""use": "Daily", "start": "06:00""#, "", vec!["A 06:00"]),
        (r#""use": "Nightly""#, "", vec!["A 01:30", "A 02:30", "A 03:30"]),
        (
            r#""use": "Daily", "recurrence": {"recurring_instances": {"times": ["08:00", "10:00"]}}"#,
            "",
            vec!["A 00:00", "A 08:00", "A 10:00"],
        ),
        (
            r#""use": "Daily", "start": "06:00""#,
            r#", "instances": [{"P": "1"}, {"P": "2"}]"#,
            vec!["A_1 06:00", "A_2 06:00"],
        ),
        // When the next runs are follows from how long each takes.
        (
            r#""use": "Daily", "recurrence": {"restart_offset": {"minutes": 60, "number_of_runs": 4}}"#,
            "",
            vec!["A 00:00"],
        ),
    ] {
        let [own, excluded] = instants(of_use, job);
        assert_eq!(own, expected, "{of_use}");
        assert_eq!(excluded, expected, "{of_use}");
    }
}
