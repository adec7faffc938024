//! What happens on the way between a connector and its target, and which of it a harness can make happen.

use std::fmt;

use super::{Harness, Kept, ensure};
use crate::call::CallKind;

/// What becomes of the exchanges of a connector with its target. An exchange is what the two send each other for one call: a request and
/// its answer, a line and its reply, a program that is started and says so. A call may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WayFault {
    /// The answer comes later, and well within the connector's own limit.
    Slow,
    /// Nothing arrives, and what stands before the target answers an error: HTTP 500, or what the connector has for that.
    ServerError,
    /// The target does what it is asked for, and its answer is replaced by such an error.
    ErrorAfter,
    /// The target does what it is asked for, and the connection ends before its answer.
    LostReply,
    /// The request arrives twice at the same time, and both answers come back.
    Twice,
    /// Nothing arrives until the way is healed; then it does, late, whether somebody still waits or not.
    HangBefore,
    /// The target does what it is asked for, and its answer comes when the way is healed.
    HangAfter,
    /// Down and up in turn: the first exchange does not arrive and its connection ends, the second one is as ever, and so on.
    Flapping,
}

impl WayFault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Slow,
        Self::ServerError,
        Self::ErrorAfter,
        Self::LostReply,
        Self::Twice,
        Self::HangBefore,
        Self::HangAfter,
        Self::Flapping,
    ];

    /// Whether a call may end only when its caller gives it up.
    pub fn hangs(self) -> bool {
        matches!(self, Self::HangBefore | Self::HangAfter)
    }

    /// Whether a connector has every right answer at hand, so that its own must be right as well.
    pub(super) fn is_harmless(self) -> bool {
        matches!(self, Self::Slow | Self::Twice)
    }

    /// Whether the target has done what it was asked for, and only the answer is missing.
    pub(super) fn is_after_accept(self) -> bool {
        matches!(self, Self::ErrorAfter | Self::LostReply | Self::HangAfter)
    }
}

/// The calls that the rules make over a faulty way. Reading a log stands for listing the logs too.
pub const CALLS: [CallKind; 5] =
    [CallKind::Start, CallKind::Find, CallKind::Watch, CallKind::Cancel, CallKind::ReadLog];

/// Which faults of the way the rules exercise with a harness, and which it cannot produce.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Those that calls suffer. A rule is broken where one of them never happens.
    pub exercised: Vec<(WayFault, CallKind)>,
    /// Those that are left out, and why.
    pub left_out: Vec<(WayFault, CallKind, &'static str)>,
}

impl Coverage {
    /// What a harness says of itself.
    pub fn of(harness: &dyn Harness) -> Self {
        let mut coverage = Self::default();
        for during in CALLS {
            for fault in WayFault::ALL {
                match harness.can_suffer(fault, during) {
                    Ok(()) => coverage.exercised.push((fault, during)),
                    Err(why) => coverage.left_out.push((fault, during, why)),
                }
            }
        }
        coverage
    }

    /// How many different faults happen at all, of [`WayFault::ALL`].
    pub fn kinds(&self) -> usize {
        let happens = |fault: &WayFault| self.exercised.iter().any(|(found, _)| found == fault);
        WayFault::ALL.iter().filter(|fault| happens(fault)).count()
    }
}

/// A line for each call, then a line for each reason why something is left out.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = CALLS.len() * WayFault::ALL.len();
        let (count, kinds) = (self.exercised.len(), self.kinds());
        writeln!(f, "{count} of {all} faults of the way are exercised, {kinds} kinds of them")?;
        for during in CALLS {
            let faults = self.exercised.iter().filter(|(_, call)| *call == during);
            let faults: Vec<_> = faults.map(|(fault, _)| format!("{fault:?}")).collect();
            writeln!(f, "  {during:?}: {}", faults.join(", "))?;
        }
        for (fault, during, why) in &self.left_out {
            writeln!(f, "  not {fault:?} during {during:?}: {why}")?;
        }
        Ok(())
    }
}

pub(super) async fn faults_that_are_left_out_have_a_reason(harness: &dyn Harness) -> Kept {
    let coverage = Coverage::of(harness);
    println!("{coverage}");
    for (fault, during, why) in &coverage.left_out {
        ensure!(!why.is_empty(), "{fault:?} during {during:?} is left out, and nobody knows why");
    }
    Ok(())
}
