//! Random sequences of events break no invariant. The world outside is modelled by what effects it was given,
//! never by the state of the job.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::table::{events, policy};
use super::*;
use crate::action::{Action, StartMachine};

/// What the outside world knows.
#[derive(Default)]
struct Outside {
    occupied: BTreeSet<u32>,
    ever_occupied: BTreeSet<u32>,
    started: BTreeSet<u32>,
    /// Ends of attempts: each has one.
    vacated: BTreeMap<u32, u32>,
    killed: BTreeSet<u32>,
    /// Attempts whose events were processed with the run.
    run_events: BTreeSet<u32>,
    told: Option<Ending>,
    processing: Option<u32>,
}

impl Outside {
    fn performs(&mut self, effect: Effect, job: &Job) -> Result<(), TestCaseError> {
        match effect {
            Effect::Occupy { attempt } => {
                prop_assert!(self.occupied.is_empty(), "nothing is taken up while one is live");
                prop_assert!(self.ever_occupied.iter().all(|before| *before < attempt));
                self.occupied.insert(attempt);
                self.ever_occupied.insert(attempt);
            }
            Effect::Start { attempt } => {
                prop_assert!(self.occupied.contains(&attempt), "only what is taken up starts");
                prop_assert!(self.started.insert(attempt), "a number is started once");
                let is_live = job.live().is_some_and(|live| live.attempt == attempt);
                prop_assert!(is_live);
            }
            Effect::Vacate { attempt } => {
                prop_assert!(self.occupied.remove(&attempt), "given back once");
                *self.vacated.entry(attempt).or_default() += 1;
            }
            Effect::Kill { attempt } => {
                prop_assert!(self.started.contains(&attempt), "only what was sent is killed");
                self.killed.insert(attempt);
            }
            Effect::TellDependants(ending) => {
                prop_assert!(
                    ending.is_some() || self.told.is_some(),
                    "only what was told is taken back"
                );
                self.told = ending;
            }
            Effect::ProcessEvents { ending } => {
                prop_assert_eq!(self.processing, None);
                self.processing = Some(ending);
            }
            Effect::ProcessRunEvents { attempt } => {
                prop_assert_eq!(attempt, job.attempts, "of the run that has just ended");
                prop_assert!(self.run_events.insert(attempt), "once for each run");
                prop_assert!(job.not_before.is_some(), "and only when it runs again");
            }
            Effect::PrepareStart { .. }
            | Effect::FindOut { .. }
            | Effect::StopFollowing { .. }
            | Effect::PrepareSubschedule(_)
            | Effect::Fire(_)
            | Effect::Record { .. }
            | Effect::CountSchedule
            | Effect::ReopenSchedule
            | Effect::Notify(_) => {}
        }
        Ok(())
    }
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let retry = prop_oneof![
        Just(None),
        (0..3u16, 1..4u16).prop_map(|(minutes_between, maximum_attempts)| {
            Some(Retry { minutes_between, maximum_attempts })
        })
    ];
    let minute = |m: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(m);
    let repeat = prop_oneof![
        Just(Repeat::None),
        Just(Repeat::Restart { minutes: 2, from: RestartFrom::End, latest: None, runs: Some(3) }),
        any::<bool>().prop_map(move |skips| Repeat::Instances {
            times: (0..5).map(|n| minute(n * 7)).collect(),
            on_overlap: if skips { OnOverlap::Skip } else { OnOverlap::StartOnCompletion },
        }),
    ];
    let kind = prop::sample::select(vec![Kind::Task, Kind::Task, Kind::Container, Kind::Null]);
    (retry, repeat, kind).prop_map(|(retry, repeat, kind)| Policy {
        kind,
        retry,
        repeat,
        ..policy()
    })
}

/// What happens: which event, for which number relative to the last one, after how many minutes. Half of the
/// time the event is one that moves the job on, or few sequences would get far.
fn any_step() -> impl Strategy<Value = (Event, i64, i64)> {
    let all: Vec<_> = events().into_iter().map(|(_, event)| event).collect();
    let forward: Vec<_> = events()
        .into_iter()
        .filter(|(name, _)| {
            [
                "test: qualified",
                "start requested",
                "start prepared",
                "runs",
                "exit, bad",
                "exit, good",
                "events processed",
                "built, released",
            ]
            .contains(&name.as_str())
        })
        .map(|(_, event)| event)
        .collect();
    let event = prop_oneof![prop::sample::select(all), prop::sample::select(forward)];
    let behind = prop_oneof![9 => Just(0i64), 1 => -1..2i64];
    (event, behind, 0..3i64)
}

/// The same event about the number that the job is at.
fn about(event: Event, job: &Job, behind: i64) -> Event {
    let near = |number: u32| u32::try_from(i64::from(number) + behind).unwrap_or(0);
    match event {
        Event::News { news, .. } => Event::News { attempt: near(job.attempts), news },
        Event::StartRequested { .. } => Event::StartRequested { attempt: near(job.attempts + 1) },
        Event::EventsProcessed { .. } => Event::EventsProcessed { ending: near(job.endings) },
        Event::Built(_)
        | Event::Tested(_)
        | Event::LateToStart
        | Event::LateToFinish
        | Event::Asked { .. }
        | Event::Rescheduled { .. } => event,
    }
}

fn is_restart(event: Event) -> bool {
    match event {
        Event::Asked { action, .. } => matches!(
            action,
            Action::Restart
                | Action::RestartOnHold
                | Action::ForceRestart
                | Action::Start
                | Action::Skip
                | Action::Cancel
                | Action::MarkFinishedOk
                | Action::MarkFailed
                | Action::MarkUnderReview
                | Action::MarkFixed
        ),
        Event::Rescheduled { .. } => true,
        Event::Built(_)
        | Event::Tested(_)
        | Event::StartRequested { .. }
        | Event::News { .. }
        | Event::LateToStart
        | Event::LateToFinish
        | Event::EventsProcessed { .. } => false,
    }
}

/// Lets everything happen and checks after each step; `seen` gets the statuses that were reached.
fn run(
    policy: &Policy,
    steps: &[(Event, i64, i64)],
    seen: &mut BTreeSet<Status>,
) -> Result<(), TestCaseError> {
    let (mut job, mut outside) = (Job::new(), Outside::default());
    let mut now = Timestamp::UNIX_EPOCH;
    for &(event, behind, minutes) in steps {
        now += SignedDuration::from_mins(minutes);
        let event = about(event, &job, behind);
        let cx = Context { policy, start_machine: Some(StartMachine { allows_kill: true }), now };
        let Verdict::Advance { next, effects } = job.on(&event, &cx) else { continue };
        prop_assert!(next.attempts >= job.attempts && next.attempts <= job.attempts + 1);
        prop_assert!(next.endings >= job.endings);
        let not_before = job.not_before;
        for effect in effects {
            if let Effect::Occupy { .. } = effect {
                let is_wanted = matches!(event, Event::StartRequested { .. });
                prop_assert!(is_wanted && job.state == State::Ready, "only what is ready starts");
            }
            outside.performs(effect, &next)?;
        }
        if next.state == State::Ready && !next.is_forced {
            prop_assert!(not_before.is_none_or(|at| at <= now), "no try before its time");
        }
        if let State::Ended { ending: Ending::Skipped, .. } = next.state {
            prop_assert!(not_before.is_none_or(|at| at <= now), "no skip before its time");
        }
        if let (State::Ended { .. }, State::Ended { .. }) = (job.state, next.state) {
            let is_processed = matches!(event, Event::EventsProcessed { .. });
            prop_assert!(is_restart(event) || is_processed, "{event:?}");
        } else if let State::Ended { .. } = job.state {
            prop_assert!(is_restart(event), "ended stays ended: {event:?}");
        }
        if let Event::EventsProcessed { .. } = event {
            outside.processing = None;
        }
        // Slots are held exactly while an attempt is live.
        let held: Vec<_> = outside.occupied.iter().copied().collect();
        let live: Vec<_> = next.live().iter().map(|live| live.attempt).collect();
        prop_assert_eq!(held, live);
        if let Some(live) = job.live()
            && outside.killed.contains(&live.attempt)
            && live.kill != Kill::None
            && next.live().is_none()
        {
            prop_assert!(matches!(next.state, State::Ended { .. }), "a killed job starts nothing");
        }
        match next.state {
            State::Ended { ending, is_processing: false, .. } => {
                prop_assert_eq!(outside.told, Some(ending));
            }
            State::Ended { is_processing: true, .. } => {}
            _ => prop_assert_eq!(outside.told, None),
        }
        seen.insert(next.status());
        job = next;
    }
    for attempt in &outside.started {
        let ends = outside.vacated.get(attempt).copied().unwrap_or(0);
        let is_live = job.live().is_some_and(|live| live.attempt == *attempt);
        prop_assert_eq!(ends + u32::from(is_live), 1, "each start has one end");
    }
    if let Some(retry) = policy.retry {
        prop_assert!(job.retries <= retry.maximum_attempts);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(2_000),
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_events_break_no_invariant(
        policy in any_policy(),
        steps in prop::collection::vec(any_step(), 1..120),
    ) {
        run(&policy, &steps, &mut BTreeSet::new())?;
    }
}

/// The sequences go deep enough to mean something.
#[test]
fn random_sequences_reach_every_status_but_the_reasons_that_no_sample_gives() {
    let mut runner = TestRunner::deterministic();
    let (mut seen, steps) = (BTreeSet::new(), prop::collection::vec(any_step(), 120));
    for _ in 0..1_500 {
        let policy = any_policy().new_tree(&mut runner).unwrap().current();
        let steps = steps.new_tree(&mut runner).unwrap().current();
        run(&policy, &steps, &mut seen).unwrap();
    }
    let missing: Vec<_> = Status::ALL.iter().filter(|status| !seen.contains(status)).collect();
    let expected = [
        Status::UnderConstruction,
        Status::WaitJobConflict,
        Status::WaitThresholdResourceDependency,
        Status::WaitExpressionDependency,
    ];
    assert_eq!(missing, expected.iter().collect::<Vec<_>>());
}
