//! Commands about definition files. They need no server.

mod arguments;
mod check;
mod eval;
mod explain;
mod find;
mod forecast;
mod import;
mod load;
mod progress;
mod read;
mod report;
mod validate;

pub(crate) use arguments::{
    CheckArguments, EvalArguments, ExplainArguments, ForecastArguments, ImportCommand,
    ValidateArguments,
};
pub(crate) use check::check;
pub(crate) use eval::eval;
pub(crate) use explain::explain;
pub(crate) use forecast::forecast;
pub(crate) use import::import;
pub(crate) use load::read_right;
pub(crate) use report::count;
pub(crate) use validate::{schema, validate};
