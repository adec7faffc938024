//! Frequencies: on which days jobs run (`opcon-domain 1.4`).
//!
//! A definition has a [`Rule`]. With the working days of a schedule and its calendar it becomes a
//! [`Compiled`], which answers for a date and for a stretch of time by the same code. A job [`Use`]s
//! several, in the order of their priority; [`choose`] decides which of them counts on a date, and
//! [`plan`] on many.

mod advanced;
mod candidates;
mod check;
mod choose;
mod compiled;
mod cron;
mod definition;
mod explain;
mod outcome;
mod shift;

pub use advanced::{Advanced, MonthOfYear, Overrides};
pub use choose::{
    BuildStatus, Choice, Chosen, Missing, MissingWhy, Plan, Subtraction, Use, choose, plan,
};
pub use compiled::Compiled;
pub use cron::{Cron, Start};
pub use definition::{
    AnnualPlan, Aobn, CronRule, DayType, Frequency, MidOfPeriod, OnDay, OnIntervals, OnOccurrence,
    OnRequest, PeriodEdge, Rule, Weeks,
};
pub use outcome::{
    Adjusted, DropReason, Dropped, Exclusion, Forecast, Occurrence, Reason, Verdict, Why,
};

#[cfg(test)]
mod tests;
