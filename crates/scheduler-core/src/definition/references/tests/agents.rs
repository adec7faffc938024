//! Agents, groups, batch users, roles, notifications.

use super::{NONE, found};

#[test]
fn batch_users_of_agents_must_be_there_and_for_their_type() {
    let of = |connection: &str| {
        found(&format!(
            r#"{{"batch_users": {{"amt": {{"target": "AsyscoAMT"}}, "cmd": {{"target": "Command"}}}},
                "agents": {{"a": {{"connection": {connection}}}}}, "schedules": {{}}}}"#
        ))
    };
    let amt = |user: &str, more: &str| {
        of(&format!(
            r#"{{"asysco_amt": {{"batch_server_url": "https://b:1", "batch_user": "{user}"{more}}}}}"#
        ))
    };
    assert_eq!(amt("amt", ""), NONE);
    let path = "agents.a.connection.asysco_amt";
    assert_eq!(
        amt("atm", ""),
        [format!("{path}.batch_user: no batch user `atm` is defined; did you mean `amt`?")]
    );
    assert_eq!(
        amt("cmd", ""),
        [format!(
            "{path}.batch_user: the batch user `cmd` is for agents of type Command, not AsyscoAMT"
        )]
    );
    assert_eq!(
        amt("amt", r#", "poll_seconds_min": 6.0"#),
        [format!("{path}.poll_seconds_min: this is more than poll_seconds_max")]
    );
    assert_eq!(of(r#"{"command": {"batch_user": "cmd"}}"#), NONE);
    assert_eq!(
        of(r#"{"command": {"batch_user": "amt"}}"#),
        [
            "agents.a.connection.command.batch_user: the batch user `amt` is for agents of type AsyscoAMT, not \
          Command"
        ]
    );
    let url = |url: &str| {
        of(&format!(r#"{{"asysco_amt": {{"batch_server_url": "{url}", "batch_user": "amt"}}}}"#))
    };
    assert_eq!(url("[[MI.Server]]"), NONE);
    assert_eq!(
        url("[[Server]]"),
        [format!(
            "{path}.batch_server_url: no property `Server` is defined; define it under `properties`"
        )]
    );
    assert_eq!(
        url("batch:42000"),
        [format!("{path}.batch_server_url: `batch:42000` does not begin with http:// or https://")]
    );
}

#[test]
fn a_group_holds_agents_of_one_type_that_are_there() {
    assert_eq!(
        found(
            r#"{
                "agents": {
                    "a": {"connection": {"command": {}}}, "b": {"connection": {"command": {}}},
                    "p": {"connection": {"plug_in": {"integration": "SQL"}}}
                },
                "machine_groups": {"Good": {"agents": ["a", "b"]}, "Bad": {"agents": ["x", "a", "p", "b"]}},
                "schedules": {}
            }"#
        ),
        [
            "machine_groups.Bad.agents[0]: no agent `x` is defined; did you mean `a`?",
            "machine_groups.Bad.agents[2]: `p` is of type SQL, `a` of type Command: a group holds agents of \
             one type",
        ]
        .map(|expected| expected.replace("; did you mean `a`?", ""))
    );
}

#[test]
fn roles_of_batch_users_must_be_there() {
    assert_eq!(
        found(
            r#"{"roles": {"Operators": {}}, "schedules": {},
                "batch_users": {"u": {"target": "Command", "roles": ["Operators", "Operator"]}}}"#
        ),
        ["batch_users.u.roles[1]: no role `Operator` is defined; did you mean `Operators`?"]
    );
}

#[test]
fn everything_that_a_role_names_must_be_there() {
    let role = |schedules: &str, agents: &str, groups: &str, rest: &str| {
        found(&format!(
            r#"{{"schedules": {{"Nightly": {{}}}}, "roles": {{"R": {{
                "schedules": {schedules}, "agents": {agents}, "machine_groups": {groups} {rest}
            }}}}}}"#
        ))
    };
    let all = r#""all""#;
    let general = r#", "departments": [{"department": "<General>", "functions": ["view_jobs"]}]"#;
    assert_eq!(role(all, all, all, general), NONE);
    assert_eq!(role(r#"{"only": ["Nightly"]}"#, r#"{"only": []}"#, all, ""), NONE);
    let rest = r#",
        "departments": [{"department": "Zzz", "functions": ["view_jobs"]}],
        "access_codes": [{"code": "Zzz"}], "batch_users": ["Zzz"]"#;
    let only = r#"{"only": ["Zzz"]}"#;
    assert_eq!(
        role(r#"{"only": ["Nightly", "Nightli"]}"#, only, only, rest),
        [
            "departments[0].department: no department `Zzz` is defined",
            "access_codes[0].code: no access code `Zzz` is defined",
            "schedules.only[1]: no schedule `Nightli` is defined; did you mean `Nightly`?",
            "agents.only[0]: no agent `Zzz` is defined",
            "machine_groups.only[0]: no machine group `Zzz` is defined",
            "batch_users[0]: no batch user `Zzz` is defined",
        ]
        .map(|one| format!("roles.R.{one}"))
    );
}

/// What is wrong with the group of notifications `N`; paths from it on.
fn of_group(group: &str) -> Vec<String> {
    let all = format!(
        r#"{{
            "agents": {{
                "cmd": {{"connection": {{"command": {{}}}}}},
                "sql": {{"connection": {{"plug_in": {{"integration": "SQL"}}}}}}
            }},
            "schedules": {{"Nightly": {{"jobs": {{"Load": {{}}}}}}}},
            "notifications": {{"N": {group}, "Other": {{"about": "all_jobs"}}}}
        }}"#
    );
    let found = found(&all).into_iter();
    found
        .map(|one| one.strip_prefix("notifications.N.").map_or(one.clone(), str::to_owned))
        .collect()
}

#[test]
fn what_a_notification_is_about_must_be_there() {
    let about = |about: &str| of_group(&format!(r#"{{"about": {about}}}"#));
    assert_eq!(about(r#"{"agents": ["cmd"]}"#), NONE);
    assert_eq!(about(r#"{"schedules": ["Nightly"]}"#), NONE);
    assert_eq!(about(r#"{"jobs": [{"schedule": "Nightly", "job": "Load"}]}"#), NONE);
    assert_eq!(
        about(r#"{"agents": ["cmd", "cmx"]}"#),
        ["about.agents[1]: no agent `cmx` is defined; did you mean `cmd`?"]
    );
    assert_eq!(
        about(r#"{"schedules": ["Zzz"]}"#),
        ["about.schedules[0]: no schedule `Zzz` is defined"]
    );
    assert_eq!(
        about(
            r#"{"jobs": [{"schedule": "Nightli", "job": "Load"}, {"schedule": "Nightly", "job": "Loda"}]}"#
        ),
        [
            "about.jobs[0].schedule: no schedule `Nightli` is defined; did you mean `Nightly`?",
            "about.jobs[1].job: the schedule `Nightly` has no job `Loda`; did you mean `Load`?",
        ]
    );
}

#[test]
fn a_trigger_happens_to_what_the_group_is_about() {
    let group = |about: &str, on: &str| {
        of_group(&format!(
            r#"{{"about": "{about}", "triggers": [{{"on": "{on}", "actions": [{{"log": {{"message": "x"}}}}]}}]}}"#
        ))
    };
    let kinds = [
        ("all_agents", "agent_marked_down", "agents"),
        ("all_schedules", "schedule_started", "schedules"),
        ("all_jobs", "job_failed", "jobs"),
    ];
    for (about, _, of_group) in kinds {
        for (_, on, of_trigger) in kinds {
            let expected = format!(
                "triggers[0].on: this happens to {of_trigger}, and the group is about {of_group}"
            );
            let expected: Vec<String> =
                (of_group != of_trigger).then_some(expected).into_iter().collect();
            assert_eq!(group(about, on), expected);
        }
    }
}

#[test]
fn a_command_of_a_notification_runs_on_a_command_agent() {
    let command = |agent: &str| {
        of_group(&format!(
            r#"{{"about": "all_jobs", "triggers": [{{"on": "job_failed", "actions": [
                {{"log": {{"message": "x"}}}}, {{"command": {{"agent": "{agent}", "line": "x"}}}}
            ]}}]}}"#
        ))
    };
    assert_eq!(command("cmd"), NONE);
    let path = "triggers[0].actions[1].command.agent";
    assert_eq!(command("sql"), [format!("{path}: `sql` runs no command lines")]);
    assert_eq!(command("cmx"), [format!("{path}: no agent `cmx` is defined; did you mean `cmd`?")]);
}

#[test]
fn an_escalation_goes_on_to_another_group_that_is_there() {
    let next = |group: &str| {
        of_group(&format!(
            r#"{{"about": "all_jobs", "escalation": [{{"group": "{group}", "after_minutes": 5}}]}}"#
        ))
    };
    assert_eq!(next("Other"), NONE);
    let path = "escalation[0].group";
    assert_eq!(
        next("Othr"),
        [format!("{path}: no notification group `Othr` is defined; did you mean `Other`?")]
    );
    assert_eq!(
        next("N"),
        [format!("{path}: a group cannot follow itself; give the step more attempts")]
    );
}

#[test]
fn an_address_holds_no_password() {
    let of = |url: &str| {
        found(&format!(
            r#"{{"agents": {{"A": {{"connection": {{"asysco_amt":
                {{"batch_server_url": "{url}", "batch_user": "U"}}}}}}}},
                "batch_users": {{"U": {{"target": "AsyscoAMT"}}}}, "schedules": {{}}}}"#
        ))
    };
    let problems = of("http://user:s3cret@host:1/");
    assert_eq!(
        problems,
        [
            "agents.A.connection.asysco_amt.batch_server_url: a name and password do not belong into the address: name a \
          batch user"
        ]
    );
    assert_eq!(of("http://host:1/a@b"), NONE);
}
