use super::*;

#[test]
fn names_are_unique_and_the_table_has_them_all() {
    let table = table();
    for (index, property) in SYSTEM_PROPERTIES.iter().enumerate() {
        let name = property.name;
        assert!(is_reserved(name));
        assert!(SYSTEM_PROPERTIES[index + 1..].iter().all(|other| other.name != name), "{name}");
        assert!(table.contains(&format!("| `{name}` | ")), "{name}");
        assert!(!property.scopes.is_empty() && property.meaning.ends_with('.'), "{name}");
    }
    assert_eq!(table.lines().count(), SYSTEM_PROPERTIES.len() + 2);
    assert_eq!(
        table.lines().nth(2).unwrap(),
        "| `$DATE` | `[[$DATE]]` | Today's date. | `Short Date` | yes |"
    );
    assert!(table.lines().all(|line| line.matches('|').count() == 6), "{table}");
}

#[test]
fn the_documented_properties_are_there() {
    let global = [
        "$JOB NAME",
        "$MASTER JOB NAME",
        "$SCHEDULE NAME",
        "$MASTER SCHEDULE NAME",
        "$SCHEDULE ID",
        "$SCHEDULE INST",
        "$FREQUENCY NAME",
        "$JOB STATUS",
        "$JOB STATUS CATEGORY",
        "$JOB TERMINATION",
        "$JOBID",
        "$JOBID CMP",
        "$JOBID LONG",
        "$MACHINE NAME",
        "$OPCONVER",
        "$NOTIFYID",
        "$DATE",
        "$TIME",
        "$NOW",
        "$SCHEDULE DATE",
        "$SCHEDULE DATEMS",
        "$JOB STARTTIME",
        "$JOB ENDTIME",
    ];
    for name in global {
        assert!(!lookup(Scope::Global, name).unwrap().is_derived, "{name}");
    }
    let of_jobs = [
        "$ACTUAL RUN TIME",
        "$EST RUN TIME",
        "$MAX RUN TIME",
        "$DEPARTMENT NAME",
        "$RESTART STEP",
        "$START COMMAND",
        "$SKD STATUS",
        "$SKD STATUS CATEGORY",
        "$ARRIVED FILE NAME",
        "$JOB STATUS",
        "$JOB STARTTIME",
    ];
    for name in of_jobs {
        assert!(lookup(Scope::Job, name).is_ok(), "{name}");
    }
    for name in ["$MACHINE OPER STATUS", "$MACHINE NET STATUS", "$MACHINE RUNNING JOBS"] {
        assert!(
            lookup(Scope::Machine, name).is_ok() && lookup(Scope::Global, name).is_err(),
            "{name}"
        );
    }
    assert!(lookup(Scope::Schedule, "$SKD STATUS").is_ok());
    let external: Vec<&str> =
        SYSTEM_PROPERTIES.iter().filter(|row| row.is_external).map(|row| row.name).collect();
    assert_eq!(external, ["$DATE", "$TIME", "$NOW", "$OPCONVER"]);
}

#[test]
fn derived_names_take_the_longest_beginning() {
    let base = |name: &str| derived_from(name).map(|property| property.name);
    assert_eq!(base("$DATE yyyymmdd"), Some("$DATE"));
    assert_eq!(base("$DATEmmddyy"), Some("$DATE"));
    assert_eq!(base("$SCHEDULE DATEyyyy"), Some("$SCHEDULE DATE"));
    assert_eq!(base("$SCHEDULE DATEMS"), None);
    assert_eq!(base("$SCHEDULE DATEMS2"), Some("$SCHEDULE DATE"));
    assert_eq!(base("$TIMEhh"), Some("$TIME"));
    assert_eq!(base("$JOB STARTTIMEx"), None);
    assert_eq!(base("$DAT"), None);
}
