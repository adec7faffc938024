//! How large an expression may be. [`crate::property::limits`] bounds what it may do.

/// Longest expression, in bytes.
pub const EXPRESSION_BYTES_MAX: usize = 64 * 1024;

/// Operands, operators and calls of one expression.
pub const NODES_MAX: usize = 10_000;

/// How deep parentheses and calls may stand in one another.
pub const NESTING_MAX: usize = 64;

/// Significant digits of a number as text: "the result will never exceed 15 numbers".
pub const DIGITS: usize = 15;

/// Two numbers, one of them floating point, are equal when they differ by less than this part of the
/// larger one: 0.001 %.
pub const TOLERANCE: f64 = 0.000_01;
