//! Events.

use super::{NONE, found};

/// What is wrong with an event of a job of the schedule `Night`; the path is left out.
fn event(event: &str) -> Vec<String> {
    let event = serde_json::Value::from(event);
    let all = format!(
        r#"{{
            "agents": {{"win-1": {{"connection": {{"command": {{}}}}}}}},
            "machine_groups": {{"Group": {{"agents": ["win-1"]}}}},
            "batch_users": {{"batch": {{"target": "Command"}}}},
            "calendars": {{"Holidays": {{"dates": []}}}},
            "thresholds": {{"Files": {{}}}}, "resources": {{"Tapes": {{"units": 1}}}},
            "properties": {{"Rate": {{"value": "1"}}}},
            "schedules": {{
                "Night": {{"jobs": {{
                    "Load": {{"events": [
                        {{"trigger": {{"job_status": "failed"}}, "event": {event}}},
                        {{"trigger": {{"job_status": "failed"}}, "event": "$PROPERTY:ADD,Later,1"}}
                    ]}},
                    "Load_Two": {{}}
                }}}},
                "Regions": {{"multi_instance": true, "instances": {{"named": ["North"]}}, "jobs": {{"Sum": {{}}}}}}
            }}
        }}"#
    );
    let path = "schedules.Night.jobs.Load.events[0].event: ";
    found(&all).iter().map(|one| one.strip_prefix(path).unwrap_or(one).to_owned()).collect()
}

#[test]
fn names_of_events_lead_somewhere() {
    for (wrong, expected) in [
        ("$JOB:ADD,CURRENT,Nigth,Load", "no schedule `Nigth` is defined; did you mean `Night`?"),
        ("$JOB:HOLD,,Night,Laod", "the schedule `Night` has no job `Laod`; did you mean `Load`?"),
        (
            "$JOB:HOLD,,Regions_North,Sun",
            "the schedule `Regions` has no job `Sun`; did you mean `Sum`?",
        ),
        ("$JOB:ADD,,Night,Load,Dialy", "no frequency `Dialy` is defined; did you mean `Daily`?"),
        (
            "$JOB:MACHGRP,,Night,Load,Groups",
            "no machine group `Groups` is defined; did you mean `Group`?",
        ),
        ("$JOB:USER,,Night,Load,bacth", "no batch user `bacth` is defined; did you mean `batch`?"),
        (
            "$JOBMASTER:TAGADD,Night,Laod,,x",
            "the schedule `Night` has no job `Laod`; did you mean `Load`?",
        ),
        (
            "$JOBMASTER:TAGADD,Nigth,Load,,x",
            "no schedule `Nigth` is defined; did you mean `Night`?",
        ),
        (
            "$JOBMASTER:BUILDSTATE,Night,Load,Dialy,H",
            "no frequency `Dialy` is defined; did you mean `Daily`?",
        ),
        ("$SCHEDULE:BUILD,,Nigth", "no schedule `Nigth` is defined; did you mean `Night`?"),
        ("$SCHEDULE:HOLD,,Nigth", "no schedule `Nigth` is defined; did you mean `Night`?"),
        ("$MACHINE:STATUS,win-2,U", "no agent `win-2` is defined; did you mean `win-1`?"),
        ("$THRESHOLD:SET,File,1", "no threshold `File` is defined; did you mean `Files`?"),
        ("$RESOURCE:SET,Tape,1", "no resource `Tape` is defined; did you mean `Tapes`?"),
        (
            "$CALENDAR:ADD,Holiday,2026-12-24",
            "no calendar `Holiday` is defined; did you mean `Holidays`?",
        ),
        ("$PROPERTY:SET,Rates,1", "no property `Rates` is defined; did you mean `Rate`?"),
        ("$PROPERTY:DELETE,OI.Rates", "no property `Rates` is defined; did you mean `Rate`?"),
        ("$NOTIFY:COMMAND,x,,bacth", "no batch user `bacth` is defined; did you mean `batch`?"),
        ("$CONSOLE:DISPLAY,[[Rates]]", "no property `Rates` is defined; did you mean `Rate`?"),
        ("$JOB:HOLD,,[[Rates]],Load", "no property `Rates` is defined; did you mean `Rate`?"),
    ] {
        assert_eq!(event(wrong), [expected], "{wrong}");
    }
    assert_eq!(
        event("$PROPERTY:SET,A[B,1"),
        ["`A[B` is no property: column 2: a name with `[` must be in quotation marks"]
    );
}

#[test]
fn what_may_be_a_name_of_a_day_is_accepted() {
    for right in [
        "$JOB:HOLD,,Night,Load",
        "$JOB:HOLD,,Night,Load_Two",
        "$JOB:HOLD,,Night,Load_EAST",
        "$JOB:HOLD,,Night,Load$0002",
        "$JOB:HOLD,,Regions_North,Sum",
        "$JOB:HOLD,,Regions$0002,Sum",
        "$JOB:HOLD,,Night_Container[Anything],Whatever",
        "$JOB:HOLD,,N*,Zzz",
        "$JOB:HOLD,,Night,L?ad",
        "$JOB:HOLD,,,Zzz",
        "$JOB:HOLD,,AdHoc,Zzz",
        "$JOB:HOLD,,[[SI.Other]],Zzz",
        "$JOB:HOLD,,Night,[[JI.Other]]",
        "$JOB:QUEUED,,Zzz,Zzz",
        "$SCHEDULE:BUILD,,Regions,,,,InstanceName=North",
        "$SCHEDULE:CHECKALL,CURRENT",
        "$MACHINE:STATUS,win*,U",
        "$PROPERTY:SET,JI.Any,1",
        "$PROPERTY:ADD,Newer,1",
        "$PROPERTY:SET,Later,1",
        "$PROPERTY:SET,Rate,[[SI.Any]]",
        "$CONSOLE:DISPLAY,Nigth",
    ] {
        assert_eq!(event(right), NONE, "{right}");
    }
}

#[test]
fn completion_events_are_looked_at_too() {
    let found = found(
        r#"{"schedules": {
            "A": {"completion_events": ["$SCHEDULE:BUILD,,A", "$SCHEDULE:BUILD,,C", "$CONSOLE:DISPLAY,[[X]]"]}
        }}"#,
    );
    assert_eq!(
        found,
        [
            "schedules.A.completion_events[1]: no schedule `C` is defined",
            "schedules.A.completion_events[2]: no property `X` is defined; define it under `properties`",
        ]
    );
}
