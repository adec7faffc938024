//! What units of work do that no other test is about.

mod limits;
mod locks;
