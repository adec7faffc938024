//! `amt doctor`: is everything in place? It changes nothing and starts nothing.

mod checks;
mod finding;
mod rights;
mod wire;

pub use checks::doctor;
pub use finding::{Finding, Level, Report};
