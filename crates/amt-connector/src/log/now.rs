//! The time that the log shows.

use jiff::Zoned;

/// The machine's local time. Nothing is decided from it: waits are counted with a monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the log shows the machine's time; the clock of kit would bring the server's dependencies into a small program"
)]
pub fn now() -> Zoned {
    Zoned::now()
}
