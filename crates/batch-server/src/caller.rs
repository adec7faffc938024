//! Who asks.

use std::collections::HashSet;
use std::sync::Arc;

use batch_core::rights::{Right, Rights};

use crate::error::{Error, Result};

/// A logged-on API user with everything that decides what it may do. Use cases take it first and authorise themselves.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The user.
    pub(crate) user_id: i64,
    /// Its name, for audit columns.
    pub(crate) name: String,
    /// The station that an administrator has given it (`amt-domain 11.2`, *Predefined*).
    pub(crate) station: Option<String>,
    /// The token of this logon.
    pub(crate) token_id: i64,
    /// Rights of all its roles together.
    pub(crate) rights: Rights,
    /// Whether one of its roles shows all jobs, or lets it administer.
    pub(crate) sees_all_jobs: bool,
    /// The jobs that its roles list.
    pub(crate) jobs: Arc<HashSet<i64>>,
}

impl Caller {
    /// Fails unless one of the caller's roles has the right.
    pub(crate) fn require(&self, right: Right) -> Result<()> {
        if self.rights.allows(right) { Ok(()) } else { Err(Error::Forbidden(describe(right))) }
    }

    /// Whether the caller may see and use a job. Ad-hoc scripts (no job) are for roles that show all jobs.
    pub(crate) fn may_use(&self, job_id: Option<i64>) -> bool {
        self.sees_all_jobs || job_id.is_some_and(|id| self.jobs.contains(&id))
    }
}

/// Completes "you may not …".
const fn describe(right: Right) -> &'static str {
    match right {
        Right::Submit => "submit job requests: ask for a role with the right `submit`",
        Right::Monitor => "see this: ask for a role with the right `monitor`",
        Right::ReadMessages => "read messages: ask for a role with the right `read_messages`",
        Right::Stop => "stop requests: ask for a role with the right `stop`",
        Right::Kill => "kill requests: ask for a role with the right `kill`",
        Right::Interrupt => "interrupt requests: ask for a role with the right `interrupt`",
        Right::WakeUp => "wake up reports: ask for a role with the right `wake_up`",
        Right::Operate => "operate the batch server: ask for a role with the right `operate`",
        Right::Administer => {
            "administer the batch server: ask for a role with the right `administer`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_granted_is_refused_with_the_right_to_ask_for() {
        let caller = Caller {
            user_id: 1,
            name: "A".into(),
            station: None,
            token_id: 1,
            rights: Rights::from_iter([Right::Monitor]),
            sees_all_jobs: false,
            jobs: Arc::new(HashSet::from([7])),
        };
        assert!(caller.require(Right::Monitor).is_ok());
        for right in Right::ALL.into_iter().filter(|right| *right != Right::Monitor) {
            let error = caller.require(right).expect_err("it has one right only");
            assert!(error.to_string().contains(right.name()), "{error}");
        }
        assert!(caller.may_use(Some(7)) && !caller.may_use(Some(8)) && !caller.may_use(None));
    }
}
