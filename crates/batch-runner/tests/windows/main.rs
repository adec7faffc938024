//! The runner on Windows, started for real. `cargo xtask windows` builds these tests and runs them under wine.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod claim;
mod ends;
mod kill;
