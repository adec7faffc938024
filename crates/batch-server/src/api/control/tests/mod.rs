//! The Control Center through the real router, on both databases.

mod bad_input;
mod completeness;
mod document;
mod job_log;
mod life_cycles;
mod logons;
mod requests;
mod world;
