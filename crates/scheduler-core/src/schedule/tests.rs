use std::collections::BTreeSet;

use proptest::prelude::*;

use super::table::{cell, events, states};
use super::*;
use crate::job::{Ending, Failure, Job, State as JobState};
use jiff::Timestamp;

fn after(schedule: Schedule, event: Event) -> Schedule {
    match schedule.on(&event) {
        Verdict::Advance { next, .. } => next,
        other => panic!("{event:?} of {}: {other:?}", schedule.status()),
    }
}

fn shown(schedule: Schedule) -> &'static str {
    schedule.status().description()
}

fn counted(open: u32, failed: u32, keep_open: bool) -> Event {
    Event::JobsCounted(JobsCounted { tally: Tally { open, failed }, keep_open })
}

/// The vendor's table, copied by hand (`opcon-domain 1.2`).
#[test]
fn descriptions_categories_and_actions_are_the_contract() {
    let table = [
        ("On Hold", "Held", "release close"),
        ("Parent Hold", "Held", ""),
        ("Wait to Start", "Waiting", "hold start close"),
        ("Wait Container Job", "Waiting", ""),
        ("Starting", "Running", "hold close"),
        ("In Process", "Running", "hold close"),
        ("Started by User", "Running", "hold close"),
        ("Started by Container Job", "Running", "hold close"),
        ("Completed; Processing Events", "Finished Ok", ""),
        ("Completed", "Finished Ok", "hold"),
    ];
    assert_eq!(table.len(), Status::ALL.len());
    for (description, category, actions) in table {
        let status = Status::from_description(description).unwrap();
        assert_eq!(status.category().name(), category);
        let allowed: Vec<_> = Action::ALL
            .into_iter()
            .filter(|action| decide(*action, status).is_ok())
            .map(Action::name)
            .collect();
        let mut expected: Vec<_> = actions.split_whitespace().collect();
        expected.sort_by_key(|name| Action::ALL.iter().position(|one| one.name() == *name));
        assert_eq!(allowed, expected, "{description}");
    }
    assert_eq!(Status::ParentHold.id(), 15);
    assert!(Status::ALL.windows(2).all(|two| two[0].id() < two[1].id()));
}

#[test]
fn a_day_from_start_to_completion() {
    let schedule = Schedule::built(false, false);
    let schedule = after(schedule, Event::StartTimeReached);
    assert_eq!(shown(schedule), "Starting");
    let schedule = after(schedule, Event::Started);
    assert_eq!(shown(schedule), "In Process");
    assert_eq!(schedule.on(&counted(1, 0, false)), Verdict::Stale);
    assert_eq!(schedule.on(&counted(0, 1, true)), Verdict::Stale, "the option keeps it open");
    let good = after(schedule, counted(0, 0, true));
    assert_eq!(shown(good), "Completed; Processing Events", "without failures it does not");
    let Verdict::Advance { next, effects } = schedule.on(&counted(0, 1, false)) else { panic!() };
    assert_eq!(shown(next), "Completed; Processing Events");
    assert_eq!(
        effects,
        [
            Effect::RunCompletionEvents { completion: 1 },
            Effect::Record,
            Effect::TellContainer { failed_jobs: Some(1) },
            Effect::Notify(Notice::Completed),
        ]
    );
    let by_user = Event::JobReopened(ReopenedBy::User);
    assert!(matches!(next.on(&by_user), Verdict::Illegal { why: Illegal::ProcessingEvents }));
    let done = after(next, Event::EventsProcessed { completion: 1 });
    assert_eq!(shown(done), "Completed");
    let event = |is_allowed| Event::JobReopened(ReopenedBy::Event { is_allowed });
    assert!(matches!(
        done.on(&event(false)),
        Verdict::Illegal { why: Illegal::EventsMayNotReopen }
    ));
    assert_eq!(shown(after(done, event(true))), "Started by User");
    let again = after(done, by_user);
    let again = after(again, counted(0, 0, false));
    assert_eq!(again.completions, 2);
    assert_eq!(again.on(&Event::EventsProcessed { completion: 1 }), Verdict::Stale);
}

#[test]
fn close_runs_no_events_and_writes_no_history() {
    let schedule =
        after(after(Schedule::built(false, false), Event::StartTimeReached), Event::Started);
    let Verdict::Advance { next, effects } = schedule.on(&Event::Asked(Action::Close)) else {
        panic!()
    };
    assert_eq!(shown(next), "Completed");
    let notice = Effect::Notify(Notice::Completed);
    assert_eq!(effects, [Effect::TellContainer { failed_jobs: None }, notice]);
}

#[test]
fn a_hold_from_above_is_lifted_from_above_and_leaves_an_own_hold_alone() {
    let running =
        after(after(Schedule::built(false, true), Event::ContainerStarted), Event::Started);
    let held = after(running, Event::ParentHeld);
    assert_eq!(shown(held), "Parent Hold");
    assert_eq!(held.on(&Event::ParentHeld), Verdict::Stale);
    assert_eq!(after(held, Event::ParentReleased), running);
    let own = after(running, Event::Asked(Action::Hold));
    let both = after(own, Event::ParentHeld);
    assert_eq!(shown(both), "On Hold");
    assert_eq!(shown(after(both, Event::ParentReleased)), "On Hold");
    // Released while the one above is still held: it does not run.
    let released = after(both, Event::Asked(Action::Release));
    assert_eq!(shown(released), "Parent Hold");
    assert_eq!(shown(after(released, Event::ParentReleased)), "In Process");
    let done = Schedule { state: State::Completed { is_processing: false }, ..running };
    assert_eq!(done.on(&Event::ParentHeld), Verdict::Stale);
}

#[test]
fn a_subschedule_that_is_set_back_while_its_events_are_performed_does_not_complete_by_them() {
    let running =
        after(after(Schedule::built(false, true), Event::ContainerStarted), Event::Started);
    let busy = after(running, counted(0, 1, false));
    assert_eq!(shown(busy), "Completed; Processing Events");
    let again = after(busy, Event::ContainerRestarted);
    assert_eq!(shown(again), "Wait Container Job");
    let performed = Event::EventsProcessed { completion: 1 };
    assert_eq!(again.on(&performed), Verdict::Stale);
    let second = after(after(again, Event::ContainerStarted), Event::Started);
    let second = after(second, counted(0, 0, false));
    assert_eq!(second.completions, 2);
    assert_eq!(second.on(&performed), Verdict::Stale, "those of the run before");
}

#[test]
fn a_container_never_waits_for_a_subschedule_that_is_over() {
    let done = State::Completed { is_processing: false };
    let held = State::OnHold { resume: Resume::Completed, is_parent_held: false };
    // Somebody has released it while one above it is held.
    let held_from_above = State::ParentHold { resume: Resume::Completed };
    for state in [done, held, held_from_above] {
        let schedule = Schedule { state, ..Schedule::built(false, true) };
        let Verdict::Advance { next, effects } = schedule.on(&Event::ContainerStarted) else {
            panic!()
        };
        assert_eq!((next, effects), (schedule, vec![Effect::TellContainer { failed_jobs: None }]));
        let again = after(schedule, Event::ContainerRestarted);
        assert_ne!(again, schedule, "it waits for its container again");
        let not_allowed = Event::JobReopened(ReopenedBy::Event { is_allowed: false });
        let refused = Verdict::Illegal { why: Illegal::EventsMayNotReopen };
        assert_eq!(schedule.on(&not_allowed), refused);
    }
}

#[test]
fn a_held_schedule_goes_on_where_it_was() {
    for (name, schedule) in states() {
        let Verdict::Advance { next: held, .. } = schedule.on(&Event::Asked(Action::Hold)) else {
            continue;
        };
        assert_eq!(shown(held), "On Hold");
        assert_eq!(
            held.on(&counted(0, 0, false)),
            Verdict::Stale,
            "{name}: held ones do not complete"
        );
        let back = after(held, Event::Asked(Action::Release));
        let expected = match schedule.state {
            State::Starting(_) => State::InProcess { is_reopened: false },
            other => other,
        };
        assert_eq!(back.state, expected, "{name}");
    }
}

/// What is told of a schedule, event by event.
fn notices(mut schedule: Schedule, steps: &[Event]) -> Vec<Vec<Notice>> {
    let mut all = Vec::new();
    for event in steps {
        let Verdict::Advance { next, effects } = schedule.on(event) else {
            panic!("{event:?} of {}", schedule.status())
        };
        let told = effects.into_iter().filter_map(|effect| match effect {
            Effect::Notify(notice) => Some(notice),
            _ => None,
        });
        all.push(told.collect());
        schedule = next;
    }
    all
}

#[test]
fn a_schedule_tells_of_its_start_its_completion_its_hold_and_its_release() {
    type Row<'a> = (Schedule, &'a [Event], &'a [&'a [Notice]]);
    use Notice::{Completed, OnHold, Released, Started};
    let asked = Event::Asked;
    let table: [Row<'_>; 5] = [
        (
            Schedule::built(false, false),
            &[
                Event::StartTimeReached,
                Event::Started,
                asked(Action::Hold),
                asked(Action::Release),
                counted(0, 0, false),
                Event::EventsProcessed { completion: 1 },
                Event::JobReopened(ReopenedBy::User),
                counted(0, 0, false),
            ],
            // Opened again it does not start again, and it completes once more.
            &[&[Started], &[], &[OnHold], &[Released], &[Completed], &[], &[], &[Completed]],
        ),
        (Schedule::built(false, false), &[asked(Action::Close)], &[&[Completed]]),
        (
            Schedule::built(true, false),
            &[asked(Action::Release), asked(Action::Start)],
            &[&[Released], &[Started]],
        ),
        // A hold from above tells nothing, and its end neither.
        (
            Schedule::built(false, true),
            &[Event::ContainerStarted, Event::Started, Event::ParentHeld, Event::ParentReleased],
            &[&[Started], &[], &[], &[]],
        ),
        // Its container starts while it is held: it starts when it is released.
        (
            Schedule::built(true, true),
            &[
                Event::ContainerStarted,
                Event::ParentHeld,
                asked(Action::Release),
                Event::ParentReleased,
            ],
            &[&[], &[], &[Released], &[Started]],
        ),
    ];
    for (schedule, steps, expected) in table {
        assert_eq!(notices(schedule, steps), expected, "{steps:?}");
    }
}

#[test]
fn a_subschedule_whose_container_starts_while_it_is_held_works_out_its_start_times_later() {
    let from_above = after(Schedule::built(false, true), Event::ParentHeld);
    for (waiting, go) in [
        (Schedule::built(true, true), Event::Asked(Action::Release)),
        (from_above, Event::ParentReleased),
    ] {
        let held = after(waiting, Event::ContainerStarted);
        assert_eq!(held.on(&Event::ContainerStarted), Verdict::Stale);
        assert!(!held.is_active());
        let again = after(held, Event::ContainerRestarted);
        assert_eq!(again, waiting, "it waits again");
        let Verdict::Advance { next, effects } = held.on(&go) else { panic!("{go:?}") };
        assert_eq!(shown(next), "Started by Container Job");
        assert!(effects.contains(&Effect::WorkOutStartTimes), "{go:?}");
        assert_eq!(shown(after(next, Event::Started)), "In Process");
    }
}

#[test]
fn a_job_that_is_restarted_below_a_held_schedule_runs_when_that_goes_on() {
    let above = Schedule {
        state: State::OnHold { resume: Resume::Completed, is_parent_held: true },
        ..Schedule::built(false, true)
    };
    let released = after(above, Event::Asked(Action::Release));
    assert_eq!(shown(released), "Parent Hold");
    let opened = after(released, Event::JobReopened(ReopenedBy::User));
    assert_eq!(shown(opened), "Parent Hold");
    let Verdict::Advance { next, effects } = opened.on(&Event::ParentReleased) else { panic!() };
    assert_eq!(shown(next), "Started by User");
    assert!(effects.contains(&Effect::TestJobs), "{effects:?}");
}

/// By whom, by what the event says and what the option allows; whether a completed schedule opens. N is what an event
/// says that leaves the field out.
#[test]
fn a_job_is_added_to_a_completed_schedule_which_opens_when_event_or_option_say_so() {
    let completed = State::Completed { is_processing: false };
    let held = State::OnHold { resume: Resume::Completed, is_parent_held: false };
    let held_from_above = State::ParentHold { resume: Resume::Completed };
    for state in [completed, held, held_from_above] {
        let schedule = Schedule { state, ..Schedule::built(false, false) };
        for (reopen, option, opens) in [
            (None, false, false),
            (Some(false), false, false),
            (Some(true), false, true),
            (None, true, true),
            (Some(false), true, true),
            (Some(true), true, true),
        ] {
            let by = ReopenedBy::event(reopen, option);
            let said = schedule.on(&Event::JobAdded(by));
            let expected =
                if opens { schedule.on(&Event::JobReopened(by)) } else { Verdict::Stale };
            assert_eq!(said, expected, "{reopen:?} {option}");
            assert_eq!(matches!(said, Verdict::Advance { .. }), opens, "{reopen:?} {option}");
        }
        assert!(matches!(schedule.on(&Event::JobAdded(ReopenedBy::User)), Verdict::Advance { .. }));
    }
    let busy = Schedule {
        state: State::Completed { is_processing: true },
        ..Schedule::built(false, false)
    };
    assert_eq!(busy.on(&Event::JobAdded(ReopenedBy::event(None, false))), Verdict::Stale);
    let may = Event::JobAdded(ReopenedBy::event(Some(true), false));
    assert_eq!(busy.on(&may), Verdict::Illegal { why: Illegal::ProcessingEvents });
}

#[test]
fn only_what_was_never_released_is_deleted_while_held() {
    let held = Schedule::built(true, false);
    assert!(held.may_be_deleted_automatically());
    let again = after(after(held, Event::Asked(Action::Release)), Event::Asked(Action::Hold));
    assert!(!again.may_be_deleted_automatically());
    assert!(!Schedule::built(false, false).may_be_deleted_automatically());
}

#[test]
fn every_ending_counts_as_the_rule_says() {
    use Ending as E;
    let ended = |ending| Job {
        state: JobState::Ended { ending, at: Timestamp::UNIX_EPOCH, is_processing: false },
        ..Job::new()
    };
    let failed = [Failure::Failed, Failure::MarkedFailed, Failure::InitializationError];
    for ending in E::ALL {
        let job = ended(ending);
        assert_eq!(counts_as_ended(&job), ending != E::MissedStartTime, "{ending:?}");
        let expected =
            failed.iter().any(|f| ending == E::Failed(*f) || ending == E::UnderReview(*f));
        assert_eq!(counts_as_failed(&job), expected, "{ending:?}");
        let JobState::Ended { at, .. } = job.state else { unreachable!() };
        let busy = Job { state: JobState::Ended { ending, at, is_processing: true }, ..job };
        assert!(!counts_as_ended(&busy), "its events are processed first");
    }
    assert!(!counts_as_ended(&Job::new()));
}

#[test]
fn the_printed_table_has_every_pair_as_decided() {
    let page = table();
    for (name, schedule) in states() {
        let head = format!("### {name}: `{}`\n", schedule.status());
        let from = page.find(&head).unwrap_or_else(|| panic!("{name}"));
        let section = &page[from + head.len()..];
        let section = &section[..section.find("### ").unwrap_or(section.len())];
        for (what, event) in events() {
            let row = format!("| {what} | {} |", cell(schedule, &event));
            assert!(section.contains(&row), "{name}: {row}");
        }
    }
    let shown: BTreeSet<_> = states().iter().map(|(_, schedule)| schedule.status()).collect();
    assert_eq!(shown.len(), Status::ALL.len(), "every status has a state");
}

proptest! {
    #[test]
    fn a_tally_kept_up_to_date_is_that_of_a_new_count(
        picks in prop::collection::vec((0..14usize, any::<bool>(), any::<bool>()), 0..40)
    ) {
        let mut tally = Tally::default();
        let mut jobs: Vec<Job> = Vec::new();
        for (index, is_processing, deletes) in picks {
            if deletes && let Some(job) = jobs.pop() {
                tally = tally.without(&job);
                continue;
            }
            let at = Timestamp::UNIX_EPOCH;
            let state = JobState::Ended { ending: Ending::ALL[index], at, is_processing };
            let job = Job { state, ..Job::new() };
            tally = tally.with(&job);
            jobs.push(job);
        }
        prop_assert_eq!(tally, Tally::of(&jobs));
    }

    #[test]
    fn random_events_keep_holds_and_completions_in_order(
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..80),
        is_subschedule: bool,
        on_hold: bool,
    ) {
        let events = events();
        let mut schedule = Schedule::built(on_hold, is_subschedule);
        // What the schedule above and operators have said, by what was accepted.
        let (mut above, mut own) = (false, on_hold);
        let mut open_completion = None;
        for (index, is_current) in picks {
            let event = match index.get(&events).1 {
                Event::EventsProcessed { .. } if is_current => {
                    Event::EventsProcessed { completion: schedule.completions }
                }
                other => other,
            };
            let Verdict::Advance { next, effects } = schedule.on(&event) else { continue };
            match event {
                Event::ParentHeld => above = true,
                Event::ParentReleased => above = false,
                Event::Asked(Action::Hold) => own = true,
                Event::Asked(Action::Release) => own = false,
                Event::Asked(Action::Close) => (above, own) = (false, false),
                // Nobody waits for the events of the run before any more.
                Event::ContainerRestarted => open_completion = None,
                _ => {}
            }
            for effect in effects {
                if let Effect::RunCompletionEvents { completion } = effect {
                    prop_assert_eq!(open_completion, None);
                    open_completion = Some(completion);
                    prop_assert!(!above && !own, "nothing completes while held");
                }
            }
            if let Event::EventsProcessed { completion } = event {
                prop_assert_eq!(open_completion.take(), Some(completion));
            }
            prop_assert_eq!(next.is_in_process() && (above || own), false, "nothing runs while held");
            let is_on_hold = matches!(next.state, State::OnHold { .. });
            prop_assert_eq!(is_on_hold, own);
            prop_assert!(next.completions >= schedule.completions);
            schedule = next;
        }
    }
}
