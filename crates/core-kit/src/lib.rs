//! What the pure cores of the batch server and the scheduler share. No I/O, no clock.

mod nearest;
pub mod text;
pub mod zone;

pub use nearest::nearest;
