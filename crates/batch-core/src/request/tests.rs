use super::table::events;
use super::*;
use amt_protocol::{CodeClass, CompletionCode};
use proptest::prelude::*;

fn running(kind: StartKind) -> Lifecycle {
    Lifecycle {
        state: State::Running(kind, Activity::Working),
        ending: Ending::None,
        has_critical_point: false,
        restarts: 0,
        restarts_max: 5,
    }
}

fn after(lifecycle: Lifecycle, event: Event) -> Lifecycle {
    match lifecycle.on(event) {
        Verdict::Advance(Change { state, ending, restarts }) => {
            Lifecycle { state, ending, restarts, ..lifecycle }
        }
        Verdict::Stale | Verdict::Refused(_) => lifecycle,
    }
}

fn exit(code: i32) -> Event {
    Event::Exited { exit: Exit::Code(code), within_grace: true }
}

#[test]
fn exit_code_decides_when_nobody_asked() {
    assert_eq!(after(running(StartKind::Normal), exit(0)).state.code(), CompletionCode::Done);
    assert_eq!(after(running(StartKind::Normal), exit(7)).state.code(), CompletionCode::Error);
}

#[test]
fn a_stop_ends_done_only_with_zero_within_the_grace() {
    let stopped = after(running(StartKind::Normal), Event::Stop);
    assert_eq!(after(stopped, exit(0)).state.code(), CompletionCode::Done);
    assert_eq!(after(stopped, exit(1)).state.code(), CompletionCode::Aborted);
    let late = Event::Exited { exit: Exit::Code(0), within_grace: false };
    assert_eq!(after(stopped, late).state.code(), CompletionCode::Aborted);
}

#[test]
fn a_kill_wins_over_everything_asked_before_or_after() {
    for first in [Event::Stop, Event::Abort { recover: true, restart: true }] {
        let killed = after(after(running(StartKind::Normal), first), Event::Kill);
        assert_eq!(after(after(killed, first), exit(0)).state.code(), CompletionCode::Killed);
    }
}

#[test]
fn a_crash_after_a_save_point_restarts_five_times_and_then_ends_in_error() {
    let mut lifecycle = Lifecycle { has_critical_point: true, ..running(StartKind::Normal) };
    for restart in 1..=5 {
        lifecycle = after(lifecycle, exit(1));
        assert_eq!(lifecycle.state.code(), CompletionCode::RecoverCp, "restart {restart}");
        lifecycle = after(lifecycle, Event::Claimed);
        assert_eq!(lifecycle.state.code(), CompletionCode::RecoverCp, "running restart {restart}");
    }
    assert_eq!(after(lifecycle, exit(1)).state.code(), CompletionCode::Error);
}

#[test]
fn a_lost_run_is_never_run_again_even_with_a_critical_point() {
    let lifecycle = Lifecycle { has_critical_point: true, ..running(StartKind::Normal) };
    assert_eq!(after(lifecycle, Event::Lost).state, State::Ended(FinalCode::Error));
}

#[test]
fn every_live_code_of_the_interface_has_a_state() {
    let mut seen: Vec<_> = [State::Held, State::OutsideWindow, State::Suspended]
        .into_iter()
        .chain(StartKind::ALL.iter().map(|&kind| State::Queued(kind)))
        .chain(StartKind::ALL.iter().flat_map(|&kind| {
            Activity::ALL.iter().map(move |&activity| State::Running(kind, activity))
        }))
        .map(State::code)
        .collect();
    seen.sort_unstable();
    seen.dedup();
    let live: Vec<_> =
        CompletionCode::ALL.into_iter().filter(|code| code.class() == CodeClass::Live).collect();
    assert_eq!(seen, live);
}

#[test]
fn columns_read_back_and_damage_is_refused() {
    for state in [State::Held, State::Queued(StartKind::Recover), State::Ended(FinalCode::Error)] {
        let (kind, code) = match state {
            State::Queued(kind) => (kind, None),
            State::Ended(code) => (StartKind::Normal, Some(i64::from(code.code().number()))),
            _ => (StartKind::Normal, None),
        };
        let read = State::from_columns(state.as_str(), kind.as_str(), "working", code);
        assert_eq!(read, Ok(state));
    }
    assert!(State::from_columns("running", "normal", "dancing", None).is_err());
    assert!(State::from_columns("ended", "normal", "working", None).is_err());
    assert!(State::from_columns("running", "normal", "working", Some(4)).is_err());
    assert!(State::from_columns("ended", "normal", "working", Some(2)).is_err());
}

fn any_event() -> impl Strategy<Value = Event> {
    let all: Vec<_> = events().into_iter().map(|(_, event)| event).collect();
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn whatever_happens_the_end_stays_and_restarts_are_bounded(
        events in prop::collection::vec(any_event(), 1..60),
        has_critical_point: bool,
    ) {
        let mut lifecycle = Lifecycle {
            state: State::Queued(StartKind::Normal),
            has_critical_point,
            ..running(StartKind::Normal)
        };
        for event in events {
            let next = after(lifecycle, event);
            if lifecycle.state.is_ended() {
                prop_assert_eq!(next.state, lifecycle.state);
            }
            if next.state.is_running() && !lifecycle.state.is_running() {
                prop_assert_eq!(event, Event::Claimed);
            }
            if lifecycle.ending == Ending::Kill && next.state.is_ended() {
                prop_assert_eq!(next.state, State::Ended(FinalCode::Killed));
            }
            prop_assert!(next.restarts <= next.restarts_max);
            lifecycle = next;
        }
    }
}
