use crate::property::given::Given;
use crate::property::resolve;

fn with(change: impl FnOnce(&mut Given), text: &str) -> String {
    let mut given: Given = serde_json::from_str(include_str!("given/night.json")).unwrap();
    change(&mut given);
    let prepared = given.prepare().ok().unwrap();
    match resolve(text, &prepared.context()) {
        Ok(resolution) => resolution.text.to_string(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn properties_of_the_system_have_the_documented_values() {
    let cases = [
        ("$JOB NAME", "Load GL"),
        ("$MASTER JOB NAME", "Load"),
        ("$JOBID", "0000049895"),
        ("$JOBID CMP", "LoadGL0000049895"),
        ("$JOBID LONG", "Load GL          0000049895"),
        ("JI.$JOBID LONG...Ended job", "Ended job        12345678901"),
        ("$FREQUENCY NAME", "Daily"),
        ("$JOB STATUS", "Wait Expression Dependency"),
        ("$JOB STATUS CATEGORY", "Waiting"),
        ("JI.$JOB STATUS...JobA", "Job Running"),
        ("$JOB TERMINATION", "N/A"),
        ("JI.$DEPARTMENT NAME", "Finance"),
        ("JI.$ACTUAL RUN TIME", "N/A"),
        ("JI.$ACTUAL RUN TIME...Ended job", "01:01:05"),
        ("JI.$EST RUN TIME...JobA", "01:00:00"),
        ("JI.$MAX RUN TIME", "02:00:00"),
        ("JI.$RESTART STEP", "N/A"),
        ("JI.$START COMMAND", "N/A"),
        ("JI.$ARRIVED FILE NAME", "D:\\NewFiles\\File20180506.txt"),
        ("JI.$ARRIVED FILE PATH", "D:\\NewFiles"),
        ("JI.$ARRIVED SHORT FILE NAME", "File20180506.txt"),
        ("JI.$ARRIVED BASE FILE NAME", "File20180506"),
        ("JI.$ARRIVED FILE EXTENSION", ".txt"),
        ("$SCHEDULE NAME", "Nightly"),
        ("$MASTER SCHEDULE NAME", "Nightly master"),
        ("$SCHEDULE ID", "42"),
        ("$SCHEDULE INST", "1"),
        ("SI.$SKD STATUS", "In Process"),
        ("JI.$SKD STATUS CATEGORY", "Running"),
        ("SI.$SKD STATUS.2026-03-27.\"Get.Data\"", "Completed"),
        ("SSI.$SCHEDULE NAME", "GetData"),
        ("SJI.$JOB NAME", "MainProcessing"),
        ("SJI.$JOBID", "0000000007"),
        ("$MACHINE NAME", "UNIX1"),
        ("JI.$MACHINE NAME...JobA", "N/A"),
        ("MI.$MACHINE OPER STATUS", "U"),
        ("MI.$MACHINE NET STATUS.\"WIN.1\"", "N/A"),
        ("MI.$MACHINE RUNNING JOBS", "3"),
        ("MI.$MACHINE RUNNING JOBS.\"WIN.1\"", "0"),
        ("$OPCONVER", "26.0.1"),
        ("$DATE", "2026-03-29"),
        ("$TIME", "01:30:00"),
        ("$NOW", "2026-03-29 01:30:00"),
        ("$SCHEDULE DATE", "28-Mar-2026"),
        ("$SCHEDULE DATEMS", "46109"),
        ("$SCHEDULE DATEyyyymmdd", "20260328"),
        ("SI.$SCHEDULE DATE.2026-03-27.\"Get.Data\"", "27-Mar-2026"),
        ("$DATE dd", "29"),
        ("\"$DATE dd\"(-1d)", "28"),
        ("$JOB STARTTIME", "N/A"),
        ("$JOB STARTTIME(+1d)", "N/A"),
        ("JI.$JOB STARTTIME...JobA", "2026/03/28 23:00:00"),
        ("JI.$JOB ENDTIME...Ended job", "2026/03/29 00:01:05"),
        ("$SCHEDULE DATE(+1wd)", "30-Mar-2026"),
        // Good Friday and Easter Monday are holidays.
        ("$SCHEDULE DATE(+5wd)", "07-Apr-2026"),
        ("$SCHEDULE DATE(+1eom)", "31-Mar-2026"),
        ("$DATE(-1wd)", "2026-03-27"),
        // Clocks go forward at 02:00.
        ("$TIME(+1h)", "03:30:00"),
        ("$TIMEhh:mm:ss", "01:30:00"),
    ];
    for (reference, expected) in cases {
        assert_eq!(with(|_| {}, &format!("[[{reference}]]")), expected, "{reference}");
    }
}

#[test]
fn what_does_not_exist_is_no_n_a() {
    let cases = [
        ("JI.$JOB STATUS...Nope", "column 1: there is no job `Nope` in `Nightly` of 2026-03-28"),
        ("SI.$SKD STATUS..Nope", "column 1: there is no schedule `Nope` of 2026-03-28"),
        ("MI.$MACHINE OPER STATUS.X", "column 1: there is no machine `X`"),
        (
            "$DATE nope",
            "column 1: there is no global property `$DATE nope`; define it with a date format as its value",
        ),
        ("@name", "column 1: `@name` is known only while a named instance is built"),
        ("@current", "column 1: `@current` is known only in the exceptions of a named instance"),
    ];
    for (reference, expected) in cases {
        assert_eq!(with(|_| {}, &format!("[[{reference}]]")), expected, "{reference}");
    }
    let nobody = |given: &mut Given| {
        (given.job, given.schedule, given.container, given.working_days) = (None, None, None, None);
    };
    let cases = [
        ("$MACHINE NAME", "N/A"),
        (
            "$JOB NAME",
            "column 1: there is no current schedule here, write JI.$JOB NAME.date.schedule.job",
        ),
        (
            "$SCHEDULE DATE",
            "column 1: there is no current schedule here, write SI.$SCHEDULE DATE.date.schedule",
        ),
        (
            "SSI.A",
            "column 1: there is no container job above, SSI and SJI are for the jobs of a subschedule",
        ),
        (
            "$DATE(+1wd)",
            "column 1: `$DATE`: (+1wd) counts working days, and there is no schedule here whose working days are meant",
        ),
    ];
    for (reference, expected) in cases {
        assert_eq!(with(nobody, &format!("[[{reference}]]")), expected, "{reference}");
    }
}

#[test]
fn formats_are_changed_by_global_properties() {
    let german = |given: &mut Given| {
        given.properties.insert("$DATE".to_owned(), "dd.mm.yyyy".to_owned());
        given.properties.insert("$SCHEDULE DATE".to_owned(), "Long Date".to_owned());
    };
    assert_eq!(with(german, "[[$DATE]] [[$SCHEDULE DATE]]"), "29.03.2026 Saturday, 28 March 2026");
    let american = |given: &mut Given| {
        given.formats =
            serde_json::from_str(r#"{"short_date": "m/d/yyyy", "long_time": "h:nn:ss AM/PM"}"#)
                .unwrap();
    };
    assert_eq!(with(american, "[[$DATE]] [[$NOW]]"), "3/29/2026 3/29/2026 1:30:00 AM");
}

#[test]
fn a_named_instance_has_a_name_properties_and_the_field_so_far() {
    let with = |current: &str, text: &str| {
        let json = format!(
            r#"{{"now": "2026-01-01T00:00:00Z", "instance":
                {{"name": "North", "properties": {{"City": "Oslo"}}, "current": {current}}}}}"#
        );
        let prepared = serde_json::from_str::<Given>(&json).unwrap().prepare().ok().unwrap();
        match resolve(text, &prepared.context()) {
            Ok(resolution) => resolution.text.to_string(),
            Err(problems) => problems.to_string(),
        }
    };
    let text = |text: &str| with(r#"{"text": "run it"}"#, text);
    assert_eq!(text("[[@current]] -a [[$this.City]]/[[@name]]"), "run it -a Oslo/North");
    assert_eq!(
        text("[[@Name]]"),
        "column 3: `@Name` is no property of the system, did you mean `@name`?"
    );
    assert_eq!(
        text("[[$this.Citi]]"),
        "column 1: the instance definition has no property `Citi`, did you mean `City`?"
    );
    // A field that is a number stays one.
    let number = |text: &str| with(r#"{"number": 0.25}"#, text);
    assert_eq!(number("[[=[[@current]] + ToOaTime(\"06:00\")]]"), "0.5");
}

/// Walking day by day would take 2,000,000,000 steps here.
#[test]
fn a_text_of_the_longest_offsets_is_resolved() {
    let json = r#"{"now": "2026-01-01T00:00:00Z", "working_days": {"days": ["sun"]}}"#;
    let prepared = serde_json::from_str::<Given>(json).unwrap().prepare().ok().unwrap();
    let text = "[[$DATE(+32000wd)]] ".repeat(9_000);
    let resolved = resolve(&text, &prepared.context()).unwrap().text.to_string();
    assert_eq!(resolved, "2639-04-14 ".repeat(9_000));
}
