//! Properties.

use serde_json::json;

use super::{NONE, found, of_job};

fn global(property: &str) -> Vec<String> {
    found(&format!(
        r#"{{"properties": {{{property}, "Folder": {{"value": "x"}}}}, "schedules": {{}}}}"#
    ))
}

#[test]
fn global_properties_have_a_name_and_a_value_that_can_be_used() {
    assert_eq!(global(r#""Path": {"value": "/opt/[[Folder]]"}"#), NONE);
    assert_eq!(global(r#""Key": {"encrypted": true}"#), NONE);
    assert_eq!(
        global(r#""Key": {"encrypted": true, "value": "s3cret"}"#),
        [
            "properties.Key.encrypted: the value of an encrypted property does not belong into a file, where everybody can \
             read it: leave `value` out, and set it on the server"
        ]
    );
    assert_eq!(
        global(r#""$Rate": {"value": "1"}"#),
        ["properties.$Rate: `$Rate` begins with `$`, which is reserved for the system"]
    );
    assert_eq!(
        global(r#""@Rate": {"value": "1"}"#),
        ["properties.@Rate: `@Rate` has `@` at one end or twice in a row"]
    );
    let long = "x".repeat(4001);
    assert_eq!(
        global(&format!(r#""Long": {{"value": "{long}"}}"#)),
        [format!(
            "properties.Long.value: `{}…` has 4001 characters; expected at most 4000 characters",
            "x".repeat(60)
        )]
    );
    assert_eq!(
        global(r#""Path": {"value": "/opt/[[Folder"}"#),
        [
            "properties.Path.value: this is wrong at column 6: the token that begins here is not closed, expected `]]`"
        ]
    );
    assert_eq!(
        global(r#""Path": {"value": "/opt/[[Foldr]]"}"#),
        ["properties.Path.value: no property `Foldr` is defined; did you mean `Folder`?"]
    );
}

#[test]
fn the_value_of_a_date_is_a_format_and_no_secret() {
    assert_eq!(global(r#""$DATE": {"value": "dd.mm.yyyy"}"#), NONE);
    assert_eq!(global(r#""$SCHEDULE DATE ymd": {"value": "yyyymmdd"}"#), NONE);
    assert_eq!(
        global(r#""$DATE x": {"value": "yyyy \"of"}"#),
        [
            "properties.\"$DATE x\".value: the value of `$DATE x` is no date format: the quotation mark in the date format `yyyy \"of` is not closed"
        ]
    );
    assert_eq!(
        global(r#""$DATE x": {"encrypted": true}"#),
        [
            "properties.\"$DATE x\".encrypted: `$DATE x` is the format of a date or time, which is never encrypted"
        ]
    );
}

#[test]
fn properties_of_schedules_jobs_copies_and_agents_are_properties() {
    let bad = r#"{"$Rate": "1", "Path": "[[Foldr]]", "Good": "[[Folder]] [[SI.City]]"}"#;
    let of = |path: &str| {
        [
            format!("{path}.$Rate: `$Rate` begins with `$`, which is reserved for the system"),
            format!("{path}.Path: no property `Foldr` is defined; did you mean `Folder`?"),
        ]
    };
    let set: serde_json::Value = serde_json::from_str(bad).unwrap();
    let all = |schedule: serde_json::Value, agent: serde_json::Value| {
        let all = json!({
            "properties": {"Folder": {"value": "x"}}, "schedules": {"S": schedule},
            "agents": {"A": agent},
        });
        found(&all.to_string())
    };
    let agent = || json!({"connection": {"command": {}}});
    assert_eq!(all(json!({"properties": set}), agent()), of("schedules.S.properties"));
    assert_eq!(
        all(
            json!({"multi_instance": true, "instances": {"properties": [{"A": "x"}, set]}}),
            agent()
        ),
        of("schedules.S.instances.properties[1]")
    );
    let mut with = agent();
    with["properties"] = set.clone();
    assert_eq!(all(json!({}), with), of("agents.A.properties"));
    assert_eq!(of_job(&format!(r#""properties": {bad}"#)), of("properties"));
    assert_eq!(of_job(&format!(r#""instances": [{{"A": "x"}}, {bad}]"#)), of("instances[1]"));
}
