//! The connector against the real batch server, through a proxy that cuts, delays and swallows.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "real/conformance.rs"]
mod conformance;
#[path = "real/faults.rs"]
mod faults;
#[path = "real/jobs.rs"]
mod jobs;
#[path = "real/proxy.rs"]
mod proxy;
#[path = "real/site.rs"]
mod site;
#[path = "real/way.rs"]
mod way;
