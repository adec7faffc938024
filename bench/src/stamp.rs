//! A job that says when it ran.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Prints the wall clock in microseconds, as the last thing this process does.
pub(crate) fn print() {
    println!("{}", now_micros());
}

/// The wall clock in microseconds since 1970.
pub(crate) fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
