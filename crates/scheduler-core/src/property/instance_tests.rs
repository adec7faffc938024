use super::*;
use crate::property::given::Given;

fn changed(rule: &ExceptionRule, current: &str) -> String {
    let json = format!(
        r#"{{"now": "2026-01-01T00:00:00Z", "instance": {{"name": "North", "properties": {{"City": "Oslo"}}, "current": {current}}}}}"#
    );
    let prepared = serde_json::from_str::<Given>(&json).unwrap().prepare().ok().unwrap();
    match apply_exception(rule, &prepared.context()) {
        Ok(value) => value.to_string(),
        Err(why) => why,
    }
}

fn rule(to_replace: &str, new_value: &str, is_expression: bool) -> ExceptionRule {
    ExceptionRule {
        to_replace: to_replace.to_owned(),
        new_value: new_value.to_owned(),
        is_expression,
    }
}

#[test]
fn fields_are_changed_as_in_the_vendors_examples() {
    let text = |rule: ExceptionRule| changed(&rule, r#"{"text": "run MyMachine MyMachine"}"#);
    assert_eq!(text(rule("", "[[@current]] -arg3", false)), "run MyMachine MyMachine -arg3");
    assert_eq!(
        text(rule("MyMachine", "My[[$this.City]]Machine", false)),
        "run MyOsloMachine MyOsloMachine"
    );
    assert_eq!(text(rule("", "[[@current]]/[[@name]]", false)), "run MyMachine MyMachine/North");
    assert_eq!(text(rule("absent", "x", false)), "run MyMachine MyMachine");
    assert_eq!(
        text(rule("", "[[@Name]]", false)),
        "column 3: `@Name` is no property of the system, did you mean `@name`?"
    );
    assert_eq!(
        text(rule("", "[[$this.Citi]]", false)),
        "column 1: the instance definition has no property `Citi`, did you mean `City`?"
    );
    let number = |new: &str| changed(&rule("", new, true), r#"{"number": 0.25}"#);
    assert_eq!(number("[[@current]] + ToOaTime(\"06:00\")"), "0.5");
    assert_eq!(number("[[@current]] + ([[@current]] * 0.2)"), "0.3");
    assert_eq!(number("[[@name]] + \"!\""), "North!");
    assert!(changed(&rule("x", "1", true), r#"{"number": 1}"#).contains("leave to_replace empty"));
}

#[test]
fn without_a_field_there_is_no_exception() {
    let prepared = serde_json::from_str::<Given>(r#"{"now": "2026-01-01T00:00:00Z"}"#)
        .unwrap()
        .prepare()
        .ok()
        .unwrap();
    let why = apply_exception(&rule("", "x", false), &prepared.context()).unwrap_err();
    assert_eq!(why, "an exception needs the field that it changes");
}
