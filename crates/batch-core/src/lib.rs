//! The decisions of the batch server: request states, queue windows, schedules, scripts. No I/O, no clock.

pub mod accept_file;
pub mod environment;
pub mod names;
pub mod parameters;
pub mod path_map;
pub mod queue;
pub mod report_frame;
pub mod request;
pub mod rights;
pub mod schedule;
pub mod script;

use core_kit::text;
pub use core_kit::zone;
