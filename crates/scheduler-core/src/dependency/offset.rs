//! The date of a predecessor on another day.

use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most days of an offset, either way (`opcon-domain 1.6`).
pub const OFFSET_DAYS_MAX: i16 = 999;

/// What an offset in days counts: the server option *Job Dependency Offset Type*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OffsetRule {
    /// Days of the calendar.
    #[default]
    CalendarDays,
    /// Days on which the predecessor is there: -1 is the last time before.
    Occurrence,
}

/// The date of the predecessor of a job of `date`; none where there is no such date, so that the
/// predecessor is absent. `existing` are the dates on which the predecessor itself is in its daily schedule, in order,
/// each once: a day of the schedule without the job is no occurrence of it. Only [`OffsetRule::Occurrence`] looks at
/// them.
pub fn predecessor_date(
    rule: OffsetRule,
    date: Date,
    offset_days: i16,
    existing: &[Date],
) -> Option<Date> {
    let distance = usize::from(offset_days.unsigned_abs());
    match rule {
        _ if offset_days == 0 => Some(date),
        OffsetRule::CalendarDays => date.checked_add(i32::from(offset_days).days()).ok(),
        OffsetRule::Occurrence if offset_days < 0 => {
            let before = existing.partition_point(|one| *one < date);
            existing.get(before.checked_sub(distance)?).copied()
        }
        OffsetRule::Occurrence => {
            let after = existing.partition_point(|one| *one <= date);
            existing.get(after + distance - 1).copied()
        }
    }
}
