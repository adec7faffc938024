//! The decisions of the scheduler: calendars, frequencies, dependencies, properties, events, states,
//! planning. No I/O, no clock, no randomness, no async: everything is a function of its arguments.

pub mod action;
pub mod calendar;
pub mod check;
pub mod criteria;
pub mod definition;
pub mod dependency;
pub mod event;
pub mod expression;
pub mod frequency;
pub mod job;
pub mod leap;
mod loops;
pub mod machine;
pub mod model;
pub mod name;
pub mod notification;
pub mod path;
pub mod plan;
pub mod problem;
pub mod property;
pub mod schedule;
#[cfg(test)]
mod testing;
pub mod text_value;
pub mod time;
