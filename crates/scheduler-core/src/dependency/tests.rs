use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::job::{Ending, Qualification, Reason, Status};

/// The rule as `opcon-domain 1.6` tells it: what satisfies what, by the words that are shown.
#[test]
fn every_ending_with_every_condition() {
    let good = ["Finished OK", "Marked Finished OK", "Skipped"];
    let bad = ["Failed", "Marked Failed", "Initialization Error", "Under Review", "Fixed"];
    for ending in Ending::ALL {
        let shown = ending.status().description();
        for condition in Condition::ALL {
            let expected = match condition {
                Condition::FinishedOk => good.contains(&shown),
                Condition::Failed => bad.contains(&shown),
                Condition::IgnoreExitCode => good.contains(&shown) || bad.contains(&shown),
            };
            for kind in [EdgeKind::Requires, EdgeKind::After] {
                let answer = settle(Edge { kind, condition }, Found::Ended(ending));
                let expected = if expected { Answer::Satisfied } else { Answer::Dead };
                assert_eq!(answer, expected, "{shown}, {condition:?}, {kind:?}");
            }
        }
    }
    for condition in Condition::ALL {
        let edge = |kind| Edge { kind, condition };
        assert_eq!(settle(edge(EdgeKind::Requires), Found::Absent), Answer::Open);
        assert_eq!(settle(edge(EdgeKind::After), Found::Absent), Answer::Satisfied);
        assert_eq!(settle(edge(EdgeKind::Requires), Found::NotEnded), Answer::Open);
        assert_eq!(settle(edge(EdgeKind::After), Found::NotEnded), Answer::Open);
    }
}

#[test]
fn the_printed_table_has_sixteen_rows_of_six() {
    let page = table();
    assert_eq!(page.lines().count(), 2 + 2 + Ending::ALL.len());
    assert!(page.lines().all(|line| line.matches('|').count() == 8), "{page}");
    assert!(page.contains("| Skipped | **satisfied** | never | **satisfied** |"));
    assert!(page.contains("| Fixed, was Initialization Error | never | **satisfied** |"));
    assert!(page.contains("| Cancelled | never | never | never | never | never | never |"));
}

#[test]
fn a_conflict_is_with_running_jobs_only() {
    let running = Status::ALL.iter().filter(|status| is_conflict(**status)).count();
    assert_eq!(running, 7);
    assert!(is_conflict(Status::AttemptToStart) && !is_conflict(Status::WaitToStart));
    let excludable = Status::ALL.iter().filter(|status| is_excludable(**status)).count();
    assert_eq!(excludable, 1 + 14, "held and waiting ones");
}

#[test]
fn a_name_like_is_a_prefix_with_any_letter_for_an_underscore() {
    for (name, prefix, expected) in [
        ("JobA", "JobA", true),
        ("JobA12", "JobA", true),
        ("JobAspecial", "JobA", true),
        ("Job", "JobA", false),
        ("JobB", "Job_", true),
        ("Job_B", "Job_B", true),
        ("JobXB", "Job_B", true),
        ("JobB", "Job_B", false),
        ("jobA", "JobA", false),
        ("Jöb", "J_b", true),
        ("", "_", false),
    ] {
        assert_eq!(is_name_like(name, prefix), expected, "{name} like {prefix}");
    }
}

fn days(numbers: &[i32]) -> Vec<Date> {
    numbers.iter().map(|day| date(2026, 1, 1) + day.days()).collect()
}

#[test]
fn an_offset_counts_days_or_occurrences() {
    use OffsetRule::*;
    // A job of working days: from Monday the day before is Sunday, the occurrence before is Friday.
    let monday = date(2026, 11, 23);
    let week = [date(2026, 11, 19), date(2026, 11, 20), monday, date(2026, 11, 24)];
    assert_eq!(predecessor_date(CalendarDays, monday, -1, &week), Some(date(2026, 11, 22)));
    assert_eq!(predecessor_date(Occurrence, monday, -1, &week), Some(date(2026, 11, 20)));
    assert_eq!(predecessor_date(Occurrence, monday, -2, &week), Some(date(2026, 11, 19)));
    assert_eq!(predecessor_date(Occurrence, monday, -3, &week), None);
    assert_eq!(predecessor_date(Occurrence, monday, 1, &week), Some(date(2026, 11, 24)));
    assert_eq!(predecessor_date(Occurrence, monday, 2, &week), None);
    assert_eq!(predecessor_date(Occurrence, date(2026, 11, 22), 1, &week), Some(monday));
    assert_eq!(predecessor_date(Occurrence, monday, 0, &[]), Some(monday));
    assert_eq!(predecessor_date(CalendarDays, Date::MAX, 999, &[]), None);
    // The schedule is there every day, the job on Fridays: its last time counts, not the day before.
    let fridays = [date(2026, 11, 13), date(2026, 11, 20)];
    assert_eq!(predecessor_date(Occurrence, monday, -1, &fridays), Some(date(2026, 11, 20)));
    assert_eq!(predecessor_date(Occurrence, fridays[1], -1, &fridays), Some(fridays[0]));
}

fn facts(now: i64) -> Facts<'static> {
    Facts {
        now: Timestamp::from_second(now).unwrap(),
        purpose: Purpose::Start,
        is_schedule_in_process: true,
        latest_start: None,
        start: Timestamp::UNIX_EPOCH,
        not_before: None,
        open_predecessors: 0,
        running_conflicts: 0,
        are_thresholds_and_resources_met: &|| true,
        are_expressions_true: &|| true,
        has_machine: &|| true,
    }
}

#[test]
fn the_first_failing_test_names_the_status_and_later_ones_are_not_made() {
    let never = || -> bool { panic!("asked too early") };
    let mut facts = Facts {
        is_schedule_in_process: false,
        latest_start: Some(Timestamp::UNIX_EPOCH),
        start: Timestamp::from_second(100).unwrap(),
        open_predecessors: 1,
        running_conflicts: 1,
        are_thresholds_and_resources_met: &never,
        are_expressions_true: &never,
        has_machine: &never,
        ..facts(50)
    };
    let waits = Qualification::Waiting;
    assert_eq!(qualify(&facts), waits(Reason::Qualifying));
    facts.is_schedule_in_process = true;
    assert_eq!(qualify(&facts), Qualification::Missed);
    facts.latest_start = Some(Timestamp::from_second(50).unwrap());
    assert_eq!(qualify(&facts), waits(Reason::StartTime));
    facts.not_before = Some(Timestamp::from_second(50).unwrap());
    assert_eq!(qualify(&facts), waits(Reason::JobDependency), "a time asked for stands instead");
    facts.open_predecessors = 0;
    assert_eq!(qualify(&facts), waits(Reason::JobConflict));
    facts.running_conflicts = 0;
    facts.are_thresholds_and_resources_met = &|| false;
    assert_eq!(qualify(&facts), waits(Reason::ThresholdOrResource));
    facts.are_thresholds_and_resources_met = &|| true;
    facts.are_expressions_true = &|| false;
    assert_eq!(qualify(&facts), waits(Reason::Expression));
    facts.are_expressions_true = &|| true;
    facts.has_machine = &|| false;
    assert_eq!(qualify(&facts), waits(Reason::Machine));
    assert_eq!(qualify(&Facts { purpose: Purpose::Skip, ..facts }), Qualification::Qualified);
    facts.has_machine = &|| true;
    assert_eq!(qualify(&facts), Qualification::Qualified);
}

#[test]
fn a_forced_start_waits_for_schedule_retry_and_machine_only() {
    let never = || -> bool { panic!("not for forced starts") };
    let mut facts = Facts {
        purpose: Purpose::Forced,
        latest_start: Some(Timestamp::UNIX_EPOCH),
        start: Timestamp::MAX,
        open_predecessors: 3,
        running_conflicts: 1,
        are_thresholds_and_resources_met: &never,
        are_expressions_true: &never,
        ..facts(50)
    };
    assert_eq!(qualify(&facts), Qualification::Qualified);
    facts.not_before = Some(Timestamp::from_second(51).unwrap());
    assert_eq!(qualify(&facts), Qualification::Waiting(Reason::StartTime));
    facts.not_before = None;
    facts.has_machine = &|| false;
    assert_eq!(qualify(&facts), Qualification::Waiting(Reason::Machine));
    facts.is_schedule_in_process = false;
    assert_eq!(qualify(&facts), Qualification::Waiting(Reason::Qualifying));
}

fn resource(max: u32, in_use: u32, lock: Option<(u8, u16)>) -> Resource<u8> {
    let lock = lock.map(|(owner, priority)| Lock { owner, priority, on_hold_since: None });
    Resource { max, in_use, lock }
}

#[test]
fn units_are_granted_while_there_are_enough() {
    let now = Timestamp::UNIX_EPOCH;
    let me = Asker { job: 1, priority: 10 };
    let ask = |resource, claim| ask(&resource, claim, me, now);
    assert_eq!(ask(resource(10, 9, None), Claim::Units(1)), Grant::Take(1));
    assert_eq!(ask(resource(10, 9, None), Claim::Units(2)), Grant::Wait);
    assert_eq!(ask(resource(3, 9, None), Claim::Units(1)), Grant::Wait, "lowered meanwhile");
    assert_eq!(ask(resource(10, 0, None), Claim::All), Grant::Take(10));
    assert_eq!(ask(resource(10, 1, None), Claim::All), Grant::Lock);
    assert_eq!(ask(resource(0, 0, None), Claim::All), Grant::Lock, "nothing is not all");
    assert_eq!(ask(resource(10, 1, Some((1, 10))), Claim::All), Grant::Wait, "has the lock");
    assert_eq!(ask(resource(10, 0, Some((1, 10))), Claim::All), Grant::Take(10));
}

#[test]
fn a_lock_keeps_the_same_and_lower_priorities_away() {
    let now = Timestamp::UNIX_EPOCH;
    for (priority, units, all) in [
        (9, Grant::Wait, Grant::Wait),
        (10, Grant::Wait, Grant::Wait),
        (11, Grant::Take(1), Grant::Lock),
    ] {
        let me = Asker { job: 1, priority };
        let locked = resource(5, 1, Some((2, 10)));
        assert_eq!(ask(&locked, Claim::Units(1), me, now), units, "{priority}");
        assert_eq!(ask(&locked, Claim::All, me, now), all, "{priority}");
    }
}

#[test]
fn a_job_on_hold_keeps_its_lock_for_two_minutes() {
    let since = Timestamp::UNIX_EPOCH;
    let lock = Some(Lock { owner: 2, priority: 10, on_hold_since: Some(since) });
    let resource = Resource { max: 5, in_use: 1, lock };
    let me = Asker { job: 1, priority: 10 };
    let at = |millis| since + SignedDuration::from_millis(millis);
    assert_eq!(ask(&resource, Claim::Units(1), me, at(120_000)), Grant::Wait);
    assert_eq!(ask(&resource, Claim::Units(1), me, at(120_001)), Grant::Take(1));
}

#[test]
fn definitions_are_read_and_checked() {
    let me = |is_multi_instance| Me {
        schedule: Box::leak(Box::new("DAY".parse().unwrap())),
        job: Box::leak(Box::new("LOAD".parse().unwrap())),
        is_multi_instance,
    };
    let read = |text: &str| serde_json::from_str::<JobDependency>(text).unwrap();
    let messages = |text: &str, multi| -> Vec<String> {
        read(text).check(me(multi)).iter().map(ToString::to_string).collect()
    };
    let text = r#"{"requires":{"job":"EXTRACT","schedule":"NIGHT","condition":"failed","offset_days":-1}}"#;
    assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
    assert!(messages(text, true).is_empty(), "another schedule");
    assert_eq!(
        messages(r#"{"after":{"job":"LOAD","offset_days":0}}"#, false),
        ["after.job: `LOAD` is this job; give offset_days other than 0"]
    );
    assert!(messages(r#"{"after":{"job":"LOAD","offset_days":-1}}"#, false).is_empty());
    assert!(
        messages(r#"{"requires":{"job":"X","offset_days":-1}}"#, true)[0]
            .contains("multi-instance")
    );
    assert_eq!(
        messages(r#"{"requires":{"job":"X","offset_days":1000}}"#, false),
        ["requires.offset_days: 1000 is not in the range -999 to 999"]
    );
    assert!(
        messages(r#"{"conflict":{"job":"LOAD","job_name_like":true,"all_days":true}}"#, false)
            .is_empty()
    );
    assert!(
        messages(r#"{"conflict":{"job":"X","offset_days":1,"all_days":true}}"#, false)[0]
            .contains("all_days")
    );
    let wrong =
        serde_json::from_str::<JobDependency>(r#"{"excludes":{"job":"X","offset_days":1}}"#);
    assert!(wrong.unwrap_err().to_string().contains("unknown field `offset_days`"));
    assert_eq!("*".parse::<InstanceRef>().unwrap(), InstanceRef::All);
    assert!("$that".parse::<InstanceRef>().is_err());
    let take = |text: &str| serde_json::from_str::<Claim>(text);
    assert_eq!(take(r#""all""#).unwrap(), Claim::All);
    assert_eq!(take(r#"{"units":2}"#).unwrap(), Claim::Units(2));
    let update = r#"{"on":"start_attempted","resource":"TAPE","max":3}"#;
    let update: ResourceUpdate = serde_json::from_str(update).unwrap();
    assert!(update.check()[0].message.contains("only for thresholds"));
    assert_eq!(Change::Add(1).apply(i32::MAX), None);
    assert_eq!(Change::Set(-5).apply(3), Some(-5));
}

proptest! {
    #[test]
    fn an_occurrence_is_the_one_found_by_walking(
        mut existing in prop::collection::btree_set(0..40i32, 0..15),
        day in 0..40i32,
        offset in -5..6i16,
    ) {
        let dates: Vec<_> = days(&existing.iter().copied().collect::<Vec<_>>());
        let start = days(&[day])[0];
        let found = predecessor_date(OffsetRule::Occurrence, start, offset, &dates);
        // Day by day, counting down.
        let (mut left, mut at) = (offset, day);
        let expected = loop {
            if left == 0 {
                break Some(at);
            }
            at += i32::from(offset.signum());
            if !(0..40).contains(&at) {
                break None;
            }
            if existing.take(&at).is_some() {
                left -= offset.signum();
            }
        };
        prop_assert_eq!(found, expected.map(|day| days(&[day])[0]));
    }

    #[test]
    fn counting_edges_gives_the_same_as_searching_them(
        changes in prop::collection::vec((0..6usize, 0..16usize), 0..60),
    ) {
        let found = |index: usize| match index {
            14 => Found::Absent,
            15 => Found::NotEnded,
            _ => Found::Ended(Ending::ALL[index]),
        };
        let edge = |index: usize| Edge {
            kind: if index < 3 { EdgeKind::Requires } else { EdgeKind::After },
            condition: Condition::ALL[index % 3],
        };
        let mut predecessors = [Found::NotEnded; 6];
        let mut open = 6;
        for (index, now) in changes {
            let before = settle(edge(index), predecessors[index]);
            predecessors[index] = found(now);
            open += open_change(before, settle(edge(index), predecessors[index]));
            let searched = (0..6)
                .filter(|one| settle(edge(*one), predecessors[*one]) != Answer::Satisfied)
                .count();
            prop_assert_eq!(open, i32::try_from(searched).unwrap());
        }
    }

    #[test]
    fn no_grant_takes_more_than_there_is(
        max in 0..6u32, in_use in 0..6u32, units in 1..6u32, priority in 0..3u16,
        lock in prop::option::of((0..3u8, 0..3u16)),
    ) {
        let resource = resource(max, in_use, lock);
        let me = Asker { job: 1u8, priority };
        for claim in [Claim::All, Claim::Units(units)] {
            if let Grant::Take(taken) = ask(&resource, claim, me, Timestamp::UNIX_EPOCH) {
                prop_assert!(in_use + taken <= max && taken > 0);
                prop_assert!(lock.is_none_or(|(owner, locked)| owner == 1 || priority > locked));
            }
        }
    }
}
