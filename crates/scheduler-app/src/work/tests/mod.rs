//! What units of work do that no other test is about.

mod contention;
mod limits;
mod locks;
mod meanwhile;
