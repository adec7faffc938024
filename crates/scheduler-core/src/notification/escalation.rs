//! What follows while nobody acknowledges, as a function of what was told and when.
//!
//! It begins when a group with steps is told of something. Each step waits its minutes, tells its group, and waits and tells again, as
//! often as its attempts say; then the next step begins, with its own wait. It ends when a user acknowledges, or when there is no step left.
//!
//! Times that were missed while the scheduler was down are not made up for: what is due is told once, and the next wait begins then.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::definition::notification::EscalationStep;

/// Where an escalation is. It is stored; `step` and `told` count as the definitions did when they were last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", deny_unknown_fields)]
pub enum State {
    /// The first group has not been told yet.
    New,
    /// A step's group is told when its time comes.
    Waiting {
        /// The step, counted from 0.
        step: usize,
        /// How often its group has been told.
        told: u8,
        /// When it is told next.
        due: Timestamp,
    },
    /// A user has acknowledged. Nothing follows.
    Acknowledged,
    /// Every step's group was told as often as it should be, and nobody has acknowledged. A user still may.
    Exhausted,
}

/// What happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// The first group was told, at this time: what it is told stands in the same transaction.
    Told {
        /// When.
        at: Timestamp,
    },
    /// A user has acknowledged.
    Acknowledged,
    /// It is this time now. It may be said at any moment.
    TimeReached {
        /// Now.
        now: Timestamp,
    },
}

/// A group to be told, in the transaction that stores the new state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tell {
    /// The step, counted from 0.
    pub step: usize,
    /// The attempt, counted from 1.
    pub attempt: u8,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Advance {
    /// Its state.
    pub next: State,
    /// Who is told now.
    pub tell: Option<Tell>,
    /// When [`Event::TimeReached`] is to be said; never, for none.
    pub due: Option<Timestamp>,
}

/// What an event makes of an escalation. Every event is possible in every state; what comes late or twice changes nothing. `steps` are those of
/// the group, as they are defined now: a step that is not there any more is passed over, and no attempts at all are one.
pub fn advance(steps: &[EscalationStep], state: State, event: Event) -> Advance {
    let quiet = |next| Advance { next, tell: None, due: due(next) };
    match (state, event) {
        (State::New, Event::Told { at }) => quiet(waiting(steps, 0, 0, at)),
        (_, Event::Acknowledged) => quiet(State::Acknowledged),
        (State::Waiting { step, told, due }, Event::TimeReached { now }) if due <= now => {
            tell(steps, step, told, now)
        }
        (
            State::New | State::Waiting { .. } | State::Acknowledged | State::Exhausted,
            Event::Told { .. } | Event::TimeReached { .. },
        ) => quiet(state),
    }
}

fn tell(steps: &[EscalationStep], step: usize, told: u8, now: Timestamp) -> Advance {
    let Some(definition) = steps.get(step) else {
        return Advance { next: State::Exhausted, tell: None, due: None };
    };
    if told >= attempts(definition) {
        // Fewer attempts are defined than when this wait began: it is the wait of the next step.
        let next = waiting(steps, step.saturating_add(1), 0, now);
        return Advance { next, tell: None, due: due(next) };
    }
    let told = told.saturating_add(1);
    let next = if told < attempts(definition) {
        waiting(steps, step, told, now)
    } else {
        waiting(steps, step.saturating_add(1), 0, now)
    };
    Advance { next, tell: Some(Tell { step, attempt: told }), due: due(next) }
}

fn waiting(steps: &[EscalationStep], step: usize, told: u8, from: Timestamp) -> State {
    let Some(definition) = steps.get(step) else { return State::Exhausted };
    let wait = SignedDuration::from_mins(definition.after_minutes.into());
    let due = from.checked_add(wait).unwrap_or(Timestamp::MAX);
    State::Waiting { step, told, due }
}

fn attempts(step: &EscalationStep) -> u8 {
    step.attempts.max(1)
}

fn due(state: State) -> Option<Timestamp> {
    match state {
        State::Waiting { due, .. } => Some(due),
        State::New | State::Acknowledged | State::Exhausted => None,
    }
}
