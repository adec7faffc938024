//! Definitions at work: what is stored, what files would change, and storing it.

mod apply;
mod changes;
mod load;
mod moves;
mod records;
#[cfg(test)]
mod tests;

pub(crate) use apply::NewDefinitions;
/// The kind of the definitions of notification groups.
pub(crate) const NOTIFICATION_GROUP: &str = "notification";

pub use apply::{Applied, apply, plan};
pub use changes::{Change, Changes, What};
pub use load::{Loaded, export};
pub(crate) use load::{export_revision, load};
pub use moves::{DAYS_MAX, DayMoves, JOBS_MAX, Move, Moves, Taken, moves};
pub(crate) use records::body;
