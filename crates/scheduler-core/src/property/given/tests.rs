use super::super::*;
use crate::property::{Reference, resolve, target};

fn given(json: &str) -> Given {
    serde_json::from_str(json).unwrap()
}

/// A job at night, with everything that tests ask for.
fn night() -> Prepared {
    let json = include_str!("night.json");
    given(json).prepare().unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn a_context_is_read_and_answers() {
    let night = night();
    let context = night.context();
    let text = |text: &str| resolve(text, &context).map(|done| done.text.to_string()).unwrap();
    assert_eq!(
        text("[[$JOB NAME]] of [[$SCHEDULE NAME]] on [[$MACHINE NAME]]"),
        "Load GL of Nightly on UNIX1"
    );
    assert_eq!(text("[[TH.Files]]/[[RM.Tapes]]/[[RU.Tapes]]"), "7/4/3");
    assert_eq!(text("[[$DATE]] [[$TIME]]"), "2026-03-29 01:30:00");
}

#[test]
fn mistakes_are_all_named() {
    let faults = given(
        r#"{"now": "2026-01-01T00:00:00Z", "job": {"name": "A", "properties": {"$X": "1", "a=b": ""}},
            "properties": {"$DATE x": "\"", "@": "1"}, "formats": {"short_date": "ddddd"},
            "machines": [{"name": "M", "encrypted": {"p;": "secret"}}]}"#,
    )
    .prepare()
    .err()
    .unwrap();
    assert_eq!(
        faults,
        [
            "job: needs a schedule, which is the current one",
            "properties: the value of `$DATE x` is no date format: the quotation mark in the date format `\"` is not closed",
            "properties: `@` has `@` at one end or twice in a row",
            "job A: `$X` begins with `$`, which is reserved for the system",
            "job A: `a=b` has the character `=`; expected 1 to 64 characters, none of ' \" ( ) \\ , = ; | [ ] { }",
            "machine M: `p;` has the character `;`; expected 1 to 64 characters, none of ' \" ( ) \\ , = ; | [ ] { }",
            "formats: `ddddd` is made of the formats that it is to define",
        ]
    );
}

#[test]
fn unknown_fields_are_refused_and_secrets_are_not_shown() {
    let error = serde_json::from_str::<Given>(r#"{"now": "2026-01-01T00:00:00Z", "zon": "UTC"}"#);
    assert!(error.unwrap_err().to_string().contains("unknown field `zon`"));
    let error = serde_json::from_str::<Given>(r#"{"now": "today"}"#).unwrap_err().to_string();
    assert!(error.contains("`today` is not an instant such as 2026-12-31T06:00:00Z"), "{error}");
    let given = given(r#"{"now": "2026-01-01T00:00:00Z", "encrypted": {"P": "s3cret"}}"#);
    assert!(!format!("{given:?}").contains("s3cret"));
}

#[test]
fn the_schema_is_made() {
    let schema = serde_json::to_string(&schemars::schema_for!(Given)).unwrap();
    for field in
        ["\"now\"", "\"time-zone\"", "\"working_days\"", "\"writeOnly\":true", "\"external_event\""]
    {
        assert!(schema.contains(field), "{field} in {schema}");
    }
}

#[test]
fn targets_are_the_current_objects_or_named_ones() {
    let night = night();
    let context = night.context();
    let found = |text: &str| {
        let reference = Reference::parse(text).unwrap();
        target(&reference, &context).map(|target| format!("{} in {}", target.name, target.place))
    };
    let ok = |text: &str| found(text).unwrap();
    assert_eq!(ok("Rate"), "Rate in the installation");
    // Names derived from dates and times are globals whose value is a format.
    assert_eq!(ok("$DATE yyyymmdd"), "$DATE yyyymmdd in the installation");
    assert_eq!(ok("OI.$SCHEDULE DATE week"), "$SCHEDULE DATE week in the installation");
    assert_eq!(ok("MI.Path"), "Path in the machine `UNIX1`");
    assert_eq!(ok("SI.City"), "City in the schedule `Nightly` of 2026-03-28");
    assert_eq!(ok("JI.A.$DATE.Other.B"), "A in the job `B` in `Other` of 2026-03-29");
    assert_eq!(
        ok("JI.A.$SCHEDULE DATE(-1wd)"),
        "A in the job `Load GL` in `Nightly` of 2026-03-27"
    );
    let error = |text: &str| found(text).unwrap_err();
    assert_eq!(
        error("$DATE"),
        "`$DATE` cannot be set: names with `$` or `@` in front are the system's"
    );
    for name in ["$JOB NAME", "$JOB STARTTIME", "$NOW", "$SCHEDULE ID", "JI.$JOB NAME"] {
        assert!(error(name).contains("cannot be set: names with `$`"), "{name}");
    }
    // Not even names of the system.
    for name in ["$JOB STARTTIME x", "$ANY", "JI.$DATE x", "SI.$NOW y"] {
        assert!(Reference::parse(name).is_err(), "{name}");
    }
    assert_eq!(
        error("$DATE x(+1d)"),
        "`$DATE x(+1d)` cannot be set: an offset is for where a date is used"
    );
    assert_eq!(error("TH.Files"), "`TH.Files` cannot be set: $THRESHOLD:SET sets thresholds");
    assert_eq!(
        error("SSI.A"),
        "`SSI.A` cannot be set: write SI or JI with the date and names of the parent"
    );
    assert_eq!(error("RI.X.A"), "`RI.X.A` cannot be set: it belongs to a remote installation");
    assert_eq!(
        error("a=b"),
        "`a=b` has the character `=`; expected 1 to 64 characters, none of ' \" ( ) \\ , = ; | [ ] { }"
    );
    assert_eq!(
        error("SI.A.tomorrow"),
        "`tomorrow` is no schedule date, expected one such as 2026-12-31, $DATE or $SCHEDULE DATE(-1d)"
    );
}

#[test]
fn without_current_objects_references_must_be_qualified() {
    let prepared = given(r#"{"now": "2026-01-01T00:00:00Z", "audience": "external_event"}"#)
        .prepare()
        .ok()
        .unwrap();
    let context = prepared.context();
    let found = |text: &str| target(&Reference::parse(text).unwrap(), &context);
    assert!(found("JI.A.2026-01-01.S.J").is_ok());
    assert_eq!(
        found("JI.A").unwrap_err(),
        "there is no current schedule here, write JI.A.date.schedule.job"
    );
    assert_eq!(
        found("JI.A.2026-01-01.S").unwrap_err(),
        "there is no current job here, write JI.A.date.schedule.job"
    );
    assert_eq!(
        found("SI.A.2026-01-01").unwrap_err(),
        "there is no current schedule here, write SI.A.date.schedule"
    );
    assert_eq!(found("MI.A").unwrap_err(), "there is no current machine here, write MI.A.machine");
    assert_eq!(found("SI.A.$SCHEDULE DATE.S").unwrap_err(), "there is no current schedule here");
}
