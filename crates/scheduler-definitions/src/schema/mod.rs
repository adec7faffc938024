//! The check of a tree against the JSON Schema: the same schema that editors complete and check with. A keyword that
//! it does not know is refused when the schema is compiled, so it passes nothing over that they check. Unlike a general
//! validator it reports every mistake, each with its place and the nearest valid name, and it knows the texts' own
//! parsers by their `format`, of which editors see a pattern at most.

mod check;
mod compile;
mod shape;

#[cfg(test)]
mod tests;

pub(crate) use check::{TakenOut, check};
pub(crate) use compile::compile;
pub(crate) use shape::Schema;
