//! What must be true, whatever happens. Each file is one rule, by definitions as they were written and by what the agents
//! know, and not by the code that is tested.

mod audit;
mod counters;
mod ends;
mod lost;
mod outcomes;
mod predecessors;
mod starts;
mod terminal;

use std::collections::BTreeSet;

pub(crate) use audit::chain;
pub(crate) use counters::counters;
pub(crate) use lost::{cared_for, lost};

use crate::link::Link;
use crate::mirror::{Changes, Mirror};

/// Everything is as it must be, or what is not.
pub(crate) type Checked = Result<(), String>;

/// What a step has done, as far as rules ask for it.
#[derive(Debug)]
pub(crate) struct Step<'s> {
    pub(crate) mirror: &'s Mirror,
    pub(crate) changes: &'s Changes,
    pub(crate) link: &'s Link,
    /// The time, in microseconds.
    pub(crate) now: i64,
    /// Whether all starts were stopped before it.
    pub(crate) was_paused: bool,
    /// The daily job about which an operator has asked for something.
    pub(crate) asked: Option<i64>,
    /// Whether that was to declare it over.
    pub(crate) is_declared: bool,
    /// Schedules and jobs at which the events are aimed that may have been performed.
    pub(crate) events: Option<&'s BTreeSet<(String, String)>>,
    /// Daily jobs whose start was asked for, whatever they wait for.
    pub(crate) forced: &'s BTreeSet<i64>,
    /// Names this installation in the keys of attempts.
    pub(crate) instance: &'s str,
}

impl Step<'_> {
    /// The key of an attempt.
    pub(crate) fn key(&self, (job, number): (i64, i64)) -> connector::AttemptKey {
        key(self.instance, job, number)
    }
}

/// The key of an attempt, as agents get it.
pub(crate) fn key(instance: &str, job: i64, number: i64) -> connector::AttemptKey {
    let text = format!("rm-{instance}-{job}-{number}");
    text.parse().unwrap_or_else(|why| panic!("{why}"))
}

/// The rules that are looked at after each step.
pub(crate) fn after(step: &Step<'_>) -> Checked {
    if let Some(wrong) = step.link.with_book(crate::book::Book::take_wrong) {
        return Err(wrong);
    }
    ends::check(step)?;
    starts::check(step)?;
    terminal::check(step)?;
    outcomes::check(step)
}
