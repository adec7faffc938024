//! Expressions over properties: `[[=ToInt([[Count]]) + 1]]` in texts, bare in expression dependencies
//! (`opcon-domain 1.9`).
//!
//! An expression has booleans, numbers (64-bit integers and floating point) and strings; a token in it
//! is always a string. Nothing is stored here: assignments come out as a list.
//!
//! All tokens of an expression are resolved before anything is calculated, so a property that does not
//! exist is always a mistake. `&&` and `||` then do not calculate their right side when the left side
//! decides.

mod evaluate;
mod function;
mod function_convert;
mod function_text;
mod function_time;
pub mod limits;
mod operator;
mod parse;
mod text;
mod value;

pub use evaluate::{Condition, Evaluation, evaluate, evaluate_condition};
pub use function::{FUNCTIONS, Function, functions_table};
pub use operator::{LEVELS, Operator, operators_table};
pub use text::ExpressionText;
pub use value::Value;

pub(crate) use evaluate::run;
pub(crate) use parse::Program;

use crate::property::{Problems, Reference, collect};

/// Reads an expression without calculating it, for the check of definitions.
///
/// # Errors
/// The first mistake in it.
pub fn check(text: &str) -> Result<(), Problems> {
    Program::parse(text).map(|_| ()).map_err(|fault| Problems::one(text, fault))
}

/// The properties whose values an expression takes, as far as they are written out. Those that it sets are not among
/// them.
///
/// # Errors
/// The first mistake in it.
pub(crate) fn references(text: &str) -> Result<Vec<Reference>, Problems> {
    let program = Program::parse(text).map_err(|fault| Problems::one(text, fault))?;
    let mut found = Vec::new();
    program.texts().for_each(|parts| collect(parts, &mut found));
    Ok(found.into_iter().map(|(_, reference)| reference).collect())
}
