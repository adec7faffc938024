use proptest::prelude::*;

use super::*;

fn read(text: &str) -> String {
    match Reference::parse(text) {
        Ok(reference) => {
            let Reference { remote, scope, name, offset, qualifiers } = reference;
            let offset = offset.map_or(String::new(), |offset| offset.to_string());
            format!("{remote:?} {} {name:?} {offset} {qualifiers:?}", scope.prefix())
        }
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn references_of_every_scope_are_read() {
    let cases = [
        ("DiskSpace", r#"None OI "DiskSpace"  []"#),
        ("OI.DiskSpace", r#"None OI "DiskSpace"  []"#),
        ("MI.Path", r#"None MI "Path"  []"#),
        (r#"MI."App.DriveLetter".UNIXMACH1"#, r#"None MI "App.DriveLetter"  ["UNIXMACH1"]"#),
        ("SI.Numbers..GetData", r#"None SI "Numbers"  ["", "GetData"]"#),
        ("SI.Numbers.12/21/2012", r#"None SI "Numbers"  ["12/21/2012"]"#),
        (
            r#"SI.Prop.8/28/2009."Parent_Container[Sub]""#,
            r#"None SI "Prop"  ["8/28/2009", "Parent_Container[Sub]"]"#,
        ),
        ("JI.$ACTUAL RUN TIME...JobA", r#"None JI "$ACTUAL RUN TIME"  ["", "", "JobA"]"#),
        ("JI.City...", r#"None JI "City"  []"#),
        (
            r#"JI."File.Name"."08.01.2010"."Sched[Name]"."Job{Name}""#,
            r#"None JI "File.Name"  ["08.01.2010", "Sched[Name]", "Job{Name}"]"#,
        ),
        ("SSI.Numbers", r#"None SSI "Numbers"  []"#),
        ("SJI.Numbers", r#"None SJI "Numbers"  []"#),
        ("TH.Files", r#"None TH "Files"  []"#),
        ("RM.Tapes", r#"None RM "Tapes"  []"#),
        ("RU.Tapes", r#"None RU "Tapes"  []"#),
        ("$this.City", r#"None $this "City"  []"#),
        ("@name", r#"None OI "@name"  []"#),
        ("$DATE(+3d)", r#"None OI "$DATE" +3d []"#),
        ("$SCHEDULE DATE (+3q)", r#"None OI "$SCHEDULE DATE" +3q []"#),
        (r#""$DATE dd.mm.yyyy"(-1wd)"#, r#"None OI "$DATE dd.mm.yyyy" -1wd []"#),
        ("SI.$SCHEDULE DATE(+1wd)..Other", r#"None SI "$SCHEDULE DATE" +1wd ["", "Other"]"#),
        (
            "RI.OpCon2.JI.$JOB STATUS.$DATE.ApplicationSchedule.JobA",
            r#"Some("OpCon2") JI "$JOB STATUS"  ["$DATE", "ApplicationSchedule", "JobA"]"#,
        ),
        (" SI . Name . . X ", r#"None SI "Name"  ["", "X"]"#),
        (r#""a ""b"" ""#, r#"None OI "a \"b\" "  []"#),
        ("RI", r#"None OI "RI"  []"#),
        ("SI", r#"None OI "SI"  []"#),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let scopes = "(expected OI, MI, SI, JI, SSI, SJI, TH, RM, RU, $this, RI; a name with a dot must be in quotation marks)";
    let cases = [
        ("", "column 1: expected the name of a property".to_owned()),
        ("SI.", "column 4: expected the name of a property".to_owned()),
        ("SI..X", "column 4: expected the name of a property".to_owned()),
        ("si.Name", format!("column 1: `si` is no scope, did you mean SI? {scopes}")),
        ("File.Name", format!("column 1: `File` is no scope {scopes}")),
        (r#""SI".Name"#, format!("column 1: `SI` is no scope, did you mean SI? {scopes}")),
        (
            "MI.A.b.c",
            "column 8: too many parts, expected MI.name.machine; a name with a dot must be in quotation marks"
                .to_owned(),
        ),
        ("a[b", "column 2: a name with `[` must be in quotation marks".to_owned()),
        ("a\\b", "column 2: a name with `\\` must be in quotation marks".to_owned()),
        ("\"ab", "column 1: the quotation mark is not closed".to_owned()),
        ("[[A]]", "column 1: expected names written out, there is a token among them".to_owned()),
        ("$JOB NAMEE", "column 1: `$JOB NAMEE` is no property of the system, did you mean `$JOB NAME`?".to_owned()),
        (
            "$ACTUAL RUN TIME",
            "column 1: `$ACTUAL RUN TIME` is not known without a prefix, write JI.$ACTUAL RUN TIME".to_owned(),
        ),
        (
            "MI.$JOB NAME",
            "column 4: `$JOB NAME` is not known in MI, write $JOB NAME or JI.$JOB NAME".to_owned(),
        ),
        ("$JOB NAME(+1d)", "column 1: `$JOB NAME` is no date and has no offset".to_owned()),
        (
            "$DATE(1d)",
            "column 1: `(1d)` is no offset: expected `+` or `-` and a number, as in (+3d)".to_owned(),
        ),
        ("@nam", "column 1: `@nam` is no property of the system, did you mean `@name`?".to_owned()),
        (
            "RI.Site2",
            "column 1: expected RI, a remote installation and a reference, as in RI.Site2.JI.Name.2026-12-31.Schedule.Job"
                .to_owned(),
        ),
        ("RI.A.RI.B.C", "column 6: a remote installation is not asked for another one".to_owned()),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn a_thousand_remotes_are_refused_and_do_not_recurse() {
    assert!(read(&"RI.A.".repeat(200_000)).contains("not asked for another one"));
    assert!(read(&"SI.".repeat(300_000)).contains("too many parts"));
}

fn name() -> impl Strategy<Value = String> {
    // Everything but two opening brackets in a row, which begin a token.
    "[a-zA-Z0-9 .\\]}\\\\\"_=äß-]{1,12}([\\[{][a-z]{1,3})?"
}

proptest! {
    #[test]
    fn what_is_printed_is_read_again(
        scope in prop::sample::select(Scope::ALL.to_vec()), name in name(),
        qualifiers in proptest::collection::vec(prop_oneof![Just(String::new()), self::name()], 0..4),
        remote in proptest::option::of(self::name()),
    ) {
        let mut qualifiers: Vec<String> = qualifiers.into_iter().take(scope.qualifiers().len()).collect();
        while qualifiers.last().is_some_and(String::is_empty) {
            qualifiers.pop();
        }
        let reference = Reference { remote, scope, name, offset: None, qualifiers };
        let printed = reference.to_string();
        prop_assert_eq!(Reference::parse(&printed).map_err(|e| e.to_string()), Ok(reference), "{}", printed);
    }

    #[test]
    fn dated_references_are_read_again(amount in 1i32..32000, minus: bool, unit in prop::sample::select(vec!["d", "wd", "eom"])) {
        let text = format!("SI.$SCHEDULE DATE({}{amount}{unit})..X", if minus { '-' } else { '+' });
        let reference = Reference::parse(&text).unwrap();
        prop_assert_eq!(reference.to_string(), text);
    }

    #[test]
    fn any_text_is_a_reference_or_refused(text in "[\\[\\]{}.\"$A-C(+1d)\\\\ ]{0,30}") {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(Reference::parse(&reference.to_string()), Ok(reference));
        }
    }
}
