//! Tests of the crate from outside, with real processes where there are some in play.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod fake;
mod fake_conformance;
mod faults;
mod folder;
mod guide;
mod harnessed;
mod liars;
mod plug_in_conformance;
mod process;
mod suite;
