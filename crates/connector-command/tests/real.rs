//! The connector with real runners and real processes.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "real/conformance.rs"]
mod conformance;
#[path = "real/crash.rs"]
mod crash;
#[path = "real/jobs.rs"]
mod jobs;
#[path = "real/pre_run.rs"]
mod pre_run;
#[path = "real/refusals.rs"]
mod refusals;
#[path = "real/site.rs"]
mod site;
#[path = "real/users.rs"]
mod users;
#[path = "real/way.rs"]
mod way;
