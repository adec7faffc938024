//! Definitions.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Definitions that are compared with those of the server, or stored. `D` is their type: a JSON value would lose their order, which
/// is part of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply<D> {
    /// All of them: what is left out is removed.
    pub definitions: D,
    /// The revision on which a plan was based; any other one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_revision: Option<i64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Dates from today on of which a plan says which jobs move, 1 to 31; 2 if left out. Storing looks at none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
}

/// What definitions change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The revision that is current: before the change for a plan, after it for what was stored.
    pub revision: i64,
    /// What differs.
    pub changes: Vec<Changed>,
    /// Whether the order of definitions differs.
    pub is_moved: bool,
    /// Which jobs of the coming days move; null for what was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<Moves>,
}

/// Which jobs of the coming days definitions move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// Each date that was compared, in order, today first.
    pub days: Vec<DayMoves>,
    /// Jobs that appear, vanish or change, by date; 10,000 at most, the rest is counted in `days`.
    pub jobs: Vec<Move>,
}

/// How many jobs of a date move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayMoves {
    /// The date.
    pub date: Date,
    /// Jobs that are there by the new definitions alone.
    pub appear: usize,
    /// Jobs that are there by the stored definitions alone.
    pub vanish: usize,
    /// Jobs that start, or are expected, at another time, or wait for others.
    pub change: usize,
}

/// A job that moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The date.
    pub date: Date,
    /// Its daily schedule.
    pub schedule: String,
    /// Its name.
    pub job: String,
    /// The zone of its times.
    pub time_zone: String,
    /// How it is by the stored definitions; null where it appears.
    pub before: Option<Place>,
    /// How it is by the new ones; null where it vanishes.
    pub after: Option<Place>,
    /// What it waits for no longer, such as `requires Night/Load`.
    pub no_longer: Vec<String>,
    /// What it waits for from now on.
    pub newly: Vec<String>,
    /// `built`: the date is built and stays as it is until it is built anew; `automatic`: when automatic build builds it, at
    /// `taken_at`; `by_hand`: when somebody builds it; `gone`: the schedule is defined no more.
    pub taken: String,
    /// When automatic build builds the date.
    pub taken_at: Option<Timestamp>,
}

/// The place of a job in its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// When it may start at the earliest.
    pub start: Timestamp,
    /// When it is expected to start, by what it waits for; null for never.
    pub expected: Option<Timestamp>,
    /// After this it is not started any more; null for no limit.
    pub latest: Option<Timestamp>,
    /// Its further runs.
    pub further: Vec<Timestamp>,
    /// `released`, `on_hold` or `to_be_skipped`.
    pub built: String,
}

/// A definition that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// `added`, `changed` or `removed`.
    pub what: String,
    /// The kind of definition, such as `job`.
    pub kind: String,
    /// Its name; of a job with that of its schedule before it.
    pub name: String,
    /// The fields that differ, of one that was changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}
