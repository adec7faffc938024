//! The batch server's own scheduler: when a schedule starts its job (`amt-domain 10`).

mod days;
mod punctuality;
mod repeat;
mod starts;

pub use days::{BadDays, MonthDays, Weekdays};
pub use punctuality::{Punctuality, missed};
pub use repeat::{BadRepeat, Repeat};
pub use starts::{Schedule, Starts};
