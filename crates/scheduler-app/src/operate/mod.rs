//! What operators do: to jobs, to schedules, to the scheduler as a whole. Each action is authorised, decided by the core, and
//! written to the audit with the status before and after.

mod add;
mod job;
mod limit;
mod pause;
mod schedule;
#[cfg(test)]
mod tests;

pub use add::add_job;
pub(crate) use job::is_restart;
pub use job::{JobPlace, find_job, job};
pub use limit::{set_resource, set_threshold};
pub use pause::{pause, resume};
pub use schedule::{find_schedule, schedule};
