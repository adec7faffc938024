use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::escalation::{Advance, Event, State, Tell, advance};
use crate::definition::notification::EscalationStep;
use crate::name::NotificationGroupName;
use crate::text_value::TextValue as _;

fn steps(all: &[(u16, u8)]) -> Vec<EscalationStep> {
    let step = |&(after_minutes, attempts): &(u16, u8)| EscalationStep {
        group: NotificationGroupName::parse("G").unwrap(),
        after_minutes,
        attempts,
    };
    all.iter().map(step).collect()
}

fn minute(number: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(number)
}

fn told_at(number: i64) -> Event {
    Event::Told { at: minute(number) }
}

fn reached(number: i64) -> Event {
    Event::TimeReached { now: minute(number) }
}

/// Runs it by its own due times; what is told, with the minute.
fn told(steps: &[EscalationStep]) -> (Vec<(i64, usize, u8)>, State) {
    let mut all = Vec::new();
    let mut now = advance(steps, State::New, told_at(0));
    while let Some(due) = now.due {
        now = advance(steps, now.next, Event::TimeReached { now: due });
        if let Some(Tell { step, attempt }) = now.tell {
            all.push((due.as_second() / 60, step, attempt));
        }
    }
    (all, now.next)
}

#[test]
fn steps_are_told_in_their_order_with_their_waits_and_attempts() {
    let (all, end) = told(&steps(&[(30, 2), (10, 1), (60, 3)]));
    let expected = [(30, 0, 1), (60, 0, 2), (70, 1, 1), (130, 2, 1), (190, 2, 2), (250, 2, 3)];
    assert_eq!(all, expected);
    assert_eq!(end, State::Exhausted);
}

#[test]
fn a_group_without_steps_is_told_once_and_nothing_follows() {
    assert_eq!(told(&[]), (Vec::new(), State::Exhausted));
}

#[test]
fn nothing_follows_an_acknowledgement_at_any_time() {
    let steps = steps(&[(30, 2), (10, 1)]);
    let waiting = advance(&steps, State::New, told_at(0)).next;
    for state in [State::New, waiting, State::Exhausted, State::Acknowledged] {
        let after = advance(&steps, state, Event::Acknowledged);
        assert_eq!(after, Advance { next: State::Acknowledged, tell: None, due: None });
    }
    for event in [told_at(1), reached(100)] {
        let after = advance(&steps, State::Acknowledged, event);
        assert_eq!(after, Advance { next: State::Acknowledged, tell: None, due: None });
    }
}

#[test]
fn what_comes_early_or_twice_changes_nothing() {
    let steps = steps(&[(30, 1)]);
    let waiting = advance(&steps, State::New, told_at(0));
    for event in [reached(29), told_at(5)] {
        assert_eq!(advance(&steps, waiting.next, event), waiting, "{event:?}");
    }
    let new = Advance { next: State::New, tell: None, due: None };
    assert_eq!(advance(&steps, State::New, reached(100)), new);
}

#[test]
fn times_missed_while_the_scheduler_was_down_are_not_made_up_for() {
    let steps = steps(&[(30, 2), (10, 1)]);
    let waiting = advance(&steps, State::New, told_at(0)).next;
    let late = advance(&steps, waiting, reached(1000));
    assert_eq!(late.tell, Some(Tell { step: 0, attempt: 1 }));
    assert_eq!(late.due, Some(minute(1030)));
    assert_eq!(advance(&steps, late.next, reached(1000)).tell, None);
}

#[test]
fn steps_that_were_taken_away_are_passed_over() {
    let three = steps(&[(30, 3), (10, 1), (10, 1)]);
    let due = minute(0);
    let at_last = State::Waiting { step: 2, told: 0, due };
    assert_eq!(advance(&three[..1], at_last, reached(0)).next, State::Exhausted);
    // It has told twice, and one attempt is left in the definition.
    let told_twice = State::Waiting { step: 0, told: 2, due };
    let fewer = steps(&[(30, 1), (10, 1)]);
    let after = advance(&fewer, told_twice, reached(0));
    assert_eq!(after.next, State::Waiting { step: 1, told: 0, due: minute(10) });
    assert_eq!(after.tell, None);
}

#[test]
fn a_stored_state_is_read_back_as_it_was() {
    let waiting = State::Waiting { step: 3, told: 7, due: minute(5) };
    for state in [State::New, waiting, State::Acknowledged, State::Exhausted] {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state, "{text}");
    }
}

proptest! {
    #[test]
    fn every_group_is_told_exactly_as_often_as_it_should_be(
        all in prop::collection::vec((1..50u16, 0..5u8), 0..6),
        late in prop::collection::vec(0..100i64, 1..40),
    ) {
        let steps = steps(&all);
        let mut tells = Vec::new();
        let mut now = advance(&steps, State::New, told_at(0));
        let mut late = late.iter().cycle();
        while let Some(due) = now.due {
            let before = due;
            let at = due + SignedDuration::from_mins(*late.next().unwrap());
            now = advance(&steps, now.next, Event::TimeReached { now: at });
            tells.extend(now.tell.map(|Tell { step, attempt }| (step, attempt)));
            prop_assert!(now.due.is_none_or(|due| due > before && due > at));
        }
        let expected: Vec<(usize, u8)> = all
            .iter()
            .enumerate()
            .flat_map(|(step, &(_, attempts))| (1..=attempts.max(1)).map(move |n| (step, n)))
            .collect();
        prop_assert_eq!(tells, expected);
        prop_assert_eq!(now.next, State::Exhausted);
    }

    #[test]
    fn no_event_in_any_state_fails_or_tells_without_a_step(
        all in prop::collection::vec((0..2000u16, 0..200u8), 0..3),
        step in 0..5usize, told in 0..=255u8, due in -5..5i64, what in 0..3u8, at in -5..5i64,
    ) {
        let steps = steps(&all);
        let event = match what {
            0 => told_at(at),
            1 => Event::Acknowledged,
            _ => Event::TimeReached { now: if at == 4 { Timestamp::MAX } else { minute(at) } },
        };
        let states = [
            State::New,
            State::Waiting { step, told, due: minute(due) },
            State::Acknowledged,
            State::Exhausted,
        ];
        for state in states {
            let after = advance(&steps, state, event);
            prop_assert!(after.tell.is_none_or(|tell| tell.step < steps.len() && tell.attempt > 0));
            prop_assert_eq!(after.due.is_some(), matches!(after.next, State::Waiting { .. }));
        }
    }
}
