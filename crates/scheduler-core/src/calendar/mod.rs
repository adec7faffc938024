//! Days: calendars, weeks, periods, and which days a schedule works on (`opcon-domain 1.2, 1.4, 1.5`).

mod date_set;
mod day_number;
mod definition;
mod months;
mod period;
mod weekdays;
mod working_days;

pub use date_set::DateSet;
pub use day_number::DayNumber;
pub use definition::{Calendar, DateSpan};
pub(crate) use months::{MONTHS, month_number};
pub use period::Period;
pub use weekdays::{DayOfWeek, Weekdays};
pub use working_days::{SEARCH_DAYS_MAX, WorkingDays};
