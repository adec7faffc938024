//! The check of a tree against the JSON Schema: the same schema that editors complete and check with, so
//! that both find the same mistakes. Unlike a general validator it reports every mistake, each with its
//! place and the nearest valid name, and it knows the texts' own parsers by their `format`.

mod check;
mod compile;
mod shape;

#[cfg(test)]
mod tests;

pub(crate) use check::{TakenOut, check};
pub(crate) use compile::compile;
pub(crate) use shape::Schema;
