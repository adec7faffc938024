//! Who may do what: rights, the jobs of a role, and the lock after failed logons (`amt-domain 11`).

mod lockout;
mod right;
mod role_jobs;

pub use lockout::{Lockout, after_failed_logon};
pub use right::{Right, Rights, UnknownRight};
pub use role_jobs::{RoleJobs, may_use_job, may_use_script};
