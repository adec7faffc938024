//! One run of `amt`: start, stop, kill or resume, to the exit code.

mod act;
mod begin;
mod block;
mod deliver;
mod feed;
mod finish;
mod interrupt;
mod job;
pub(crate) mod setup;
mod start;
mod wait;
mod watch;

pub use job::run;
pub use setup::{Setup, SetupError, load, prepare};
pub use watch::{Pace, Remark, Sight, Step, Watch};
