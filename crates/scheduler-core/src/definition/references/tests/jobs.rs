//! Jobs.

use super::{NONE, command, found, of_job};

#[test]
fn a_department_and_an_access_code_must_be_there_and_general_always_is() {
    assert_eq!(
        of_job(r#""department": "Payrol""#),
        ["department: no department `Payrol` is defined; did you mean `Payroll`?"]
    );
    assert_eq!(of_job(r#""access_code": "Zzz""#), ["access_code: no access code `Zzz` is defined"]);
    assert_eq!(of_job(r#""department": "<General>", "access_code": "Secret""#), NONE);
    assert_eq!(of_job(r#""department": "Payroll""#), NONE);
}

#[test]
fn what_is_missing_is_told_by_the_path_that_it_would_have() {
    let text = r#"{"schedules": {"S": {"jobs": {"A": {"department": "New. one"}}}}}"#;
    let problems = super::check(&super::definitions(text));
    let missing: Vec<_> =
        problems.iter().map(|problem| problem.missing.as_ref().unwrap().to_string()).collect();
    assert_eq!(missing, [r#"departments."New. one""#]);
}

#[test]
fn batch_users_of_jobs_must_be_there_and_for_agents_of_their_type() {
    assert_eq!(command("", r#", "batch_user": "cmd user""#), NONE);
    assert_eq!(
        command("", r#", "batch_user": "cmd usr""#),
        ["run.command.batch_user: no batch user `cmd usr` is defined; did you mean `cmd user`?"]
    );
    assert_eq!(
        command("", r#", "batch_user": "amt user""#),
        [
            "run.command.batch_user: the batch user `amt user` is for agents of type AsyscoAMT, not Command"
        ]
    );
    let connector = |settings: &str| {
        of_job(&format!(
            r#""runs_on": {{"agents": ["cmd"]}}, "run": {{"amt_connector":
                {{"connector_path": "/c", "application": "D"{settings}}}}}"#
        ))
    };
    assert_eq!(connector(r#", "job": "J", "user_id": "cmd user""#), NONE);
    assert_eq!(
        connector(r#", "file": "F", "user_id": "amt user""#),
        [
            "run.amt_connector.user_id: the batch user `amt user` is for agents of type AsyscoAMT, not Command"
        ]
    );
    assert_eq!(
        connector(""),
        ["run.amt_connector: a job or a file is needed: `job: NAME` or `file: PATH`"]
    );
}

#[test]
fn a_job_runs_on_agents_of_its_type() {
    let runs_on = |runs_on: &str| {
        of_job(&format!(r#""run": {{"command": {{"line": "x"}}}}, "runs_on": {runs_on}"#))
    };
    assert_eq!(runs_on(r#"{"agents": ["cmd"]}"#), NONE);
    assert_eq!(
        runs_on(r#"{"agents": ["cmd", "cmmd"]}"#),
        ["runs_on.agents[1]: no agent `cmmd` is defined; did you mean `cmd`?"]
    );
    assert_eq!(
        runs_on(r#"{"agents": ["amt"]}"#),
        ["runs_on.agents[0]: `amt` is of type AsyscoAMT, the job needs Command"]
    );
    for (agents, count) in [("", 0), (r#""cmd","cmd","cmd","cmd","cmd""#, 5)] {
        let expected = format!(
            "runs_on.agents: {count} agents are named; expected one and at most 3 others that take its place"
        );
        assert_eq!(runs_on(&format!(r#"{{"agents": [{agents}]}}"#)), [expected]);
    }
    for kind in ["least_tasked", "each_of"] {
        assert_eq!(runs_on(&format!(r#"{{"{kind}": "Cmds"}}"#)), NONE);
        assert_eq!(
            runs_on(&format!(r#"{{"{kind}": "Cmd"}}"#)),
            [format!("runs_on.{kind}: no machine group `Cmd` is defined; did you mean `Cmds`?")]
        );
        assert_eq!(
            runs_on(&format!(r#"{{"{kind}": "Amts"}}"#)),
            [format!(
                "runs_on.{kind}: the agents of this group are of type AsyscoAMT, the job needs Command"
            )]
        );
    }
    assert_eq!(
        runs_on(r#""schedule_instance""#),
        ["runs_on: the schedule has no instances by machine group"]
    );
}

#[test]
fn jobs_that_need_an_agent_have_one_and_the_others_have_none() {
    assert_eq!(
        of_job(r#""run": {"command": {"line": "x"}}"#),
        ["runs_on: an agent of type Command is needed: `runs_on: { agents: [NAME] }`"]
    );
    assert_eq!(
        of_job(r#""runs_on": {"agents": ["cmd"]}"#),
        ["runs_on: a job of type Null needs no agent: leave `runs_on` out"]
    );
}

#[test]
fn a_container_contains_a_subschedule_that_is_there() {
    let of = |name: &str| {
        found(&format!(
            r#"{{"schedules": {{
                "S": {{"jobs": {{"C": {{"run": {{"container": {{"schedule": "{name}"}}}}}}}}}},
                "Sub": {{"subschedule": true, "jobs": {{"X": {{}}}}}},
                "Top": {{"jobs": {{"Y": {{}}}}}}
            }}}}"#
        ))
    };
    assert_eq!(of("Sub"), NONE);
    let path = "schedules.S.jobs.C.run.container.schedule";
    assert_eq!(of("Sab"), [format!("{path}: no schedule `Sab` is defined; did you mean `Sub`?")]);
    assert_eq!(
        of("Top"),
        [format!("{path}: `Top` is no subschedule: mark it with `subschedule: true`")]
    );
}

#[test]
fn instances_of_jobs_are_instances_of_their_schedule() {
    let of = |schedule: &str, job: &str| {
        found(&format!(r#"{{"schedules": {{"S": {{{schedule} "jobs": {{"A": {{{job}}}}}}}}}}}"#))
    };
    let named = r#""multi_instance": true, "instances": {"named": ["east", "west"]},"#;
    assert_eq!(of(named, r#""only_instances": ["east"], "except_instances": ["west"]"#), NONE);
    assert_eq!(
        of(named, r#""only_instances": ["east", "est"], "except_instances": ["north"]"#),
        [
            "schedules.S.jobs.A.only_instances: the schedule has no instance `est`; did you mean `east`?",
            "schedules.S.jobs.A.except_instances: the schedule has no instance `north`",
        ]
    );
    for field in ["only_instances", "except_instances"] {
        assert_eq!(
            of("", &format!(r#""{field}": ["east"]"#)),
            [format!("schedules.S.jobs.A.{field}: the schedule has no named instances")]
        );
    }
}

#[test]
fn copies_of_a_job_are_for_agents_or_for_sets_of_properties_with_a_name_each() {
    let of = |sets: &str| of_job(&format!(r#""instances": {sets}"#));
    assert_eq!(of(r#"[{"P": "1"}, {"P": "2", "Q": "1"}]"#), NONE);
    assert_eq!(
        of(r#"[{"P": "1"}, {}, {"Q": "1"}]"#),
        [
            "instances[1]: give at least one property: its value is the name",
            "instances[2]: `1` is there already"
        ]
    );
    let both = of_job(
        r#""run": {"command": {"line": "x"}}, "runs_on": {"each_of": "Cmds"}, "instances": [{"P": "1"}]"#,
    );
    assert_eq!(both.len(), 1, "{both:?}");
    assert!(
        both[0].starts_with("instances: the job has a copy for each agent already"),
        "{both:?}"
    );
}

#[test]
fn thresholds_and_resources_must_be_there() {
    assert_eq!(
        of_job(
            r#""thresholds": [{"threshold": "File", "operator": "eq", "value": 1}],
               "threshold_updates": [{"on": "failed", "threshold": "Filse", "change": {"set": 1}}],
               "resources": [{"resource": "Tape", "take": "all"}],
               "resource_updates": [{"on": "failed", "resource": "Zzz", "max": 1}]"#
        ),
        [
            "thresholds[0].threshold: no threshold `File` is defined; did you mean `Files`?",
            "threshold_updates[0].threshold: no threshold `Filse` is defined; did you mean `Files`?",
            "resources[0].resource: no resource `Tape` is defined; did you mean `Tapes`?",
            "resource_updates[0].resource: no resource `Zzz` is defined",
        ]
    );
}

#[test]
fn a_job_takes_no_more_units_than_there_are_and_at_least_one() {
    let take = |units: &str| {
        of_job(&format!(r#""resources": [{{"resource": "Tapes", "take": {units}}}]"#))
    };
    assert_eq!(take(r#"{"units": 3}"#), NONE);
    assert_eq!(take(r#""all""#), NONE);
    assert_eq!(
        take(r#"{"units": 4}"#),
        ["resources[0].take: `Tapes` has 3 units: the job would wait for ever"]
    );
    assert_eq!(
        take(r#"{"units": 0}"#),
        ["resources[0].take.units: 0 is not in the range 1 to 2147483647"]
    );
    assert_eq!(
        of_job(r#""resource_updates": [{"on": "start_attempted", "resource": "Tapes", "max": 1}]"#),
        ["resource_updates[0].on: start_attempted is only for thresholds; use a threshold_update"]
    );
}

#[test]
fn a_frequency_that_a_part_of_a_job_names_is_one_of_the_job_or_of_its_schedule() {
    let parts = |name: &str| {
        format!(
            r#""thresholds": [{{"threshold": "Files", "operator": "eq", "value": 1, "frequency": "{name}"}}],
               "threshold_updates":
                   [{{"on": "failed", "threshold": "Files", "change": {{"add": 1}}, "frequency": "{name}"}}],
               "resources": [{{"resource": "Tapes", "take": "all", "frequency": "{name}"}}],
               "resource_updates": [{{"on": "failed", "resource": "Tapes", "max": 1, "frequency": "{name}"}}],
               "events": [{{"trigger": {{"job_status": "failed"}}, "event": "$CONSOLE:DISPLAY,x",
                   "frequency": "{name}"}}]"#
        )
    };
    let own = |name: &str| format!(r#""frequencies": [{{"use": "Daily"}}], {}"#, parts(name));
    assert_eq!(of_job(&own("Daily")), NONE);
    let fields = ["thresholds", "threshold_updates", "resources", "resource_updates", "events"];
    let wrong = |near: &str| {
        fields.map(|field| format!("{field}[0].frequency: the job has no frequency {near}"))
    };
    assert_eq!(of_job(&own("Dayly")), wrong("`Dayly`; did you mean `Daily`?"));
    // Without frequencies of its own it has those of its schedule.
    assert_eq!(of_job(&parts("Daily")), NONE);
    assert_eq!(of_job(&parts("Mondays")), wrong("`Mondays`"));
}

#[test]
fn what_parts_of_a_job_find_wrong_with_themselves_is_told_at_their_place() {
    assert_eq!(
        of_job(
            r#""failure_criteria": {"basic": []}, "events": [
                {"trigger": {"exit_description": {"operator": "rg", "value": "1"}}, "event": "$CONSOLE:DISPLAY,x"}
            ]"#
        )
        .iter()
        .map(|one| one.split(':').next().unwrap())
        .collect::<Vec<_>>(),
        ["failure_criteria.basic", "events[0].trigger.exit_description.end_value"]
    );
}

#[test]
fn global_properties_in_texts_must_be_there() {
    let line = |line: &str| {
        of_job(&format!(
            r#""runs_on": {{"agents": ["cmd"]}}, "run": {{"command": {{"line": "{line}"}}}}"#
        ))
    };
    for good in ["ls [[Folder]]", "[[$DATE]]", "[[JI.Any]] [[SI.Any]] [[MI.Any]]", "[[TH.Files]]"] {
        assert_eq!(line(good), NONE, "{good}");
    }
    assert_eq!(
        line("ls [[Foldr]]"),
        ["run.command.line: no property `Foldr` is defined; did you mean `Folder`?"]
    );
    assert_eq!(
        line("ls [[Zzz]]"),
        ["run.command.line: no property `Zzz` is defined; define it under `properties`"]
    );
    assert_eq!(
        line("[[TH.Fils]]"),
        ["run.command.line: no threshold `Fils` is defined; did you mean `Files`?"]
    );
    assert!(line("ls [[Folder")[0].starts_with("run.command.line: this is wrong at "));
}

#[test]
fn every_text_that_goes_to_an_agent_is_looked_at() {
    assert_eq!(
        command("", r#", "working_directory": "[[Q]]", "environment": {"HOME": "[[Q]]"}"#),
        ["working_directory", "environment.HOME"].map(|field| {
            format!("run.command.{field}: no property `Q` is defined; define it under `properties`")
        })
    );
    let amt = |kind: &str, fields: &[(&str, bool)]| {
        let settings = fields.iter().map(|(field, is_list)| {
            if *is_list {
                format!(r#""{field}": ["ok", "[[Q]]"]"#)
            } else {
                format!(r#""{field}": "[[Q]]""#)
            }
        });
        let agent = if kind == "amt_connector" { "cmd" } else { "amt" };
        let found = of_job(&format!(
            r#""runs_on": {{"agents": ["{agent}"]}}, "run": {{"{kind}": {{{}}}}}"#,
            settings.collect::<Vec<_>>().join(",")
        ));
        let expected: Vec<String> = fields
            .iter()
            .map(|(field, is_list)| {
                let item = if *is_list { "[1]" } else { "" };
                format!("run.{kind}.{field}{item}: no property `Q` is defined; define it under `properties`")
            })
            .collect();
        assert_eq!(found, expected);
    };
    let common = [("application", false), ("user", false), ("queue", false)];
    amt("amt_batch_job", &[&common[..], &[("job", false), ("task_values", true)]].concat());
    amt("amt_script", &[&common[..], &[("script", false), ("script_parameters", true)]].concat());
    let connector = ["connector_path", "application", "job", "file", "user", "task_value"];
    let connector = connector.map(|field| (field, false));
    amt("amt_connector", &[&connector[..], &[("script_parameters", true)]].concat());
}
