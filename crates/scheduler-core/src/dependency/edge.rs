//! What of a predecessor satisfies what of a dependant.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::{Category, Ending, Status};

/// How a predecessor must end.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Finished OK, marked so, or skipped.
    #[default]
    FinishedOk,
    /// Failed, marked so, or not startable.
    Failed,
    /// Either of both, whatever the exit code.
    IgnoreExitCode,
}

impl Condition {
    /// Every condition.
    pub const ALL: [Self; 3] = [Self::FinishedOk, Self::Failed, Self::IgnoreExitCode];

    /// The vendor's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FinishedOk => "Finished OK",
            Self::Failed => "Failed",
            Self::IgnoreExitCode => "Ignore Exit Code",
        }
    }
}

/// What an absent predecessor means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// The dependant waits for it to be added.
    Requires,
    /// The dependant does not wait for it.
    After,
}

/// An edge of the graph of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// What an absent predecessor means.
    pub kind: EdgeKind,
    /// How a present one must end.
    pub condition: Condition,
}

/// What there is of a predecessor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Found {
    /// It is not in the daily schedule.
    Absent,
    /// It is there and has not ended, or its events are being processed.
    NotEnded,
    /// It has ended; see [`crate::job::Job::ending`].
    Ended(Ending),
}

/// What an edge says to its dependant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// Go on.
    Satisfied,
    /// Wait.
    Open,
    /// Wait, and it will not come by itself: somebody must restart or mark the predecessor.
    Dead,
}

/// What `found` means for `edge`: the whole rule.
///
/// The sources say nothing of Under Review and Fixed: both answer as the failure did that they are
/// about. A skipped predecessor satisfies whoever waits for it to be well or over, and not whoever waits
/// for its failure. One that missed its start was never over.
pub const fn settle(edge: Edge, found: Found) -> Answer {
    let ending = match (found, edge.kind) {
        (Found::Absent, EdgeKind::After) => return Answer::Satisfied,
        (Found::Absent, EdgeKind::Requires) | (Found::NotEnded, _) => return Answer::Open,
        (Found::Ended(ending), _) => ending,
    };
    let is_satisfied = match (ending, edge.condition) {
        (
            Ending::FinishedOk | Ending::MarkedFinishedOk | Ending::Skipped,
            Condition::FinishedOk | Condition::IgnoreExitCode,
        )
        | (
            Ending::Failed(_) | Ending::UnderReview(_) | Ending::Fixed(_),
            Condition::Failed | Condition::IgnoreExitCode,
        ) => true,
        (Ending::FinishedOk | Ending::MarkedFinishedOk | Ending::Skipped, Condition::Failed)
        | (Ending::Failed(_) | Ending::UnderReview(_) | Ending::Fixed(_), Condition::FinishedOk)
        | (
            Ending::Cancelled | Ending::MissedStartTime,
            Condition::FinishedOk | Condition::Failed | Condition::IgnoreExitCode,
        ) => false,
    };
    if is_satisfied { Answer::Satisfied } else { Answer::Dead }
}

/// By how much the number of unsatisfied edges of a dependant changes.
pub const fn open_change(before: Answer, after: Answer) -> i32 {
    is_open(after) - is_open(before)
}

const fn is_open(answer: Answer) -> i32 {
    match answer {
        Answer::Satisfied => 0,
        Answer::Open | Answer::Dead => 1,
    }
}

/// Whether a job that has a conflict with one in `status` must wait: from the moment that the other is
/// taken up until it has ended. Taking up tests again in the same transaction, so that of two jobs that are
/// both ready only one starts.
pub fn is_conflict(status: Status) -> bool {
    status.category() == Category::Running
}

/// Whether a build may take a job out that another one excludes: not one that runs or has ended.
pub fn is_excludable(status: Status) -> bool {
    matches!(status.category(), Category::Held | Category::Waiting)
}

/// Every kind of predecessor with every condition, as Markdown. Printed from [`settle`].
pub fn table() -> String {
    let mut out = String::from("| predecessor |");
    for kind in ["requires", "after"] {
        for condition in Condition::ALL {
            let _ = write!(out, " {kind}: {} |", condition.name());
        }
    }
    let _ = writeln!(out, "\n|---|{}", "---|".repeat(6));
    let mut rows = vec![
        ("not in the daily schedule".to_owned(), Found::Absent),
        ("has not ended".to_owned(), Found::NotEnded),
    ];
    rows.extend(Ending::ALL.map(|ending| (ending_name(ending), Found::Ended(ending))));
    for (name, found) in rows {
        let _ = write!(out, "| {name} |");
        for kind in [EdgeKind::Requires, EdgeKind::After] {
            for condition in Condition::ALL {
                let cell = match settle(Edge { kind, condition }, found) {
                    Answer::Satisfied => "**satisfied**",
                    Answer::Open => "waits",
                    Answer::Dead => "never",
                };
                let _ = write!(out, " {cell} |");
            }
        }
        out.push('\n');
    }
    out
}

fn ending_name(ending: Ending) -> String {
    let failure = match ending {
        Ending::UnderReview(failure) | Ending::Fixed(failure) => failure,
        Ending::FinishedOk
        | Ending::MarkedFinishedOk
        | Ending::Failed(_)
        | Ending::Skipped
        | Ending::Cancelled
        | Ending::MissedStartTime => return ending.status().to_string(),
    };
    format!("{}, was {}", ending.status(), Ending::Failed(failure).status())
}
