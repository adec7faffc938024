//! Definitions at work: what is stored, what files would change, and storing it.

mod apply;
mod changes;
mod load;
mod records;
#[cfg(test)]
mod tests;

pub use apply::{Applied, apply, plan};
pub use changes::{Change, Changes, What};
pub(crate) use load::load;
pub use load::{Loaded, export};
pub(crate) use records::body;
