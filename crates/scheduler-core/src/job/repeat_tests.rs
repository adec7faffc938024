//! Runs that are repeated: retry and recurrence.

use jiff::{SignedDuration, Timestamp};

use super::table::policy;
use super::tests::{World, minute};
use super::*;
use crate::action::Action;
use crate::criteria::Criteria;
use crate::event::JobStatusTrigger as Trigger;

fn repeat_world(repeat: Repeat) -> World {
    World::new(Policy { repeat, criteria: Criteria::amt_acs(), ..policy() })
}

/// Runs the job from `from` to `to`; when it waits then, for when.
fn run(world: &mut World, from: i64, to: i64) -> Option<Timestamp> {
    world.now = minute(from);
    world.runs();
    world.now = minute(to);
    world.exits(4);
    world.job.not_before
}

#[test]
fn recurring_instances_start_late_or_are_skipped_when_runs_overlap() {
    let times: Vec<_> = [10, 20, 30].map(minute).into();
    let on_overlap = OnOverlap::StartOnCompletion;
    let mut world = repeat_world(Repeat::Instances { times: times.clone(), on_overlap });
    assert_eq!(run(&mut world, 0, 25), Some(minute(10)));
    assert_eq!(run(&mut world, 25, 28), Some(minute(20)));
    assert_eq!(run(&mut world, 28, 29), Some(minute(30)));
    assert_eq!(run(&mut world, 30, 31), None);
    assert_eq!(world.shown(), "Finished OK; Processing Events");
    let on_overlap = OnOverlap::Skip;
    let mut world = repeat_world(Repeat::Instances { times, on_overlap });
    assert_eq!(run(&mut world, 0, 20), Some(minute(30)));
    assert_eq!(run(&mut world, 30, 30), None);
}

#[test]
fn restart_offsets_count_from_start_or_end_and_stop() {
    let restart = |from, latest, runs| Repeat::Restart { minutes: 10, from, latest, runs };
    let mut world = repeat_world(restart(RestartFrom::Start, None, Some(3)));
    assert_eq!(run(&mut world, 0, 4), Some(minute(10)));
    assert_eq!(run(&mut world, 10, 25), Some(minute(20)), "passed: it starts at once");
    assert_eq!(run(&mut world, 25, 26), None);
    let mut world = repeat_world(restart(RestartFrom::End, Some(minute(30)), None));
    assert_eq!(run(&mut world, 0, 10), Some(minute(20)));
    assert_eq!(run(&mut world, 20, 20), Some(minute(30)));
    assert_eq!(run(&mut world, 30, 31), None);
    let mut world = repeat_world(restart(RestartFrom::Start, Some(minute(30)), None));
    assert_eq!(run(&mut world, 0, 31), None, "no run starts after the latest");
}

/// The events of a run that are processed with it, and those of an ending.
fn processed(effects: &[Effect]) -> (Vec<u32>, Vec<u32>) {
    let mut found = (Vec::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::ProcessRunEvents { attempt } => found.0.push(*attempt),
            Effect::ProcessEvents { ending } => found.1.push(*ending),
            _ => {}
        }
    }
    found
}

#[test]
fn the_events_of_every_good_run_are_processed_once() {
    let repeat =
        Repeat::Restart { minutes: 1, from: RestartFrom::End, latest: None, runs: Some(3) };
    let retry = Some(Retry { minutes_between: 1, maximum_attempts: 9 });
    for kind in [Kind::Task, Kind::Container, Kind::Null] {
        let criteria = Criteria::amt_acs();
        let mut world = World::new(Policy { kind, retry, repeat: repeat.clone(), criteria });
        let good = match kind {
            Kind::Container => Exit::Subschedule { failed_jobs: 0 },
            Kind::Task | Kind::Null => Exit::Code(4),
        };
        for expected in [(vec![1], vec![]), (vec![2], vec![]), (vec![], vec![1])] {
            let effects = if kind == Kind::Null {
                world.does(Event::Tested(Qualification::Qualified))
            } else {
                world.runs();
                world.hears(News::Exited(good))
            };
            assert_eq!(processed(&effects), expected, "{kind:?}");
            assert!(effects.contains(&Effect::Fire(Trigger::FinishedOk)));
            world.now += SignedDuration::from_mins(1);
        }
    }
    let mut world = World::new(Policy { retry, repeat, ..policy() });
    world.runs();
    assert_eq!(processed(&world.exits(8)), (vec![], vec![]), "a failure that is retried is silent");
}

#[test]
fn good_runs_fire_each_time_and_dependants_hear_only_of_the_last() {
    let repeat =
        Repeat::Restart { minutes: 1, from: RestartFrom::End, latest: None, runs: Some(3) };
    let mut world = repeat_world(repeat);
    for round in 1..=3 {
        world.runs();
        let effects = world.exits(4);
        assert!(effects.contains(&Effect::Fire(Trigger::FinishedOk)));
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::TellDependants(_))));
        if round < 3 {
            assert_eq!(world.shown(), "Wait Start Time");
            world.now += SignedDuration::from_mins(1);
        }
    }
    assert!(world.processed().contains(&Effect::TellDependants(Some(Ending::FinishedOk))));
}

#[test]
fn a_kill_that_came_too_late_ends_the_recurrence() {
    let repeat =
        Repeat::Restart { minutes: 1, from: RestartFrom::End, latest: None, runs: Some(9) };
    let mut world = repeat_world(repeat);
    world.runs();
    world.asked(Action::Kill);
    world.exits(4);
    assert_eq!(world.shown(), "Finished OK; Processing Events");
}

#[test]
fn definitions_are_read_checked_and_resolved() {
    let read = |text: &str| serde_json::from_str::<Recurrence>(text);
    let times =
        r#"{"recurring_instances":{"times":["10:00","08:00","10:00"],"on_overlap":"skip"}}"#;
    let instances = read(times).unwrap();
    assert_eq!(instances.check()[0].to_string(), "recurring_instances.times: 10:00 is given twice");
    let at = |offset: crate::time::Offset| minute(offset.minutes().into());
    assert_eq!(
        instances.resolve(at),
        Repeat::Instances { times: vec![minute(480), minute(600)], on_overlap: OnOverlap::Skip }
    );
    let endless = read(r#"{"restart_offset":{"minutes":0,"number_of_runs":1}}"#).unwrap();
    let problems: Vec<_> = endless.check().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "restart_offset.minutes: 0 is not in the range 1 to 10079",
            "restart_offset.number_of_runs: 1 is not in the range 2 to 999"
        ]
    );
    let endless = read(r#"{"restart_offset":{"minutes":5}}"#).unwrap();
    assert!(endless.check()[0].message.contains("never ends"));
    assert!(read(r#"{"restart_offset":{"minutes":5,"until":"x"}}"#).is_err());
    let retry = Retry { minutes_between: 1441, maximum_attempts: 0 };
    assert_eq!(retry.check().len(), 2);
}
