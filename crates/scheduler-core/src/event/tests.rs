use std::collections::BTreeSet;
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::action::Privilege;
use crate::dependency::Change;

/// Every command at least once, and what its user must be allowed.
pub(super) const SAMPLES: [(&str, &str); 75] = [
    ("$CALENDAR:ADD,Closed Days,2026-12-24;2026-12-31", "All Administrative Functions"),
    ("$CALENDAR:DEL,Closed Days,2026-12-24", "All Administrative Functions"),
    ("$JOB:HOLD,CURRENT,NIGHT,LOAD", "Hold Jobs"),
    ("$JOB:HOLD,,,LOAD*", "Hold Jobs"),
    ("$JOB:CANCEL,LATEST HELD,NIGHT,LOAD", "Cancel Jobs"),
    ("$JOB:SKIP,[[$SCHEDULE DATE]],[[$SCHEDULE NAME]],[[$JOB NAME]]", "Skip Jobs"),
    ("$JOB:KILL,NEXT,NIGHT,LOAD", "Kill Jobs"),
    ("$JOB:RELEASE,NEXTREL,NIGHT,LOAD", "Release Jobs"),
    ("$JOB:START,2026-12-31,NIGHT$0002,LOAD$0001", "Force Start Jobs"),
    ("$JOB:DELETE,PREVIOUS,NIGHT_A[SUB],LOAD", "Delete Jobs from Daily Schedules"),
    ("$JOB:GOOD,PREVIOUSREL,NIGHT,LOAD", "Mark Jobs Finished OK"),
    ("$JOB:BAD,EARLIEST,NIGHT,LOAD", "Mark Jobs Failed"),
    ("$JOB:UNDERREVIEW,CURRENT,NIGHT,LOAD", "Mark Jobs Failed"),
    ("$JOB:FIXED,CURRENT,NIGHT,LOAD", "Mark Jobs Finished OK"),
    ("$JOB:RESTART,CURRENT,NIGHT,LOAD", "Restart Jobs"),
    ("$JOB:RESTART,CURRENT,NIGHT,LOAD,Y,STEP1|STEP2", "Restart Jobs"),
    ("$JOB:RESTARTHLD,CURRENT,NIGHT,LOAD,,STEP1", "Restart Jobs"),
    ("$JOB:ADD,CURRENT,NIGHT,LOAD", "Add Jobs to Daily Schedules"),
    ("$JOB:ADD,CURRENT,NIGHT,LOAD,DAILY,A=1;B=,Y,N", "Add Jobs to Daily Schedules"),
    ("$JOB:ADD,CURRENT,NIGHT,LOAD,,,Y", "Add Jobs to Daily Schedules"),
    ("$JOB:ADDHLD,CURRENT,NIGHT,LOAD,DAILY,A=1,N", "Add Jobs to Daily Schedules"),
    ("$JOB:RESCHEDULE,CURRENT,NIGHT,LOAD,T,1439", "Restart Jobs"),
    ("$JOB:RESCHEDULE,CURRENT,NIGHT,LOAD,,+30", "Restart Jobs"),
    ("$JOB:RESCHEDHLD,CURRENT,NIGHT,LOAD,S,-15", "Restart Jobs"),
    ("$JOB:MACHGRP,CURRENT,NIGHT,LOAD,Servers", "All Administrative Functions"),
    ("$JOB:MAXRUNTIME,CURRENT,NIGHT,LOAD,32767", "All Administrative Functions"),
    ("$JOB:PRIORITY,CURRENT,NIGHT,LOAD,0", "All Administrative Functions"),
    ("$JOB:TAGADD,CURRENT,NIGHT,LOAD,red;blue", "All Administrative Functions"),
    ("$JOB:TAGDEL,CURRENT,NIGHT,LOAD,red", "All Administrative Functions"),
    ("$JOB:USER,CURRENT,NIGHT,LOAD,batch", "the role ocadm"),
    ("$JOB:TRACK,CURRENT,NIGHT,LOAD,DAILY,data", "Add Jobs to Daily Schedules"),
    ("$JOB:QUEUED,CURRENT,NIGHT,LOAD,DAILY", "Add Jobs to Daily Schedules"),
    ("$JOB:QUESTATE,CURRENT,NIGHT,LOAD,RUNNING,data", "Add Jobs to Daily Schedules"),
    ("$JOBMASTER:BUILDSTATE,NIGHT,LOAD,DAILY,H", "All Administrative Functions"),
    ("$JOBMASTER:TAGADD,NIGHT,LOAD,,red", "All Administrative Functions"),
    ("$JOBMASTER:TAGDEL,NIGHT,LOAD,DAILY,red", "All Administrative Functions"),
    ("$MACHINE:STATUS,AMT1,L", "All Administrative Functions"),
    ("$MACHINE:MAXJOBS,AMT1,0", "Maintain Machines"),
    (
        "$NOTIFY:EMAIL,a@b.example;c@d.example,,,It failed,See [[$JOB NAME]]",
        "Maintain Notifications",
    ),
    ("$NOTIFY:EMAIL,a@b.example,c@d.example,,S,M,/tmp/a|/tmp/b,Y", "Maintain Notifications"),
    ("$NOTIFY:TEXTMSG,a@b.example,Help", "Maintain Notifications"),
    ("$NOTIFY:LOG,E,1001,It failed,Nightly,Y", "Maintain Notifications"),
    ("$NOTIFY:COMMAND,/bin/page ops,/tmp,batch", "All Administrative Functions"),
    ("$NOTIFY:NETSEND,HOST1,Help", "Maintain Notifications"),
    ("$NOTIFY:SNMP,1,1001,Help,Y", "Maintain Notifications"),
    ("$NOTIFY:SPOAL,,Critical,A1,Q1", "Maintain Notifications"),
    ("$NOTIFY:SPOAL,Text,Clear,A1,Q1,N", "Maintain Notifications"),
    ("$NOTIFY:SPOCO,I1,restart", "Maintain Notifications"),
    ("$NOTIFY:TASKS,a@b.example,,,Tasks,January", "Maintain Notifications"),
    ("$PROPERTY:SET,AMT_APPLICATION,DEMO2", "Maintain Global Properties"),
    ("$PROPERTY:SET,AMT_APPLICATION", "Maintain Global Properties"),
    ("$PROPERTY:SET,$DATE yyyymmdd,yyyymmdd", "Maintain Global Properties"),
    ("$PROPERTY:ADD,$SCHEDULE DATE week,ww", "Maintain Global Properties"),
    ("$PROPERTY:DELETE,$NOW x", "Maintain Global Properties"),
    ("$PROPERTY:SET,TOTAL,[[=ToInt([[TOTAL]]) + Max(1, 2)]]", "Maintain Global Properties"),
    ("$PROPERTY:ADD,JI.\"File.Name\".[[$DATE]].NIGHT.LOAD,abc", "Maintain Global Properties"),
    ("$PROPERTY:DELETE,SI.X", "Maintain Global Properties"),
    ("$CONSOLE:DISPLAY,The night is over", "nothing"),
    ("$SCHEDULE:BUILD,[[$DATE]],NIGHT", "Build Daily Schedules"),
    (
        "$SCHEDULE:BUILD,[[$DATE]],NIGHT,build.log,Y,A=1;B=2,InstanceName=EAST",
        "Build Daily Schedules",
    ),
    ("$SCHEDULE:BUILDHLD,CURRENT,NIGHT,,N,,InstanceName=EAST", "Build Daily Schedules"),
    ("$SCHEDULE:CHECK,CURRENT,NIGHT,,S", "Build Daily Schedules"),
    ("$SCHEDULE:CHECKALL,CURRENT,check.log,Y", "Build Daily Schedules"),
    ("$SCHEDULE:HOLD,CURRENT,NIGHT", "Hold Schedules"),
    ("$SCHEDULE:RELEASE,CURRENT,NIGHT", "Release Schedules"),
    ("$SCHEDULE:START,CURRENT,NIGHT", "Force Start Schedules"),
    ("$SCHEDULE:CLOSE,CURRENT,NIGHT", "Hold Schedules"),
    ("$SCHEDULE:CANCEL,,NIGHT", "Cancel Jobs"),
    ("$SCHEDULE:DELETE,CURRENT,NIGHT", "Delete Daily Schedules"),
    ("$THRESHOLD:SET,FILES,-1", "Maintain Thresholds/Resources"),
    ("$THRESHOLD:DEL,FILES", "All Administrative Functions"),
    ("$THRESHOLD:RENAME,FILES,DATA SETS", "All Administrative Functions"),
    ("$RESOURCE:SET,TAPES,10", "Maintain Thresholds/Resources"),
    ("$RESOURCE:DEL,TAPES", "All Administrative Functions"),
    ("$RESOURCE:RENAME,TAPES,DRIVES", "All Administrative Functions"),
];

fn read(text: &str) -> Command {
    parse(text, Options::permissive()).unwrap_or_else(|bad| panic!("{text}: {bad}"))
}

fn refused(text: &str) -> BadEvent {
    parse(text, Options::default()).unwrap_err()
}

#[test]
fn every_command_is_read_and_written_back() {
    let mut seen = BTreeSet::new();
    for (text, needs) in SAMPLES {
        let command = read(text);
        assert_eq!(command.to_string(), text);
        assert_eq!(command.needs().to_string(), needs, "{text}");
        assert_eq!(command.fields().len(), command.spec().args.len(), "{text}");
        assert_eq!(command.has_tokens(), text.contains("[["), "{text}");
        seen.insert(command.spec().name());
        // Any case, and blanks around fields.
        let commas_before_tokens = text.split("[[").next().unwrap().matches(',').count();
        let loud = text.replacen(',', " , ", commas_before_tokens);
        assert_eq!(read(&loud), command, "{loud}");
        let (name, rest) = text.split_once(',').unwrap();
        assert_eq!(read(&format!("{},{rest}", name.to_lowercase())), command);
    }
    let all: BTreeSet<_> = specs().map(Spec::name).collect();
    assert_eq!(seen, all, "every command has a sample, and every sample a command");
}

#[test]
fn older_names_are_understood() {
    assert_eq!(read("$TOKEN:SET,A,1").to_string(), "$PROPERTY:SET,A,1");
    assert_eq!(read("$JOB:REVIEW,,,LOAD").to_string(), "$JOB:UNDERREVIEW,,,LOAD");
}

#[test]
fn fields_become_values() {
    let Command::Job(job) = read("$JOB:ADD,,,LOAD,DAILY,A=1;B= x y ,Y") else { panic!() };
    assert_eq!(job.target.date, Field::Known(DateRef::Blank));
    assert_eq!(job.target.schedule, Field::Known(ScheduleRef::AdHoc));
    let JobOrder::Add(add) = job.order else { panic!() };
    let properties = add.properties.unwrap();
    let pairs: Vec<_> =
        properties.known().unwrap().0.iter().map(|one| (&*one.name, &*one.value)).collect();
    assert_eq!(pairs, [("A", "1"), ("B", "x y")]);
    assert_eq!((add.reopen, add.apply_exceptions), (Some(Field::Known(true)), None));
    let change = |text: &str| match read(&format!("$THRESHOLD:SET,T,{text}")) {
        Command::Threshold(ThresholdCommand::Set { change, .. }) => change.known().copied(),
        _ => None,
    };
    assert_eq!(change("5"), Some(Change::Set(5)));
    assert_eq!(change("+5"), Some(Change::Add(5)));
    assert_eq!(change("-5"), Some(Change::Add(-5)));
    let Command::JobMaster(master) = read("$JOBMASTER:BUILDSTATE,S,J,F,to be skipped") else {
        panic!()
    };
    let JobMasterOrder::BuildState { state, .. } = master.order else { panic!() };
    assert_eq!(state, Field::Known(BuildState::ToBeSkipped));
}

#[test]
fn mistakes_say_which_field_where_and_what_is_expected() {
    let bad = refused("$JOB:PRIORITY,CURRENT,NIGHT,LOAD,40000");
    assert_eq!(
        bad.message,
        "field 4 (priority) of $JOB:PRIORITY: `40000` is not in the range 0 to 32767; expected a whole number"
    );
    assert_eq!(bad.column, Some(34));
    for (text, expected) in [
        ("$JOB:HOLT,,,X", "`$JOB:HOLT` is no command; did you mean $JOB:HOLD?"),
        ("$JOBS:ADD,,,X", "did you mean $JOB:ADD?"),
        ("hello", "`hello` is no command; an event begins with one such as $JOB:ADD"),
        ("", "`` is no command"),
        ("$JOB:HOLD", "field 3 (job name) of $JOB:HOLD is missing"),
        ("$JOB:HOLD,,,", "as in $JOB:HOLD,<schedule date>,<schedule name>,<job name>"),
        ("$JOB:HOLD,,,X,Y", "$JOB:HOLD has 4 fields, more than 3"),
        ("$JOB:HOLD,someday,,X", "field 1 (schedule date) of $JOB:HOLD: `someday` is not a date"),
        ("$JOB:HOLD,2026-02-29,,X", "February 2026 has 28 days"),
        ("$JOB:HOLD,,A*,X", "wildcard `*`, which the option Allow Wild Cards in Events"),
        ("$JOB:HOLD,,,[[X", "the token that begins at character 13 is not closed by `]]`"),
        (
            "$JOB:RESTART,,,X,maybe",
            "field 4 (force restart: Y/N) of $JOB:RESTART: `maybe` is not Y or N",
        ),
        ("$JOB:RESCHEDULE,,,X,T,1440", "`1440` is more than 1439"),
        ("$JOB:RESCHEDULE,,,X,T,++1", "`++1` is not minutes"),
        ("$JOB:RESCHEDULE,,,X,Q,1", "`Q` is not T (its end), S (its start) or N (now)"),
        ("$JOB:ADD,,,X,F,A", "`A` has the part `A`, which has no `=`"),
        ("$JOB:ADD,,,X,F,A=1;;B=2", "part between two `;` that is empty"),
        ("$JOB:TAGADD,,,X,a(b", "the part `a(b`, which has the character `(`"),
        ("$MACHINE:STATUS,M,X", "`X` is not U (up), D (down) or L (limited)"),
        ("$THRESHOLD:SET,T,2147483648", "not in the range 0 to 2147483647"),
        ("$THRESHOLD:SET,THRESHOLD-WITH-21-CHA,1", "has 21 characters"),
        ("$PROPERTY:SET,$DATE,1", "is a system property"),
        ("$PROPERTY:SET,$JOB NAME,1", "is a system property"),
        ("$PROPERTY:ADD,$ANY,1", "is a system property"),
        ("$PROPERTY:DELETE,$SCHEDULE ID x", "is a system property"),
        ("$CALENDAR:ADD,C,13/9/2026", "the day or the month; write 2026-09-13"),
        ("$NOTIFY:SNMP,6,1,M", "`6` is not in the range 1 to 5"),
        ("$SCHEDULE:BUILD,,S,,Y,,EAST", "`EAST` is not an instance such as InstanceName=EAST"),
        ("$CONSOLE:DISPLAY,a\nb", "control character at character 19"),
        ("$CONSOLE:DISPLAY,a,b", "a comma inside of a field is not possible"),
        (
            "$CALENDAR:ADD,C,2026-12-24;1/2/2026",
            "the part `1/2/2026`, which may begin with the day",
        ),
    ] {
        let message = refused(text).message;
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn lengths_are_those_of_the_vendor() {
    let display = |chars: usize| format!("$CONSOLE:DISPLAY,{}", "ü".repeat(chars - 17));
    assert!(parse(&display(738), Options::default()).is_ok());
    assert!(refused(&display(739)).message.contains("more than 738 characters"));
    let external = |chars: usize| format!("{},u,p", display(chars - 4));
    assert!(parse_external(&external(2000), Options::default()).is_ok());
    assert!(parse_external(&external(2001), Options::default()).is_err());
    assert!(refused(&"x".repeat(10_000_000)).message.contains("too long"));
}

#[test]
fn an_event_from_outside_ends_with_user_and_password_which_is_never_shown() {
    let read = |text: &str| parse_external(text, Options::default());
    let event = read("$JOB:ADD,CURRENT,NIGHT,LOAD,DAILY,A=1,eve,s3cret").unwrap();
    assert_eq!(event.command.to_string(), "$JOB:ADD,CURRENT,NIGHT,LOAD,DAILY,A=1");
    assert_eq!((event.user.as_str(), event.password.expose()), ("eve", "s3cret"));
    assert!(!format!("{event:?}").contains("s3cret"));
    for wrong in [
        "$JOB:HOLD",
        "$JOB:HOLD,s3cret",
        "$JOB:HOLD,,,LOAD,eve,",
        "$JOB:HOLD,,,LOAD,,s3cret",
        "$JOB:HOLD,,eve,s3cret",
        "$JOB:ADD,,,LOAD,DAILY,s3cret,eve,s3cret",
        "$JOB:ADD,,,LOAD,DAILY,A=1,s3cret,eve,s3cret",
    ] {
        let bad = read(wrong).unwrap_err();
        assert!(!bad.message.contains("s3cret"), "{wrong}: {}", bad.message);
    }
    let bad = read("$JOB:HOLD,,,LOAD").unwrap_err();
    assert!(bad.message.contains("is missing") || bad.message.contains("blank"), "{bad}");
}

#[test]
fn tokens_stay_text_until_they_are_resolved_and_are_checked_then() {
    let command = read("$JOB:PRIORITY,[[$SCHEDULE DATE]],{{A.[[B]]}},LOAD,[[=Max(1, [[P]])]]");
    let Command::Job(job) = &command else { panic!() };
    let JobOrder::Priority(priority) = &job.order else { panic!() };
    assert_eq!(priority, &Field::Later("[[=Max(1, [[P]])]]".to_owned()));
    let resolve = |number: &'static str| {
        command.resolved(Options::default(), move |text| -> Result<String, Infallible> {
            Ok(match text {
                "[[$SCHEDULE DATE]]" => "22-Nov-2026".to_owned(),
                "{{A.[[B]]}}" => "NIGHT, [[or day]]".to_owned(),
                _ => number.to_owned(),
            })
        })
    };
    let Ok(Command::Job(resolved)) = resolve("7") else { panic!() };
    let Field::Known(DateRef::On(date)) = resolved.target.date else { panic!() };
    assert_eq!(date, jiff::civil::date(2026, 11, 22));
    let schedule = ScheduleRef::Named("NIGHT, [[or day]]".to_owned());
    assert_eq!(
        resolved.target.schedule,
        Field::Known(schedule),
        "a value is no token and no fields"
    );
    let Err(NotResolved::Event(bad)) = resolve("many") else { panic!() };
    assert!(bad.message.contains("field 4 (priority)"), "{bad}");
    let failed = command.resolved(Options::default(), |_| Err::<String, _>("unknown"));
    assert_eq!(failed, Err(NotResolved::Token("unknown")));
    let wild = read("$JOB:HOLD,,A*,LOAD").resolved(Options::default(), |_| Err::<String, _>(()));
    assert!(matches!(wild, Err(NotResolved::Event(_))), "the option is asked when the event runs");
}

#[test]
fn the_printed_table_has_every_command() {
    let page = table();
    assert_eq!(page.lines().count(), 2 + specs().count());
    for spec in specs() {
        assert!(page.contains(&format!(
            "| `{}` | {} | {} |",
            spec.syntax(),
            spec.what,
            spec.needs
        )));
    }
    assert!(page.contains("SKDDATE SKDNAME JOBNAME FREQNAME PROPERTIES of PROPERTY REOPENSKD"));
    assert_eq!(Needs::Privilege(Privilege::KillJobs).to_string(), "Kill Jobs");
}

#[test]
fn definitions_of_events_are_read_and_checked() {
    let text =
        r#"{"trigger":{"job_status":"failed"},"event":"$JOB:ADD,,NIGHT,LOAD","frequency":"DAILY"}"#;
    let event: EventDefinition = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), text);
    assert_eq!(event.trigger.json_type(), "jobStatus");
    let bad = text.replace("$JOB:ADD", "$JOB:AD");
    let message = serde_json::from_str::<EventDefinition>(&bad).unwrap_err().to_string();
    assert!(
        message.contains("is no event: `$JOB:AD` is no command; did you mean $JOB:ADD?"),
        "{message}"
    );
    let exit = |operator, value: &str, end: Option<&str>| {
        let (value, end_value) = (value.to_owned(), end.map(str::to_owned));
        ExitDescription { operator, value, end_value }
    };
    let problems = Trigger::ExitDescription(exit(ExitOperator::Rg, "x'", None)).check();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(Trigger::ExitDescription(exit(ExitOperator::Rg, "1", Some("5"))).check().is_empty());
    assert_eq!(Trigger::ExitDescription(exit(ExitOperator::Eq, "1", Some("5"))).check().len(), 1);
    let feedback = AgentFeedback { name: "Child".to_owned(), pattern: "%'".to_owned() };
    assert_eq!(Trigger::AgentFeedback(feedback).check().len(), 1);
    let end = |end| Trigger::ExitDescription(exit(ExitOperator::Rg, "9", Some(end))).check();
    for (last, expected) in [
        ("", "exit_description.end_value: is missing; a range needs its last number"),
        (" ", "exit_description.end_value: is missing; a range needs its last number"),
        ("x", "exit_description.end_value: `x` is not a number"),
        (
            "5",
            "exit_description.end_value: 5 is less than 9, so no number is in the range; exchange them",
        ),
    ] {
        assert_eq!(end(last).iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }
    assert!(end("9").is_empty());
}

#[test]
fn the_expression_of_a_trigger_is_read_where_it_is_written() {
    let read = |text: &str| {
        serde_json::from_value::<Trigger>(
            serde_json::json!({ "job_completion_complex_expression": text }),
        )
    };
    let good = read("ToInt([[$JOB TERMINATION]]) > 4").unwrap();
    assert_eq!(good.json_type(), "jobCompletionComplexExpression");
    assert!(good.check().is_empty());
    for (text, expected) in [("1 2", "is wrong at column 3"), ("", "is wrong at")] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
    let long = format!(r#""{}" == "b""#, "a".repeat(PATTERN_CHARS_MAX));
    let problems = read(&long).unwrap().check();
    assert!(problems[0].message.contains("has 4009 characters"), "{problems:?}");
}

#[test]
fn a_definition_never_guesses_what_a_date_with_slashes_means() {
    for (date, write) in [
        ("1/9/2026", "2026-01-09 or 2026-09-01"),
        ("13/9/2026", "2026-09-13"),
        ("9/13/2026", "2026-09-13"),
    ] {
        let text = format!("$JOB:HOLD,{date},NIGHT,LOAD");
        let message = text.parse::<EventText>().unwrap_err().message;
        assert!(message.contains(&format!("write {write};")), "{message}");
        let at_run_time = Options { slash_dates: SlashDates::DayFirst, ..Options::default() };
        assert_eq!(parse(&text, at_run_time).is_ok(), date != "9/13/2026", "{date}");
    }
    let clear = "$JOB:HOLD,2026/01/09,NIGHT,LOAD".parse::<EventText>().unwrap();
    assert_eq!(clear.to_string(), "$JOB:HOLD,2026-01-09,NIGHT,LOAD");
}

#[test]
fn exit_descriptions_are_compared_as_numbers_where_they_are() {
    use ExitOperator::*;
    for (found, operator, value, end, expected) in [
        ("+0000004", Eq, "4", None, true),
        ("CC=0004", Eq, "4", None, true),
        ("+000000012:0000:N", Gt, "9", None, true),
        ("12", Lt, "9", None, false),
        ("-1", Le, "-1", None, true),
        ("7", Ne, "07", None, false),
        ("abend S0C7", Eq, "abend S0C7", None, true),
        ("abend S0C7", Ne, "7", None, true),
        ("abend S0C7", Gt, "7", None, false),
        ("abend S0C7", In, "S0C", None, true),
        ("10", Rg, "9", Some("11"), true),
        ("12", Rg, "9", Some("11"), false),
        ("10", Rg, "9", None, false),
        ("8", Ge, "8", None, true),
    ] {
        let (value, end_value) = (value.to_owned(), end.map(str::to_owned));
        let rule = ExitDescription { operator, value, end_value };
        assert_eq!(rule.is_met(found), expected, "{found} {rule:?}");
    }
    let feedback = AgentFeedback { name: "Child".to_owned(), pattern: "S0C_%".to_owned() };
    assert!(feedback.is_met("Child", "S0C7 again") && !feedback.is_met("Parent", "S0C7"));
}

proptest! {
    #[test]
    fn random_text_never_panics_and_what_is_read_is_written_the_same(
        text in "\\$(JOB|NOTIFY|SCHEDULE|THRESHOLD):(ADD|EMAIL|BUILD|SET)(,|a|\\[\\[|\\]\\]|\\{|=|;|1|ä| ){0,40}"
    ) {
        let _ = parse_external(&text, Options::default());
        if let Ok(command) = parse(&text, Options::permissive()) {
            let again = parse(&command.to_string(), Options::permissive());
            prop_assert_eq!(again.map_err(|bad| bad.message), Ok(command));
        }
    }
}
