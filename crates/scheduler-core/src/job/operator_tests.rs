//! What is asked of a job, and what time does to it.

use super::table::policy;
use super::tests::{World, minute};
use super::*;
use crate::action::Action;
use crate::event::JobStatusTrigger as Trigger;

#[test]
fn skip_waits_until_the_job_qualifies() {
    let mut world = World::new(policy());
    world.asked(Action::Skip);
    assert_eq!(world.shown(), "Job to be Skipped");
    let wait = Event::Tested(Qualification::Waiting(Reason::JobDependency));
    assert_eq!(world.says(wait), Verdict::Stale);
    let effects = world.does(Event::Tested(Qualification::Qualified));
    assert!(effects.contains(&Effect::Fire(Trigger::Skipped)));
    assert_eq!(
        world.processed(),
        [Effect::TellDependants(Some(Ending::Skipped)), Effect::CountSchedule]
    );
}

/// A job that waits for minute 40, for each of the reasons that there are for a time.
fn waiting_for_minute_40() -> Vec<(&'static str, World)> {
    let mut rescheduled = World::new(policy());
    rescheduled.does(Event::Rescheduled { not_before: minute(40), on_hold: false });
    let mut on_hold = World::new(policy());
    on_hold.does(Event::Rescheduled { not_before: minute(40), on_hold: true });
    let retry = Some(Retry { minutes_between: 40, maximum_attempts: 1 });
    let mut retried = World::new(Policy { retry, ..policy() });
    retried.runs();
    retried.exits(8);
    let times = vec![minute(40)];
    let repeat = Repeat::Instances { times, on_overlap: OnOverlap::StartOnCompletion };
    let mut recurring = World::new(Policy { repeat, ..policy() });
    recurring.runs();
    recurring.exits(0);
    vec![
        ("rescheduled", rescheduled),
        ("rescheduled on hold", on_hold),
        ("retried", retried),
        ("recurring", recurring),
    ]
}

#[test]
fn a_job_that_waits_for_a_time_is_skipped_at_that_time_and_not_before() {
    for (name, mut world) in waiting_for_minute_40() {
        world.asked(Action::Skip);
        world.now = minute(39);
        let qualified = Event::Tested(Qualification::Qualified);
        assert_eq!(world.says(qualified), Verdict::Stale, "{name}");
        assert_eq!((world.shown(), world.job.not_before), ("Job to be Skipped", Some(minute(40))));
        // A restart takes the skip back; the time stays.
        let mut back = World { job: world.job, now: world.now, policy: world.policy.clone() };
        back.asked(Action::Restart);
        back.does(qualified);
        assert_eq!(back.shown(), "Wait Start Time", "{name}");
        world.now = minute(40);
        world.does(qualified);
        assert_eq!(world.shown(), "Skipped; Processing Events", "{name}");
        assert_eq!(world.job.not_before, None, "{name}");
    }
}

#[test]
fn a_time_outlives_what_comes_between_until_a_start_by_force() {
    for (name, mut world) in waiting_for_minute_40() {
        if world.shown() == "On Hold" {
            world.asked(Action::Release);
        }
        world.now = minute(40);
        world.does(Event::Tested(Qualification::Qualified));
        // Ready, and a machine is missing; then the start events fail, then the start is lost.
        world.does(Event::Tested(Qualification::Waiting(Reason::Machine)));
        world.requested();
        world.hears(News::StartNotPrepared);
        world.asked(Action::Release);
        world.requested();
        world.hears(News::StartPrepared);
        world.hears(News::StartUnknown);
        world.hears(News::StartNotFound);
        assert_eq!(
            (world.shown(), world.job.not_before),
            ("Qualifying", Some(minute(40))),
            "{name}"
        );
        world.asked(Action::Start);
        assert_eq!(
            (world.shown(), world.job.not_before),
            ("Wait to Start; Forced", None),
            "{name}"
        );
    }
}

#[test]
fn marks_of_a_running_job_stop_following_it_and_late_news_is_stale() {
    let mut world = World::new(policy());
    world.runs();
    let effects = world.asked(Action::MarkFinishedOk);
    assert_eq!(effects[..2], [Effect::StopFollowing { attempt: 1 }, Effect::Vacate { attempt: 1 }]);
    let late = Event::News { attempt: 1, news: News::Exited(Exit::Code(1)) };
    assert_eq!(world.says(late), Verdict::Stale);
    let mut never_ran = World::new(policy());
    never_ran.now = minute(7);
    let record = Effect::Record {
        attempt: None,
        started: minute(7),
        ended: minute(7),
        ending: Ending::MarkedFinishedOk,
    };
    assert!(never_ran.asked(Action::MarkFinishedOk).contains(&record));
}

#[test]
fn review_and_fix_remember_how_the_job_failed() {
    let mut world = World::new(policy());
    world.requested();
    world.hears(News::StartRefused);
    world.asked(Action::MarkUnderReview);
    assert_eq!(world.shown(), "Under Review; Processing Events");
    world.processed();
    world.asked(Action::MarkFixed);
    world.processed();
    assert_eq!(world.job.ending(), Some(Ending::Fixed(Failure::InitializationError)));
}

#[test]
fn the_latest_start_guards_the_first_start_of_the_day_only() {
    let missed = Event::Tested(Qualification::Missed);
    let mut world = World::new(policy());
    world.asked(Action::Hold);
    assert_eq!(world.says(missed), Verdict::Stale, "a held job is not tested");
    world.asked(Action::Release);
    assert_eq!(world.shown(), "Released");
    let effects = world.does(missed);
    assert_eq!(world.shown(), "Missed Start Time");
    assert!(effects.contains(&Effect::Fire(Trigger::MissedLatestStartTime)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Record { .. })));
    world.asked(Action::Start);
    assert_eq!(world.shown(), "Wait to Start; Forced");
    assert_eq!(world.says(missed), Verdict::Stale);
    world.does(Event::StartRequested { attempt: 1 });
    world.hears(News::StartPrepared);
    world.exits(1);
    world.processed();
    world.asked(Action::Restart);
    assert_eq!(world.says(missed), Verdict::Stale);
}

#[test]
fn a_reschedule_lifts_a_hold_and_a_skip_and_holds_the_new_time() {
    for action in [Action::Hold, Action::Skip] {
        let mut world = World::new(policy());
        world.asked(action);
        world.does(Event::Rescheduled { not_before: minute(30), on_hold: false });
        assert_eq!((world.shown(), world.job.not_before), ("Qualifying", Some(minute(30))));
        world.does(Event::Rescheduled { not_before: minute(40), on_hold: true });
        assert_eq!(world.shown(), "On Hold");
        world.asked(Action::Release);
        world.does(Event::Tested(Qualification::Qualified));
        assert_eq!(world.shown(), "Wait Start Time");
        world.now = minute(40);
        world.runs();
        let again = Event::Rescheduled { not_before: minute(50), on_hold: false };
        assert!(matches!(
            world.says(again),
            Verdict::Illegal { why: Illegal::Reschedule(crate::action::Why::Running) }
        ));
    }
}

#[test]
fn late_marks_come_once() {
    let mut world = World::new(policy());
    let effects = world.does(Event::LateToStart);
    assert_eq!(effects[0], Effect::Fire(Trigger::LateToStart));
    assert_eq!(world.shown(), "Late to Start");
    assert_eq!(world.says(Event::LateToStart), Verdict::Stale);
    assert_eq!(world.says(Event::LateToFinish), Verdict::Stale);
    let mut later = World { job: world.job, ..World::new(policy()) };
    later.does(Event::Rescheduled { not_before: minute(9), on_hold: false });
    assert_eq!(later.shown(), "Qualifying", "its new time is not late");
    world.runs();
    assert_eq!(world.says(Event::LateToStart), Verdict::Stale);
    world.does(Event::LateToFinish);
    assert_eq!(world.shown(), "Job Running; Late to Finish");
    assert_eq!(world.says(Event::LateToFinish), Verdict::Stale);
    world.hears(News::MaxRunTimeExceeded);
    let again = Event::News { attempt: 1, news: News::MaxRunTimeExceeded };
    assert_eq!(world.says(again), Verdict::Stale);
    assert_eq!(world.shown(), "Job Running; Late to Finish");
}

#[test]
fn a_forced_start_is_not_taken_back_by_a_test() {
    let mut world = World::new(policy());
    let wait = Event::Tested(Qualification::Waiting(Reason::JobDependency));
    world.does(Event::Tested(Qualification::Qualified));
    world.does(wait);
    assert_eq!(world.shown(), "Wait Job Dependency", "one that is ready by itself is");
    world.asked(Action::Start);
    assert_eq!(world.says(wait), Verdict::Stale);
    assert_eq!(world.shown(), "Wait to Start; Forced");
}
