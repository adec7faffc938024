//! Names that refer to something, and whether it is there. Dependencies between jobs are resolved by the
//! model, which needs them anyway.

mod access;
mod agents;
mod containers;
mod events;
mod hints;
mod instances;
mod jobs;
mod lookup;
mod notifications;
mod properties;
mod schedules;
mod spelling;
#[cfg(test)]
mod tests;
mod texts;

pub use hints::Hints;
pub use lookup::Lookup;

use super::{Definitions, Problem};

/// Everything that refers to something that is not there or is of the wrong kind.
pub fn check(definitions: &Definitions) -> Vec<Problem> {
    let mut lookup = Lookup::new(definitions);
    agents::check(&mut lookup);
    access::check(&mut lookup);
    notifications::check(&mut lookup);
    schedules::check(&mut lookup);
    properties::check(&mut lookup);
    texts::of_notifications(&mut lookup);
    events::check(&mut lookup);
    containers::check(&mut lookup);
    spelling::check(&mut lookup);
    lookup.problems
}
