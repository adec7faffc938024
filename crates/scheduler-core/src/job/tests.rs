use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::table::{cell, events, news, policy, states};
use super::*;
use crate::action::{Action, StartMachine};
use crate::event::JobStatusTrigger as Trigger;

pub(super) fn minute(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

/// A job with its definition, to which things happen.
pub(super) struct World {
    pub(super) job: Job,
    pub(super) policy: Policy,
    pub(super) now: Timestamp,
}

impl World {
    pub(super) fn new(policy: Policy) -> Self {
        let mut world = Self { job: Job::new(), policy, now: minute(0) };
        world.does(Event::Built(BuiltAs::Released));
        world
    }

    pub(super) fn says(&self, event: Event) -> Verdict {
        let start_machine = Some(StartMachine { allows_kill: true });
        self.job.on(&event, &Context { policy: &self.policy, start_machine, now: self.now })
    }

    pub(super) fn does(&mut self, event: Event) -> Vec<Effect> {
        match self.says(event) {
            Verdict::Advance { next, effects } => {
                self.job = next;
                effects
            }
            other => panic!("{event:?} in {}: {other:?}", self.job.status()),
        }
    }

    pub(super) fn hears(&mut self, news: News) -> Vec<Effect> {
        self.does(Event::News { attempt: self.job.attempts, news })
    }

    pub(super) fn asked(&mut self, action: Action) -> Vec<Effect> {
        self.does(Event::Asked { action, subschedule: SubscheduleRestart::Leave })
    }

    pub(super) fn requested(&mut self) {
        self.does(Event::Tested(Qualification::Qualified));
        self.does(Event::StartRequested { attempt: self.job.attempts + 1 });
    }

    pub(super) fn runs(&mut self) {
        self.requested();
        self.hears(News::StartPrepared);
        self.hears(News::Running);
    }

    pub(super) fn exits(&mut self, code: i32) -> Vec<Effect> {
        self.hears(News::Exited(Exit::Code(code)))
    }

    pub(super) fn shown(&self) -> &'static str {
        self.job.status().description()
    }

    pub(super) fn processed(&mut self) -> Vec<Effect> {
        self.does(Event::EventsProcessed { ending: self.job.endings })
    }
}

#[test]
fn the_normal_path_shows_what_the_vendor_shows() {
    let mut world = World::new(policy());
    let mut seen = vec![world.shown()];
    for reason in [
        Reason::StartTime,
        Reason::JobDependency,
        Reason::ThresholdOrResource,
        Reason::Expression,
        Reason::Machine,
    ] {
        world.does(Event::Tested(Qualification::Waiting(reason)));
        seen.push(world.shown());
    }
    world.does(Event::Tested(Qualification::Qualified));
    seen.push(world.shown());
    world.does(Event::StartRequested { attempt: 1 });
    seen.push(world.shown());
    for news in [
        News::StartPrepared,
        News::StillAttempting,
        News::PrerunStarted,
        News::Running,
        News::Exited(Exit::Code(0)),
    ] {
        world.hears(news);
        seen.push(world.shown());
    }
    world.processed();
    seen.push(world.shown());
    assert_eq!(
        seen,
        [
            "Qualifying",
            "Wait Start Time",
            "Wait Job Dependency",
            "Wait Threshold/Resource Dependency",
            "Wait Expression Dependency",
            "Wait Machine",
            "Wait to Start",
            "Attempt to Start",
            "Start Attempted",
            "Still Attempting Start",
            "Prerun Active",
            "Job Running",
            "Finished OK; Processing Events",
            "Finished OK",
        ]
    );
}

/// The vendor's table of descriptions, copied by hand (`opcon-domain 1.10`).
#[test]
fn descriptions_categories_and_numbers_are_the_contract() {
    let table = [
        ("Held", "On Hold"),
        (
            "Waiting",
            "Under Construction, Qualifying, Released, Wait Start Time, Wait Job Dependency, Wait Expression Dependency, \
             Wait Threshold/Resource Dependency, Wait Machine, Wait Job Conflict, Job to be Skipped, Late to Start, \
             Wait to Start, Prerun Failed, Wait to Start; Forced",
        ),
        (
            "Running",
            "Attempt to Start, Start Attempted, Still Attempting Start, Prerun Active, Job Running, \
             Job Running; Late to Finish, Job Running; To be terminated",
        ),
        (
            "Failed",
            "Initialization Error, Failed, Marked Failed, Failed; Processing Events, Marked Failed; Processing Events",
        ),
        (
            "Finished Ok",
            "Finished OK, Marked Finished OK, Finished OK; Processing Events, Marked Finished OK; Processing Events",
        ),
        ("Skipped", "Skipped, Skipped; Processing Events"),
        ("Cancelled", "Cancelled"),
        ("Missed Start Time", "Missed Start Time"),
        ("Under Review", "Under Review, Under Review; Processing Events"),
        ("Fixed", "Fixed, Fixed; Processing Events"),
    ];
    let expected: BTreeSet<(&str, &str)> = table
        .iter()
        .flat_map(|(category, all)| all.split(", ").map(move |one| (*category, one)))
        .collect();
    let ours: BTreeSet<_> =
        Status::ALL.iter().map(|status| (status.category().name(), status.description())).collect();
    assert_eq!(ours, expected);
    let number = |text| Status::from_description(text).unwrap().id();
    let given = [
        ("On Hold", 0),
        ("Initialization Error", 210),
        ("Finished OK", 900),
        ("Failed", 910),
        ("Marked Finished OK", 920),
        ("Marked Failed", 921),
        ("Skipped", 940),
        ("Cancelled", 950),
    ];
    for (text, id) in given {
        assert_eq!(number(text), id);
    }
    let rank = |status: &Status| match status.category() {
        Category::Held => 0,
        Category::Waiting => 1,
        Category::Running => 2,
        _ => 3,
    };
    let mut by_id: Vec<_> = Status::ALL.iter().collect();
    by_id.sort_by_key(|status| status.id());
    assert!(by_id.windows(2).all(|two| two[0].id() < two[1].id()), "numbers are unique");
    assert!(
        by_id.windows(2).all(|two| rank(two[0]) <= rank(two[1])),
        "held, waiting, running, ended"
    );
    assert!(by_id[1..].iter().all(|status| status.id() % 256 != 0));
}

#[test]
fn every_status_can_be_reached_by_events() {
    let mut seen = BTreeSet::new();
    let mut policies = vec![policy()];
    policies.push(Policy {
        retry: Some(Retry { minutes_between: 1, maximum_attempts: 1 }),
        ..policy()
    });
    // Breadth first over everything that can happen, from a job whose build begins.
    for policy in &policies {
        let mut known = std::collections::HashSet::from([Job::new()]);
        let mut open = vec![(Job::new(), 0)];
        while let Some((job, depth)) = open.pop() {
            seen.insert(job.status());
            if depth == 9 {
                continue;
            }
            for (_, event) in events_of(&job) {
                let start_machine = Some(StartMachine { allows_kill: true });
                let context = Context { policy, start_machine, now: minute(depth) };
                if let Verdict::Advance { next, .. } = job.on(&event, &context)
                    && next.attempts < 3
                    && next.endings < 3
                    && known.insert(Job { ..next })
                    && known.len() < 60_000
                {
                    open.insert(0, (next, depth + 1));
                }
            }
            if seen.len() == Status::ALL.len() {
                break;
            }
        }
    }
    // Wait Job Conflict and the other reasons that the sample events leave out.
    for reason in Reason::ALL {
        seen.insert(reason.status());
    }
    let missing: Vec<_> = Status::ALL.iter().filter(|status| !seen.contains(status)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The sample events, said of the job's own attempt and ending.
fn events_of(job: &Job) -> Vec<(String, Event)> {
    let mut all = events();
    for (_, event) in &mut all {
        match event {
            Event::News { attempt, .. } => *attempt = job.attempts,
            Event::StartRequested { attempt } => *attempt = job.attempts + 1,
            Event::EventsProcessed { ending } => *ending = job.endings,
            _ => {}
        }
    }
    all
}

/// News by stage, decided by hand: `.` late, `!` refused, otherwise the first letter of what is next.
#[test]
fn all_news_in_all_stages() {
    let rows = [
        // StPr StNo Acc  Refu Unkn Foun NotF Stil PrSt PrOk PrFa Runs Max  KSen KFai good bad  kill
        ("being prepared", "S H ! I ! ! ! . ! ! ! ! . . . ! ! !"),
        ("sent", ". . . I S . . 3 P . W J . . . F X X"),
        ("sent, no answer", ". . . I 3 . . . P . W J . . . F X X"),
        ("sent, fate unknown", ". . S I . S Q 3 P S W J . . . F X X"),
        ("sent, fate unknown, to be killed", ". . S I . S X 3 P S X T . S S F X X"),
        ("pre-run runs", ". . . . . . . . . S W J . . . F X X"),
        ("running", ". . . . . . . . . . W . J . . F X X"),
        ("running, kill requested", ". . . . . . . . . . X . T J J F X X"),
        ("running, kill sent", ". . . . . . . . . . X . J . J F X X"),
    ];
    let states = states();
    for (name, row) in rows {
        let (_, job) = states.iter().find(|(state, _)| *state == name).unwrap();
        let expected: Vec<_> = row.split(' ').collect();
        assert_eq!(expected.len(), news().len());
        for ((what, news), expected) in news().into_iter().zip(expected) {
            let policy = policy();
            let cx = Context { policy: &policy, start_machine: None, now: minute(0) };
            let letter = match job.on(&Event::News { attempt: 1, news }, &cx) {
                Verdict::Stale => ".",
                Verdict::Illegal { .. } => "!",
                Verdict::Advance { next, .. } => match next.status() {
                    Status::StartAttempted => "S",
                    Status::StillAttemptingStart => "3",
                    Status::OnHold => "H",
                    Status::InitializationError => "I",
                    Status::PrerunActive => "P",
                    Status::PrerunFailed => "W",
                    Status::Qualifying => "Q",
                    Status::JobRunning => "J",
                    Status::JobRunningToBeTerminated => "T",
                    Status::FinishedOkProcessingEvents => "F",
                    Status::FailedProcessingEvents => "X",
                    other => panic!("{name}, {what}: {other}"),
                },
            };
            assert_eq!(letter, expected, "{name}, {what}");
        }
    }
}

#[test]
fn the_printed_table_has_every_state_with_every_event_once() {
    let page = table();
    for (name, job) in states() {
        let head = format!("### {name}: `{}`\n", job.status());
        let from = page.find(&head).unwrap_or_else(|| panic!("{name}"));
        let section = &page[from + head.len()..];
        let section = &section[..section.find("### ").unwrap_or(section.len())];
        for (what, event) in events() {
            let as_row = section.contains(&format!("\n| {what} |"));
            let changes = cell(&job, &event, &policy());
            assert_eq!(as_row, changes.is_some(), "{name}, {what}");
            if let Some(cell) = changes {
                assert!(section.contains(&format!("| {what} | {cell} |")), "{name}, {what}");
            }
            let listed = section
                .lines()
                .filter_map(|line| {
                    line.strip_prefix("Nothing changes: ").or(line.strip_prefix("Refused: "))
                })
                .flat_map(|line| line.trim_end_matches('.').split(", "))
                .collect::<Vec<_>>()
                .join(", ");
            let listed = format!(", {listed}, ").contains(&format!(", {what}, "));
            assert_ne!(as_row, listed, "{name}, {what}");
        }
    }
    assert!(page.contains("| retry, one left | exit, bad | `Wait Start Time` |"));
    assert!(page.contains("| retry, one left | exit, killed | `Failed; Processing Events` |"));
    assert!(page.contains("| recurrence, one left | exit, good | `Wait Start Time` |"));
}

#[test]
fn dependants_hear_of_an_end_when_its_events_are_processed() {
    let mut world = World::new(policy());
    world.runs();
    let effects = world.exits(0);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::TellDependants(_))));
    assert!(effects.contains(&Effect::Fire(Trigger::FinishedOk)));
    assert_eq!(world.job.ending(), None);
    assert_eq!(
        world.processed(),
        [Effect::TellDependants(Some(Ending::FinishedOk)), Effect::CountSchedule]
    );
    assert_eq!(world.job.ending(), Some(Ending::FinishedOk));
    assert_eq!(world.says(Event::EventsProcessed { ending: 1 }), Verdict::Stale);
    assert!(matches!(
        world.says(Event::EventsProcessed { ending: 2 }),
        Verdict::Illegal { why: Illegal::UnknownEnding { said: 2, last: 1 } }
    ));
}

#[test]
fn a_retry_waits_its_minutes_and_says_nothing_until_the_last() {
    let retry = Some(Retry { minutes_between: 10, maximum_attempts: 2 });
    let mut world = World::new(Policy { retry, ..policy() });
    for round in 1..=2 {
        world.runs();
        let effects = world.exits(8);
        assert!(!effects.iter().any(|e| matches!(e, Effect::Fire(_) | Effect::Notify(_))));
        assert!(effects.iter().any(|e| matches!(e, Effect::Record { .. })), "history has it");
        assert_eq!((world.shown(), world.job.retries), ("Wait Start Time", round));
        // Ten minutes have not passed, whatever a test says.
        world.now += SignedDuration::from_mins(9);
        assert_eq!(world.says(Event::Tested(Qualification::Qualified)), Verdict::Stale);
        world.now += SignedDuration::from_mins(1);
    }
    world.runs();
    let effects = world.exits(8);
    assert_eq!(world.shown(), "Failed; Processing Events");
    assert!(effects.contains(&Effect::Fire(Trigger::Failed)));
    assert!(effects.contains(&Effect::Notify(Notice::Failed)));
    world.processed();
    world.asked(Action::Restart);
    assert_eq!(world.job.retries, 0, "a restart by hand has all its retries again");
}

#[test]
fn neither_a_job_that_could_not_start_nor_a_killed_one_is_retried() {
    let retry = Some(Retry { minutes_between: 0, maximum_attempts: 9 });
    let mut world = World::new(Policy { retry, ..policy() });
    world.requested();
    world.hears(News::StartRefused);
    assert_eq!(world.shown(), "Initialization Error");
    let mut world = World::new(Policy { retry, ..policy() });
    world.runs();
    assert!(world.asked(Action::Kill).contains(&Effect::Kill { attempt: 1 }));
    assert_eq!(world.shown(), "Job Running; To be terminated");
    world.hears(News::KillSent);
    assert_eq!(world.shown(), "Job Running");
    world.exits(143);
    assert_eq!(world.shown(), "Failed; Processing Events");
}

#[test]
fn a_submission_of_unknown_outcome_is_looked_for_and_never_repeated_blindly() {
    let mut world = World::new(policy());
    world.requested();
    world.hears(News::StartPrepared);
    assert_eq!(world.hears(News::StartUnknown), [Effect::FindOut { attempt: 1 }]);
    assert_eq!(world.shown(), "Start Attempted");
    for wrong in [Event::Tested(Qualification::Qualified), Event::StartRequested { attempt: 2 }] {
        assert_eq!(world.says(wrong), Verdict::Stale);
    }
    let mut found = World { policy: policy(), ..world };
    let lost = World { job: found.job, policy: policy(), now: found.now };
    found.hears(News::StartFound);
    found.hears(News::Running);
    assert_eq!(found.shown(), "Job Running");
    let mut lost = lost;
    assert_eq!(lost.hears(News::StartNotFound), [Effect::Vacate { attempt: 1 }]);
    lost.runs();
    assert_eq!(lost.job.attempts, 2);
    let old = Event::News { attempt: 1, news: News::Exited(Exit::Code(0)) };
    assert_eq!(lost.says(old), Verdict::Stale);
    let never = Event::News { attempt: 3, news: News::Running };
    assert!(matches!(lost.says(never), Verdict::Illegal { .. }));
}

#[test]
fn a_prerun_that_fails_is_tried_again_after_180_seconds() {
    let mut world = World::new(policy());
    world.requested();
    world.hears(News::StartPrepared);
    world.hears(News::PrerunStarted);
    world.hears(News::PrerunFailed);
    assert_eq!(world.shown(), "Prerun Failed");
    let wait = Event::Tested(Qualification::Waiting(Reason::StartTime));
    assert_eq!(world.says(wait), Verdict::Stale, "the reason stays shown");
    world.now += SignedDuration::from_secs(179);
    assert_eq!(world.says(Event::Tested(Qualification::Qualified)), Verdict::Stale);
    world.now += SignedDuration::from_secs(1);
    world.runs();
    assert_eq!(world.job.attempts, 2);
}

#[test]
fn start_attempted_events_that_fail_put_the_job_on_hold_and_nothing_is_sent() {
    let mut world = World::new(policy());
    world.does(Event::Tested(Qualification::Qualified));
    let effects = world.does(Event::StartRequested { attempt: 1 });
    assert_eq!(effects, [Effect::Occupy { attempt: 1 }, Effect::PrepareStart { attempt: 1 }]);
    assert_eq!(world.hears(News::StartNotPrepared), [Effect::Vacate { attempt: 1 }]);
    assert_eq!(world.shown(), "On Hold");
}

#[test]
fn a_null_job_finishes_as_soon_as_it_qualifies_and_takes_no_slot() {
    let null = Policy { kind: Kind::Null, ..policy() };
    let mut world = World::new(null.clone());
    let effects = world.does(Event::Tested(Qualification::Qualified));
    assert_eq!(world.shown(), "Finished OK; Processing Events");
    assert!(!effects.iter().any(|e| matches!(e, Effect::Occupy { .. } | Effect::Start { .. })));
    world.processed();
    let effects = world.asked(Action::ForceRestart);
    assert_eq!(effects[..2], [Effect::TellDependants(None), Effect::ReopenSchedule]);
    assert_eq!((world.shown(), world.job.endings), ("Finished OK; Processing Events", 2));
    let repeat =
        Repeat::Restart { minutes: 5, from: RestartFrom::End, latest: None, runs: Some(2) };
    let mut world = World::new(Policy { repeat, ..null });
    world.does(Event::Tested(Qualification::Qualified));
    assert_eq!(world.shown(), "Wait Start Time");
    world.now = minute(5);
    world.does(Event::Tested(Qualification::Qualified));
    assert_eq!(world.shown(), "Finished OK; Processing Events");
}

#[test]
fn a_container_ends_as_its_subschedule_does() {
    for (failed_jobs, shown) in [(0, "Finished OK"), (2, "Failed")] {
        let mut world = World::new(Policy { kind: Kind::Container, ..policy() });
        world.runs();
        world.hears(News::Exited(Exit::Subschedule { failed_jobs }));
        world.processed();
        assert_eq!(world.shown(), shown);
        let effects = world.asked(Action::Restart);
        assert!(effects.contains(&Effect::PrepareSubschedule(SubscheduleRestart::Leave)));
    }
}
